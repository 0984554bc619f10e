"""Learning rate over a stage, and the moving average of the weights."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

FLOOR = 0.01  # last learning rate as a share of the first


def learning_rate(base: float, progress: float, warm_up: float) -> float:
    """Linear warm-up to `base`, then a cosine down to FLOOR * base at progress 1."""
    if progress < warm_up:
        return base * (FLOOR + (1 - FLOOR) * progress / warm_up)
    along = min((progress - warm_up) / (1 - warm_up), 1.0)
    return base * (FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * along)))


class MovingAverage:
    """Exponential moving average of a network's parameters and BatchNorm statistics, float32.

    Early on the decay is (1 + n) / (10 + n), so that the first weights are soon forgotten.
    """

    def __init__(self, net: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.values = {name: value.detach().clone() for name, value in net.state_dict().items()}

    @torch.no_grad()
    def update(self, net: nn.Module) -> None:
        """Move towards the network's present values; counters are copied."""
        self.updates += 1
        weight = 1 - min(self.decay, (1 + self.updates) / (10 + self.updates))
        averaged: list[Tensor] = []
        present: list[Tensor] = []
        for name, value in net.state_dict().items():
            if value.is_floating_point():
                averaged.append(self.values[name])
                present.append(value)
            else:
                self.values[name].copy_(value)
        torch._foreach_lerp_(averaged, present, weight)
