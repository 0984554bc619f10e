"""Small synthetic pictures for the tests of training and evaluation."""

from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from pam.data.store import Library, to_picture
from pam.network import Pam

Pixels = NDArray[np.uint8]


def disc(size: int = 160, *, softness: float = 12.0) -> Pixels:
    """Straight RGBA uint8 (size, size, 4): a textured disc whose edge is `softness` pixels wide."""
    y, x = np.mgrid[:size, :size].astype(np.float64)
    distance = np.hypot(x - size / 2, y - size / 2)
    alpha = np.clip((size / 3 - distance) / softness + 0.5, 0, 1)
    rgb = [128 + 100 * np.sin(x / (3 + i)) * np.cos(y / (5 + i)) for i in range(3)]
    return np.stack([*rgb, alpha * 255], -1).astype(np.uint8)


def photo(seed: int, size: int = 160) -> Pixels:
    """Smooth random RGB uint8 (size, size, 3)."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    return cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC).astype(np.uint8)


def tiny_library() -> Library:
    """Three foregrounds of different kinds and three backgrounds."""
    kinds = ("portrait", "obj", "smoke")
    return Library(
        foregrounds=tuple(
            to_picture(kind, disc(softness=4.0 + 8 * i)) for i, kind in enumerate(kinds)
        ),
        backgrounds=tuple(to_picture("photo", photo(seed)) for seed in range(3)),
    )


def write_folders(folder: Path) -> tuple[Path, Path]:
    """The same pictures as files: the folders of foregrounds and of backgrounds."""
    foregrounds, backgrounds = folder / "fg", folder / "bg"
    foregrounds.mkdir()
    backgrounds.mkdir()
    for index, kind in enumerate(("portrait", "obj", "smoke")):
        rgba = disc(softness=4.0 + 8 * index)
        source = foregrounds / f"{kind}_{index}.png"
        cv2.imwrite(str(source), np.ascontiguousarray(rgba[:, :, [2, 1, 0, 3]]))
    for seed in range(3):
        bgr = np.ascontiguousarray(photo(seed)[:, :, ::-1])
        cv2.imwrite(str(backgrounds / f"photo_{seed}.png"), bgr)
    return foregrounds, backgrounds


def stirred() -> Pam:
    """A network in evaluation mode whose paths differ: what starts at zero is noise."""
    generator = torch.Generator().manual_seed(7)
    net = Pam().eval()
    with torch.no_grad():
        for parameter in net.parameters():
            if not parameter.any():
                parameter.normal_(0, 0.05, generator=generator)
    return net
