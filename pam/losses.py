"""What training minimises: losses of alpha (Eq. 9, 10), distillation (Eq. 11), paths (Eq. 12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from pam.data.trimaps import UNKNOWN
from pamcli.path import NetworkPath

COMPOSITION_WEIGHT = 0.25
LAPLACIAN_WEIGHT = 0.5
DISTILLATION_WEIGHT = 0.05
PATH_WEIGHT = 0.05
LEVELS = 5
EPSILON = 1e-6
BINOMIAL = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlphaLoss:
    """The parts of L_alpha, unweighted, each a scalar tensor."""

    l1: Tensor
    composition: Tensor
    laplacian: Tensor

    @property
    def total(self) -> Tensor:
        """L_alpha = L_1 + 0.25 L_comp + 0.5 L_lap."""
        return self.l1 + COMPOSITION_WEIGHT * self.composition + LAPLACIAN_WEIGHT * self.laplacian

    def figures(self) -> dict[str, float]:
        """The parts as plain numbers, for a log."""
        return {
            "l1": float(self.l1.detach()),
            "comp": float(self.composition.detach()),
            "lap": float(self.laplacian.detach()),
        }


def unknown_weight(trimap: Tensor) -> Tensor:
    """1 in the unknown band, 0 where the trimap {0, 0.5, 1} knows; float32 of the same shape."""
    return (trimap == UNKNOWN).float()


def masked_l1(difference: Tensor, weight: Tensor) -> Tensor:
    """sum(w |d|) / sum(w), a scalar. difference: (B, C, H, W); weight: (B, 1, H, W).

    Channels are averaged, so that colours weigh no more than alpha.
    """
    total = (difference.abs() * weight).sum() / difference.shape[1]
    return total / (weight.sum() + EPSILON)


def composition_loss(
    alpha: Tensor, truth: Tensor, foreground: Tensor, background: Tensor, weight: Tensor
) -> Tensor:
    """|I - (F a + B (1 - a))| with the true F and B, and I composited with the true alpha.

    alpha, truth: float32 (B, 1, H, W); foreground, background: float32 (B, 3, H, W) in [0, 1].
    """
    return masked_l1((truth - alpha) * (foreground - background), weight)


def laplacian_loss(alpha: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Sum over 5 levels of 2^i times the masked L1 of the Laplacian pyramids' difference.

    The pyramid is linear, so it is built of the difference at once. 5x5 binomial filter, mirrored
    borders, every second pixel kept; weights are sampled likewise. All (B, 1, H, W), H and W
    multiples of 32 and at least 64.
    """
    current, total = alpha - truth, alpha.new_zeros(())
    for level in range(LEVELS):
        smaller = _smooth(current)[:, :, ::2, ::2]
        band = current - _expand(smaller)
        total = total + 2**level * masked_l1(band, weight)
        current, weight = smaller, weight[:, :, ::2, ::2]
    return total


def alpha_loss(
    alpha: Tensor,
    truth: Tensor,
    foreground: Tensor,
    background: Tensor,
    trimap: Tensor,
) -> AlphaLoss:
    """L_alpha of Eq. 9 and 10 in the unknown band, in float32."""
    weight = unknown_weight(trimap)
    alpha = alpha.float()
    return AlphaLoss(
        l1=masked_l1(alpha - truth, weight),
        composition=composition_loss(alpha, truth, foreground, background, weight),
        laplacian=laplacian_loss(alpha, truth, weight),
    )


def distillation_loss(student: Sequence[Tensor], teacher: Sequence[Tensor]) -> Tensor:
    """L_ds of Eq. 11: mean squared difference of the groups' outputs, averaged over the groups.

    student, teacher: one (B, C, H, W) of each group; the teacher's carry no gradient. The paper
    leaves the norm open; each group's is divided by the teacher's mean square, so that groups of
    different scale weigh alike.
    """
    parts = []
    for ours, wanted in zip(student, teacher, strict=True):
        target = wanted.detach().float()
        scale = target.square().mean() + EPSILON
        parts.append((ours.float() - target).square().mean() / scale)
    return torch.stack(parts).mean()


def path_loss(decisions: Tensor, best: Sequence[NetworkPath], taken: NetworkPath) -> Tensor:
    """L_pt of Eq. 12: cross-entropy of the decisions Q against the best path R^o of each picture.

    decisions: (B, 4, 2), index 1 = run, made along the path `taken`. A decision after the first in
    which `taken` leaves a picture's best path was asked of another network than the one that is
    best, and does not count. Mean over the decisions that count.
    """
    wanted = torch.tensor(best, device=decisions.device)  # B 4
    here = torch.tensor(taken, device=decisions.device)
    agree = (wanted == here).int().cumprod(1)
    counts = torch.cat((torch.ones_like(agree[:, :1]), agree[:, :-1]), 1).float()
    entropy = F.cross_entropy(
        decisions.float().flatten(0, 1), wanted.long().flatten(), reduction="none"
    )
    return (entropy * counts.flatten()).sum() / counts.sum()


def unknown_error(alpha: Tensor, truth: Tensor, trimap: Tensor) -> Tensor:
    """Mean |alpha error| in the unknown band of each picture, (B,); 0 where there is no band.

    All (B, 1, H, W).
    """
    weight = unknown_weight(trimap)
    sums = ((alpha.float() - truth).abs() * weight).sum((1, 2, 3))
    return sums / (weight.sum((1, 2, 3)) + EPSILON)


def _smooth(x: Tensor) -> Tensor:
    kernel = torch.tensor(BINOMIAL, dtype=x.dtype, device=x.device)
    x = F.pad(x, (2, 2, 2, 2), mode="reflect")
    return F.conv2d(F.conv2d(x, kernel.view(1, 1, 1, 5)), kernel.view(1, 1, 5, 1))


def _expand(x: Tensor) -> Tensor:
    """Twice the size: zeros between the pixels, smoothed, times 4."""
    batch, channels, height, width = x.shape
    wide = x.new_zeros(batch, channels, height, 2, width, 2)
    wide[:, :, :, 0, :, 0] = 4 * x
    return _smooth(wide.reshape(batch, channels, 2 * height, 2 * width))
