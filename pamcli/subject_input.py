"""What the subject network gets to see; training and running share it."""

import cv2
import numpy as np
import numpy.typing as npt

STRIDE = 32
"""Height and width of what goes in are multiples of this."""

SIDE = 288
"""Pixels on the long side: a picture of 16:9 becomes 288x160."""


def input_size(height: int, width: int, side: int = SIDE) -> tuple[int, int]:
    """(height, width) in multiples of STRIDE: the picture's shape as nearly as they allow, its
    long side `side` pixels.
    """
    scale = side / max(height, width)
    return _near(height * scale), _near(width * scale)


def to_input(picture: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """The picture, uint8 (H, W) or (H, W, C), at another (height, width), every pixel averaged."""
    return np.asarray(cv2.resize(picture, size[::-1], interpolation=cv2.INTER_AREA), np.uint8)


def _near(length: float) -> int:
    return max(STRIDE, round(length / STRIDE) * STRIDE)
