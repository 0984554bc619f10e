"""Muon: momentum whose update is made orthogonal, for convolutions and linear layers.

Jordan et al., Muon: An optimizer for hidden layers in neural networks (2024); the step's size is
matched to AdamW's as in Liu et al., Muon is Scalable for LLM Training (2025), Eq. 4. torch.optim's
own takes two-dimensional parameters only, and nearly all of a convolutional network has four.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the quintic, Jordan et al.
ROUNDS = 5
SCALE = 0.2  # root mean square of an update of AdamW, Liu et al.
LEAST_ROWS = 8  # smaller layers, such as the last convolution, have no spectrum worth it


class Muon(torch.optim.Optimizer):
    """Muon for the weights of dense and convolutional layers, AdamW for everything else."""

    def __init__(
        self,
        net: nn.Module,
        *,
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        """lr: of both; betas: of AdamW; momentum: of Muon."""
        matrices, rest = split(net)
        groups = [
            {"params": matrices, "orthogonal": True},
            {"params": rest, "orthogonal": False},
        ]
        defaults = {"lr": lr, "betas": betas, "momentum": momentum, "weight_decay": weight_decay}
        super().__init__(groups, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One step on the gradients that are there; `closure` is evaluated first if given."""
        loss = None if closure is None else torch.enable_grad()(closure)()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                update = self._orthogonal if group["orthogonal"] else self._adaptive
                direction = update(weight, group)
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                weight.add_(direction, alpha=-group["lr"])
        return loss

    def _orthogonal(self, weight: Tensor, group: dict[str, Any]) -> Tensor:
        state = self.state[weight]
        mean = state.setdefault("momentum", torch.zeros_like(weight))
        mean.mul_(group["momentum"]).add_(weight.grad)
        ahead = weight.grad + group["momentum"] * mean  # Nesterov
        matrix = ahead.flatten(1)
        update: Tensor = orthogonalised(matrix) * SCALE * max(matrix.shape) ** 0.5
        return update.view_as(weight)

    def _adaptive(self, weight: Tensor, group: dict[str, Any]) -> Tensor:
        state = self.state[weight]
        state["step"] = state.get("step", 0) + 1
        first = state.setdefault("first", torch.zeros_like(weight))
        second = state.setdefault("second", torch.zeros_like(weight))
        decay, square_decay = group["betas"]
        first.lerp_(weight.grad, 1 - decay)
        second.mul_(square_decay).addcmul_(weight.grad, weight.grad, value=1 - square_decay)
        mean = first / (1 - decay ** state["step"])
        spread = (second / (1 - square_decay ** state["step"])).sqrt()
        direction: Tensor = mean / (spread + 1e-8)
        return direction


def split(net: nn.Module) -> tuple[list[Tensor], list[Tensor]]:
    """Weights of convolutions and linear layers that mix channels, and all other parameters."""
    matrices = [
        layer.weight
        for layer in net.modules()
        if isinstance(layer, nn.Conv2d | nn.Linear) and _mixes(layer.weight)
    ]
    chosen = {id(weight) for weight in matrices}
    rest: list[Tensor] = [weight for weight in net.parameters() if id(weight) not in chosen]
    return matrices, rest


def _mixes(weight: Tensor) -> bool:
    return weight.shape[0] >= LEAST_ROWS and weight.shape[1] > 1


def orthogonalised(matrix: Tensor) -> Tensor:
    """About U V^T of the matrix's singular value decomposition U S V^T, by Newton-Schulz rounds.

    matrix: float (M, N), not all 0. The singular values of what comes out are near 1, .7 to 1.2.
    """
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x: Tensor = wide / (wide.norm() + 1e-7)
    first, third, fifth = COEFFICIENTS
    for _ in range(ROUNDS):
        gram = x @ x.T
        x = first * x + (third * gram + fifth * gram @ gram) @ x
    return x if wide is matrix else x.T
