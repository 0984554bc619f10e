"""Is the IR the network? Compared on every path, at sizes other than the traced one."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import openvino as ov
import torch

from pam.network import COSTS, Pam
from pamcli.frame import Rgb, Trimap
from pamcli.path import ALL_PATHS, NetworkPath, path_name

SIZES = ((32, 32), (96, 160), (224, 352), (320, 256))
"""(height, width); growing, as a picture larger than all before is where memory is moved."""

CONSTRAINTS = (39, 48, 60, 70, 75)
"""C_c at which the network decides, GMAC per 1024x1024."""

TOLERANCE = 1e-4
"""Largest difference of an alpha in float32 that is rounding."""

ROUNDING = 1.01
"""F̂ is rounded to whole numbers on both sides: neighbours may come out one apart."""


class VerificationError(Exception):
    """The IR does not do what the network does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Largest differences of alpha found, by the name of the path or the free choice."""

    alpha: dict[str, float]
    foreground: float  # of F̂, levels of 255
    decisions: int  # free choices compared

    @property
    def worst(self) -> float:
        """Over everything that was compared."""
        return max(self.alpha.values())

    def lines(self) -> Iterator[str]:
        """The report, one line for each path."""
        for name, difference in self.alpha.items():
            yield f"{name:>9}  {difference:.2e}"
        yield f"{'worst':>9}  {self.worst:.2e} (allowed {TOLERANCE:.0e})"
        yield f"{'F̂':>9}  {self.foreground:.2f} of 255; {self.decisions} free choices equal"


def stir(network: Pam, seed: int) -> Pam:
    """Set every weight that starts at zero to noise, in place: a residual of 0 compares nothing."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            if not parameter.any():
                parameter.normal_(0, 0.05, generator=generator)
    return network


def picture(height: int, width: int, seed: int) -> tuple[Rgb, Trimap]:
    """A coloured disc before another colour, both textured, and a trimap with all three kinds.

    The colours differ: where they agree the prior divides by almost nothing, and what is compared
    is rounding, much enlarged.
    """
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    phases = rng.uniform(0, 6, (3, 2))
    waves = np.stack([np.sin(x / 9 + a) * np.cos(y / 7 + b) for a, b in phases], 2)
    distance = np.hypot(y / height - rng.uniform(0.3, 0.7), x / width - rng.uniform(0.3, 0.7))
    inside = np.clip((0.4 - distance) / 0.25, 0, 1)[..., None]
    colours = inside * [210, 160, 70] + (1 - inside) * [60, 90, 170]
    rgb = colours + waves * 30 + rng.uniform(-20, 20, (height, width, 3))
    trimap = np.select([distance < 0.15, distance > 0.4], [255, 0], 128)
    return rgb.clip(0, 255).astype(np.uint8), trimap.astype(np.uint8)


def verify(xml: Path, network: Pam, sizes: tuple[tuple[int, int], ...] = SIZES) -> Differences:
    """Compare an IR with the prepared network that it was made of, in float32.

    Raises VerificationError when an alpha differs by more than TOLERANCE or a decision differs.
    """
    hints = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    compiled = ov.Core().compile_model(xml, "CPU", hints)
    comparison = _Comparison(compiled.create_infer_request(), network)
    for seed, size in enumerate(sizes):
        comparison.compare_all(*picture(*size, seed))
    found = Differences(
        alpha=comparison.alpha, foreground=comparison.foreground, decisions=comparison.decisions
    )
    if not found.worst <= TOLERANCE or not found.foreground <= ROUNDING:
        raise VerificationError("\n".join(("the IR differs from the network", *found.lines())))
    return found


class _Comparison:
    def __init__(self, request: Any, network: Pam) -> None:
        self._request = request
        self._network = network
        self.alpha: dict[str, float] = {}
        self.foreground = 0.0
        self.decisions = 0

    def compare_all(self, rgb: Rgb, trimap: Trimap) -> None:
        for path in ALL_PATHS:
            self._compare(rgb, trimap, COSTS.maximum, path)
        for constraint in CONSTRAINTS:
            self._compare(rgb, trimap, constraint, None)

    def _compare(self, rgb: Rgb, trimap: Trimap, constraint: int, path: NetworkPath | None) -> None:
        inputs = {
            "image": rgb[None],
            "trimap": trimap[None],
            "cost_constraint": np.array([constraint], np.int32),
            "path": np.array([-1] * 4 if path is None else path, np.int32),
        }
        found = self._request.infer(inputs)
        alpha, foreground, decided = self._expected(rgb, trimap, constraint, path)
        if tuple(bool(run) for run in found["decided"]) != decided:
            raise VerificationError(
                f"C_c {constraint}, {rgb.shape[1]}x{rgb.shape[0]}: the IR took path "
                f"{found['decided']}, the network {path_name(decided)}"
            )
        name = f"free {constraint}" if path is None else path_name(path)
        self.decisions += path is None
        difference = float(np.abs(found["alpha"][0] - alpha).max())
        self.alpha[name] = max(self.alpha.get(name, 0.0), difference)
        colours = float(np.abs(found["foreground"][0] - foreground).max())
        self.foreground = max(self.foreground, colours)

    def _expected(
        self, rgb: Rgb, trimap: Trimap, constraint: int, path: NetworkPath | None
    ) -> tuple[npt.NDArray[Any], npt.NDArray[Any], NetworkPath]:
        image = torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 255
        known = torch.from_numpy(trimap)[None, None].float() / 255
        with torch.no_grad():
            out = self._network(image, known, torch.tensor([constraint]), path=path)
        colour = (out.prior.foreground[0].permute(1, 2, 0) * 255 + 0.5).floor()
        return out.alpha[0].numpy(), colour.numpy(), out.path
