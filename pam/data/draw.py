"""Random numbers of one batch: the same seed and index give the same batch on every machine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor

Item = TypeVar("Item")
SEED_STRIDE = 1_000_003


class Draw:
    """A generator on the CPU for every choice, so that the device does not change the batch."""

    def __init__(self, seed: int, index: int, device: torch.device | None = None) -> None:
        self.generator = torch.Generator().manual_seed(seed * SEED_STRIDE + index)
        self.device = device or torch.device("cpu")

    def uniform(self, low: float, high: float) -> float:
        """A float in [low, high)."""
        return low + (high - low) * float(torch.rand((), generator=self.generator))

    def log_uniform(self, low: float, high: float) -> float:
        """A float in [low, high) whose logarithm is uniform."""
        return math.exp(self.uniform(math.log(low), math.log(high)))

    def integer(self, count: int) -> int:
        """An int in [0, count)."""
        return int(torch.randint(count, (), generator=self.generator))

    def chance(self, probability: float) -> bool:
        """True with `probability`."""
        return self.uniform(0.0, 1.0) < probability

    def choice(self, items: Sequence[Item]) -> Item:
        """One of `items`, all equally likely."""
        return items[self.integer(len(items))]

    def uniforms(self, low: float, high: float, count: int) -> Tensor:
        """float32 (count, 1, 1, 1) in [low, high)."""
        values = torch.rand(count, 1, 1, 1, generator=self.generator)
        return (low + (high - low) * values).to(self.device)

    def rows(self, probability: float, count: int) -> Tensor:
        """int64 indices of the rows of a batch that were chosen, each with `probability`."""
        chosen = torch.rand(count, generator=self.generator) < probability
        return chosen.nonzero().flatten().to(self.device)

    def normal(self, *shape: int) -> Tensor:
        """float32 standard normal values."""
        return torch.randn(*shape, generator=self.generator).to(self.device)

    def smooth(self, size: int, cells: int) -> Tensor:
        """Smooth noise in [0, 1], float32 (1, 1, size, size), about `cells` bumps a side."""
        coarse = torch.rand(1, 1, cells + 1, cells + 1, generator=self.generator).to(self.device)
        fine = torch.nn.functional.interpolate(
            coarse, (size, size), mode="bicubic", align_corners=True
        )
        return fine.clamp(0, 1)
