"""Whether a picture or clip really carries alpha, and of which kind, told from its pixels."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.frame import Rgb

Levels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

FAINTEST, STRONGEST = 16, 224  # of 255: alpha at which colour tells whether it was multiplied
ENOUGH = 64  # such pixels
EXCEPTIONS = 0.005  # share of them that may be brighter than their alpha, by the codec's errors
TOLERANCE = 8  # levels by which a lossy codec may exceed it
BRIGHT = 0.25  # of alpha: where no colour reaches that, dark straight ones look the same


@dataclass(slots=True)
class AlphaTally:
    """Counts the alpha of the frames that are given to it."""

    frames: int = 0
    pixels: int = 0
    transparent: int = 0
    opaque: int = 0
    lowest: float = 1.0  # alpha, 0 to 1
    highest: float = 0.0
    telling: int = 0  # partial pixels whose colour tells something
    brighter: int = 0  # those among them whose colour exceeds their alpha
    bright: int = 0  # those whose colour is not dark for their alpha

    def add(self, alpha: Levels, opaque: int, rgb: Rgb) -> None:
        """One frame. alpha: (H, W), `opaque` is 1. rgb: uint8 (H, W, 3)."""
        self.frames += 1
        self.pixels += alpha.size
        self.transparent += int(np.count_nonzero(alpha == 0))
        self.opaque += int(np.count_nonzero(alpha >= opaque))
        self.lowest = min(self.lowest, float(alpha.min()) / opaque)
        self.highest = max(self.highest, float(alpha.max()) / opaque)
        level = alpha.astype(np.float32) * np.float32(255 / opaque)
        partial = (level >= FAINTEST) & (level <= STRONGEST)
        brightest, level = rgb[partial].max(axis=-1, initial=0).astype(np.float32), level[partial]
        self.telling += level.size
        self.brighter += int(np.count_nonzero(brightest > level + TOLERANCE))
        self.bright += int(np.count_nonzero(brightest > level * BRIGHT))

    @property
    def is_opaque(self) -> bool:
        """Whether every pixel is."""
        return self.opaque == self.pixels

    def shares(self) -> tuple[float, float, float]:
        """Of all pixels: transparent, partial, opaque; together 1."""
        pixels = max(self.pixels, 1)
        partial = self.pixels - self.transparent - self.opaque
        return self.transparent / pixels, partial / pixels, self.opaque / pixels

    def association(self) -> str:
        """ "straight", "premultiplied" or "cannot tell".

        Premultiplied colours are never brighter than their alpha; so are straight ones of a dark
        subject, which is why the answer needs pixels that are bright for their alpha.
        """
        if self.telling < ENOUGH:
            return "cannot tell"
        if self.brighter > self.telling * EXCEPTIONS:
            return "straight"
        return "premultiplied" if self.bright > self.telling / 2 else "cannot tell"


@dataclass(slots=True)
class GreyTally:
    """Tells a matte, grey throughout, from a picture, and which range its levels use."""

    frames: int = 0
    is_grey: bool = True
    lowest: int = 255  # of 255
    highest: int = 0

    def add(self, rgb: Rgb, tolerance: int) -> None:
        """One frame, uint8 (H, W, 3); channels may differ from green by `tolerance`."""
        self.frames += 1
        if self.is_grey:
            red, green, blue = cv2.split(rgb)
            apart = max(cv2.absdiff(red, green).max(), cv2.absdiff(green, blue).max())
            self.is_grey = int(apart) <= tolerance
        self.lowest = min(self.lowest, int(rgb.min()))
        self.highest = max(self.highest, int(rgb.max()))
