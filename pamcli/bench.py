"""What this machine holds: milliseconds of every path in each precision, share of its peak."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from pamcli.engine import Engine
from pamcli.frame import Rgb, Trimap
from pamcli.graph import load_openvino
from pamcli.models import load_model
from pamcli.path import ALL_PATHS, FULL_PATH, NetworkPath, gmac_of_frame, path_name
from pamcli.settings import Precision

REPEATS = 7
"""Timed runs of each thing, in turns, after one that is not counted."""

PEAK_SIDE = 1024
"""Height and width of the picture on which the network is compared with the machine's peak."""

CONVOLUTION_CHANNELS, CONVOLUTION_SIDE, CONVOLUTION_LAYERS = 64, 256, 8
"""The reference: 3x3 convolutions with 64 channels in and out, in a row, on 256x256."""

OPERATIONS_PER_MAC = 2

MOST_RANGE = 16.0
"""Of the reference's activations in int8; what they hold does not change the time."""

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


def as_text(figures: Figures) -> str:
    """The figures of `run`, to show to a person."""
    lines = ["{width}x{height}, {threads} threads, {chosen} chosen".format(**figures)]
    for name, found in figures["precisions"].items():
        lines.append(f"{name:<5} path   GMAC/1024x1024   GMAC      ms   GFLOP/s   of peak")
        lines += [
            "      {path}   {cost:14.1f} {gmac:6.1f} {ms:7.1f} {gflops:9.0f} {share:9.0%}".format(
                **r
            )
            for r in found["paths"]
        ]
        lines.append(
            "      {ms_per_gmac:.2f} ms per GMAC + {ms:.1f} ms; ".format(**found["fit"])
            + "peak, of a 3x3 convolution with 64 channels: {convolution:.0f} GFLOP/s".format(
                **found
            )
        )
        if "peak" in found:
            lines.append(
                "      path 1111 at 1024x1024: {network:.0f} GFLOP/s, {share:.0%} of the "
                "{convolution:.0f} GFLOP/s of that convolution".format(**found["peak"])
            )
    return "\n".join(lines)


def sample_picture(height: int, width: int) -> tuple[Rgb, Trimap]:
    """Noise and a disc with an unknown band: what is in the picture does not change the time."""
    rgb = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    y, x = np.mgrid[:height, :width]
    distance = np.hypot(y / height - 0.5, x / width - 0.5)
    return rgb, np.select([distance < 0.2, distance > 0.35], [255, 0], 128).astype(np.uint8)


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
            seconds.setdefault((number, ""), []).append(_timed(convolve[number]))
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
        gflops = _gmac_with_prior(engine, path, size) * OPERATIONS_PER_MAC / seconds
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


def _gmac_with_prior(engine: Engine, path: NetworkPath, size: tuple[int, int]) -> float:
    return gmac_of_frame(engine.costs.cost(path) + engine.costs.prior / 1000, *size)


def fit_line(gmac: list[float], ms: list[float]) -> dict[str, float]:
    """Least squares: milliseconds = ms_per_gmac * gmac + ms."""
    slope, intercept = np.polyfit(gmac, ms, 1)
    return {"ms_per_gmac": float(slope), "ms": float(intercept)}


def peak_share(engine: Engine, repeats: int = REPEATS) -> dict[str, float]:
    """GFLOP/s of the full path at 1024x1024 and of a plain convolution in OpenVINO, timed in turns,
    and their ratio. The colour prior's time and operations are counted with the network's.
    """
    rgb, trimap = sample_picture(PEAK_SIDE, PEAK_SIDE)
    convolve = reference_convolution(engine.precision, engine.threads)
    times: dict[str, list[float]] = {"network": [], "convolution": []}
    for _ in range(repeats + 1):
        found = engine.infer(rgb, trimap, engine.costs.maximum, FULL_PATH)
        times["network"].append(found.seconds)
        times["convolution"].append(_timed(convolve))
    gmac = _gmac_with_prior(engine, FULL_PATH, (PEAK_SIDE, PEAK_SIDE))
    network = gmac * OPERATIONS_PER_MAC / median(times["network"][1:])
    convolution = reference_gmac() * OPERATIONS_PER_MAC / median(times["convolution"][1:])
    return {"network": network, "convolution": convolution, "share": network / convolution}


def reference_gmac() -> float:
    """Multiply-adds of the reference convolutions, 1e9."""
    macs = CONVOLUTION_LAYERS * 9 * (CONVOLUTION_CHANNELS * CONVOLUTION_SIDE) ** 2
    return macs / 1e9


def reference_convolution(precision: Precision, threads: int) -> Callable[[], None]:
    """A function that runs the reference convolutions once."""
    hints = {
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": "f32" if precision is Precision.INT8 else str(precision),
    }
    model = _reference_model(quantised=precision is Precision.INT8)
    request = load_openvino().Core().compile_model(model, "CPU", hints).create_infer_request()
    shape = (1, CONVOLUTION_CHANNELS, CONVOLUTION_SIDE, CONVOLUTION_SIDE)
    picture = np.random.default_rng(0).normal(size=shape).astype(np.float32)

    def convolve() -> None:
        request.infer([picture], share_inputs=True, share_outputs=True)

    return convolve


def _reference_model(*, quantised: bool) -> Any:
    openvino = load_openvino()
    ops = openvino.opset13
    channels, side = CONVOLUTION_CHANNELS, CONVOLUTION_SIDE
    source = node = ops.parameter((1, channels, side, side), np.float32)
    rng = np.random.default_rng(0)
    for _ in range(CONVOLUTION_LAYERS):
        weights = ops.constant(rng.normal(0, 0.05, (channels, channels, 3, 3)).astype(np.float32))
        if quantised:
            node = ops.fake_quantize(node, 0.0, MOST_RANGE, 0.0, MOST_RANGE, 256)
            weights = ops.fake_quantize(weights, -0.25, 0.25, -0.25, 0.25, 255)
        node = ops.relu(ops.convolution(node, weights, [1, 1], [1, 1], [1, 1], [1, 1]))
    return openvino.Model([ops.reduce_mean(node, [2, 3])], [source], "reference")


def _timed(function: Callable[[], None]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started
