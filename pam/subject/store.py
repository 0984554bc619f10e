"""Pictures that the subject network learns from, all in memory as uint8 arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pam.data.store import PICTURE_SUFFIXES, read_grey, read_rgb

LONGEST_SIDE = 384
HELD_OUT = "val.txt"
HELD_OUT_STEP = 12
"""Every so many-th cut-out of each kind is for validation only."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A photograph with a hand-made mask. rgb: (H, W, 3); mask: (H, W) in {0, 255}."""

    rgb: Pixels
    mask: Pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOut:
    """A subject with exact alpha: straight RGBA (H, W, 4). kind: its name before the first "_"."""

    kind: str
    rgba: Pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A background (H, W, 3). is_empty: nothing in it could be taken for a subject."""

    rgb: Pixels
    is_empty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Everything that one part, training or validation, is made of."""

    people: tuple[Person, ...]
    cut_outs: tuple[CutOut, ...]
    scenes: tuple[Scene, ...]

    def counts(self) -> dict[str, int]:
        """How many of each there are; cut-outs by kind."""
        kinds = [cut_out.kind for cut_out in self.cut_outs]
        found = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
        return {"people": len(self.people), **found, "scenes": len(self.scenes)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Where the pictures lie.

    people: image/NAME.jpg, mask/NAME.png, and val.txt, which names those held out. cut_outs: RGBA
    pictures. scenes: photographs. occupied: a text file, the names of scenes that hold what could
    be taken for a subject; None: all are empty.
    """

    people: Path
    cut_outs: Path
    scenes: Path
    occupied: Path | None = None


def load_sources(folders: Folders, *, held_out: bool) -> Sources:
    """Pictures for training, or those held out of it; both parts share the scenes.

    Raises ValueError when a picture does not decode, OSError when a file is missing.
    """
    names = folders.occupied.read_text(encoding="utf-8").split() if folders.occupied else []
    occupied = frozenset(names)
    return Sources(
        people=tuple(read_people(folders.people, held_out=held_out)),
        cut_outs=tuple(_read_cut_outs(folders.cut_outs, held_out=held_out)),
        scenes=tuple(
            Scene(rgb=limited(read_rgb(source)), is_empty=source.stem not in occupied)
            for source in _pictures(folders.scenes)
        ),
    )


def read_people(folder: Path, *, held_out: bool) -> Iterator[Person]:
    """The people named in val.txt, or all others. Raises as `load_sources`."""
    names = set((folder / HELD_OUT).read_text(encoding="utf-8").split())
    for source in _pictures(folder / "image"):
        if (source.stem in names) == held_out:
            mask = read_grey(folder / "mask" / f"{source.stem}.png")
            yield Person(rgb=limited(read_rgb(source)), mask=limited(mask))


def limited(pixels: Pixels) -> Pixels:
    """At most LONGEST_SIDE pixels on the long side."""
    height, width = pixels.shape[:2]
    scale = LONGEST_SIDE / max(height, width)
    if scale >= 1:
        return pixels
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _read_cut_outs(folder: Path, *, held_out: bool) -> Iterator[CutOut]:
    seen: dict[str, int] = {}
    for source in _pictures(folder):
        kind = _kind(source)
        number = seen[kind] = seen.get(kind, -1) + 1
        if (number % HELD_OUT_STEP == HELD_OUT_STEP - 1) == held_out:
            yield CutOut(kind=kind, rgba=limited(_read_rgba(source)))


def _read_rgba(source: Path) -> Pixels:
    pixels = cv2.imread(str(source), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim != 3 or pixels.shape[2] != 4:
        raise ValueError(f"{source}: not a picture with alpha")
    return np.ascontiguousarray(pixels[:, :, [2, 1, 0, 3]]).astype(np.uint8, copy=False)


def _pictures(folder: Path) -> Iterable[Path]:
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES)


def _kind(source: Path) -> str:
    return source.stem.partition("_")[0]
