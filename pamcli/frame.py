"""The words that every floor uses: arrays, one frame of a stream and its matte."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.uint8]
"""uint8 (H, W, 3), RGB, straight."""

Alpha = npt.NDArray[np.float32]
"""float32 (H, W) in [0, 1]."""

Trimap = npt.NDArray[np.uint8]
"""uint8 (H, W), 0 background, 128 unknown, 255 foreground."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a stream at its presentation time."""

    rgb: Rgb
    pts: int  # presentation time in units of time_base
    time_base: Fraction  # seconds per unit of pts

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.rgb.shape[0], self.rgb.shape[1]

    @property
    def seconds(self) -> float:
        """Presentation time in seconds, to show to a person."""
        return float(self.pts * self.time_base)


@dataclass(frozen=True, slots=True, eq=False)
class Matte:
    """Alpha and foreground colour of one frame."""

    frame: Frame
    alpha: Alpha
    foreground: Rgb
