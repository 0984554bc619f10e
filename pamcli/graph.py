"""A released model as OpenVINO runs it: the colour prior in float32, the network as asked for.

The prior takes differences of squares and divides by variances. In bfloat16 nothing is left of
that, and OpenVINO lowers the precision of a model as a whole: so the one model is cut in two. The
network in int8 is a file of its own that needs no cutting.
"""

import hashlib
import importlib
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy.typing as npt

from pamcli import __version__
from pamcli.errors import ModelError
from pamcli.kept_files import read_kept, write_kept
from pamcli.machine import instruction_sets
from pamcli.models import ReleasedModel, sha256_of
from pamcli.settings import Precision

Inputs = dict[str, npt.NDArray[Any]]

PRIOR_OUTPUTS = ("prior_foreground", "prior_background", "prior_alpha")
"""Tensors inside the model that the network takes from the prior."""

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


class Request:
    """Prior and network, run one after the other as if they were one model."""

    def __init__(self, prior: Any, network: Any) -> None:
        """Infer requests of OpenVINO for the two parts."""
        self._prior, self._network = prior, network

    def infer(self, inputs: Inputs) -> dict[str, npt.NDArray[Any]]:
        """`alpha` and `decided`, without a copy: they are overwritten by the next run.

        Either part needs about as much memory as the other; on a large picture each gives its own
        back before the other runs.
        """
        large = inputs["trimap"].size > LARGE
        if large:
            self._network.get_compiled_model().release_memory()
        pictures = {name: inputs[name] for name in PICTURES}
        prior = self._prior.infer(pictures, share_inputs=True, share_outputs=True)
        if large:
            self._prior.get_compiled_model().release_memory()
        given = {**inputs, **{name: prior[name] for name in PRIOR_OUTPUTS}}
        found = self._network.infer(given, share_inputs=True, share_outputs=True)
        return {name: found[name] for name in ("alpha", "decided")}


class CompiledParts:
    """The parts of one released model, each read and compiled when first asked for.

    What OpenVINO made of a part is kept in the user's cache (`kept_files`) under a name that stands
    for all it depends on: the model's bytes, OpenVINO's version and the processor. OpenVINO's own
    cache is not used: it takes a blob that was damaged inside for whole.
    """

    def __init__(self, model: ReleasedModel, hints: Mapping[str, Any]) -> None:
        self._model, self._hints = model, hints
        self._openvino = load_openvino()

    def request(self, precision: Precision) -> Request:
        """A fresh infer request. Raises RuntimeError or KeyError for what is no such model, OSError
        for files that cannot be read, ModelError when none in int8 is released.
        """
        return Request(self._prior.create_infer_request(), self._network(precision))

    def name_of(self, *what: str) -> str:
        """A file name for something that depends on this model, on `what`, OpenVINO's version and
        the processor.
        """
        sets = " ".join(sorted(instruction_sets()))
        parts = (self._content, self._openvino.__version__, __version__, sets, *what)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @cached_property
    def _content(self) -> str:
        return " ".join(sha256_of(source) for source in self._model.sources)

    @cached_property
    def _whole(self) -> Any:
        return self._openvino.Core().read_model(self._model.xml, self._model.bin)

    @cached_property
    def _prior(self) -> Any:
        return self._compiled("prior", Precision.F32)

    def _network(self, precision: Precision) -> Any:
        if precision is not Precision.INT8:
            return self._compiled("network", precision).create_infer_request()
        rest = Precision.BF16 if BF16_SETS & instruction_sets() else Precision.F32
        return self._compiled("int8", rest).create_infer_request()

    def _graph(self, part: str) -> Any:
        if part == "int8":
            return self._openvino.Core().read_model(*self._int8_files())
        return (prior_of if part == "prior" else network_of)(self._whole)

    def _int8_files(self) -> tuple[Path, Path]:
        if self._model.int8 is None:
            raise ModelError(f"model {self._model.name}: no int8 model is released")
        return self._model.int8

    def _compiled(self, part: str, precision: Precision) -> Any:
        hints = {**self._hints, "INFERENCE_PRECISION_HINT": str(precision)}
        name = self.name_of(part)  # one for every precision: OpenVINO applies it when it loads
        blob = read_kept(name)
        if blob is not None:
            try:
                return self._openvino.Core().import_model(blob, "CPU", hints)
            except RuntimeError:  # of a build of OpenVINO that has the same version
                blob = None
        compiled = self._openvino.Core().compile_model(self._graph(part), "CPU", hints)
        write_kept(name, lambda: bytes(compiled.export_model().getbuffer()))
        return compiled


def prior_of(graph: Any) -> Any:
    """The part from picture and trimap to the prior's tensors. graph: left as it is."""
    whole = graph.clone()
    tensors = _tensors(whole)
    outputs = [tensors[name] for name in PRIOR_OUTPUTS]
    inputs = [part.get_node() for part in whole.inputs if part.get_names() & set(PICTURES)]
    return load_openvino().Model(outputs, inputs, "prior")


def network_of(graph: Any) -> Any:
    """The rest: the prior's tensors are inputs of it. graph: left as it is."""
    whole = graph.clone()
    tensors = _tensors(whole)
    parameters = [part.get_node() for part in whole.inputs]
    for name in PRIOR_OUTPUTS:
        given = load_openvino().op.Parameter(
            tensors[name].get_element_type(), tensors[name].get_partial_shape()
        )
        for target in tensors[name].get_target_inputs():
            target.replace_source_output(given.output(0))
        given.output(0).set_names({name})
        parameters.append(given)
    results = [part.get_node() for part in whole.outputs if SHOWN not in part.get_names()]
    return load_openvino().Model(results, parameters, "network")


def _tensors(graph: Any) -> dict[str, Any]:
    """Named tensors inside a model."""
    ports = (port for node in graph.get_ops() for port in node.outputs())
    return {name: port for port in ports for name in port.get_names()}
