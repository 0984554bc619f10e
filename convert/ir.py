"""Torch modules to OpenVINO models."""

import numpy as np
import openvino as ov
import torch
from openvino import opset13 as ops

from convert.adaptive import ImageAdaptive, Subnetwork
from pam.network import C_MAX, NetworkPath, Pam
from pamcli.graph import PRIOR

TRACED = (96, 128)
"""Height and width of the traced example; the model serves every multiple of STRIDE."""

INPUTS = ("image", "trimap", "cost_constraint", "path")
OUTPUTS = ("alpha", "foreground", "decided", "g3", "g4")
LARGE = 16
"""Constants of so many numbers or more are weights, stored as float16; smaller ones are maths."""


def image_adaptive(network: Pam) -> ov.Model:
    """One model, four `If` operations, any height and width. network: of `convert.fold.prepare`."""
    path = torch.tensor([1, 0, 1, 0], dtype=torch.int32)
    return _convert(ImageAdaptive(network).eval(), (*_example(), path), None)


def static_subnetwork(
    network: Pam, path: NetworkPath, size: tuple[int, int] | None = None
) -> ov.Model:
    """The subnetwork of one path. size: (height, width), multiples of STRIDE; None: dynamic."""
    return _convert(Subnetwork(network, path).eval(), _example(), size)


def _example() -> tuple[torch.Tensor, ...]:
    image = torch.zeros((1, *TRACED, 3), dtype=torch.uint8)
    trimap = torch.full((1, *TRACED), 128, dtype=torch.uint8)
    return image, trimap, torch.tensor([C_MAX], dtype=torch.int32)


def _convert(
    module: torch.nn.Module, example: tuple[torch.Tensor, ...], size: tuple[int, int] | None
) -> ov.Model:
    with torch.no_grad():
        traced = torch.jit.trace(module, example, check_trace=False)
    model = ov.convert_model(traced, example_input=example)
    height, width = size or (-1, -1)
    shapes = ([1, height, width, 3], [1, height, width], [1], [4])
    for port, name in zip(model.inputs, INPUTS, strict=False):
        port.get_tensor().set_names({name})
    model.reshape(dict(zip(model.inputs, shapes, strict=False)))
    for port, name in zip(model.outputs, OUTPUTS + PRIOR, strict=False):
        result = port.get_node()
        result.input_value(0).get_tensor().set_names({name})
        if name in PRIOR:
            model.remove_result(result)
    compress_weights(model)
    model.validate_nodes_and_infer_types()
    return model


def compress_weights(model: ov.Model) -> None:
    """Replace large float32 constants by float16 ones; exact for weights that float16 holds."""
    for graph in subgraphs(model):
        for node in graph.get_ordered_ops():
            if node.get_type_name() != "Constant" or node.get_element_type() != ov.Type.f32:
                continue
            if np.prod(node.shape, dtype=np.int64) < LARGE:
                continue
            half = ops.constant(node.data.astype(np.float16), dtype=np.float16)
            full = ops.convert(half, "f32")
            full.set_friendly_name(node.get_friendly_name())
            for target in node.output(0).get_target_inputs():
                target.replace_source_output(full.output(0))


def subgraphs(model: ov.Model) -> list[ov.Model]:
    """The model itself and the bodies of its `If` operations."""
    found = [model]
    for node in model.get_ops():
        if node.get_type_name() == "If":
            found += [node.get_function(0), node.get_function(1)]
    return found
