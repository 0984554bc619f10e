"""A released model as OpenVINO runs it: the colour prior in float32, the network as asked for.

The prior takes differences of squares and divides by variances. In bfloat16 nothing is left of
that, and OpenVINO lowers the precision of a model as a whole: so the one model is cut in two. The
network in int8 is a file of its own that needs no cutting.
"""

import hashlib
import importlib
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from pamcli import __version__
from pamcli.errors import ModelError
from pamcli.kept_files import read_kept, write_kept
from pamcli.machine import instruction_sets
from pamcli.models import ModelFiles, ReleasedModel, sha256_of
from pamcli.settings import Precision
from pamcli.trimap import Box
from pamcli.upsample import Planes, enlarge_planes

Inputs = dict[str, npt.NDArray[Any]]

Found = dict[str, npt.NDArray[Any]]
"""What the network gave."""

PRIOR_OUTPUTS = ("prior_foreground", "prior_background", "prior_alpha")
"""Tensors inside the model that the network takes from the prior."""

MAPS, WIDE, SEEN = "prior_maps", "prior_wide", "prior_seen"
"""The prior on the reduced picture; the same enlarged; which kinds of known pixels there are."""

PRIOR = (*PRIOR_OUTPUTS, MAPS, WIDE, SEEN)
"""Names that a converted model gives to tensors inside it."""

SHOWN = "foreground"
"""The model's output that is the prior's F̂ as a picture: the runtime estimates colours itself."""

PICTURES = ("image", "trimap")

LARGE = 5_000_000
"""Pixels from which the memory of both parts, 0.45 GB per million pixels, counts for more than the
time that it takes to get it anew: more than 2048x2048.
"""

BF16_SETS = frozenset({"avx512_bf16", "amx_bf16"})
"""Instruction sets either of which makes bfloat16 faster than float32."""


def load_openvino() -> Any:
    """The openvino module, imported when first asked for, with its telemetry switched off."""
    sys.modules.setdefault("openvino_telemetry", cast("Any", None))
    return importlib.import_module("openvino")


def plain_request(graph: Any, precision: Precision, hints: Mapping[str, Any]) -> Any:
    """An infer request of OpenVINO for a model that needs no cutting. Raises RuntimeError."""
    given = {**hints, "INFERENCE_PRECISION_HINT": str(precision)}
    return load_openvino().Core().compile_model(graph, "CPU", given).create_infer_request()


def content_of(model: ModelFiles) -> str:
    """What a model's files hold, in a word."""
    return " ".join(sha256_of(source) for source in model.sources)


def kept_name(content: str, *what: str) -> str:
    """A file name for something that depends on a model (`content_of`), on `what`, OpenVINO's
    version and the processor.
    """
    sets = " ".join(sorted(instruction_sets()))
    parts = (content, load_openvino().__version__, __version__, sets, *what)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def compile_kept(name: str, graph: Callable[[], Any], hints: Mapping[str, Any]) -> Any:
    """A compiled model of OpenVINO, from the user's cache (`kept_files`) or into it.

    name: stands for all that it depends on but the precision, which OpenVINO applies when it loads.
    OpenVINO's own cache is not used: it takes a blob that was damaged inside for whole.
    Raises RuntimeError for what cannot be compiled.
    """
    core, blob = load_openvino().Core(), read_kept(name)
    if blob is not None:
        try:
            return core.import_model(blob, "CPU", hints)
        except RuntimeError:  # of a build of OpenVINO that has the same version
            blob = None
    compiled = core.compile_model(graph(), "CPU", hints)
    write_kept(name, lambda: bytes(compiled.export_model().getbuffer()))
    return compiled


class Request:
    """The parts of a model, run one after the other as if they were one."""

    def __init__(self, prior: "Prior", network: Any) -> None:
        """network: infer request of OpenVINO."""
        self._prior, self._network = prior, network

    def infer(self, inputs: Inputs) -> Found:
        """`alpha` and `decided`, without a copy: they are overwritten by the next run."""
        return next(self.infer_tiles(inputs, (None,)))

    def infer_tiles(self, inputs: Inputs, tiles: Iterable[Box | None]) -> Iterator[Found]:
        """The same for each tile: a part of the picture that the network sees by itself, its place
        and its sides multiples of the network's stride; None: the whole picture. The prior is the
        whole picture's all the same.

        On a large picture each part gives its memory back before the next runs.
        """
        pictures = {name: inputs[name] for name in PICTURES}
        large = inputs["trimap"].size > LARGE
        if large:
            self._network.get_compiled_model().release_memory()
        reduced = self._prior.reduced(pictures, release=large)
        for tile in tiles:
            seen = pictures if tile is None else _cut(pictures, tile)
            prior = self._prior.full(seen, reduced, tile, release=large)
            given = {**inputs, **seen, **prior}
            found = self._network.infer(given, share_inputs=True, share_outputs=True)
            yield {name: found[name] for name in ("alpha", "decided")}


