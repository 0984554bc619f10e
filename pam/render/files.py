"""Pictures and sequences that have their final name only when they are whole."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from pam.render.job import partial
from pam.render.pixels import Rgba


def write_png(target: Path, rgba: Rgba) -> None:
    """One picture, uint8 (H, W, 4), RGBA. Colour under empty alpha is kept.

    Raises ValueError when the picture cannot be encoded, OSError when it cannot be written.
    """
    done, code = cv2.imencode(".png", np.ascontiguousarray(rgba[:, :, [2, 1, 0, 3]]))
    if not done:
        raise ValueError(f"{target}: not encoded")
    part = partial(target)
    part.write_bytes(code.tobytes())
    part.replace(target)


def write_frames(target: Path, frames: Sequence[Rgba]) -> None:
    """A folder of 0000.png, 0001.png, ...; what an interrupted run left of it is replaced."""
    part = partial(target)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    for index, rgba in enumerate(frames):
        write_png(part / f"{index:04d}.png", rgba)
    part.replace(target)
