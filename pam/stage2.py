"""Stage 2: uniformly random paths, so that every sub-network works (SPOS; Eq. 9 to 11)."""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from pam.data.batch import TrainingBatch
from pam.data.draw import Draw
from pam.losses import DISTILLATION_WEIGHT, alpha_loss, distillation_loss
from pam.network import C_MAX, Pam
from pamcli.path import ALL_PATHS, FULL_PATH


class Stage2:
    """Holds the frozen stage-1 network, whose group outputs are what bypasses should give."""

    def __init__(self, stage1: Pam) -> None:
        self.teacher = copy.deepcopy(stage1).eval().requires_grad_(False)

    def loss(self, net: Pam, batch: TrainingBatch, draw: Draw) -> tuple[Tensor, dict[str, float]]:
        """L_alpha of one random path for the whole batch, plus 0.05 L_ds."""
        path = ALL_PATHS[draw.integer(len(ALL_PATHS))]
        constraint = torch.full((len(batch.image),), C_MAX, device=batch.image.device)
        with torch.no_grad():
            wanted = self.teacher(
                batch.image, batch.trimap, constraint, path=FULL_PATH, prior=batch.prior
            )
        out = net(batch.image, batch.trimap, constraint, path=path, prior=batch.prior)
        loss = alpha_loss(out.alpha, batch.alpha, batch.foreground, batch.background, batch.trimap)
        distilled = distillation_loss(out.groups, wanted.groups)
        parts = {**loss.figures(), "ds": float(distilled.detach())}
        return loss.total + DISTILLATION_WEIGHT * distilled, parts
