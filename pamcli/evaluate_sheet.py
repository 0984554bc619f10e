"""Contact sheet of stills: picture, trimap, truth, matte and where the matte is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from pamcli.composite import alpha_to_grey
from pamcli.frame import Alpha, Rgb, Trimap
from pamcli.plots import Canvas

COLUMNS = ("picture", "trimap", "truth", "matte", "error")
CELL, GAP, MARGIN = 220, 8, 20
"""Longest side of a cell, space between cells, space around the sheet; pixels."""

HEAD, ROW_HEAD, FOOT = 74, 30, 56
"""Heights of the title, of the line above each row, of the colour scale; pixels."""

FULL_SCALE = 0.5
"""The error that gets the brightest colour; larger ones get it too."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SheetRow:
    """One still of the sheet, all arrays of one size (H, W)."""

    label: str
    rgb: Rgb
    trimap: Trimap
    truth: Alpha
    matte: Alpha


def draw_sheet(title: str, rows: Sequence[SheetRow]) -> Rgb:
    """A row of five pictures for each still, and the scale of the error's colours.

    Raises ValueError without a row.
    """
    if not rows:
        raise ValueError("a sheet needs a row")
    cells = [_cells(row) for row in rows]
    heights = [pictures[0].shape[0] for pictures in cells]
    width = 2 * MARGIN + len(COLUMNS) * CELL + (len(COLUMNS) - 1) * GAP
    canvas = Canvas(HEAD + sum(heights) + len(rows) * (ROW_HEAD + GAP) + FOOT, width)
    canvas.text(title, (MARGIN, 32), 14)
    for number, name in enumerate(COLUMNS):
        canvas.text(name, (_left(number) + CELL / 2, HEAD - 10), 11, align="middle")
    top = HEAD
    for row, pictures, height in zip(rows, cells, heights, strict=True):
        canvas.text(row.label, (MARGIN, top + 20), 10.5)
        for number, picture in enumerate(pictures):
            inset = (CELL - picture.shape[1]) // 2
            canvas.paste(picture, (_left(number) + inset, top + ROW_HEAD))
        top += ROW_HEAD + height + GAP
    _draw_scale(canvas, top)
    return canvas.rgb()


def error_colours(error: Alpha) -> Rgb:
    """Black over violet and orange to yellow for 0 to FULL_SCALE and above; uint8 (H, W, 3)."""
    levels = np.rint(np.clip(error / FULL_SCALE, 0, 1) * 255).astype(np.uint8)
    bgr = cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def _left(column: int) -> int:
    return MARGIN + column * (CELL + GAP)


def _cells(row: SheetRow) -> list[Rgb]:
    """The five pictures of a row, of one size that fits a cell."""
    height, width = row.trimap.shape
    scale = CELL / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    shrinks = scale < 1
    smooth = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    error = cv2.resize(np.abs(row.matte - row.truth), size, interpolation=smooth)
    grays = [
        cv2.resize(row.trimap, size, interpolation=cv2.INTER_NEAREST),
        cv2.resize(alpha_to_grey(row.truth), size, interpolation=smooth),
        cv2.resize(alpha_to_grey(row.matte), size, interpolation=smooth),
    ]
    return [
        np.asarray(cv2.resize(row.rgb, size, interpolation=smooth), np.uint8),
        *(np.asarray(cv2.cvtColor(gray, cv2.COLOR_GRAY2RGB), np.uint8) for gray in grays),
        error_colours(np.asarray(error, np.float32)),
    ]


def _draw_scale(canvas: Canvas, top: int) -> None:
    """The colours of the error with their values, under the last column."""
    left = _left(len(COLUMNS) - 1)
    ramp = np.tile(np.linspace(0, FULL_SCALE, CELL, dtype=np.float32), (12, 1))
    canvas.paste(error_colours(ramp), (left, top + 10))
    middle = left + CELL / 2
    canvas.text("|matte - truth|", (left - GAP, top + 21), 10, align="right")
    for at, value, align in (
        (left, "0", "left"),
        (middle, f"{FULL_SCALE / 2:g}", "middle"),
        (left + CELL, f"{FULL_SCALE:g} and more", "right"),
    ):
        canvas.text(value, (at, top + 38), 9, align=align)
