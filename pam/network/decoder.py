"""Decoder: back to full resolution, with the last two adaptive groups."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pam.network.blocks import conv_bn, depthwise_stack, up2
from pam.network.connect import AdaptiveGroup
from pam.network.encoder import WIDTHS
from pam.network.path_selection import PathSelectionLayer


class Decoder(nn.Module):
    """The layers in the order in which `Pam.run` calls them; g3 and g4 stand between."""

    def __init__(self) -> None:
        super().__init__()
        w0, w1, w2, w3, w4, w5 = WIDTHS
        self.f4 = conv_bn(w5 + w4, w4, 1)
        self.psl3 = PathSelectionLayer(w4)
        self.g3 = AdaptiveGroup(depthwise_stack(w4, 2, 4), w4)
        self.r3 = conv_bn(w4, w3, 1)
        self.f3 = conv_bn(w3 + w3, w3, 1)
        self.psl4 = PathSelectionLayer(w3)
        self.g4 = AdaptiveGroup(depthwise_stack(w3, 4, 8), w3)
        self.r2 = conv_bn(w3, w2, 1)
        self.f2 = nn.Sequential(conv_bn(w2 + w2, w2), conv_bn(w2, w2))
        self.r1 = conv_bn(w2, w1, 1)
        self.f1 = nn.Sequential(conv_bn(w1 + w1, w1), conv_bn(w1, w1))
        self.r0 = conv_bn(w1, w0, 1, relu=False)
        self.head = nn.Sequential(conv_bn(w0, w0), nn.Conv2d(w0, 1, 1))
        last = self.head[1]
        assert isinstance(last, nn.Conv2d) and last.bias is not None
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def join4(self, deep: Tensor, g2: Tensor) -> Tensor:
        """deep at 1/32, g2 at 1/16 -> features at 1/16."""
        y: Tensor = self.f4(torch.cat((up2(deep), g2), 1))
        return y

    def join3(self, g3: Tensor, g1: Tensor) -> Tensor:
        """g3 at 1/16, g1 at 1/8 -> features at 1/8."""
        y: Tensor = self.f3(torch.cat((up2(self.r3(g3)), g1), 1))
        return y

    def finish(self, g4: Tensor, skips: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """g4 at 1/8 and the stem's features -> residual of alpha (B, 1, H, W)."""
        s0, e1, e2 = skips
        x = self.f2(torch.cat((up2(self.r2(g4)), e2), 1))
        x = self.f1(torch.cat((up2(self.r1(x)), e1), 1))
        y: Tensor = self.head(F.relu(up2(self.r0(x)) + s0))
        return y
