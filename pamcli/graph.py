"""A released model as OpenVINO runs it: the colour prior in float32, the network as asked for.

The prior takes differences of squares and divides by variances. In bfloat16 nothing is left of
that, and OpenVINO lowers the precision of a model as a whole: so the one model is cut in two.
"""

import importlib
import sys
from collections.abc import Mapping
from typing import Any, cast

import numpy.typing as npt

from pamcli.settings import Precision

Inputs = dict[str, npt.NDArray[Any]]

PRIOR_OUTPUTS = ("prior_foreground", "prior_background", "prior_alpha")
"""Tensors inside the model that the network takes from the prior."""

SHOWN = "foreground"
"""The model's output that the prior gives: F̂."""

PICTURES = ("image", "trimap")


def load_openvino() -> Any:
    """The openvino module, imported when first asked for, with its telemetry switched off."""
    sys.modules.setdefault("openvino_telemetry", cast("Any", None))
    return importlib.import_module("openvino")


def plain_request(graph: Any, precision: Precision, hints: Mapping[str, Any]) -> Any:
    """An infer request of OpenVINO for a model that needs no cutting. Raises RuntimeError."""
    given = {**hints, "INFERENCE_PRECISION_HINT": str(precision)}
    return load_openvino().Core().compile_model(graph, "CPU", given).create_infer_request()


class Request:
    """Prior and network, compiled apart and run one after the other as if they were one model."""

    def __init__(self, graph: Any, precision: Precision, hints: Mapping[str, Any]) -> None:
        """graph: the model as read; it is left as it is. Raises RuntimeError or KeyError for what
        is no such model.
        """
        self._prior = plain_request(_prior_of(graph), Precision.F32, hints)
        self._network = plain_request(_network_of(graph), precision, hints)

    def infer(self, inputs: Inputs) -> dict[str, npt.NDArray[Any]]:
        """Every output by its name. They are overwritten by the next run."""
        pictures = {name: inputs[name] for name in PICTURES}
        prior = self._prior.infer(pictures, share_inputs=True, share_outputs=True)
        given = {**inputs, **{name: prior[name] for name in PRIOR_OUTPUTS}}
        found = self._network.infer(given, share_inputs=True, share_outputs=True)
        outputs = {name: found[name] for name in ("alpha", "decided")}
        return {**outputs, SHOWN: prior[SHOWN]}


def _prior_of(graph: Any) -> Any:
    """The part from picture and trimap to the prior's tensors and F̂."""
    whole = graph.clone()
    tensors = _tensors(whole)
    outputs = [tensors[name] for name in PRIOR_OUTPUTS]
    outputs.append({name: port for port in whole.outputs for name in port.get_names()}[SHOWN])
    inputs = [part.get_node() for part in whole.inputs if part.get_names() & set(PICTURES)]
    return load_openvino().Model(outputs, inputs, "prior")


def _network_of(graph: Any) -> Any:
    """The rest: the prior's tensors are inputs of it."""
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
