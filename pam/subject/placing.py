"""Views of pictures on a canvas: which source pixel each canvas pixel shows."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from pam.data.draw import Draw

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Size = tuple[int, int]

SHRINK_BELOW = 0.75
"""Canvas pixels per source pixel below which the source is averaged first."""

STANDING_ZOOM = 0.3, 1.3
"""Least and largest size of a cut-out, 1 where it is as high as the canvas."""


def view(
    source_point: tuple[float, float],
    canvas_point: tuple[float, float],
    zoom: float,
    angle: float,
    *,
    mirrored: bool,
) -> Floats:
    """Affine map float32 (2, 3) from source to canvas, both (x, y) in pixels.

    The source point lands on the canvas point, `zoom` times larger, turned by `angle` radians.
    """
    cos, sin = zoom * math.cos(angle), zoom * math.sin(angle)
    flip = -1.0 if mirrored else 1.0
    turn = np.array([[cos * flip, -sin], [sin * flip, cos]])
    shift = np.array(canvas_point) - turn @ np.array(source_point)
    return np.column_stack([turn, shift]).astype(np.float32)


def show(pixels: Pixels, placed: Floats, size: Size, *, border: int) -> Pixels:
    """The source, uint8 (H, W[, C]), on a canvas of (height, width). border: one of OpenCV's."""
    zoom = math.sqrt(abs(float(np.linalg.det(placed[:, :2]))))
    if zoom < SHRINK_BELOW:
        height, width = pixels.shape[:2]
        small = max(round(width * zoom), 1), max(round(height * zoom), 1)
        pixels = np.asarray(cv2.resize(pixels, small, interpolation=cv2.INTER_AREA), np.uint8)
        ratio = np.array([width / small[0], height / small[1]])
        centre = 0.5 * ratio - 0.5  # of the first small pixel, in source pixels
        turn = placed[:, :2] * ratio
        placed = np.column_stack([turn, placed[:, 2] + placed[:, :2] @ centre])
    shown = cv2.warpAffine(pixels, placed, size[::-1], flags=cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(shown, np.uint8)


def covering_view(draw: Draw, source: Size, size: Size, near: tuple[float, float]) -> Floats:
    """A view of a photograph for `show` with mirrored borders.

    near: least and largest zoom, 1 where the photograph just fills the canvas.
    """
    (height, width), (rows, columns) = source, size
    zoom = max(rows / height, columns / width) * draw.log_uniform(*near)
    room_x = max(width - columns / zoom, 0.1 * width)
    room_y = max(height - rows / zoom, 0.1 * height)
    middle = (
        width / 2 + draw.uniform(-0.5, 0.5) * room_x,
        height / 2 + draw.uniform(-0.5, 0.5) * room_y,
    )
    return view(middle, (columns / 2, rows / 2), zoom, small_angle(draw), mirrored=draw.chance(0.5))


def standing_view(draw: Draw, alpha: Pixels, size: Size) -> Floats:
    """A cut-out of a random size anywhere on the canvas, also over its edges.

    What its own picture cuts off at the bottom, a bust, stands on the canvas's lower edge or below.
    alpha: uint8 (H, W), the cut-out's own.
    """
    left, top, width, height = cv2.boundingRect((alpha > 127).astype(np.uint8))
    width, height = max(width, 4), max(height, 4)
    rows, columns = size
    zoom = draw.log_uniform(*STANDING_ZOOM) * min(rows / height, 1.6 * columns / width)
    x = draw.uniform(0.1, 0.9) * columns
    is_bust = (alpha[-1] > 127).mean() > 0.1
    if is_bust:
        foot = left + width / 2, float(len(alpha))
        return view(foot, (x, rows * draw.uniform(1.0, 1.25) + 1), zoom, 0.0, mirrored=_even(draw))
    centre = left + width / 2, top + height / 2
    y = draw.uniform(0.2, 0.9) * rows
    return view(centre, (x, y), zoom, small_angle(draw), mirrored=_even(draw))


def small_angle(draw: Draw) -> float:
    """Radians: mostly upright, sometimes up to about 25 degrees to a side."""
    return 0.45 * draw.uniform(-1, 1) ** 3


def _even(draw: Draw) -> bool:
    return draw.chance(0.5)
