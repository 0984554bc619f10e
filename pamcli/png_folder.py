# ruff: noqa: TID251 - the still half of writing clips
"""A clip as a folder of PNG files."""

import os
import shutil
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame

from pamcli.pixels import Pixels
from pamcli.presets import RECIPES
from pamcli.settings import Preset

RECIPE = RECIPES[Preset.PNG]


class PngPart:
    """Some of the numbered PNG files NAME_000001.png onwards; `first` is the first one's number."""

    def __init__(self, folder: Path, name: str, first: int) -> None:
        folder.mkdir()
        self._folder, self._name, self._number = folder, name, first

    def write(self, pixels: Pixels) -> None:
        """uint8 (H, W), (H, W, 3) or (H, W, 4)."""
        name = f"{self._name}_{self._number:06d}.png"
        self._number += 1
        (self._folder / name).write_bytes(encode_png(pixels))

    def finish(self) -> None:
        """Nothing is pending: each file is whole once written."""

    def close(self) -> None:
        """Nothing is open."""


def encode_png(pixels: Pixels) -> bytes:
    """uint8 (H, W), (H, W, 3) RGB or (H, W, 4) straight RGBA as a PNG file."""
    encoder = av.CodecContext.create("png", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    encoder.height, encoder.width = pixels.shape[:2]
    encoder.pix_fmt = RECIPE.formats[channels]
    encoder.time_base = Fraction(1, 25)
    encoder.options = dict(RECIPE.options)
    picture = VideoFrame.from_ndarray(np.ascontiguousarray(pixels), encoder.pix_fmt)
    return b"".join(bytes(packet) for packet in (*encoder.encode(picture), *encoder.encode()))


def gather(parts: Iterable[Path], folder: Path) -> None:
    """All files of `parts` in `folder` too: by links, where the file system has them."""
    for part in parts:
        for file in part.iterdir():
            try:
                os.link(file, folder / file.name)
            except OSError:
                shutil.copyfile(file, folder / file.name)
