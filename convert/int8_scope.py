"""What of the network may be in int8, and what is."""

import re
from typing import Any

import openvino as ov

from convert.ir import subgraphs

LAYERS = frozenset({"Convolution", "GroupConvolution", "MatMul"})

PASSIVE = frozenset({"Constant", "Parameter", "Convert", "Result"})

SELECTING = re.compile(r"psl\d\.decide|psl\d/aten::(cat|flatten)|\.embedding|^aten::select/").search
"""Whether an operation, by its name, belongs to the path selection."""


def kept_in_float(network: ov.Model) -> set[str]:
    """Names of the operations that must not be quantised.

    The first convolution with the input's assembly: eight bits there cost half of the accuracy and
    win no time. The path selection: it costs nothing, and a decision has no half way. The last
    sum, of the prior's alpha and the residual: nothing behind it hides what rounding does.
    """
    ordered = network.get_ordered_ops()
    first = next(node for node in ordered if node.get_type_name() == "Convolution")
    names = {first.get_friendly_name(), _last_sum(network).get_friendly_name()}
    candidates = [node for node in ordered if node.get_type_name() not in PASSIVE]
    names |= {n.get_friendly_name() for n in candidates} & _upstream(first.input_value(0))
    return names | {n.get_friendly_name() for n in candidates if SELECTING(n.get_friendly_name())}


def float_layers(quantised: ov.Model) -> list[str]:
    """Layers of a quantised model whose input is not in int8, by their names in the network."""
    return sorted(
        layer_name(node.get_friendly_name())
        for graph in subgraphs(quantised)
        for node in graph.get_ordered_ops()
        if node.get_type_name() in LAYERS and not _takes_int8(node)
    )


def layer_name(operation: str) -> str:
    """`encoder.s0.0` of `__module.network.encoder.s0.0/aten::_convolution/Convolution`."""
    return operation.removeprefix("__module.network.").partition("/")[0]


def _takes_int8(node: Any) -> bool:
    source = node.input_value(0).get_node()
    if source.get_type_name() == "Concat":
        source = source.input_value(0).get_node()
    return bool(source.get_type_name() == "FakeQuantize")


def _last_sum(network: ov.Model) -> Any:
    """Where the residual is added to the prior's alpha."""
    node = next(port for port in network.outputs if "alpha" in port.get_names()).get_node()
    while node.get_type_name() != "Add":
        node = node.input_value(0).get_node()
    return node


def _upstream(port: Any) -> set[str]:
    """Names of all the operations that `port` depends on."""
    found: dict[str, Any] = {}
    waiting = [port.get_node()]
    while waiting:
        node = waiting.pop()
        if node.get_friendly_name() not in found:
            found[node.get_friendly_name()] = node
            waiting += [node.input_value(i).get_node() for i in range(node.get_input_size())]
    return set(found)
