"""Alpha at the frame's full resolution from alpha that was found on a smaller picture of it."""

from collections.abc import Sequence
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.frame import Alpha, Rgb, Trimap
from pamcli.trimap import FOREGROUND, UNKNOWN, Box

TIMES = 4
"""How much larger a picture's sides are than those of what the colour prior says of it."""

STEP = 2
"""Pixels of the small picture in one step of the grid on which lines are fitted, at least."""

FINEST = 480
"""Steps of that grid along the longer side of a picture so large that a step is more."""

WINDOW = (5, 5)
"""Steps of that grid to which each line is fitted."""

NOISE = 2.0
"""Standard deviation of colour, of 255, that is taken for noise and carries no alpha."""

ROW = 1024
"""Scattered pixels are looked up in rows of this length: OpenCV takes no side beyond 32767."""

Floats = npt.NDArray[np.float32]

Array = TypeVar("Array", Alpha, Rgb)

Planes = npt.NDArray[np.float32]
"""float32 (C, H, W)."""


def enlarge_alpha(alpha: Alpha, rgb: Rgb, trimap: Trimap) -> Alpha:
    """Alpha of the full picture: near each place linear in its colours, as in the small picture.

    Guided filter (He, Sun and Tang, Guided Image Filtering, 2013, equations 19 and 20) whose
    coefficients are found on a small picture and enlarged (He and Sun, Fast Guided Filter, 2015).
    The averaging of the coefficients is left out: it softens edges, and enlarging is smooth.
    alpha: float32 (h, w) in [0, 1]; rgb: uint8 (H, W, 3); trimap: uint8 (H, W)
    -> float32 (H, W) in [0, 1], exactly 0 and 1 where the trimap is known.
    """
    out = np.asarray(trimap == FOREGROUND, np.float32)
    band = np.flatnonzero(trimap == UNKNOWN)
    if not band.size:
        return out
    lines = _enlarged(fit_lines(alpha, rgb), trimap.shape, band)
    colours = rgb.reshape(-1, 3).take(band, 0).astype(np.float32)
    found = np.einsum("nc,nc->n", lines[:, :3], colours) + lines[:, 3]
    out.reshape(-1)[band] = found.clip(0, 1)
    return out


def fit_lines(alpha: Alpha, rgb: Rgb) -> Floats:
    """float32 (h', w', 4): the a and b of alpha = a·rgb + b around each point of a small grid.

    alpha: float32 (h, w); rgb: uint8 (H, W, 3) in [0, 255], the same picture at any size. The grid
    has STEP pixels of `alpha` to a step, or as many as make it FINEST long.
    """
    step = max(STEP, round(max(alpha.shape) / FINEST))
    height, width = (max(1, side // step) for side in alpha.shape)
    colour = shrink(rgb, height, width).astype(np.float32)
    share = shrink(alpha, height, width)
    mean, level = _mean(colour), _mean(share)
    with_alpha = _mean(colour * _three(share)) - mean * _three(level)
    slopes = _solve(_covariance(colour, mean), _planes(with_alpha))
    red, green, blue = (a * m for a, m in zip(slopes, _planes(mean), strict=True))
    return np.asarray(cv2.merge([*slopes, level - red - green - blue]), np.float32)


def _enlarged(grid: Floats, size: tuple[int, ...], pixels: npt.NDArray[np.intp]) -> Floats:
    """float32 (N, 4): what enlarging the grid to `size` (height, width) gives at some pixels."""
    rows = -(-pixels.size // ROW)
    places = np.divmod(np.resize(pixels, (rows, ROW)), size[1])
    y, x = (
        (place.astype(np.float32) + np.float32(0.5)) * np.float32(few / many) - np.float32(0.5)
        for place, few, many in zip(places, grid.shape, size, strict=False)
    )
    found = cv2.remap(grid, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32).reshape(-1, 4)[: pixels.size]


def shrink(picture: Array, height: int, width: int) -> Array:
    """A picture, uint8 or float32 (H, W[, C]), at no more than its size.

    Halved by the means of 2 x 2 pixels while that leaves enough, then bilinear: as good as means of
    areas for any size, and five times as fast.
    """
    while picture.shape[0] >= 2 * height and picture.shape[1] >= 2 * width:
        half = picture.shape[1] // 2, picture.shape[0] // 2
        picture = cv2.resize(picture, half, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    if picture.shape[:2] == (height, width):
        return picture
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]


def _three(plane: Floats) -> Floats:
    return np.asarray(cv2.merge([plane, plane, plane]), np.float32)


def _planes(picture: Floats) -> list[Floats]:
    return [np.asarray(plane, np.float32) for plane in cv2.split(picture)]


def _mean(array: Floats) -> Floats:
    return np.asarray(cv2.blur(array, WINDOW), np.float32)


def _covariance(colour: Floats, mean: Floats) -> list[Floats]:
    """float32 (h, w) each: rr, gg, bb, rg, gb, br, with the variance of noise on the diagonal."""
    squares = _mean(colour * colour) - mean * mean + np.float32(NOISE**2)
    products = _mean(colour * _turn(colour)) - mean * _turn(mean)
    return [*_planes(squares), *_planes(products)]


def _turn(colour: Floats) -> Floats:
    """Green, blue, red."""
    turned = np.empty_like(colour)
    cv2.mixChannels([colour], [turned], [1, 0, 2, 1, 0, 2])
    return turned


def _solve(matrix: Sequence[Floats], right: Sequence[Floats]) -> tuple[Floats, Floats, Floats]:
    """x of matrix·x = right at each place, by LDLᵀ: it is symmetric and positive definite.

    matrix: xx, yy, zz, xy, yz, zx; right: x, y, z; float32 (h, w) each.
    """
    xx, yy, zz, xy, yz, zx = matrix
    first, second, third = right
    y_x, z_x = _over(xy, xx), _over(zx, xx)
    pivot, mixed = yy - y_x * xy, yz - y_x * zx
    z_y = _over(mixed, pivot)
    second = second - y_x * first
    third = third - z_x * first - z_y * second
    z = _over(third, zz - z_x * zx - z_y * mixed)
    y = _over(second, pivot) - z_y * z
    return _over(first, xx) - y_x * y - z_x * z, y, z


def _over(above: Floats, below: Floats) -> Floats:
    return np.asarray(above / below, np.float32)


def enlarge_planes(small: Planes, out: Planes, tile: Box | None = None) -> None:
    """Bilinear enlargement with half-pixel centres, into `out`.

    small: (C, h, w); out: (C, H, W), contiguous, H and W multiples of h and w: the whole, or what
    `tile` cuts from a whole of TIMES its size, the tile's place and sides multiples of TIMES.
    """
    if tile is None:
        for plane, wide in zip(small, out, strict=True):
            cv2.resize(plane, wide.shape[::-1], dst=wide, interpolation=cv2.INTER_LINEAR)
        return
    top, left = tile.top // TIMES, tile.left // TIMES
    rows, columns = tile.height // TIMES + 2, tile.width // TIMES + 2
    for plane, wide in zip(small, out, strict=True):
        bordered = cv2.copyMakeBorder(plane, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
        part = bordered[top : top + rows, left : left + columns]
        size = columns * TIMES, rows * TIMES
        around = cv2.resize(part, size, interpolation=cv2.INTER_LINEAR)
        wide[:] = around[TIMES:-TIMES, TIMES:-TIMES]
