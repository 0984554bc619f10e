"""BatchNorm under mixed paths: how far its kept statistics are from a batch's own, and better ones.

A layer after a group sees another distribution when the group is bypassed, yet keeps one mean and
one variance for all paths. `python -m pam gap` measures what that costs each path, and writes
weights whose statistics are those of uniformly random paths.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import nn

from pam.checkpoint import load_progress, save_weights
from pam.data.batch import TrainingBatch
from pam.data.draw import Draw
from pam.network import Pam
from pam.path_prior import path_errors
from pam.simulated import simulation, simulation_parser
from pamcli.path import ALL_PATHS, NetworkPath, path_name

SEED = 224_737
"""Of the simulated pictures: other ones than the stages draw."""


def norms(net: nn.Module) -> list[nn.BatchNorm2d]:
    """Every BatchNorm layer."""
    return [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]


def freeze_batch_norm(net: nn.Module) -> None:
    """Keep the statistics as they are and use them, whatever mode the rest is in."""
    for norm in norms(net):
        norm.eval()


@torch.no_grad()
def gaps(net: Pam, compared: Sequence[TrainingBatch]) -> dict[NetworkPath, tuple[float, float]]:
    """Mean |alpha error| in the band by path: with a batch's own statistics, with the kept ones.

    The network is left in evaluation mode, its statistics as they were.
    """
    kept = {name: value.clone() for name, value in net.state_dict().items()}
    sums = {path: [0.0, 0.0] for path in ALL_PATHS}
    for batch in compared:
        for path in ALL_PATHS:
            for mode, training in enumerate((True, False)):
                net.eval()
                for norm in norms(net):
                    norm.train(training)
                sums[path][mode] += float(path_errors(net, batch, path).mean()) / len(compared)
                net.load_state_dict(kept)
    net.eval()
    return {path: (own, stored) for path, (own, stored) in sums.items()}


@torch.no_grad()
def recalibrate(net: Pam, source: Iterator[TrainingBatch], count: int, seed: int = 0) -> None:
    """Replace the statistics by plain means over `count` batches, each along a random path.

    As SPOS does for its sub-networks, here once for all of them: one model runs all paths.
    """
    momenta = [norm.momentum for norm in norms(net)]
    for norm in norms(net):
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean of all that comes
    net.eval()
    for norm in norms(net):
        norm.train()
    for step in range(count):
        path = ALL_PATHS[Draw(seed, step).integer(len(ALL_PATHS))]
        path_errors(net, next(source), path)
    net.eval()
    for norm, momentum in zip(norms(net), momenta, strict=True):
        norm.momentum = momentum


def main(argv: list[str]) -> int:
    """Print the gap of each path, and after recalibration where asked for; returns the code."""
    parser = simulation_parser("gap", __doc__)
    parser.add_argument("--count", type=int, default=16, help="batches that are compared")
    parser.add_argument("--recalibrate", type=int, metavar="N", help="take N batches' statistics")
    parser.add_argument("--out", type=Path, help="where to write the recalibrated weights")
    options = parser.parse_args(argv)
    with simulation(options, SEED) as (net, source):
        compared = [next(source) for _ in range(options.count)]
        print(render(gaps(net, compared)))
        if options.recalibrate:
            recalibrate(net, source, options.recalibrate)
            print("after recalibration")
            print(render(gaps(net, compared)))
    if options.out:
        save_weights(net.state_dict(), load_progress(options.checkpoint), options.out)
    return 0


def render(found: dict[NetworkPath, tuple[float, float]]) -> str:
    """A line for each path: both errors and how much the second exceeds the first."""
    lines = ["path   own stats   kept stats   gap"]
    for path, (own, kept) in found.items():
        lines.append(f"{path_name(path)}      {own:.4f}       {kept:.4f}   {kept / own - 1:+.1%}")
    return "\n".join(lines)
