"""Learnable connect layer (paper, Eq. 4) and the group that it stands in for."""

from torch import Tensor, nn


class ConnectLayer(nn.Module):
    """x + 1x1(ReLU(1x1 x)): what runs in place of a bypassed group."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 1),
        )
        last = self.body[2]
        assert isinstance(last, nn.Conv2d)
        nn.init.zeros_(last.weight)
        assert last.bias is not None
        nn.init.zeros_(last.bias)

    def forward(self, x: Tensor) -> Tensor:
        """x: (B, C, H, W) -> same shape; the identity before training."""
        y: Tensor = x + self.body(x)
        return y


class AdaptiveGroup(nn.Module):
    """Blocks that run, or the connect layer that replaces them; only the one that is chosen."""

    def __init__(self, blocks: nn.Module, channels: int) -> None:
        super().__init__()
        self.blocks = blocks
        self.connect = ConnectLayer(channels)

    def forward(self, x: Tensor, run: bool) -> Tensor:
        """x: (B, C, H, W); run: True for the blocks -> same shape."""
        y: Tensor = self.blocks(x) if run else self.connect(x)
        return y
