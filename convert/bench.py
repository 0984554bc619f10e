"""Does choosing at run time cost anything: the `If` model against static subnetworks; and the same
network in other libraries.
"""

import time
from statistics import median
from typing import Any

import numpy as np
import openvino as ov

from convert import bench_engines
from convert.fold import prepare
from convert.ir import image_adaptive, static_subnetwork
from pam.network import COSTS, NetworkPath, Pam
from pamcli.bench_peak import sample_picture
from pamcli.path import parse_path, path_name

SIZE = (512, 512)
PATHS = tuple(parse_path(name) for name in ("0000", "0011", "1011", "1111"))
REPEATS = 15
PRECISIONS = ("f32", "bf16")


def report(network: Pam) -> None:
    """Print the time of the one model over that of the subnetwork of each path: both for any size
    of picture, and the one model as it is over a subnetwork for this size only. Then OpenVINO's
    times over PyTorch's and ONNX Runtime's.
    """
    prepared = prepare(network)
    adaptive = image_adaptive(prepared)
    for path in PATHS:
        subnetworks = [static_subnetwork(prepared, path, size) for size in (None, SIZE)]
        for precision in PRECISIONS:
            one, same, fixed = compare([adaptive, *subnetworks], path, precision)
            print(
                f"{path_name(path)} {precision:>4}: If {one * 1e3:5.1f} ms of processor time, "
                f"{one / same:.3f} of the subnetwork's, {one / fixed:.3f} of that for "
                f"{SIZE[1]}x{SIZE[0]} only",
                flush=True,
            )
    bench_engines.report(network)


def compare(models: list[ov.Model], path: NetworkPath, precision: str) -> list[float]:
    """Median seconds of processor time of each model at SIZE on one thread, run in turns.

    models: the one with `If` first. Processor time, because other work does not count in it.
    """
    rgb, trimap = sample_picture(*SIZE)
    inputs = {
        "image": rgb[None],
        "trimap": trimap[None],
        "cost_constraint": np.array([COSTS.maximum], np.int32),
    }
    requests = [_request(model, precision) for model in models]
    times: list[list[float]] = [[] for _ in models]
    for _ in range(REPEATS + 1):
        for number, request in enumerate(requests):
            forced = {"path": np.array(path, np.int32)} if number == 0 else {}
            started = time.process_time()
            request.infer({**inputs, **forced}, share_inputs=True, share_outputs=True)
            times[number].append(time.process_time() - started)
    return [median(taken[1:]) for taken in times]


def _request(model: ov.Model, precision: str) -> Any:
    hints = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": 1,
        "INFERENCE_PRECISION_HINT": precision,
    }
    return ov.Core().compile_model(model, "CPU", hints).create_infer_request()
