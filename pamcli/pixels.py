"""Pixels as they are written: grey, RGB or RGBA, 8 bits a sample, array in and new array out."""

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
"""uint8: (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA, straight unless said otherwise."""


def whole(pixels: Pixels) -> Pixels:
    """All of it, as it is."""
    return pixels


def alpha_of(rgba: Pixels) -> Pixels:
    """uint8 (H, W), contiguous. rgba: uint8 (H, W, 4)."""
    return np.asarray(cv2.extractChannel(rgba, 3), np.uint8)


def colours_of(rgba: Pixels) -> Pixels:
    """uint8 (H, W, 3), contiguous. rgba: uint8 (H, W, 4)."""
    return np.asarray(cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB), np.uint8)


def premultiply(rgba: Pixels) -> Pixels:
    """Each colour times alpha / 255, rounded to the nearest level; alpha as it is.

    rgba: uint8 (H, W, 4), straight.
    """
    alpha = cv2.cvtColor(alpha_of(rgba), cv2.COLOR_GRAY2RGB)
    product = cv2.multiply(colours_of(rgba), alpha, scale=1 / 255)
    out = np.empty_like(rgba)
    cv2.mixChannels([product, rgba], [out], [0, 0, 1, 1, 2, 2, 6, 3])
    return out
