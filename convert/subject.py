"""The subject network as an OpenVINO model, and the proof that it is the same function."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openvino as ov
import torch
from torch import Tensor, nn

from convert.fold import fold_batch_norm, round_to_half
from convert.ir import TRACED, compress_weights
from convert.verify import TOLERANCE, VerificationError, picture
from pam.subject.network import STRIDE, SubjectNetwork, parameter_count, to_maps

INPUTS, OUTPUTS = ("image", "previous"), ("mask", "uncertainty")
SIZES = ((32, 64), (160, 288), (288, 160), (224, 224))
"""(height, width) at which the model is compared with the network."""


class SubjectModel(nn.Module):
    """What is traced: from an uint8 picture and the mask before to mask and uncertainty."""

    def __init__(self, network: SubjectNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor, previous: Tensor) -> tuple[Tensor, Tensor]:
        """image: uint8 (1, H, W, 3) RGB; previous: float32 (1, H, W) in [0, 1]; H and W multiples
        of 32. Returns both maps, float32 (1, H, W) in [0, 1].
        """
        logits = self.network(image.permute(0, 3, 1, 2).float() / 255, previous.unsqueeze(1))
        maps = to_maps(logits)
        return maps[:, 0], maps[:, 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectDifferences:
    """Largest difference of either map, by size of the picture."""

    by_size: dict[tuple[int, int], float]

    @property
    def worst(self) -> float:
        """Over all sizes."""
        return max(self.by_size.values())

    def lines(self) -> Iterator[str]:
        """The report."""
        for (height, width), difference in self.by_size.items():
            yield f"{width}x{height}  {difference:.2e} (allowed {TOLERANCE:.0e})"


def prepare_subject(network: SubjectNetwork) -> SubjectNetwork:
    """What is converted, and what the model is compared with."""
    return round_to_half(fold_batch_norm(network))


def subject_model(network: SubjectNetwork) -> ov.Model:
    """One model for any height and width. network: of `prepare_subject`."""
    example = torch.zeros((1, *TRACED, 3), dtype=torch.uint8), torch.zeros((1, *TRACED))
    with torch.no_grad():
        traced = torch.jit.trace(SubjectModel(network).eval(), example, check_trace=False)
    model = ov.convert_model(traced, example_input=example)
    for port, name in zip(model.inputs, INPUTS, strict=True):
        port.get_tensor().set_names({name})
    for port, name in zip(model.outputs, OUTPUTS, strict=True):
        port.get_node().input_value(0).get_tensor().set_names({name})
    model.reshape(dict(zip(model.inputs, ([1, -1, -1, 3], [1, -1, -1]), strict=True)))
    compress_weights(model)
    model.validate_nodes_and_infer_types()
    return model


def facts(network: SubjectNetwork) -> dict[str, int]:
    """What the manifest says of this network."""
    return {"stride": STRIDE, "parameters": parameter_count(network)}


def verify_subject(xml: Path, network: SubjectNetwork) -> SubjectDifferences:
    """Compare a model with the prepared network that it was made of, in float32.

    Raises VerificationError when a map differs by more than TOLERANCE.
    """
    hints = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    request = ov.Core().compile_model(xml, "CPU", hints).create_infer_request()
    by_size = {}
    for seed, (height, width) in enumerate(SIZES):
        rgb, _ = picture(height, width, seed)
        before = np.random.default_rng(seed).uniform(0, 1, (1, height, width)).astype(np.float32)
        found = request.infer({"image": rgb[None], "previous": before})
        with torch.no_grad():
            maps = SubjectModel(network)(torch.from_numpy(rgb)[None], torch.from_numpy(before))
        by_size[height, width] = max(
            float(np.abs(found[name] - expected.numpy()).max())
            for name, expected in zip(OUTPUTS, maps, strict=True)
        )
    differences = SubjectDifferences(by_size=by_size)
    if not differences.worst <= TOLERANCE:
        raise VerificationError(
            "\n".join(("the IR differs from the network", *differences.lines()))
        )
    return differences
