"""The figures of an evaluation: a row for each still or clip and way to matte it, and means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pamcli.evaluate_paths import PathStatistics

HALF = "alpha 0.5"
CLOSED_FORM = "closed form"
COARSE = "coarse mask"
"""Ways to matte beside the network's cost constraints: the references."""

ERRORS = ("sad", "mse", "grad", "conn")
"""Figures of a still that say how wrong it is."""

Figures = Mapping[str, float]
"""Name to value: sad, mse, grad, conn of a still; mad, mse, grad, conn, dtssd of a clip; in the
units of `metrics`. gmac spent and ms measured, for each picture, where the way takes any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One still or clip, matted in one way."""

    name: str
    way: str  # C_c in GMAC per 1024x1024, or a reference
    figures: Figures
    paths: Mapping[str, int] = field(default_factory=dict)  # path to how many pictures took it

    @property
    def group(self) -> str:
        """The part of the name before its first "_"."""
        return self.name.split("_", 1)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Everything that one run measured."""

    stills: tuple[Row, ...]
    clips: tuple[Row, ...]
    paths: tuple[PathStatistics, ...]  # for each C_c; empty unless every path was asked for
    notes: tuple[str, ...]  # what a person should know about the files that were read


def mean(rows: Sequence[Row]) -> dict[str, float]:
    """Each figure's mean over the rows, which must be of one way and not none."""
    return {key: float(np.mean([row.figures[key] for row in rows])) for key in rows[0].figures}


def ratios(rows: Sequence[Row], reference: str) -> dict[str, dict[str, float]]:
    """Each other way's means over those of `reference`, on the stills that both have a row for.

    "count" says how many stills that are. Empty where nothing was matted by `reference`.
    """
    ways = by_way(rows)
    wanted = {row.name: row for row in ways.pop(reference, [])}
    found = {}
    for way, of_way in ways.items():
        shared = [row for row in of_way if row.name in wanted]
        if shared:
            above, below = mean(shared), mean([wanted[row.name] for row in shared])
            each = {key: above[key] / below[key] for key in ERRORS if below[key] > 0}
            found[way] = {"count": len(shared), **each}
    return found


def by_way(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each way, in the order of their first appearance."""
    ways: dict[str, list[Row]] = {}
    for row in rows:
        ways.setdefault(row.way, []).append(row)
    return ways


def by_group(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each group of names, groups in alphabetical order."""
    groups: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.group):
        groups.setdefault(row.group, []).append(row)
    return groups
