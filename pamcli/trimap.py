"""Trimaps: checked, made from coarse masks and coloured screens, merged with alpha, and boxed."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.errors import InputError
from pamcli.frame import Alpha, Trimap

BACKGROUND, UNKNOWN, FOREGROUND = 0, 128, 255
LAST_BACKGROUND, FIRST_FOREGROUND = 50, 205  # a drawn 128 stays unknown through JPEG noise
SOFT_LOW, SOFT_HIGH = 13, 242  # of 255: a mask value between .05 and .95 is itself unknown
DISC = 8  # radius in pixels up to which a band is widened at full resolution

_SNAP = np.full(256, UNKNOWN, np.uint8)
_SNAP[: LAST_BACKGROUND + 1] = BACKGROUND
_SNAP[FIRST_FOREGROUND:] = FOREGROUND

Gray = npt.NDArray[np.uint8]
"""uint8 (H, W)."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of pixels: rows top to bottom - 1, columns left to right - 1."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the rectangle in an (H, W[, C]) array."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @classmethod
    def around(cls, marked: Gray, margin: int, stride: int = 1) -> "Box | None":
        """The box of the pixels that aren't 0, `margin` wider, its sides multiples of stride."""
        left, top, width, height = cv2.boundingRect(marked)
        if not height:
            return None
        rows = _grow(top - margin, top + height + margin, marked.shape[0], stride)
        columns = _grow(left - margin, left + width + margin, marked.shape[1], stride)
        return cls(rows[0], columns[0], rows[1], columns[1])


def check_trimap(
    values: npt.NDArray[np.uint8],
    size: tuple[int, int],
    name: str = "trimap",
    *,
    unknown_required: bool = False,
) -> Trimap:
    """Snap a trimap as people draw and store them to 0, 128 and 255.

    values: (H, W) gray or (H, W, 3 or 4) RGB[A], of which the luma is taken; 0 to 50 becomes
    background, 205 to 255 foreground, everything between unknown. size: (height, width) of the
    frame. Raises InputError, beginning with `name`, for another size, and for a trimap without
    an unknown pixel where one is required.
    """
    height, width = values.shape[:2]
    if (height, width) != size:
        raise InputError(f"{name}: {width}x{height}, but the frame is {size[1]}x{size[0]}")
    trimap = cv2.LUT(to_gray(values), _SNAP).astype(np.uint8, copy=False)
    if unknown_required and not (trimap == UNKNOWN).any():
        raise InputError(f"{name}: no unknown pixel: every value is known")
    return trimap


def to_gray(values: npt.NDArray[np.uint8]) -> Gray:
    """uint8 (H, W) of a gray, RGB or RGBA picture."""
    if values.ndim == 2:
        return values
    return cv2.cvtColor(values[..., :3], cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)


def merge_known(alpha: Alpha, trimap: Trimap) -> Alpha:
    """Alpha with the known regions put in: exactly 0 on background, exactly 1 on foreground."""
    known = (trimap == FOREGROUND).astype(np.float32)
    return np.where(trimap == UNKNOWN, alpha, known)


def unknown_box(trimap: Trimap, margin: int, stride: int = 1) -> Box | None:
    """Bounding box of the unknown pixels, `margin` pixels wider on each side; None without any.

    Clipped to the frame. Each side is grown to a multiple of `stride`, or to the whole side of
    the frame where that is shorter.
    """
    unknown = cv2.inRange(trimap, UNKNOWN, UNKNOWN).astype(np.uint8, copy=False)
    return Box.around(unknown, margin, stride)


def _grow(first: int, end: int, limit: int, stride: int) -> tuple[int, int]:
    """Clip first..end to 0..limit, then grow it to a multiple of stride inside the limit."""
    first, end = max(first, 0), min(end, limit)
    length = min(-(-(end - first) // stride) * stride, limit)
    first = min(max(first - (length - (end - first)) // 2, 0), limit - length)
    return first, first + length


def band_pixels(band: float, size: tuple[int, int]) -> float:
    """Width in pixels of a band given in pixels of a 1080p frame: it follows the shorter side.

    size: (height, width). At least 3 pixels, so that an edge always lies inside its band.
    """
    return max(3.0, band * min(size) / 1080)


def from_mask(mask: npt.NDArray[np.generic], band: float) -> Trimap:
    """Trimap of a coarse subject mask: an unknown band of `band` pixels centred on its edge.

    mask: (H, W), uint8 in [0, 255], bool, or float in [0, 1]; its edge is where it crosses
    one half. Values between .05 and .95 are unknown as well. Holes and specks of less than
    (band / 2)^2 pixels are unknown themselves but get no band of their own.
    """
    soft = _as_uint8(mask)
    hard = (soft >= 128).astype(np.uint8)
    whole = _without_specks(hard, (band / 2) ** 2)
    trimap = whole * np.uint8(FOREGROUND)
    unsure = near_edge(whole, band / 2), cv2.inRange(soft, SOFT_LOW, SOFT_HIGH), hard != whole
    for unknown in unsure:
        np.copyto(trimap, np.uint8(UNKNOWN), where=np.asarray(unknown, np.bool_))
    return trimap


def _as_uint8(mask: npt.NDArray[np.generic]) -> Gray:
    if mask.dtype == np.uint8:
        return mask.astype(np.uint8, copy=False)
    if mask.dtype == np.bool_:
        return mask.astype(np.uint8) * np.uint8(255)
    scaled = cv2.convertScaleAbs(np.maximum(mask.astype(np.float32), 0), alpha=255)
    return np.asarray(scaled, np.uint8)


def _without_specks(hard: Gray, area: float) -> Gray:
    """hard: uint8 {0, 1}; islands and holes whose outline encloses less than `area` are filled."""
    whole = hard.copy()
    outlines, tree = cv2.findContours(hard, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    for index, outline in enumerate(outlines):
        if cv2.contourArea(outline) < area:
            is_hole = tree[0][index][3] >= 0  # a hole's outline runs on the pixels around it
            cv2.drawContours(whole, outlines, index, int(is_hole), cv2.FILLED)
    return whole


def near_edge(hard: Gray, distance: float) -> Gray:
    """255 where a pixel's centre is within `distance` of the border between 0 and 1, else 0.

    Exact up to `DISC` pixels; beyond, the edge is widened on a grid coarser by a whole factor and
    is right to that many pixels.
    """
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    # the pixels on both sides of the border
    edge = np.asarray(cv2.morphologyEx(hard * np.uint8(255), cv2.MORPH_GRADIENT, cross), np.uint8)
    near = np.zeros_like(hard)
    box = Box.around(edge, int(distance) + 1)
    if box is not None:
        near[box.slices] = _widen(edge[box.slices], distance - 0.5)
    return near


def _widen(edge: Gray, radius: float) -> Gray:
    """Edge pixels (255) and all pixels whose centre is within `radius` of one's centre."""
    factor = max(1, math.ceil(radius / DISC))
    if factor == 1:
        return cv2.dilate(edge, _disc(radius)).astype(np.uint8, copy=False)
    height, width = edge.shape
    size = (-(-width // factor), -(-height // factor))
    coarse = cv2.inRange(cv2.resize(edge, size, interpolation=cv2.INTER_AREA), 1, 255)
    wide = cv2.dilate(coarse, _disc(radius / factor))
    return cv2.inRange(cv2.resize(wide, (width, height)), 128, 255).astype(np.uint8, copy=False)


def _disc(radius: float) -> Gray:
    side = np.arange(-int(radius), int(radius) + 1)
    return (np.hypot(side, side[:, None]) <= radius).astype(np.uint8)
