"""Cost constraint embedding: the network is told C_c (paper, section on path selection)."""

from torch import Tensor, nn

C_MIN = 39
"""Smallest whole constraint that some path meets, GMAC at 1024 x 1024."""

C_MAX = 75
"""Smallest whole constraint that every path meets."""

EMBEDDING = 64


class CostConstraintEmbedding(nn.Module):
    """F^c: one learnt vector for every whole C_c in [C_MIN, C_MAX]; above, that of C_MAX."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(C_MAX - C_MIN + 1, EMBEDDING)

    def forward(self, cost_constraint: Tensor) -> Tensor:
        """cost_constraint: int64 (B,), GMAC -> (B, EMBEDDING)."""
        vectors: Tensor = self.table((cost_constraint - C_MIN).clamp(0, C_MAX - C_MIN))
        return vectors
