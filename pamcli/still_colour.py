"""Decoded pictures as they are shown: upright, 8 bits a sample, straight, in sRGB."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.errors import InputError
from pamcli.frame import Rgb
from pamcli.icc import Samples, is_srgb, profile_name, read_profile, to_srgb
from pamcli.still_tags import StillTags

Decoded = npt.NDArray[np.integer[Any] | np.floating[Any]]
"""(H, W) or (H, W, C) as OpenCV decodes a file: BGR, of the file's depth."""

EIGHT_BIT_STEP = 257
"""A 16-bit sample is 257 times the 8-bit sample of the same intensity."""

UPRIGHT = {
    1: (None, None),
    2: (None, 1),
    3: (cv2.ROTATE_180, None),
    4: (None, 0),
    5: (cv2.ROTATE_90_CLOCKWISE, 1),
    6: (cv2.ROTATE_90_CLOCKWISE, None),
    7: (cv2.ROTATE_90_COUNTERCLOCKWISE, 1),
    8: (cv2.ROTATE_90_COUNTERCLOCKWISE, None),
}
"""EXIF orientation to the turn, and then the flip, by which a stored picture is shown."""

ALL_OF_THEM = "; `pamcli video` takes them all"
MOVING = {"GIF": ALL_OF_THEM, "PNG": ALL_OF_THEM, "WebP": ""}


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """A still as it is shown, and what a person should know of how it was read."""

    rgb: Rgb
    notes: tuple[str, ...]


def upright(stored: Decoded, orientation: int) -> Decoded:
    """EXIF 2.32, tag 0x0112."""
    code, flip = UPRIGHT[orientation]
    shown = stored if code is None else np.asarray(cv2.rotate(stored, code))
    return shown if flip is None else np.asarray(cv2.flip(shown, flip))


def to_8_bit(samples: Decoded, source: Path) -> npt.NDArray[np.uint8]:
    """Rounded to the nearest of 256 levels."""
    if samples.dtype == np.uint8:
        return np.asarray(samples, np.uint8)
    if samples.dtype == np.uint16:
        wide = np.asarray(samples, np.uint32)
        return ((wide + EIGHT_BIT_STEP // 2) // EIGHT_BIT_STEP).astype(np.uint8)
    raise InputError(
        f"{source}: samples of type {samples.dtype} are not supported; use 8 or 16 bit"
    )


def in_srgb(bgr: Decoded, tags: StillTags, source: Path) -> Still:
    """Colours in sRGB, 8 bits, and what was done to them. bgr: (H, W, 3).

    Raises InputError for samples of more than 16 bits.
    """
    profile = None if tags.profile is None or tags.is_cmyk else read_profile(tags.profile)
    notes = ["damaged: parts of the picture may be wrong"] if tags.is_damaged else []
    if tags.profile is not None and profile is None:
        notes.append(f"colour profile {profile_name(tags.profile)} not applied")
    if tags.is_cmyk:
        notes.append("CMYK converted to RGB without a profile: colours are approximate")
    if tags.frames > 1:
        moving = MOVING.get(tags.kind, "")
        notes.append(f"animated: only the first of {tags.frames} frames is used{moving}")
    if profile is None or is_srgb(profile):
        rgb = cv2.cvtColor(to_8_bit(bgr, source), cv2.COLOR_BGR2RGB)
        return Still(np.asarray(rgb, np.uint8), tuple(notes))
    notes.append(f"colour profile {profile.name} converted to sRGB")
    fine = bgr if bgr.dtype == np.uint16 else to_8_bit(bgr, source)
    colours: Samples = cv2.cvtColor(fine, cv2.COLOR_BGR2RGB)  # type: ignore[assignment]
    return Still(to_srgb(colours, profile), tuple(notes))


def straight(colours: npt.NDArray[np.uint8], alpha: npt.NDArray[np.uint8]) -> Rgb:
    """Premultiplied colours divided by their alpha; black where nothing is seen."""
    return np.asarray(cv2.divide(colours, cv2.merge([alpha] * 3), scale=255), np.uint8)
