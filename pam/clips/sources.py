"""What subjects are cut from: RGBA pictures and sequences, stills with their alpha beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, cycle
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pam.data.store import PICTURE_SUFFIXES, read_grey, read_rgb
from pam.render.pixels import extend
from pamcli.foreground import blend_foreground

Floats = NDArray[np.float32]
Rgba = NDArray[np.uint8]

CERTAIN = 16  # power of alpha by which a still's colour counts: .98 counts 3/4, .8 hardly
SEEN = 0.1  # alpha from which an edge of the picture cuts something off
LEAST_CUT = 0.01  # share of an edge below which it cuts nothing off
LEAST_KEPT = 0.5  # share of the rows kept when a side cuts the subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreground:
    """One subject. pictures: straight RGBA, one or a sequence; with `alpha` one RGB picture."""

    name: str
    pictures: tuple[Path, ...]
    alpha: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutout:
    """A subject as far as it is used, and where its picture cuts it off."""

    foreground: Foreground
    height: int  # rows used, from the top
    width: int
    left: bool = False  # cut off there, so that this edge must stay outside the frame
    right: bool = False
    top: bool = False
    bottom: bool = False


def find_foregrounds(folder: Path) -> tuple[Foreground, ...]:
    """Pictures of a folder, and its sub-folders with a sequence or image.* and alpha.*, by name."""
    found = (_foreground(entry) for entry in sorted(folder.iterdir()))
    return tuple(foreground for foreground in found if foreground is not None)


def _foreground(entry: Path) -> Foreground | None:
    if entry.is_file():
        is_picture = entry.suffix.lower() in PICTURE_SUFFIXES
        return Foreground(name=entry.stem, pictures=(entry,)) if is_picture else None
    pictures = find_pictures(entry)
    by_stem = {picture.stem: picture for picture in pictures}
    if {"image", "alpha"} <= by_stem.keys():
        image, alpha = by_stem["image"], by_stem["alpha"]
        return Foreground(name=entry.name, pictures=(image,), alpha=alpha)
    return Foreground(name=entry.name, pictures=pictures) if pictures else None


def find_pictures(folder: Path) -> tuple[Path, ...]:
    """The picture files of a folder, by name; hidden ones, left half-written, are not counted."""
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    return tuple(entry for entry in entries if entry.suffix.lower() in PICTURE_SUFFIXES)


def read_rgba(foreground: Foreground, number: int = 0) -> Rgba:
    """Straight uint8 (H, W, 4). A still's foreground colour is estimated from its alpha.

    Raises ValueError when a picture does not decode, has no alpha or another size than its alpha.
    """
    source = foreground.pictures[number]
    if foreground.alpha is not None:
        return _with_colour(read_rgb(source), read_grey(foreground.alpha), source)
    pixels = cv2.imread(str(source), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim != 3 or pixels.shape[2] != 4 or pixels.dtype != np.uint8:
        raise ValueError(f"{source}: not a picture of 8 bits with alpha")
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA), np.uint8)


def _with_colour(rgb: Rgba, grey: Rgba, source: Path) -> Rgba:
    """Colour carried outwards from where alpha is (nearly) 1, as the background shows through."""
    if rgb.shape[:2] != grey.shape:
        raise ValueError(f"{source}: its alpha has another size")
    alpha = grey.astype(np.float32) / np.float32(255)
    carried = extend(rgb.astype(np.float32), alpha**CERTAIN)
    estimate = (carried.clip(0, 255) + 0.5).astype(np.uint8)
    return np.dstack([blend_foreground(rgb, estimate, alpha), grey])


def to_cutout(foreground: Foreground) -> Cutout:
    """Where the subject is cut off, over all pictures of a sequence.

    A bust that leaves its picture at the sides too is used only above where it does so, if half
    of the rows remain; it is then cut off at its lower edge alone.
    Raises ValueError when nothing is seen of it, or as `read_rgba`.
    """
    alpha = read_rgba(foreground)[..., 3]
    for number in range(1, len(foreground.pictures)):
        alpha = np.maximum(alpha, read_rgba(foreground, number)[..., 3])
    seen = alpha >= SEEN * 255
    if not seen.any():
        raise ValueError(f"{foreground.pictures[0]}: nothing but empty alpha")
    rows, columns = seen.shape
    height = _rows_within(seen)
    seen = seen[:height]
    return Cutout(
        foreground=foreground,
        height=height,
        width=columns,
        left=_is_cut(seen[:, 0]),
        right=_is_cut(seen[:, -1]),
        top=_is_cut(seen[0]),
        bottom=height < rows or _is_cut(seen[-1]),
    )


def _is_cut(edge: NDArray[np.bool_]) -> bool:
    return bool(edge.mean() >= LEAST_CUT)


def _rows_within(seen: NDArray[np.bool_]) -> int:
    """How many rows lie above those in which the subject leaves its picture at a side."""
    sides = np.flatnonzero(seen[:, 0] | seen[:, -1])
    first = int(sides[0]) if len(sides) else len(seen)
    return first if first >= LEAST_KEPT * len(seen) else len(seen)


def pictures(cutout: Cutout, size: tuple[int, int]) -> Iterator[Floats]:
    """Premultiplied float32 (H, W, 4) in [0, 1], one a frame without end.

    size: (height, width) that the used part is brought to. A sequence is played to and fro.
    """
    count = len(cutout.foreground.pictures)
    if count == 1:
        picture = _premultiplied(cutout, size, 0)
        while True:
            yield picture
    for number in cycle(chain(range(count), range(count - 2, 0, -1))):
        yield _premultiplied(cutout, size, number)


def _premultiplied(cutout: Cutout, size: tuple[int, int], number: int) -> Floats:
    straight = read_rgba(cutout.foreground, number)[: cutout.height].astype(np.float32) / 255
    straight[..., :3] *= straight[..., 3:]
    shrinks = size[0] < len(straight)
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(straight, size[::-1], interpolation=method), np.float32)
