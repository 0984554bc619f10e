"""One still by every way to matte it: each cost constraint, each forced path, the references."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

import numpy as np

from pamcli.evaluate_data import Sample, Spoiling
from pamcli.evaluate_rows import CLOSED_FORM, HALF, Row
from pamcli.frame import Alpha, Rgb, Trimap
from pamcli.matting import Choice, Network, Spent, matte_frame, region
from pamcli.metrics import as_in_file, sad, still_errors
from pamcli.path import ALL_PATHS, NetworkPath, gmac_of_frame, path_name
from pamcli.trimap import UNKNOWN, merge_known

TIMED_RUNS = 2
"""Runs of which the faster one is reported: the first at a new size compiles kernels."""

Baseline = Callable[[Rgb, Trimap, str], Alpha]
"""A method to compare with: picture, trimap and name of the still in, alpha out."""


def spoilt(still: Sample, spoiling: Spoiling) -> Sample:
    """What matting is shown of a still."""
    frame = replace(still.frame, rgb=spoiling.picture(still.frame.rgb))
    return replace(still, frame=frame, trimap=spoiling.trimap(still.trimap))


def matte_still(
    network: Network, still: Sample, shown: Sample, choice: Choice
) -> tuple[Alpha, Spent]:
    """Alpha as a file would hold it, exact outside the still's own band, and what it took.

    shown: what the network gets instead of `still`. Raises InputError when C_c is too small.
    """
    matte, spent = matte_frame(network, shown.frame, shown.trimap, choice, region(shown.trimap))
    return as_in_file(merge_known(matte.alpha, still.trimap)), spent


def network_rows(
    network: Network, name: str, still: Sample, shown: Sample, constraints: Sequence[int]
) -> list[Row]:
    """A row for each C_c, the network or the runtime choosing the path."""
    rows = []
    for constraint in constraints:
        choice = Choice(cost_constraint=constraint)
        alpha, spent = matte_still(network, still, shown, choice)
        seconds = [spent.seconds]
        for _ in range(TIMED_RUNS - 1):
            seconds.append(matte_still(network, still, shown, choice)[1].seconds)
        assert spent.path is not None, "a still without an unknown pixel is refused when read"
        figures = {
            **_errors(alpha, still),
            "gmac": gmac_of_frame(network.costs.cost(spent.path), spent.pixels, 1),
            "ms": min(seconds) * 1e3,
        }
        paths = {path_name(spent.path): 1}
        rows.append(Row(name=name, way=str(constraint), figures=figures, paths=paths))
    return rows


def half_row(name: str, still: Sample) -> Row:
    """The reference that every method has to beat: 0.5 in the band, the truth elsewhere."""
    half = np.where(still.trimap == UNKNOWN, np.float32(0.5), still.truth)
    return Row(name=name, way=HALF, figures=_errors(as_in_file(half), still))


def closed_form_row(name: str, still: Sample, shown: Sample, baseline: Baseline) -> Row:
    """The row of a baseline that is shown what the network is shown. Raises InputError."""
    started = time.perf_counter()
    alpha = baseline(shown.frame.rgb, shown.trimap, name)
    ms = (time.perf_counter() - started) * 1e3
    exact = as_in_file(merge_known(alpha, still.trimap))
    return Row(name=name, way=CLOSED_FORM, figures={**_errors(exact, still), "ms": ms})


def path_sads(network: Network, still: Sample, shown: Sample) -> dict[NetworkPath, float]:
    """SAD / 1e3 of each of the 16 paths, forced."""
    unknown = still.trimap == UNKNOWN
    found = {}
    for path in ALL_PATHS:
        choice = Choice(cost_constraint=network.costs.maximum, path=path)
        alpha, _ = matte_still(network, still, shown, choice)
        found[path] = sad(alpha, still.truth, unknown)
    return found


def _errors(alpha: Alpha, still: Sample) -> dict[str, float]:
    return asdict(still_errors(alpha, still.truth, still.trimap))
