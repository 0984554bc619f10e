"""The network in OpenVINO: picture, trimap and C_c in, alpha out."""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pamcli.errors import InputError, ModelError
from pamcli.frame import Alpha, Rgb, Trimap
from pamcli.graph import BF16_SETS, CompiledParts, Found, Inputs, Request
from pamcli.kept_files import read_kept, write_kept
from pamcli.machine import instruction_sets, usable_cores
from pamcli.models import ReleasedModel
from pamcli.path import NetworkPath, path_name
from pamcli.self_check import Verdict, choose, compare, keeps_memory, network_inputs
from pamcli.settings import Precision
from pamcli.tensor import pad_reflect
from pamcli.tiles import Tile
from pamcli.trimap import Box

KEPT_KERNELS = 300
"""Compiled kernels that OpenVINO keeps for picture sizes met before: enough for a dozen sizes.
Its own default lets memory grow by several MiB with every new size."""

PINNED = False
"""Whether a thread of the network stays on its core. It shares the cores with decoding, colours and
encoding; a pinned thread waits for its core while another is free, and the rest wait for it.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Inference:
    """What one run of the network gave."""

    alpha: Alpha
    path: NetworkPath  # the path that ran; of several tiles the costliest
    seconds: float  # of the network alone
    pixels: int  # that it saw, padding counted


class Engine:
    """One compiled model with one infer request: make one for each stream."""

    def __init__(
        self,
        model: ReleasedModel,
        *,
        precision: Precision = Precision.AUTO,
        threads: int | None = None,
        fresh: bool = False,
    ) -> None:
        """Compile `model`. threads: None for all the cores that this process may use. fresh: look
        again which precision is right and fast here, whatever an earlier run found.

        Raises ModelError when the files are no model, or none in this precision is released.
        """
        self.costs = model.costs
        self.stride = model.stride
        self._decides = model.decides
        self.threads = threads or usable_cores()
        with _model_errors(model):
            parts = CompiledParts(model, self._hints())
            self.verdict, self._request = self._open(model, parts, precision, fresh=fresh)
        self.precision = self.verdict.precision
        self._keeps_memory = self.verdict.keeps_memory
        self._seen: list[tuple[int, int]] = []

    def infer(
        self,
        rgb: Rgb,
        trimap: Trimap,
        cost_constraint: int,
        path: NetworkPath | None = None,
        tiles: Sequence[Tile] = (),
    ) -> Inference:
        """Alpha of one picture; known pixels are not overwritten yet.

        rgb: any H, W from 1; trimap: uint8 (H, W) in {0, 128, 255}. cost_constraint: C_c, GMAC per
        1024x1024. path: forced, or None: the network decides within C_c; while its path selection
        is untrained, the costliest path within C_c runs. tiles: of `tiles_of`, all that is wanted
        of the picture, the network choosing a path for each; none: the whole picture.
        Raises InputError when C_c is below C_min, below what `path` costs, or the sizes differ.
        """
        self._check(rgb, trimap, cost_constraint, path)
        if path is None and not self._decides:
            path = self.costs.costliest(cost_constraint)
        height, width = trimap.shape
        padded, known = (pad_reflect(array, self.stride) for array in (rgb, trimap))
        inputs = network_inputs(padded, known, min(cost_constraint, self.costs.maximum), path)
        tiles = tiles or (Tile(Box(0, 0, height, width), Box(0, 0, *known.shape)),)
        alpha = np.zeros((height, width), np.float32)
        started = time.perf_counter()
        ran = [self._fill(alpha, tile, part) for tile, part in self._run(inputs, tiles)]
        seconds = time.perf_counter() - started
        pixels = sum(tile.seen.height * tile.seen.width for tile in tiles)
        return Inference(alpha, max(ran, key=self.costs.mmac), seconds, pixels)

    def _fill(self, alpha: Alpha, tile: Tile, found: Found) -> NetworkPath:
        """Put in what was found of a tile; which path that was."""
        core, seen = tile.core, tile.seen
        top, left = core.top - seen.top, core.left - seen.left
        inside = Box(top, left, top + core.height, left + core.width)
        alpha[core.slices] = found["alpha"][0][inside.slices]
        return _path(found["decided"])

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

    def _run(self, inputs: Inputs, tiles: Sequence[Tile]) -> Iterator[tuple[Tile, Found]]:
        """What the network gives of each tile, without a copy."""
        whole = Box(0, 0, *inputs["trimap"].shape[1:])
        parts = [None if tile.seen == whole else tile.seen for tile in tiles]
        if not self._keeps_memory and self._is_larger(tile.seen for tile in tiles):
            deque(self._request.infer_tiles(inputs, parts), maxlen=0)
        yield from zip(tiles, self._request.infer_tiles(inputs, parts), strict=True)

    def _is_larger(self, boxes: Iterable[Box]) -> bool:
        """Whether one of them is higher or wider than all that the network has seen."""
        fresh = [
            box
            for box in boxes
            if not any(h >= box.height and w >= box.width for h, w in self._seen)
        ]
        self._seen += [(box.height, box.width) for box in fresh]
        return bool(fresh)

    def _hints(self) -> dict[str, Any]:
        return {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": self.threads,
            "CPU_RUNTIME_CACHE_CAPACITY": KEPT_KERNELS,
            "ENABLE_CPU_PINNING": PINNED,
        }

    def _open(
        self, model: ReleasedModel, parts: CompiledParts, precision: Precision, *, fresh: bool
    ) -> tuple[Verdict, Request]:
        """The verdict is kept, so that a clip comes out the same the next time, too."""
        name = parts.name_of("verdict", str(precision), str(self.threads))
        kept = None if fresh else read_kept(name)
        if kept is not None:
            verdict = Verdict.from_bytes(kept)
            return verdict, parts.request(verdict.precision)
        verdict, request = _judge(parts, _candidates(model, precision))
        write_kept(name, verdict.to_bytes)
        return verdict, request


def _candidates(model: ReleasedModel, precision: Precision) -> list[Precision]:
    """The most exact first."""
    if precision is not Precision.AUTO:
        return [precision]
    able = {
        Precision.F32: True,
        Precision.BF16: bool(BF16_SETS & instruction_sets()),
        Precision.INT8: model.int8 is not None,
    }
    return [candidate for candidate, possible in able.items() if possible]


def _judge(parts: CompiledParts, candidates: list[Precision]) -> tuple[Verdict, Request]:
    requests = {precision: parts.request(precision) for precision in candidates}
    trials = compare(requests) if len(requests) > 1 else ()
    precision = choose(trials) if trials else candidates[0]
    kept = keeps_memory(requests[precision])
    return Verdict(precision=precision, keeps_memory=kept, trials=trials), requests[precision]


def _path(decided: npt.NDArray[np.int32]) -> NetworkPath:
    g1, g2, g3, g4 = (bool(run) for run in decided)
    return g1, g2, g3, g4


@contextmanager
def _model_errors(model: ReleasedModel) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, KeyError) as error:
        raise ModelError(f"{model.xml}: no model that OpenVINO can run") from error
    except OSError as error:
        raise ModelError(f"{model.folder}: cannot be read ({error.strerror})") from error
