"""The pictures that training crops are made of: read from folders or from one packed file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

LONGEST_SIDE = 768
LEVELS = 4  # full, half, quarter and eighth size: bilinear sampling then never skips a pixel
ANCHORS = 1024
PICTURE_SUFFIXES = frozenset({".webp", ".png", ".jpg", ".jpeg"})
FOREGROUND_KEY, BACKGROUND_KEY = "fg/", "bg/"

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One source picture with its smaller copies.

    levels: uint8 (C, H, W), C = 4 (straight RGBA) or 3 (RGB), each half the size of the one before.
    anchors: int64 (N, 2), (x, y) of pixels on the edge of the subject in levels[0].
    kind: the part of the name before its first "_".
    """

    kind: str
    levels: tuple[Tensor, ...]
    anchors: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """All pictures in memory, uint8."""

    foregrounds: tuple[Picture, ...]
    backgrounds: tuple[Picture, ...]

    def to(self, device: torch.device) -> Library:
        """The same pictures on `device`; anchors stay on the CPU."""
        return Library(
            foregrounds=tuple(_moved(picture, device) for picture in self.foregrounds),
            backgrounds=tuple(_moved(picture, device) for picture in self.backgrounds),
        )

    def counts(self) -> dict[str, int]:
        """How many foregrounds of each kind there are, and backgrounds under "backgrounds"."""
        counts: dict[str, int] = {}
        for picture in self.foregrounds:
            counts[picture.kind] = counts.get(picture.kind, 0) + 1
        return {**dict(sorted(counts.items())), "backgrounds": len(self.backgrounds)}


def load_library(source: Path, backgrounds: Path | None = None) -> Library:
    """Read a packed `.npz` file, or a folder of RGBA foregrounds and a folder of backgrounds.

    Raises ValueError when a picture does not decode or a foreground has no alpha.
    """
    if source.is_dir():
        if backgrounds is None:
            raise ValueError(f"{source}: a folder of foregrounds needs a folder of backgrounds")
        encoded = {**_encoded(source, FOREGROUND_KEY), **_encoded(backgrounds, BACKGROUND_KEY)}
    else:
        with np.load(source, allow_pickle=False) as packed:
            encoded = {name: packed[name] for name in packed.files}
    library = Library(
        foregrounds=_decoded(encoded, FOREGROUND_KEY, channels=4),
        backgrounds=_decoded(encoded, BACKGROUND_KEY, channels=3),
    )
    if not library.foregrounds or not library.backgrounds:
        raise ValueError(f"{source}: no foregrounds or no backgrounds")
    return library


def pack(foregrounds: Path, backgrounds: Path, target: Path, *, quality: int = 85) -> int:
    """Write both folders into one `.npz` file of encoded pictures; returns its size in bytes.

    Foregrounds keep their bytes: OpenCV's lossless WebP would drop the colour under empty alpha.
    Backgrounds become WebP of `quality` (1 to 100), reduced to LONGEST_SIDE.
    """
    packed = _encoded(foregrounds, FOREGROUND_KEY)
    for name, data in _encoded(backgrounds, BACKGROUND_KEY).items():
        pixels = _limited(_decode(name, data, 3))
        done, code = cv2.imencode(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, quality])
        if not done:
            raise ValueError(f"{name}: not encoded")
        packed[name] = np.asarray(code, np.uint8).reshape(-1)
    partial = target.with_suffix(".partial.npz")
    np.savez(partial, allow_pickle=False, **packed)
    partial.replace(target)
    return target.stat().st_size


def read_rgb(source: Path) -> Pixels:
    """One picture as uint8 (H, W, 3), RGB. Raises ValueError when it does not decode."""
    pixels = cv2.imread(str(source), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError(f"{source}: not a picture")
    return np.ascontiguousarray(pixels[:, :, ::-1]).astype(np.uint8, copy=False)


def read_grey(source: Path) -> Pixels:
    """One picture as uint8 (H, W). Raises ValueError when it does not decode."""
    pixels = cv2.imread(str(source), cv2.IMREAD_GRAYSCALE)
    if pixels is None:
        raise ValueError(f"{source}: not a picture")
    return pixels.astype(np.uint8, copy=False)


def to_picture(kind: str, pixels: Pixels) -> Picture:
    """Levels and anchors of one picture. pixels: uint8 (H, W, C), RGB or straight RGBA."""
    sizes = [(max(pixels.shape[1] >> i, 1), max(pixels.shape[0] >> i, 1)) for i in range(LEVELS)]
    levels = [cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) for size in sizes]
    return Picture(
        kind=kind,
        levels=tuple(
            torch.from_numpy(np.ascontiguousarray(level.transpose(2, 0, 1), dtype=np.uint8))
            for level in levels
        ),
        anchors=_anchors(pixels),
    )


def _encoded(folder: Path, key: str) -> dict[str, Pixels]:
    sources = sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES)
    return {key + source.stem: np.fromfile(source, np.uint8) for source in sources}


def _decoded(encoded: dict[str, Pixels], key: str, *, channels: int) -> tuple[Picture, ...]:
    pictures = []
    for name in sorted(encoded):
        if name.startswith(key):
            pixels = _limited(_decode(name, encoded[name], channels))
            order = [2, 1, 0, 3][:channels]  # OpenCV's BGR(A) ends here
            kind = name.removeprefix(key).split("_", 1)[0]
            pictures.append(to_picture(kind, np.ascontiguousarray(pixels[:, :, order])))
    return tuple(pictures)


def _decode(name: str, data: Pixels, channels: int) -> Pixels:
    flag = cv2.IMREAD_UNCHANGED if channels == 4 else cv2.IMREAD_COLOR
    pixels = cv2.imdecode(data, flag)
    if pixels is None or pixels.ndim != 3 or pixels.shape[2] != channels:
        raise ValueError(f"{name}: expected a picture of {channels} channels")
    return pixels.astype(np.uint8, copy=False)


def _limited(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    scale = LONGEST_SIDE / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _anchors(pixels: Pixels) -> Tensor:
    """Evenly thinned (x, y) of pixels whose 3x3 neighbourhood is neither all 0 nor all 255."""
    height, width = pixels.shape[:2]
    found = np.empty((0, 2), np.int64)
    if pixels.shape[2] == 4:
        window = np.ones((3, 3), np.uint8)
        alpha = pixels[:, :, 3]
        edge = (cv2.dilate(alpha, window) > 12) & (cv2.erode(alpha, window) < 243)
        found = np.argwhere(edge)[:, ::-1].astype(np.int64)
    if not len(found):
        found = np.array([[width // 2, height // 2]], np.int64)
    step = max(len(found) // ANCHORS, 1)
    return torch.from_numpy(np.ascontiguousarray(found[::step]))


def _moved(picture: Picture, device: torch.device) -> Picture:
    levels = tuple(level.to(device) for level in picture.levels)
    return Picture(kind=picture.kind, levels=levels, anchors=picture.anchors)
