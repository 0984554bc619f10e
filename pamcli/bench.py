"""What this machine holds: milliseconds of every path, share of the machine's peak."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from pamcli.engine import Engine
from pamcli.frame import Rgb, Trimap
from pamcli.graph import load_openvino
from pamcli.models import load_model
from pamcli.path import ALL_PATHS, FULL_PATH, REFERENCE_PIXELS, gmac_of_frame, path_name
from pamcli.settings import Precision

REPEATS = 7
"""Timed runs of each thing, in turns, after one that is not counted."""

PEAK_SIDE = 1024
"""Height and width of the picture on which the network is compared with the machine's peak."""

CONVOLUTION_CHANNELS, CONVOLUTION_SIDE, CONVOLUTION_LAYERS = 64, 256, 8
"""The reference: 3x3 convolutions with 64 channels in and out, in a row, on 256x256."""

OPERATIONS_PER_MAC = 2

Figures = dict[str, Any]


def run(
    size: tuple[int, int],
    *,
    precision: Precision = Precision.AUTO,
    threads: int | None = None,
    peak: bool = False,
) -> Figures:
    """Time the released model on a picture of `size` (height, width); peak: see `peak_share`."""
    engine = Engine(load_model(), precision=precision, threads=threads)
    paths = path_times(engine, size)
    figures: Figures = {
        "height": size[0],
        "width": size[1],
        "precision": str(engine.precision),
        "threads": engine.threads,
        "paths": paths,
        "fit": fit_line([row["gmac"] for row in paths], [row["ms"] for row in paths]),
    }
    if peak:
        figures["peak"] = peak_share(engine)
    return figures


def as_text(figures: Figures) -> str:
    """The figures of `run`, to show to a person."""
    lines = [
        "{width}x{height}, {precision}, {threads} threads".format(**figures),
        "path   GMAC/1024x1024   GMAC      ms",
    ]
    lines += ["{path}   {cost:14.1f} {gmac:6.1f} {ms:7.1f}".format(**r) for r in figures["paths"]]
    lines.append("fit: {ms_per_gmac:.2f} ms per GMAC + {ms:.1f} ms".format(**figures["fit"]))
    if "peak" in figures:
        lines.append(
            "path 1111 at 1024x1024: {network:.0f} GFLOP/s, {share:.0%} of the {convolution:.0f} "
            "GFLOP/s of a 3x3 convolution with 64 channels".format(**figures["peak"])
        )
    return "\n".join(lines)


def sample_picture(height: int, width: int) -> tuple[Rgb, Trimap]:
    """Noise and a disc with an unknown band: what is in the picture does not change the time."""
    rgb = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    y, x = np.mgrid[:height, :width]
    distance = np.hypot(y / height - 0.5, x / width - 0.5)
    return rgb, np.select([distance < 0.2, distance > 0.35], [255, 0], 128).astype(np.uint8)


def path_times(engine: Engine, size: tuple[int, int], repeats: int = REPEATS) -> list[Figures]:
    """Cost and median milliseconds of the 16 paths, timed in turns, cheapest first."""
    rgb, trimap = sample_picture(*size)
    seconds: dict[str, list[float]] = {path_name(path): [] for path in ALL_PATHS}
    for _ in range(repeats + 1):
        for path in ALL_PATHS:
            found = engine.infer(rgb, trimap, engine.costs.maximum, path)
            seconds[path_name(path)].append(found.seconds)
    rows = []
    for path in sorted(ALL_PATHS, key=engine.costs.mmac):
        cost = engine.costs.cost(path)
        rows.append(
            {
                "path": path_name(path),
                "cost": cost,  # GMAC per 1024x1024
                "gmac": gmac_of_frame(cost, *size),
                "ms": median(seconds[path_name(path)][1:]) * 1e3,
            }
        )
    return rows


def fit_line(gmac: list[float], ms: list[float]) -> dict[str, float]:
    """Least squares: milliseconds = ms_per_gmac * gmac + ms."""
    slope, intercept = np.polyfit(gmac, ms, 1)
    return {"ms_per_gmac": float(slope), "ms": float(intercept)}


def peak_share(engine: Engine, repeats: int = REPEATS) -> dict[str, float]:
    """GFLOP/s of the full path and of a plain convolution in OpenVINO, timed in turns, and their
    ratio. The colour prior's operations are counted with the network's.
    """
    rgb, trimap = sample_picture(PEAK_SIDE, PEAK_SIDE)
    convolve = reference_convolution(engine.precision, engine.threads)
    times: dict[str, list[float]] = {"network": [], "convolution": []}
    for _ in range(repeats + 1):
        found = engine.infer(rgb, trimap, engine.costs.maximum, FULL_PATH)
        times["network"].append(found.seconds)
        times["convolution"].append(_timed(convolve))
    gmac = engine.costs.cost(FULL_PATH) * PEAK_SIDE**2 / REFERENCE_PIXELS
    gmac += engine.costs.prior / 1000
    network = gmac * OPERATIONS_PER_MAC / median(times["network"][1:])
    convolution = reference_gmac() * OPERATIONS_PER_MAC / median(times["convolution"][1:])
    return {"network": network, "convolution": convolution, "share": network / convolution}


def reference_gmac() -> float:
    """GMAC of one run of the reference convolutions."""
    macs = 9 * CONVOLUTION_CHANNELS**2 * CONVOLUTION_SIDE**2 * CONVOLUTION_LAYERS
    return macs / 1e9


def reference_convolution(precision: Precision, threads: int) -> Callable[[], None]:
    """A function that runs the reference convolutions once."""
    openvino = load_openvino()
    ops = openvino.opset13
    channels, side = CONVOLUTION_CHANNELS, CONVOLUTION_SIDE
    shape = (1, channels, side, side)
    source = ops.parameter(shape, np.float32)
    node = source
    rng = np.random.default_rng(0)
    for _ in range(CONVOLUTION_LAYERS):
        weights = rng.normal(0, 0.05, (channels, channels, 3, 3)).astype(np.float32)
        node = ops.relu(ops.convolution(node, weights, [1, 1], [1, 1], [1, 1], [1, 1]))
    model = openvino.Model([ops.reduce_mean(node, [2, 3])], [source], "reference")
    hints = {
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": str(precision),
    }
    request = openvino.Core().compile_model(model, "CPU", hints).create_infer_request()
    picture: npt.NDArray[np.float32] = rng.normal(size=shape).astype(np.float32)

    def convolve() -> None:
        request.infer([picture], share_inputs=True, share_outputs=True)

    return convolve


def _timed(function: Callable[[], None]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started
