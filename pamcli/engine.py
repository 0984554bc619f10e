"""The network in OpenVINO: picture, trimap and C_c in, alpha out."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pamcli.errors import InputError, ModelError
from pamcli.frame import Alpha, Rgb, Trimap
from pamcli.graph import Inputs, Request, load_openvino
from pamcli.machine import instruction_sets, usable_cores
from pamcli.models import ReleasedModel
from pamcli.path import FULL_PATH, N_ADAPTIVE, NetworkPath, path_name
from pamcli.settings import Precision
from pamcli.tensor import pad_reflect, unpad

FREE = -1
"""Says in the model's `path` input that the network decides on a group itself."""

BF16_SETS = frozenset({"avx512_bf16", "amx_bf16"})
"""Instruction sets either of which makes bfloat16 faster than float32."""

MEAN_DIFFERENCE, MAX_DIFFERENCE = 5e-3, 5e-2
"""How far the alpha of the self-check may be from float32's before bfloat16 is refused."""

KEPT_KERNELS = 300
"""Compiled kernels that OpenVINO keeps for picture sizes met before: enough for a dozen sizes.
Its own default lets memory grow by several MiB with every new size."""

CHECK_SIZES = ((32, 32), (64, 96), (128, 160))
"""(height, width) of the self-check's pictures, each larger than the one before."""

CHECK_CONSTRAINT = 1000
"""A C_c that allows every path, GMAC per 1024x1024."""


@dataclass(frozen=True, slots=True, eq=False)
class Inference:
    """What one run of the network gave."""

    alpha: Alpha
    foreground: Rgb  # F̂, the colour prior's estimate of the foreground
    path: NetworkPath  # the path that ran
    seconds: float  # of the network alone


class Engine:
    """One compiled model with one infer request: make one for each stream."""

    def __init__(
        self,
        model: ReleasedModel,
        *,
        precision: Precision = Precision.AUTO,
        threads: int | None = None,
    ) -> None:
        """Compile `model`. threads: None for all the cores that this process may use.

        Raises ModelError when the files are no model, or none in this precision is released.
        """
        if precision is Precision.INT8:
            raise ModelError(f"model {model.name}: no int8 model is released")
        self.costs = model.costs
        self.stride = model.stride
        self._decides = model.decides
        self.threads = threads or usable_cores()
        with _model_errors(model):
            self.precision, self._request = self._open(model, precision)
        self._keeps_memory = _keeps_memory(self._request)
        self._seen: list[tuple[int, int]] = []

    def infer(
        self, rgb: Rgb, trimap: Trimap, cost_constraint: int, path: NetworkPath | None = None
    ) -> Inference:
        """Alpha of one picture; known pixels are not overwritten yet.

        rgb: any H, W from 1; trimap: uint8 (H, W) in {0, 128, 255}. cost_constraint: C_c, GMAC per
        1024x1024. path: forced, or None: the network decides within C_c; while its path selection
        is untrained, the costliest path within C_c runs.
        Raises InputError when C_c is below C_min, below what `path` costs, or the sizes differ.
        """
        self._check(rgb, trimap, cost_constraint, path)
        if path is None and not self._decides:
            path = self.costs.costliest(cost_constraint)
        height, width = trimap.shape
        padded, known = (pad_reflect(array, self.stride) for array in (rgb, trimap))
        inputs = _inputs(padded, known, min(cost_constraint, self.costs.maximum), path)
        started = time.perf_counter()
        outputs = self._run(inputs, known.shape)
        seconds = time.perf_counter() - started
        alpha = unpad(outputs["alpha"][0], height, width)
        foreground = unpad(outputs["foreground"][0], height, width)
        return Inference(alpha, foreground, _path(outputs["decided"]), seconds)

    def _check(self, rgb: Rgb, trimap: Trimap, constraint: int, path: NetworkPath | None) -> None:
        self.costs.check(constraint)
        if rgb.shape[:2] != trimap.shape:
            raise InputError(
                f"trimap of {trimap.shape[1]}x{trimap.shape[0]} pixels for a picture of "
                f"{rgb.shape[1]}x{rgb.shape[0]}"
            )
        if path is not None and not self.costs.is_feasible(path, constraint):
            raise InputError(
                f"path {path_name(path)} costs {self.costs.cost(path):.1f} GMAC per 1024x1024: "
                f"more than the cost constraint {constraint}"
            )

    def _run(self, inputs: Inputs, size: tuple[int, ...]) -> Any:
        height, width = size[0], size[1]
        if not self._keeps_memory and not any(h >= height and w >= width for h, w in self._seen):
            self._request.infer(inputs)
            self._seen.append((height, width))
        return self._request.infer(inputs)

    def _open(self, model: ReleasedModel, precision: Precision) -> tuple[Precision, Any]:
        graph = load_openvino().Core().read_model(model.xml, model.bin)
        if precision is not Precision.AUTO:
            return precision, self._compile(graph, precision)
        exact = self._compile(graph, Precision.F32)
        if not BF16_SETS & instruction_sets():
            return Precision.F32, exact
        fast = self._compile(graph, Precision.BF16)
        return (Precision.BF16, fast) if _agree(exact, fast) else (Precision.F32, exact)

    def _compile(self, graph: Any, precision: Precision) -> Request:
        hints = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": self.threads,
            "CPU_RUNTIME_CACHE_CAPACITY": KEPT_KERNELS,
        }
        return Request(graph, precision, hints)


