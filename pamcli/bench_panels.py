"""Pictures of measurements: panels of lines or bars side by side, each with axes and units."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pamcli.frame import Rgb
from pamcli.plots import (
    BLUE,
    FAINT,
    GREEN,
    GREY,
    INK,
    ORANGE,
    Canvas,
    Colour,
    Point,
    ticks,
)

COLOURS: tuple[Colour, ...] = (BLUE, ORANGE, GREEN, (120, 60, 160))
"""Of the lines, in their order."""

HEIGHT, PANEL, LEFT, RIGHT = 560, 640, 80, 30
"""Of the picture and of a panel, and the room beside its axes, pixels."""

TOP, BOTTOM = 150, 470
"""Rows between which the axes stand."""

BAR = 0.6
"""Of its row that a bar fills."""

ABOVE = 1.08
"""The vertical axis goes at least so far beyond the largest value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a panel: its points by x."""

    label: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """A panel of lines over one x. diagonal: names the line y = x, which is drawn broken."""

    title: str
    x_label: str
    y_label: str
    lines: Sequence[Line]
    diagonal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A panel of horizontal bars from 0, with their values behind them."""

    title: str
    x_label: str
    bars: Sequence[tuple[str, float]]


def draw_panels(title: str, subtitle: str, panels: Sequence[Lines | Bars]) -> Rgb:
    """uint8 (560, 640 for each panel, 3). Raises ValueError for a panel without values."""
    canvas = Canvas(HEIGHT, PANEL * len(panels))
    canvas.text(title, (LEFT, 40), 15)
    canvas.text(subtitle, (LEFT, 68), 10, GREY)
    for number, panel in enumerate(panels):
        left = PANEL * number + LEFT
        canvas.text(panel.title, (left, TOP - 44), 12)
        draw = _draw_lines if isinstance(panel, Lines) else _draw_bars
        draw(canvas, left, panel)  # type: ignore[arg-type]
    return canvas.rgb()


def _width() -> int:
    return PANEL - LEFT - RIGHT


def _draw_lines(canvas: Canvas, left: int, panel: Lines) -> None:
    points = [point for line in panel.lines for point in line.points]
    across = ticks(0.0, max(x for x, _ in points), 6)
    up = ticks(0.0, ABOVE * max(*(y for _, y in points), 1e-3), 6)

    def at(x: float, y: float) -> Point:
        row = BOTTOM - (BOTTOM - TOP) * y / up[-1]
        return left + _width() * x / across[-1], row

    for mark in up:
        canvas.line(at(0, mark), at(across[-1], mark), FAINT)
        canvas.text(f"{mark:.6g}", (left - 8, at(0, mark)[1] + 4), 9, GREY, "right")
    _draw_x_axis(canvas, left, across, panel.x_label)
    canvas.line((left, TOP), (left, BOTTOM), INK)
    canvas.text(panel.y_label, (left, TOP - 16), 10, INK)
    if panel.diagonal is not None:
        end = min(across[-1], up[-1])
        canvas.dashes(at(0, 0), at(end, end), GREY, 1.5)
    for line, colour in zip(panel.lines, COLOURS, strict=False):
        placed = [at(*point) for point in sorted(line.points)]
        for first, last in pairwise(placed):
            canvas.line(first, last, colour, 2)
        for point in placed:
            canvas.dot(point, colour)
    _draw_legend(canvas, left, panel)


def _draw_legend(canvas: Canvas, left: int, panel: Lines) -> None:
    row, column = BOTTOM + 74, left
    for line, colour in zip(panel.lines, COLOURS, strict=False):
        canvas.line((column, row - 4), (column + 22, row - 4), colour, 2)
        canvas.dot((column + 11, row - 4), colour)
        canvas.text(line.label, (column + 30, row), 9, colour)
        column += 130
    if panel.diagonal is not None:
        canvas.dashes((column, row - 4), (column + 24, row - 4), GREY, 1.5)
        canvas.text(panel.diagonal, (column + 30, row), 9, GREY)


def _draw_bars(canvas: Canvas, left: int, panel: Bars) -> None:
    names = 90  # pixels for the names of the bars
    across = ticks(0.0, ABOVE * max(*(value for _, value in panel.bars), 1e-3), 5)
    begin, room = left + names, _width() - names - 40
    _draw_x_axis(canvas, begin, across, panel.x_label, room)
    step = (BOTTOM - TOP) / len(panel.bars)
    for number, (name, value) in enumerate(panel.bars):
        middle = TOP + (number + 0.5) * step
        end = begin + room * value / across[-1]
        size = round(BAR * step), max(1, round(end - begin))
        canvas.paste(np.full((*size, 3), BLUE, np.uint8), (begin, round(middle - size[0] / 2)))
        canvas.text(name, (begin - 10, middle + 4), 10, INK, "right")
        canvas.text(f"{value:.3g}", (end + 8, middle + 4), 10, BLUE)
    canvas.line((begin, TOP), (begin, BOTTOM), INK)


def _draw_x_axis(
    canvas: Canvas, left: int, marks: Sequence[float], label: str, room: int | None = None
) -> None:
    room = _width() if room is None else room
    for mark in marks:
        column = left + room * mark / marks[-1]
        canvas.line((column, BOTTOM), (column, BOTTOM + 5), INK)
        canvas.text(f"{mark:.6g}", (column, BOTTOM + 22), 9, GREY, "middle")
    canvas.line((left, BOTTOM), (left + room, BOTTOM), INK)
    canvas.text(label, (left + room / 2, BOTTOM + 46), 10, INK, "middle")
