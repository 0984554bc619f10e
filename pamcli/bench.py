"""What this machine holds: milliseconds of every path in each precision, share of its peak."""

from statistics import median
from typing import Any

import numpy as np

from pamcli.bench_peak import (
    OPERATIONS_PER_MAC,
    REPEATS,
    gmac_with_prior,
    peak_share,
    reference_convolution,
    reference_gmac,
    sample_picture,
    timed,
)
from pamcli.engine import Engine
from pamcli.machine import cpu_name
from pamcli.models import load_model
from pamcli.path import ALL_PATHS, gmac_of_frame, path_name
from pamcli.settings import Precision

Figures = dict[str, Any]


def run(
    size: tuple[int, int],
    *,
    precision: Precision = Precision.AUTO,
    threads: int | None = None,
    peak: bool = False,
) -> Figures:
    """Time the released model on a picture of `size` (height, width).

    precision: AUTO for all that the processor can do. peak: see `peak_share`.
    """
    chosen = Engine(load_model(), precision=precision, threads=threads)
    compared = [trial.precision for trial in chosen.verdict.trials] or [chosen.precision]
    engines = [Engine(load_model(), precision=each, threads=threads) for each in compared]
    measured = zip(engines, path_times(engines, size), strict=True)
    return {
        "processor": cpu_name(),
        "height": size[0],
        "width": size[1],
        "threads": chosen.threads,
        "chosen": str(chosen.precision),
        "precisions": {
            str(engine.precision): {
                **found,
                "fit": fit_line(
                    [row["gmac"] for row in found["paths"]], [row["ms"] for row in found["paths"]]
                ),
                **({"peak": peak_share(engine)} if peak else {}),
            }
            for engine, found in measured
        },
    }


def path_times(
    engines: list[Engine], size: tuple[int, int], repeats: int = REPEATS
) -> list[Figures]:
    """For each engine `paths`, cheapest first, with their cost, median milliseconds and GFLOP/s,
    and `convolution`, GFLOP/s of the reference in its precision; everything timed in turns.

    The colour prior's time and operations are counted with the network's.
    """
    rgb, trimap = sample_picture(*size)
    convolve = [reference_convolution(engine.precision, engine.threads) for engine in engines]
    seconds: dict[tuple[int, str], list[float]] = {}
    for _ in range(repeats + 1):
        for number, engine in enumerate(engines):
            seconds.setdefault((number, ""), []).append(timed(convolve[number]))
            for path in ALL_PATHS:
                found = engine.infer(rgb, trimap, engine.costs.maximum, path)
                seconds.setdefault((number, path_name(path)), []).append(found.seconds)
    medians = {key: median(times[1:]) for key, times in seconds.items()}
    return [_figures(engine, size, number, medians) for number, engine in enumerate(engines)]


def _figures(
    engine: Engine, size: tuple[int, int], number: int, medians: dict[tuple[int, str], float]
) -> Figures:
    peak = reference_gmac() * OPERATIONS_PER_MAC / medians[number, ""]
    rows = []
    for path in sorted(ALL_PATHS, key=engine.costs.mmac):
        seconds = medians[number, path_name(path)]
        gflops = gmac_with_prior(engine, path, size) * OPERATIONS_PER_MAC / seconds
        cost = engine.costs.cost(path)
        rows.append(
            {
                "path": path_name(path),
                "cost": cost,  # GMAC per 1024x1024
                "gmac": gmac_of_frame(cost, *size),
                "ms": seconds * 1e3,
                "gflops": gflops,
                "share": gflops / peak,
            }
        )
    return {"paths": rows, "convolution": peak}


def fit_line(gmac: list[float], ms: list[float]) -> dict[str, float]:
    """Least squares: milliseconds = ms_per_gmac * gmac + ms."""
    slope, intercept = np.polyfit(gmac, ms, 1)
    return {"ms_per_gmac": float(slope), "ms": float(intercept)}
