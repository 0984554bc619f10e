"""The subject network in OpenVINO: a small picture and the mask before to mask and uncertainty."""

from typing import Any

import numpy as np

from pamcli.errors import ModelError
from pamcli.frame import Alpha, Rgb
from pamcli.graph import BF16_SETS, compile_kept, content_of, kept_name, load_openvino
from pamcli.kept_files import read_kept, write_kept
from pamcli.machine import instruction_sets, usable_cores
from pamcli.models import ModelFiles
from pamcli.settings import Precision

NAME = "subject"
"""Of the released model."""

CHECK_SIZE = 96, 160
MEAN_DIFFERENCE = 0.02
"""How far the mask of the self-check may be from float32's before bfloat16 is refused."""


class SubjectNetwork:
    """One compiled model; keeps nothing between two runs."""

    def __init__(
        self,
        model: ModelFiles,
        *,
        precision: Precision = Precision.AUTO,
        threads: int | None = None,
    ) -> None:
        """threads: None for all the cores that this process may use. precision: AUTO is bfloat16
        where the processor has it and gives float32's mask, else float32.

        Raises ModelError when the files are no model of this kind, or none is released in int8.
        """
        if precision is Precision.INT8:
            raise ModelError(f"model {model.name}: no int8 model is released")
        self._threads = threads or usable_cores()
        try:
            self.precision, self._request = self._open(model, precision)
        except (RuntimeError, KeyError) as error:
            raise ModelError(f"{model.xml}: no subject network that OpenVINO can run") from error

    def run(self, rgb: Rgb, previous: Alpha) -> tuple[Alpha, Alpha]:
        """Mask and uncertainty, float32 (H, W) in [0, 1].

        rgb: uint8 (H, W, 3), both multiples of the model's stride. previous: float32 (H, W), the
        mask of the frame before moved to this one, all 0 where there is none.
        """
        return _run(self._request, rgb, previous)

    def _open(self, model: ModelFiles, precision: Precision) -> tuple[Precision, Any]:
        content = content_of(model)
        if precision is Precision.AUTO:
            precision = self._checked(model, content)
        request = self._compile(model, content, precision)
        _run(request, *_check_picture())  # what is no such model shows at once
        return precision, request

    def _checked(self, model: ModelFiles, content: str) -> Precision:
        """The fastest precision that gives float32's mask; what was found once is kept."""
        if not BF16_SETS & instruction_sets():
            return Precision.F32
        name = kept_name(content, "precision")
        kept = read_kept(name)
        if kept is not None:
            return Precision(kept.decode())
        both = Precision.F32, Precision.BF16
        requests = [self._compile(model, content, precision) for precision in both]
        exact, fast = (_run(request, *_check_picture())[0] for request in requests)
        agree = bool(np.abs(fast - exact).mean() <= MEAN_DIFFERENCE)
        precision = Precision.BF16 if agree else Precision.F32
        write_kept(name, str(precision).encode)
        return precision

    def _compile(self, model: ModelFiles, content: str, precision: Precision) -> Any:
        hints = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": self._threads,
            "INFERENCE_PRECISION_HINT": str(precision),
        }
        name = kept_name(content, "whole")

        def read() -> Any:
            return load_openvino().Core().read_model(model.xml, model.bin)

        return compile_kept(name, read, hints).create_infer_request()


def _run(request: Any, rgb: Rgb, previous: Alpha) -> tuple[Alpha, Alpha]:
    inputs = {"image": np.ascontiguousarray(rgb)[None], "previous": previous[None]}
    found = request.infer(inputs, share_inputs=True)
    return found["mask"][0], found["uncertainty"][0]


def _check_picture() -> tuple[Rgb, Alpha]:
    """A bright disc on a dark wave, and the disc as the mask before."""
    height, width = CHECK_SIZE
    y, x = np.mgrid[:height, :width]
    inside = (np.hypot(y - height / 2, x - width / 2) < height / 3).astype(np.float32)
    wave = 40 + 30 * np.sin(x / 5 + y / 9)
    rgb = np.stack([wave + colour * inside for colour in (150, 110, 60)], 2)
    return rgb.clip(0, 255).astype(np.uint8), inside
