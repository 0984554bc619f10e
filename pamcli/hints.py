"""Who is the subject: every source of trimaps behind one protocol, frame in, trimap out."""

from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import cv2
import numpy as np

from pamcli.composite import parse_colour
from pamcli.errors import InputError
from pamcli.frame import Frame, Rgb, Trimap
from pamcli.hint_sources import Pictures, open_pictures
from pamcli.settings import HintSettings
from pamcli.subject import SubjectFinder
from pamcli.trimap import Gray, band_pixels, check_trimap, from_mask
from pamcli.trimap_key import KeyColour, find_key, from_key

SUBJECT_BAND = 3.9
"""How much wider the band around a subject found by itself is: its edge is less certain, and
nobody has said how far its hair reaches."""

ASPECT_TOLERANCE = 0.02
"""Relative difference of the aspect ratios up to which a mask is enlarged to the frame."""


class Hint(Protocol):
    """Trimaps of one stream, asked for frame by frame in its order; may keep state in between."""

    def trimap(self, frame: Frame) -> Trimap:
        """uint8 (H, W) {0, 128, 255} of the frame's size. Raises InputError when there is none."""

    def close(self) -> None:
        """Let go of open files."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_hint(
    settings: HintSettings, source: Path, *, frames: int | None = None, still: bool = False
) -> Hint:
    """The hint that the settings name, for one stream.

    source: the clip or still that is matted, for messages. frames: how many of its frames will be
    asked for, where that is known. still: one picture only, whose trimap must hold unknown pixels.
    Raises InputError when a file of the hint cannot be used.
    """
    if settings.trimap is not None:
        pictures = open_pictures(settings.trimap, source, frames)
        return TrimapHint(pictures, unknown_required=still)
    if settings.mask is not None:
        return MaskHint(open_pictures(settings.mask, source, frames), settings.band)
    if settings.key is not None:
        return KeyHint(settings.key, settings.band, str(source))
    return SubjectHint(settings.band)


class TrimapHint(Hint):
    """Trimaps as a person made them."""

    def __init__(self, pictures: Pictures, *, unknown_required: bool) -> None:
        self._pictures = pictures
        self._unknown_required = unknown_required

    def trimap(self, frame: Frame) -> Trimap:
        values = self._pictures.at(frame)
        required = self._unknown_required
        return check_trimap(values, frame.size, self._pictures.name, unknown_required=required)

    def close(self) -> None:
        self._pictures.close()


class MaskHint(Hint):
    """Coarse masks, soft or hard, of the frame's size or of another with its aspect ratio."""

    def __init__(self, pictures: Pictures, band: float) -> None:
        self._pictures = pictures
        self._band = band

    def trimap(self, frame: Frame) -> Trimap:
        mask = _enlarged(self._pictures.at(frame), frame.size, self._pictures.name)
        return from_mask(mask, band_pixels(self._band, frame.size))

    def close(self) -> None:
        self._pictures.close()


def _enlarged(mask: Gray, size: tuple[int, int], name: str) -> Gray:
    height, width = mask.shape
    if (height, width) == size:
        return mask
    if abs(width * size[0] / (height * size[1]) - 1) > ASPECT_TOLERANCE:
        raise InputError(f"{name}: {width}x{height}, but the frame is {size[1]}x{size[0]}")
    return np.asarray(cv2.resize(mask, size[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


class KeyHint(Hint):
    """A screen of one colour behind the subject; "auto" finds the colour in the first frame."""

    def __init__(self, key: str, band: float, name: str) -> None:
        self._colour: KeyColour | None = None if key == "auto" else parse_colour(key)
        self._band = band
        self._name = name

    def trimap(self, frame: Frame) -> Trimap:
        if self._colour is None:
            self._colour = self._find(frame.rgb)
        return from_key(frame.rgb, self._colour, band_pixels(self._band, frame.size))

    def close(self) -> None:
        """A colour holds nothing open."""

    def _find(self, rgb: Rgb) -> KeyColour:
        colour = find_key(rgb)
        if colour is None:
            raise InputError(f"{self._name}: no screen of one colour along the picture's border")
        return colour


class SubjectHint(Hint):
    """The subject as it is found without a hint."""

    def __init__(self, band: float) -> None:
        self._finder = SubjectFinder()
        self._band = band * SUBJECT_BAND

    def trimap(self, frame: Frame) -> Trimap:
        found = self._finder.find(frame.rgb)
        return from_mask(found.mask, band_pixels(self._band, frame.size))

    def close(self) -> None:
        """The finder holds nothing open."""
