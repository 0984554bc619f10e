"""What a matte becomes in the target: its alpha, its colours, or a picture on a new background."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from pamcli.composite import composite, cover, parse_colour, rgba, solid
from pamcli.errors import InputError
from pamcli.frame import Matte, Rgb
from pamcli.images import read_rgb
from pamcli.settings import Output

DEFAULT_BACKGROUND = "#00b140"

Pixels = npt.NDArray[np.uint8]
"""uint8 (H, W) alpha, (H, W, 3) RGB or (H, W, 4) straight RGBA."""


def open_backdrop(background: str | None, size: tuple[int, int]) -> Rgb:
    """The new background at the frame's (height, width).

    background: a colour or the name of a picture, which is enlarged and cut to cover the frame.
    Raises InputError for what is neither.
    """
    name = background if background is not None else DEFAULT_BACKGROUND
    if Path(name).is_file():
        return cover(read_rgb(Path(name)), size)
    try:
        return solid(parse_colour(name), size)
    except InputError as error:
        raise InputError(f"{name}: neither a picture nor a colour") from error


def pixels(matte: Matte, output: Output, backdrop: Rgb | None) -> Pixels:
    """The picture to write. `backdrop` is needed for a composite, of the frame's size."""
    if output is Output.ALPHA:
        return np.rint(matte.alpha * 255).astype(np.uint8)
    if output is Output.RGBA:
        return rgba(matte.alpha, matte.foreground)
    if output is Output.FOREGROUND:
        return matte.foreground
    assert backdrop is not None
    return composite(matte.alpha, matte.foreground, backdrop)
