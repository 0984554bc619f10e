"""Stage 3: performance-aware path learning (paper, Algorithm 1 and Eq. 12)."""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from pam.data.batch import TrainingBatch
from pam.data.draw import Draw
from pam.losses import (
    DISTILLATION_WEIGHT,
    PATH_WEIGHT,
    alpha_loss,
    distillation_loss,
    path_loss,
    unknown_error,
)
from pam.network import C_MAX, C_MIN, COSTS, Pam
from pam.path_prior import PathPrior, path_errors
from pamcli.path import FULL_PATH, N_ADAPTIVE, NetworkPath

TEMPERATURE = 1.0
"""tau of the Gumbel noise on the network's own decisions."""


class Stage3:
    """Holds the path prior and the frozen network whose group outputs bypasses should give.

    What the paper leaves open is settled so: the error that candidates are judged by is the mean
    |alpha error| in the band, as SAD counts; each picture has its own best path R^o, of the drawn
    ones and of the network's own V, and Q learns towards it; the weights learn along the path that
    is best for the batch as a whole, since a batch runs one path. BatchNorm stays as stage 2 left
    it (`Trainer` freezes it): that is how paths are compared and how they run in use.
    """

    def __init__(self, teacher: Pam, prior: PathPrior) -> None:
        self.teacher = copy.deepcopy(teacher).eval().requires_grad_(False)
        self.prior = prior

    def loss(self, net: Pam, batch: TrainingBatch, draw: Draw) -> tuple[Tensor, dict[str, float]]:
        """L_alpha + 0.05 L_ds along the batch's best path, plus 0.05 L_pt."""
        constraint = C_MIN + draw.integer(C_MAX - C_MIN + 1)
        candidates = self.prior.candidates(constraint, draw)
        with torch.no_grad():
            errors = torch.stack([path_errors(net, batch, p, constraint) for p in candidates])
            own = [own_path(net, batch.row(i), constraint, draw) for i in range(len(batch.image))]
            wanted = self.teacher(
                batch.image, batch.trimap, told(batch, C_MAX), path=FULL_PATH, prior=batch.prior
            )
        best = best_paths(candidates, errors, own, constraint)
        path = candidates[int(errors.mean(1).argmin())]
        out = net(batch.image, batch.trimap, told(batch, constraint), path=path, prior=batch.prior)
        alpha = alpha_loss(out.alpha, batch.alpha, batch.foreground, batch.background, batch.trimap)
        distilled = distillation_loss(out.groups, wanted.groups)
        chosen = path_loss(out.decisions, best, path)
        parts = {"ds": float(distilled.detach()), "pt": float(chosen.detach())}
        total = alpha.total + DISTILLATION_WEIGHT * distilled + PATH_WEIGHT * chosen
        return total, {**alpha.figures(), **parts}


def told(batch: TrainingBatch, constraint: int) -> Tensor:
    """C_c of every picture, int64 (B,)."""
    return torch.full((len(batch.image),), constraint, device=batch.image.device)


def own_path(
    net: Pam, batch: TrainingBatch, constraint: int, draw: Draw
) -> tuple[NetworkPath, float]:
    """V: the path that the network takes with Gumbel noise on its decisions, and its error.

    batch: of one picture. V need not be feasible: Algorithm 1 looks at that afterwards.
    """
    taken: list[bool] = []

    def decide(group: int, logits: Tensor) -> bool:
        noise = -(-draw.uniforms(1e-6, 1, 2).flatten().log()).log()
        run, bypass = logits[0, 1] + TEMPERATURE * noise[1], logits[0, 0] + TEMPERATURE * noise[0]
        taken.append(bool(run > bypass))
        return taken[-1]

    embedded = net.embedding(told(batch, constraint))
    alpha, _, _ = net.run(batch.image, batch.trimap, batch.prior, embedded, decide)
    error = unknown_error(alpha, batch.alpha, batch.trimap)
    assert len(taken) == N_ADAPTIVE
    g1, g2, g3, g4 = taken
    return (g1, g2, g3, g4), float(error[0])


def best_paths(
    candidates: list[NetworkPath],
    errors: Tensor,
    own: list[tuple[NetworkPath, float]],
    constraint: int,
) -> list[NetworkPath]:
    """R^o of each picture (Algorithm 1): the least error among the candidates and V.

    candidates: all feasible. errors: float32 (N, B). V counts only where F_c(V) <= C_c, as Eq. 2
    has it; the paper's algorithm says <.
    """
    found = []
    for column, (path, error) in zip(errors.T, own, strict=True):
        index = int(column.argmin())
        wins = COSTS.is_feasible(path, constraint) and error < float(column[index])
        found.append(path if wins else candidates[index])
    return found
