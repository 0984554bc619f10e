"""Stage 1: the whole network, every group runs (Eq. 9 and 10)."""

from __future__ import annotations

import torch
from torch import Tensor

from pam.data.batch import TrainingBatch
from pam.data.draw import Draw
from pam.losses import alpha_loss, masked_l1, unknown_weight
from pam.network import C_MAX, Pam
from pamcli.path import FULL_PATH


def stage1_loss(net: Pam, batch: TrainingBatch, draw: Draw) -> tuple[Tensor, dict[str, float]]:
    """L_alpha of the full path; its parts and the prior's own L1 for the log.

    `draw` is not used: nothing is random here. The path selection layers' decisions get no
    gradient.
    """
    del draw
    constraint = torch.full((len(batch.image),), C_MAX, device=batch.image.device)
    out = net(batch.image, batch.trimap, constraint, path=FULL_PATH, prior=batch.prior)
    loss = alpha_loss(out.alpha, batch.alpha, batch.foreground, batch.background, batch.trimap)
    prior = masked_l1(batch.prior.alpha - batch.alpha, unknown_weight(batch.trimap))
    return loss.total, {**loss.figures(), "prior": float(prior)}
