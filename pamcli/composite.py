"""Pictures from alpha: composites, RGBA, backgrounds. Pure functions, array in, new array out."""

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.errors import InputError
from pamcli.frame import Alpha, Rgb
from pamcli.settings import Fit

COLOURS = {
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "grey": (128, 128, 128),
    "gray": (128, 128, 128),
    "silver": (192, 192, 192),
    "red": (255, 0, 0),
    "maroon": (128, 0, 0),
    "orange": (255, 165, 0),
    "yellow": (255, 255, 0),
    "lime": (0, 255, 0),
    "green": (0, 128, 0),
    "teal": (0, 128, 128),
    "cyan": (0, 255, 255),
    "blue": (0, 0, 255),
    "navy": (0, 0, 128),
    "magenta": (255, 0, 255),
    "purple": (128, 0, 128),
    "pink": (255, 192, 203),
}
"""Names of CSS Color Module Level 4, section 6.1, with their sRGB values."""

ALPHA_STEPS = 255
"""Alpha is written, and composited, in steps of 1/255: what an 8-bit file can hold."""


def parse_colour(text: str) -> tuple[int, int, int]:
    """(red, green, blue), 0 to 255, of "#rrggbb", "#rgb" or a CSS name. Raises InputError."""
    word = text.strip().lower()
    if word in COLOURS:
        return COLOURS[word]
    digits = word.removeprefix("#")
    if word.startswith("#") and len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    if len(digits) != 6 or set(digits) - set("0123456789abcdef"):
        raise InputError(f"{text!r} is no colour: give #rrggbb or one of {', '.join(COLOURS)}")
    red, green, blue = bytes.fromhex(digits)
    return red, green, blue


def alpha_to_grey(alpha: Alpha) -> npt.NDArray[np.uint8]:
    """uint8 (H, W): alpha x 255, rounded; 0 and 1 come out as 0 and 255."""
    return np.asarray(cv2.convertScaleAbs(alpha, alpha=ALPHA_STEPS), np.uint8)


def _check_same(alpha: Alpha, *pictures: Rgb) -> None:
    for picture in pictures:
        if picture.shape[:2] != alpha.shape:
            raise InputError(
                f"sizes differ: alpha {alpha.shape[1]}x{alpha.shape[0]}, "
                f"picture {picture.shape[1]}x{picture.shape[0]}"
            )


def composite(alpha: Alpha, foreground: Rgb, background: Rgb) -> Rgb:
    """I = aF + (1 - a)B, the compositing equation, in the coded (gamma) values.

    alpha: float32 (H, W) in [0, 1]. foreground, background: uint8 (H, W, 3), RGB.
    The nearest value (what lies within 0.003 of a half may go either way); B and F themselves
    where alpha is 0 or 1.
    Raises InputError when the sizes differ.
    """
    _check_same(alpha, foreground, background)
    return np.asarray(cv2.blendLinear(foreground, background, alpha, 1 - alpha), np.uint8)


def rgba(alpha: Alpha, foreground: Rgb) -> npt.NDArray[np.uint8]:
    """uint8 (H, W, 4), straight alpha: colour is not multiplied by alpha.

    alpha: float32 (H, W) in [0, 1]. foreground: uint8 (H, W, 3), RGB.
    Raises InputError when the sizes differ.
    """
    _check_same(alpha, foreground)
    out = np.empty((*alpha.shape, 4), np.uint8)
    cv2.mixChannels([foreground, alpha_to_grey(alpha)], [out], [0, 0, 1, 1, 2, 2, 3, 3])
    return out


def solid(colour: tuple[int, int, int], size: tuple[int, int]) -> Rgb:
    """uint8 (H, W, 3) of one colour; size: (height, width)."""
    return np.full((*size, 3), colour, np.uint8)


def fitted(image: Rgb, size: tuple[int, int], fit: Fit) -> Rgb:
    """`image` at `size` (height, width), scaled without distortion; uint8 (H, W, 3)."""
    return contain(image, size) if fit is Fit.CONTAIN else cover(image, size)


def contain(image: Rgb, size: tuple[int, int]) -> Rgb:
    """`image` scaled to lie within `size` (height, width), in the middle, with black bars."""
    height, width = size
    rows, columns = image.shape[:2]
    scale = min(height / rows, width / columns)
    shown = min(height, max(1, round(rows * scale))), min(width, max(1, round(columns * scale)))
    top, left = (height - shown[0]) // 2, (width - shown[1]) // 2
    out = np.zeros((height, width, 3), np.uint8)
    out[top : top + shown[0], left : left + shown[1]] = _scaled(image, shown, scale)
    return out


def cover(image: Rgb, size: tuple[int, int]) -> Rgb:
    """`image` scaled to fill `size` (height, width), what juts out cut off evenly on both sides."""
    height, width = size
    rows, columns = image.shape[:2]
    scale = max(height / rows, width / columns)
    new_rows, new_columns = max(height, round(rows * scale)), max(width, round(columns * scale))
    resized = _scaled(image, (new_rows, new_columns), scale)
    top, left = (new_rows - height) // 2, (new_columns - width) // 2
    return np.ascontiguousarray(resized[top : top + height, left : left + width])


def _scaled(image: Rgb, size: tuple[int, int], scale: float) -> Rgb:
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (size[1], size[0]), interpolation=method), np.uint8)