def _inputs(rgb: Rgb, trimap: Trimap, constraint: int, path: NetworkPath | None) -> Inputs:
    return {
        "image": np.ascontiguousarray(rgb)[None],
        "trimap": np.ascontiguousarray(trimap)[None],
        "cost_constraint": np.array([constraint], np.int32),
        "path": np.array([FREE] * N_ADAPTIVE if path is None else path, np.int32),
    }


def _path(decided: npt.NDArray[np.int32]) -> NetworkPath:
    g1, g2, g3, g4 = (bool(run) for run in decided)
    return g1, g2, g3, g4


def _check_picture(height: int, width: int) -> tuple[Rgb, Trimap]:
    """Two colours with a wave of each on the other, and a disc of foreground with a wide band."""
    y, x = np.mgrid[:height, :width]
    distance = np.hypot(y / height - 0.5, x / width - 0.5)
    share = np.clip((0.4 - distance) / 0.25, 0, 1)[..., None]
    wave = 30 * np.sin(x / 3 + y / 5)[..., None]
    rgb = share * np.array([200, 150, 90]) + (1 - share) * np.array([60, 80, 140]) + wave
    trimap = np.select([distance < 0.15, distance > 0.4], [255, 0], 128)
    return rgb.clip(0, 255).astype(np.uint8), trimap.astype(np.uint8)


def _check_run(request: Any, size: tuple[int, int]) -> Alpha:
    inputs = _inputs(*_check_picture(*size), CHECK_CONSTRAINT, FULL_PATH)
    alpha: Alpha = request.infer(inputs)["alpha"].copy()  # the next run overwrites it
    return alpha


def _agree(exact: Any, fast: Any) -> bool:
    """Whether bfloat16 gives float32's alpha but for rounding: not every processor's does."""
    size = CHECK_SIZES[-1]
    differences = np.abs(_check_run(exact, size) - _check_run(fast, size))
    return bool(differences.mean() <= MEAN_DIFFERENCE and differences.max() <= MAX_DIFFERENCE)


def _keeps_memory(request: Any) -> bool:
    """Whether the first run on a larger picture than all before is right.

    OpenVINO 2026.4 can lose what an `If` gave when memory grows; the released graph is built
    around that, and this looks whether it is so with the version and processor at hand.
    """
    return all(
        np.array_equal(_check_run(request, size), _check_run(request, size)) for size in CHECK_SIZES
    )


@contextmanager
def _model_errors(model: ReleasedModel) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, KeyError) as error:
        raise ModelError(f"{model.xml}: no model that OpenVINO can run") from error
