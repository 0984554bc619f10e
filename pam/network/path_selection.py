"""Path selection layer (paper, Eq. 3)."""

import torch
from torch import Tensor, nn

from pam.network.cost_embedding import EMBEDDING

RATIO = 4
HIDDEN = 64


class PathSelectionLayer(nn.Module):
    """Looks at the features and at C_c: refines the one and decides whether the group runs.

    The squeezed description of the picture serves twice: it gates the channels, and together
    with the embedded constraint it gives the two logits Q of bypass and run.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = channels // RATIO
        self.squeeze = nn.Conv2d(channels, squeezed, 1)
        self.gate = nn.Conv2d(squeezed, channels, 1)
        self.decide = nn.Sequential(
            nn.Linear(squeezed + EMBEDDING, HIDDEN), nn.ReLU(inplace=True), nn.Linear(HIDDEN, 2)
        )

    def forward(self, x: Tensor, embedded: Tensor) -> tuple[Tensor, Tensor]:
        """x: (B, C, H, W); embedded: (B, EMBEDDING) -> refined x, logits (B, 2); index 1 = run."""
        squeezed = torch.relu(self.squeeze(x.mean((2, 3), keepdim=True)))
        logits: Tensor = self.decide(torch.cat((squeezed.flatten(1), embedded), 1))
        return x * torch.sigmoid(self.gate(squeezed)), logits
