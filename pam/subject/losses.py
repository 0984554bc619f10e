"""What the subject network is taught: the mask, and where not to trust it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from pam.subject.batch import SubjectBatch
from pam.subject.network import MISSED_WEIGHT

EDGE_WEIGHT = 2.0
"""Added to the weight 1 of a pixel where all around it is the subject's edge."""

EDGE_WINDOW = 7
SMOOTHING = 0.01
"""Share of the picture added to intersection and union: an empty mask is right when empty."""

HAIR_WINDOW = 25
"""How far the soft pixels of a hand-made mask may lie from its edge, in half-size pixels: a window.
Such masks are hard, so that what they call settled there says nothing about hair."""

UNTOLD_WEIGHT = 0.1
"""Weight of doubt where only a hand-made mask denies it."""

WRONG = 0.3
"""A mask that is off by more has to be marked as uncertain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectLoss:
    """The parts, scalars."""

    entropy: Tensor
    overlap: Tensor
    uncertain: Tensor

    @property
    def total(self) -> Tensor:
        """What is minimised."""
        return self.entropy + self.overlap + 0.5 * self.uncertain

    def figures(self) -> dict[str, float]:
        """For the log."""
        return {
            "entropy": float(self.entropy.detach()),
            "overlap": float(self.overlap.detach()),
            "uncertain": float(self.uncertain.detach()),
        }


def subject_loss(logits: Tensor, batch: SubjectBatch) -> SubjectLoss:
    """Loss of what SubjectNetwork returns, (B, 2, H/2, W/2), at that size."""
    alpha, trust = F.avg_pool2d(batch.alpha, 2), F.avg_pool2d(batch.trust, 2)
    unknown = F.max_pool2d(batch.unknown, 2)
    mask, doubt = logits[:, :1], logits[:, 1:]
    weight = trust * (1 + EDGE_WEIGHT * edge_share(unknown))
    entropy = F.binary_cross_entropy_with_logits(mask, alpha, reduction="none")
    probability = mask.sigmoid()
    wrong = (probability.detach() - alpha).abs() > WRONG
    uncertain = torch.maximum(unknown, wrong.float())
    missed = mask.new_tensor(MISSED_WEIGHT)
    told = told_weight(uncertain, trust)
    doubted = F.binary_cross_entropy_with_logits(doubt, uncertain, told, pos_weight=missed)
    return SubjectLoss(
        entropy=(weight * entropy).sum() / weight.sum(),
        overlap=overlap_loss(probability, alpha, trust),
        uncertain=doubted,
    )


def told_weight(uncertain: Tensor, trust: Tensor) -> Tensor:
    """Weight of each pixel's doubt: little near the edge of a hand-made mask, where it is denied.

    uncertain: {0, 1}, trust: in (0, 1], below 1 on such edges; both (B, 1, H, W), as is the result.
    """
    near = F.max_pool2d((trust < 1).float(), HAIR_WINDOW, 1, HAIR_WINDOW // 2)
    return 1 - (1 - UNTOLD_WEIGHT) * near * (1 - uncertain)


def edge_share(unknown: Tensor) -> Tensor:
    """Share of unknown pixels in the window around each; (B, 1, H, W)."""
    return F.avg_pool2d(unknown, EDGE_WINDOW, 1, EDGE_WINDOW // 2)


def overlap_loss(mask: Tensor, alpha: Tensor, weight: Tensor) -> Tensor:
    """1 - intersection over union of soft masks, weighted, mean over the pictures."""
    total = weight.sum((1, 2, 3))
    both = (weight * mask * alpha).sum((1, 2, 3)) / total
    either = (weight * (mask + alpha - mask * alpha)).sum((1, 2, 3)) / total
    return (1 - (both + SMOOTHING) / (either + SMOOTHING)).mean()
