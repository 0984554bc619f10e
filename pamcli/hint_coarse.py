"""Coarse subjects that one frame alone tells: a person's masks, a screen's colour, the finder."""

from typing import Protocol

import cv2
import numpy as np

from pamcli.composite import parse_colour
from pamcli.errors import InputError
from pamcli.frame import Alpha, Frame, Matte, Rgb
from pamcli.hint_sources import Pictures
from pamcli.subject import Estimate, SubjectFinder
from pamcli.trimap import Gray
from pamcli.trimap_key import KeyColour, find_key, key_estimate

ASPECT_TOLERANCE = 0.02
"""Relative difference of the aspect ratios up to which a mask is enlarged to the frame."""


class Attendant(Protocol):
    """What goes along with one stream, and may learn from what becomes of each frame."""

    learns: bool = False
    """Whether each matte must be told by `learn` before the next frame is asked for."""

    def learn(self, matte: Matte) -> None:
        """Take in the matte of the last frame."""
        return

    def notes(self) -> list[str]:
        """What a person should know; complete after the last frame."""
        return []

    def close(self) -> None:
        """Let go of open files."""
        return


class CoarseSource(Attendant, Protocol):
    """Coarse subjects of one stream, asked for frame by frame in its order."""

    def estimate(self, frame: Frame) -> Estimate:
        """The subject of the next frame, of its size. Raises InputError when it cannot be told."""


class MaskSource(CoarseSource):
    """Coarse masks, soft or hard, of the frame's size or of another with its aspect ratio."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    def estimate(self, frame: Frame) -> Estimate:
        mask = enlarged(self._pictures.at(frame), frame.size, self._pictures.name)
        return Estimate(as_alpha(mask), 1.0)

    def close(self) -> None:
        self._pictures.close()


def enlarged(mask: Gray, size: tuple[int, int], name: str) -> Gray:
    """The mask at the frame's (height, width).

    Raises InputError, beginning with `name`, for another aspect ratio.
    """
    height, width = mask.shape
    if (height, width) == size:
        return mask
    if abs(width * size[0] / (height * size[1]) - 1) > ASPECT_TOLERANCE:
        raise InputError(f"{name}: {width}x{height}, but the frame is {size[1]}x{size[0]}")
    return np.asarray(cv2.resize(mask, size[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


def as_alpha(mask: Gray) -> Alpha:
    """float32 in [0, 1] of a gray mask."""
    return np.multiply(mask, np.float32(1 / 255), dtype=np.float32)


class KeySource(CoarseSource):
    """A screen of one colour behind the subject; "auto" finds the colour in the first frame."""

    def __init__(self, key: str, name: str) -> None:
        self._colour: KeyColour | None = None if key == "auto" else parse_colour(key)
        self._name = name

    def estimate(self, frame: Frame) -> Estimate:
        if self._colour is None:
            self._colour = self._find(frame.rgb)
        mask, uncertainty = key_estimate(frame.rgb, self._colour)
        return Estimate(mask, 1.0, uncertainty)

    def _find(self, rgb: Rgb) -> KeyColour:
        colour = find_key(rgb)
        if colour is None:
            raise InputError(f"{self._name}: no screen of one colour along the picture's border")
        return colour


class SubjectSource(CoarseSource):
    """The subject as it is found without a hint."""

    def __init__(self) -> None:
        self._finder = SubjectFinder()

    def estimate(self, frame: Frame) -> Estimate:
        return self._finder.find(frame.rgb)