class Prior:
    """The colour prior: what it says of the reduced picture, then of the full one or of a tile.

    In between its maps are enlarged by OpenCV, which takes a tenth of OpenVINO's time for it.
    """

    def __init__(self, reduced: Any, full: Any) -> None:
        """Infer requests of OpenVINO for the two parts."""
        self._reduced, self._full = reduced, full
        self._buffer = np.empty(0, np.float32)

    def infer(self, pictures: Inputs) -> Found:
        """PRIOR_OUTPUTS of the whole picture, without a copy."""
        return self.full(pictures, self.reduced(pictures), None)

    def reduced(self, pictures: Inputs, *, release: bool = False) -> Found:
        """MAPS and SEEN of the whole picture, without a copy unless the memory is released."""
        found = self._reduced.infer(pictures, share_inputs=True, share_outputs=True)
        if not release:
            return {name: found[name] for name in (MAPS, SEEN)}
        kept = {name: found[name].copy() for name in (MAPS, SEEN)}
        self._reduced.get_compiled_model().release_memory()
        return kept

    def full(
        self, pictures: Inputs, reduced: Found, tile: Box | None, *, release: bool = False
    ) -> Found:
        """PRIOR_OUTPUTS, without a copy. pictures: whole, or what `tile` cuts from them."""
        if release:
            self._full.get_compiled_model().release_memory()
        _, height, width = pictures["trimap"].shape
        given = {**pictures, WIDE: self._widened(reduced[MAPS][0], (height, width), tile)}
        given[SEEN] = reduced[SEEN]
        found = self._full.infer(given, share_inputs=True, share_outputs=True)
        return {name: found[name] for name in PRIOR_OUTPUTS}

    def _widened(self, maps: Planes, size: tuple[int, int], tile: Box | None) -> Planes:
        shape = (len(maps), *size)
        length = math.prod(shape)
        if self._buffer.size < length:
            self._buffer = np.empty(length, np.float32)
        wide = self._buffer[:length].reshape(shape)
        enlarge_planes(maps, wide, tile)
        return wide[None]


def _cut(pictures: Inputs, tile: Box) -> Inputs:
    rows, columns = tile.slices
    return {name: np.ascontiguousarray(part[:, rows, columns]) for name, part in pictures.items()}


class CompiledParts:
    """The parts of one released model, each read and compiled when first asked for.

    What OpenVINO made of a part is kept, see `compile_kept`.
    """

    def __init__(self, model: ReleasedModel, hints: Mapping[str, Any]) -> None:
        self._model, self._hints = model, hints
        self._openvino = load_openvino()

    def request(self, precision: Precision) -> Request:
        """A fresh infer request. Raises RuntimeError or KeyError for what is no such model, OSError
        for files that cannot be read, ModelError when none in int8 is released.
        """
        prior = Prior(self._reduced.create_infer_request(), self._full.create_infer_request())
        return Request(prior, self._network(precision))

    def name_of(self, *what: str) -> str:
        """A file name for something that depends on this model, on `what`, OpenVINO's version and
        the processor.
        """
        return kept_name(self._content, *what)

    @cached_property
    def _content(self) -> str:
        return content_of(self._model)

    @cached_property
    def _whole(self) -> Any:
        return self._openvino.Core().read_model(self._model.xml, self._model.bin)

    @cached_property
    def _reduced(self) -> Any:
        return self._compiled("reduced", Precision.F32)

    @cached_property
    def _full(self) -> Any:
        return self._compiled("full", Precision.F32)

    def _network(self, precision: Precision) -> Any:
        if precision is not Precision.INT8:
            return self._compiled("network", precision).create_infer_request()
        rest = Precision.BF16 if BF16_SETS & instruction_sets() else Precision.F32
        return self._compiled("int8", rest).create_infer_request()

    def _graph(self, part: str) -> Any:
        if part == "int8":
            return self._openvino.Core().read_model(*self._int8_files())
        return PARTS[part](self._whole)

    def _int8_files(self) -> tuple[Path, Path]:
        if self._model.int8 is None:
            raise ModelError(f"model {self._model.name}: no int8 model is released")
        return self._model.int8

    def _compiled(self, part: str, precision: Precision) -> Any:
        hints = {**self._hints, "INFERENCE_PRECISION_HINT": str(precision)}
        return compile_kept(self.name_of(part), lambda: self._graph(part), hints)


def reduced_of(graph: Any) -> Any:
    """The prior on the reduced picture, from the pictures to its maps. graph: left as it is."""
    return _part(graph, "reduced", PICTURES, (), (MAPS, SEEN))


def full_of(graph: Any) -> Any:
    """The prior at full size, from pictures and enlarged maps. graph: left as it is."""
    return _part(graph, "full", PICTURES, (WIDE, SEEN), PRIOR_OUTPUTS)


def network_of(graph: Any) -> Any:
    """The network, which takes the prior as an input. graph: left as it is."""
    inputs = tuple(port.get_any_name() for port in graph.inputs)
    outputs = tuple(port.get_any_name() for port in graph.outputs)
    kept = tuple(name for name in outputs if name != SHOWN)
    return _part(graph, "network", inputs, PRIOR_OUTPUTS, kept)


PARTS = {"reduced": reduced_of, "full": full_of, "network": network_of}


def prior_request(graph: Any, hints: Mapping[str, Any]) -> Prior:
    """The prior of a model, ready to run. Raises RuntimeError or KeyError."""
    parts = reduced_of(graph), full_of(graph)
    return Prior(*(plain_request(part, Precision.F32, hints) for part in parts))


def _part(
    graph: Any, name: str, inputs: Sequence[str], given: Sequence[str], outputs: Sequence[str]
) -> Any:
    """What leads to `outputs` from some of the model's inputs, and from tensors inside it that are
    `given` instead of computed.
    """
    openvino, whole = load_openvino(), graph.clone()
    tensors = _tensors(whole)
    parameters = [tensors[each].get_node() for each in inputs]
    for each in given:
        tensor = tensors[each]
        parameter = openvino.op.Parameter(tensor.get_element_type(), tensor.get_partial_shape())
        for target in tensor.get_target_inputs():
            target.replace_source_output(parameter.output(0))
        parameter.output(0).set_names({each})
        parameters.append(parameter)
    return openvino.Model([tensors[each] for each in outputs], parameters, name)


def _tensors(graph: Any) -> dict[str, Any]:
    """Named tensors inside a model."""
    ports = (port for node in graph.get_ops() for port in node.outputs())
    return {name: port for port in ports for name in port.get_names()}
