"""The path prior Q^c (paper, Eq. 7): for which share of pictures each path is best at each C_c.

N^val simulated pictures run along all 16 paths once. From that table of errors the prior of every
whole C_c follows; so the table is what is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pam.data.batch import TrainingBatch
from pam.data.draw import Draw
from pam.losses import unknown_error
from pam.network import C_MAX, COSTS, Pam
from pam.simulated import simulation, simulation_parser
from pamcli.path import ALL_PATHS, NetworkPath, path_name

N_VAL = 1000
"""N^val of the paper: pictures in the table."""

N_GROUP = 10
"""N^g of the paper: how many paths compete at a constraint. Which ones are "close to" it is left
open there; here the costliest within it, fewer where fewer exist."""

N_CANDIDATES = 4
"""N^e of the paper: paths drawn for each batch."""

SEED = 104_729
"""Of the simulated pictures: other ones than the stages draw."""

Errors = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class PathPrior:
    """errors: float32 (N^val, 16), mean |alpha error| in the band by picture and ALL_PATHS."""

    errors: Errors

    def __post_init__(self) -> None:
        """Raises ValueError for anything but a table of finite numbers."""
        if self.errors.ndim != 2 or self.errors.shape[1] != len(ALL_PATHS) or not len(self.errors):
            raise ValueError(f"a table of N x {len(ALL_PATHS)} errors is needed")
        if not np.isfinite(self.errors).all():
            raise ValueError("the table of errors holds numbers that are not finite")

    def competing(self, constraint: int) -> list[NetworkPath]:
        """The N_GROUP costliest paths within C_c. Raises InputError below C_min."""
        return COSTS.feasible(constraint)[-N_GROUP:]

    def weights(self, constraint: int) -> dict[NetworkPath, float]:
        """Q^c: the share of pictures for which each competing path is best; sums to 1."""
        paths = self.competing(constraint)
        columns = self.errors[:, [ALL_PATHS.index(path) for path in paths]]
        counts = np.bincount(columns.argmin(1), minlength=len(paths))
        return {path: float(n) / len(columns) for path, n in zip(paths, counts, strict=True)}

    def candidates(self, constraint: int, draw: Draw) -> list[NetworkPath]:
        """N_CANDIDATES paths drawn from Q^c without repetition; all where fewer compete.

        Paths that were never best are drawn when the others have run out.
        """
        weights = self.weights(constraint)
        paths, chosen = list(weights), list[NetworkPath]()
        while paths and len(chosen) < N_CANDIDATES:
            level = draw.uniform(0, sum(weights[path] for path in paths))
            for path in paths:
                level -= weights[path]
                if level < 0:
                    break
            else:
                path = draw.choice(paths)
            chosen.append(path)
            paths.remove(path)
        return chosen


@torch.inference_mode()
def error_table(net: Pam, source: Iterator[TrainingBatch], count: int) -> Errors:
    """Errors of `count` pictures along all paths, float32 (count, 16). `net` in evaluation mode."""
    rows: list[Tensor] = []
    done = 0
    while done < count:
        batch = next(source)
        rows.append(torch.stack([path_errors(net, batch, path) for path in ALL_PATHS], 1).cpu())
        done += len(batch.image)
    return np.asarray(torch.cat(rows)[:count].numpy(), np.float32)


def path_errors(
    net: Pam, batch: TrainingBatch, path: NetworkPath, constraint: int = C_MAX
) -> Tensor:
    """Mean |alpha error| in the band of each picture, (B,)."""
    told = torch.full((len(batch.image),), constraint, device=batch.image.device)
    out = net(batch.image, batch.trimap, told, path=path, prior=batch.prior)
    return unknown_error(out.alpha, batch.alpha, batch.trimap)


def load_prior(source: Path) -> PathPrior:
    """The table in an .npy file. Raises ValueError when it is none."""
    return PathPrior(np.load(source, allow_pickle=False).astype(np.float32))


def main(argv: list[str]) -> int:
    """Write the table of a stage-2 network; returns the exit code."""
    parser = simulation_parser("prior", __doc__)
    parser.add_argument("--out", type=Path, required=True, help="the .npy file to write")
    parser.add_argument("--count", type=int, default=N_VAL, help="simulated pictures")
    options = parser.parse_args(argv)
    with simulation(options, SEED) as (net, source):
        prior = PathPrior(error_table(net, source, options.count))
    partial = options.out.with_name("partial." + options.out.name)
    np.save(partial, prior.errors)
    partial.replace(options.out)
    print(render(prior))
    return 0


def render(prior: PathPrior) -> str:
    """Mean error of each path, and Q^c at the constraints where it changes."""
    means = prior.errors.mean(0)
    order = sorted(range(len(ALL_PATHS)), key=lambda i: COSTS.mmac(ALL_PATHS[i]))
    lines = ["path   GMAC   mean |error|"]
    for i in order:
        path = ALL_PATHS[i]
        lines.append(f"{path_name(path)}  {COSTS.cost(path):5.1f}   {means[i]:.4f}")
    for constraint in COSTS.steps():
        shares = prior.weights(constraint)
        listed = " ".join(f"{path_name(p)} {share:.0%}" for p, share in shares.items() if share)
        lines.append(f"C_c {constraint}: {listed}")
    return "\n".join(lines)
