"""The columns of the paper's Table 1 on this machine: cost, parameters, time and memory.

Every figure of a path in a precision is of a process of its own, so that the memory is its alone.
"""

import math
import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from pamcli.bench_peak import sample_picture
from pamcli.engine import Engine
from pamcli.errors import ModelError
from pamcli.graph import load_openvino
from pamcli.machine import cpu_name, peak_memory
from pamcli.models import ReleasedModel, load_model
from pamcli.path import NetworkPath, path_name
from pamcli.settings import Precision, RuntimeSettings

CONSTRAINTS = 75, 70, 60
"""C_c of the paper, GMAC per 1024x1024; C_min comes with them."""

SIDE = 2048
"""Height and width of the picture."""

RUNS = 3

PAPER_SECONDS = {75: 6.25, 70: 5.58, 60: 5.23}
PAPER_MEMORY, PAPER_CORES = 8.0, 12
"""The paper's own latencies on 2048x2048 by C_c, its peak memory, GB, and its cores."""

Figures = dict[str, Any]


def run(runtime: RuntimeSettings, *, side: int = SIDE, runs: int = RUNS) -> Figures:
    """Time the costliest path within each C_c on a square picture of `side` pixels.

    first, best: seconds from picture to alpha of the first of `runs` and of the fastest. memory:
    the most that the process held resident, GB; None where the system does not tell.
    Raises ModelError.
    """
    model = load_model()
    chosen = Engine(model, precision=runtime.precision, threads=runtime.threads)
    precisions = [trial.precision for trial in chosen.verdict.trials] or [chosen.precision]
    threads = chosen.threads
    del chosen
    rows = []
    for constraint in (*CONSTRAINTS, model.costs.minimum):
        path = model.costs.costliest(constraint)
        rows.append(
            {
                "cost_constraint": constraint,
                "path": path_name(path),
                "gmac": model.costs.cost(path),
                "paper_seconds": PAPER_SECONDS.get(constraint),
                "precisions": {
                    str(one): in_fresh_process(one, path, threads, side, runs) for one in precisions
                },
            }
        )
    return {
        "processor": cpu_name(),
        "threads": threads,
        "side": side,
        "parameters": parameters(model),
        "prior_gmac": model.costs.prior / 1000,
        "paper": {"cores": PAPER_CORES, "memory": PAPER_MEMORY},
        "rows": rows,
    }


def in_fresh_process(
    precision: Precision, path: NetworkPath, threads: int, side: int, runs: int
) -> Figures:
    """`measure` where nothing else has been. Raises ModelError when the process is ended."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        try:
            return pool.submit(measure, precision, path, threads, side, runs).result()
        except BrokenProcessPool as error:
            raise ModelError(
                f"{side}x{side} in {precision}: the process was ended; is there too little memory?"
            ) from error


def measure(precision: Precision, path: NetworkPath, threads: int, side: int, runs: int) -> Figures:
    """Seconds of the first and of the fastest run, and this process's peak memory, GB."""
    engine = Engine(load_model(), precision=precision, threads=threads)
    rgb, trimap = sample_picture(side, side)
    seconds: list[float] = []
    for _ in range(runs):
        began = time.perf_counter()
        engine.infer(rgb, trimap, engine.costs.maximum, path)
        seconds.append(time.perf_counter() - began)
    return {"first": seconds[0], "best": min(seconds), "memory": peak_memory() / 1e9 or None}


def parameters(model: ReleasedModel) -> int:
    """Weights that the model holds, on all its paths; BatchNorm is folded into them."""
    whole = load_openvino().Core().read_model(model.xml, model.bin)
    return sum(_weights(graph) for graph in _with_branches(whole))


def _with_branches(graph: Any) -> Sequence[Any]:
    """A graph and the bodies of its `If` operations."""
    choices = [node for node in graph.get_ops() if node.get_type_name() == "If"]
    return [graph, *(node.get_function(branch) for node in choices for branch in (0, 1))]


def _weights(graph: Any) -> int:
    """Numbers stored in float16: only weights are."""
    half = load_openvino().Type.f16
    constants = (node for node in graph.get_ops() if node.get_type_name() == "Constant")
    return sum(math.prod(node.shape) for node in constants if node.get_element_type() == half)
