"""What this machine can do at most: plain convolutions, and the network's share of that."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from pamcli.engine import Engine
from pamcli.frame import Rgb, Trimap
from pamcli.graph import load_openvino
from pamcli.path import FULL_PATH, NetworkPath, gmac_of_frame
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


def sample_picture(height: int, width: int) -> tuple[Rgb, Trimap]:
    """Noise and a disc with an unknown band: what is in the picture does not change the time."""
    rgb = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    y, x = np.mgrid[:height, :width]
    distance = np.hypot(y / height - 0.5, x / width - 0.5)
    return rgb, np.select([distance < 0.2, distance > 0.35], [255, 0], 128).astype(np.uint8)


def gmac_with_prior(engine: Engine, path: NetworkPath, size: tuple[int, int]) -> float:
    """GMAC of a path on a picture of `size` (height, width), the colour prior's with them."""
    return gmac_of_frame(engine.costs.cost(path) + engine.costs.prior / 1000, *size)


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
        times["convolution"].append(timed(convolve))
    gmac = gmac_with_prior(engine, FULL_PATH, (PEAK_SIDE, PEAK_SIDE))
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


def timed(function: Callable[[], None]) -> float:
    """Seconds that it takes."""
    started = time.perf_counter()
    function()
    return time.perf_counter() - started
