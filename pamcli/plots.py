"""Diagrams as pictures: a canvas with text and lines, and a chart of two curves over one axis."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from pamcli.frame import Rgb

Point = tuple[float, float]
"""(x, y) in pixels from the top left."""

Colour = tuple[int, int, int]
"""(red, green, blue), 0 to 255."""

Rows = Callable[[float], float]
"""Where a value stands on an axis, pixels from the top."""

WHITE, INK, GREY, FAINT = (255, 255, 255), (40, 40, 40), (110, 110, 110), (222, 222, 222)
BLUE, ORANGE, GREEN = (31, 98, 168), (200, 88, 20), (40, 120, 70)

FINER = 2
"""Everything is drawn this many times larger and then shrunk, which smooths it."""

FONT = cv2.FONT_HERSHEY_SIMPLEX
FONT_HEIGHT = 22.0  # pixels of a capital letter at scale 1
ALIGNED = {"left": 0.0, "middle": 0.5, "right": 1.0}


class Canvas:
    """A white picture that is being drawn on. Words are ASCII: OpenCV's letters are no more."""

    def __init__(self, height: int, width: int) -> None:
        self._fine: Rgb = np.full((height * FINER, width * FINER, 3), 255, np.uint8)

    def text(
        self,
        words: str,
        at: Point,
        size: float,
        colour: Colour = INK,
        align: str = "left",
        *,
        boxed: bool = False,
    ) -> None:
        """Write one line. at: where its base line is, at its left end, middle or right end by
        `align`. size: height of a capital letter, pixels. boxed: white behind the letters.
        """
        scale = size * FINER / FONT_HEIGHT
        thick = max(1, round(size * FINER / 10))
        (width, height), _ = cv2.getTextSize(words, FONT, scale, thick)
        x, y = self._fine_point(at)
        x -= round(width * ALIGNED[align])
        if boxed:
            cv2.rectangle(
                self._fine, (x - 2, y + 2), (x + width + 2, y - height), WHITE, cv2.FILLED
            )
        start = x, y
        cv2.putText(self._fine, words, start, FONT, scale, colour, thick, cv2.LINE_AA)

    def line(self, first: Point, last: Point, colour: Colour, width: float = 1.0) -> None:
        """Draw from one point to another. width: pixels."""
        ends = self._fine_point(first), self._fine_point(last)
        cv2.line(self._fine, *ends, colour, max(1, round(width * FINER)), cv2.LINE_AA)

    def dashes(self, first: Point, last: Point, colour: Colour, width: float = 1.0) -> None:
        """A broken line."""
        ends = np.array([first, last], np.float64)
        pieces = max(1, int(np.hypot(*(ends[1] - ends[0])) / 12))
        for piece in range(pieces):
            begin, end = (ends[0] + (ends[1] - ends[0]) * s / pieces for s in (piece, piece + 0.55))
            self.line((begin[0], begin[1]), (end[0], end[1]), colour, width)

    def dot(self, at: Point, colour: Colour, radius: float = 4.0) -> None:
        """A filled disc. radius: pixels."""
        middle = self._fine_point(at)
        cv2.circle(self._fine, middle, round(radius * FINER), colour, cv2.FILLED, cv2.LINE_AA)

    def paste(self, picture: Rgb, at: tuple[int, int]) -> None:
        """Put a picture in. at: (x, y) of its top left pixel."""
        rows, columns = (side * FINER for side in picture.shape[:2])
        x, y = self._fine_point(at)
        nearest = cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_NEAREST)
        self._fine[y : y + rows, x : x + columns] = nearest

    def rgb(self) -> Rgb:
        """What has been drawn: uint8 (height, width, 3)."""
        height, width = (side // FINER for side in self._fine.shape[:2])
        small = cv2.resize(self._fine, (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.uint8)

    def _fine_point(self, at: Point) -> tuple[int, int]:
        return round(at[0] * FINER), round(at[1] * FINER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One value for each x, on an axis of its own."""

    label: str
    values: Sequence[float]
    colour: Colour
    level: tuple[str, float] | None = None  # name and value of a level to compare with


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Two curves over the same x."""

    title: str
    subtitle: str
    x_label: str
    xs: Sequence[float]
    left: Curve
    right: Curve


HEIGHT, WIDTH = 560, 900
LEFT, RIGHT, TOP, BOTTOM = 90, 810, 120, 470
"""Where the axes stand on the chart, pixels."""

SIDE = 50
"""Pixels between an axis and the nearest dot."""

LEAST_ROOM, SPARE = 0.2, 0.1
"""An axis spans at least this share of its largest value, so that noise does not look like a trend,
and goes on beyond the curve by this share of its span."""


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers in even steps, the first not above low, the last not below high."""
    room = high - low if high > low else max(abs(high), 1.0)
    step = 10.0 ** math.floor(math.log10(room / about))
    step *= next(factor for factor in (1, 2, 5, 10) if room / (step * factor) <= about)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def axis_marks(values: Sequence[float]) -> list[float]:
    """The ticks of an axis for values from 0."""
    low, high = min(values), max(values)
    lacking = max(LEAST_ROOM * high - (high - low), 0.0)
    low, high = low - lacking / 2, high + lacking / 2
    spare = SPARE * (high - low)
    return ticks(max(low - spare, 0.0), high + spare)


def draw_chart(chart: Chart) -> Rgb:
    """uint8 (560, 900, 3). Raises ValueError for no x, or another number of values."""
    if not chart.xs or {len(chart.left.values), len(chart.right.values)} != {len(chart.xs)}:
        raise ValueError("each curve needs one value for each x, and one at least")
    canvas = Canvas(HEIGHT, WIDTH)
    canvas.text(chart.title, (LEFT, 40), 15)
    canvas.text(chart.subtitle, (LEFT, 66), 10, GREY)
    columns = _columns(chart.xs)
    for x, column in zip(chart.xs, columns, strict=True):
        canvas.line((column, BOTTOM), (column, BOTTOM + 6), INK)
        canvas.text(f"{x:g}", (column, BOTTOM + 26), 11, align="middle")
    canvas.text(chart.x_label, ((LEFT + RIGHT) / 2, BOTTOM + 58), 11, align="middle")
    left = _draw_axis(canvas, chart.left, at_left=True)
    right = _draw_axis(canvas, chart.right, at_left=False)
    canvas.line((LEFT, BOTTOM), (RIGHT, BOTTOM), INK)
    if chart.left.level:
        _draw_level(canvas, *chart.left.level, left)
    for curve, row_of in ((chart.right, right), (chart.left, left)):
        _draw_curve(canvas, curve, list(zip(columns, map(row_of, curve.values), strict=True)))
    for column, first, second in zip(columns, chart.left.values, chart.right.values, strict=True):
        on_top = left(first) <= right(second)  # the upper number goes up, the lower down
        _write_value(canvas, chart.left, first, (column, left(first)), above=on_top)
        _write_value(canvas, chart.right, second, (column, right(second)), above=not on_top)
    return canvas.rgb()


def _columns(xs: Sequence[float]) -> list[float]:
    """Where each x stands, in pixels, with room on both sides."""
    low, room = min(xs), max(xs) - min(xs)
    shares = [(x - low) / room if room else 0.5 for x in xs]
    return [LEFT + SIDE + share * (RIGHT - LEFT - 2 * SIDE) for share in shares]


def _draw_level(canvas: Canvas, name: str, value: float, row_of: Rows) -> None:
    row = row_of(value)
    canvas.dashes((LEFT, row), (RIGHT, row), GREEN, 1.5)
    canvas.text(f"{name} {value:.4g}", (LEFT + 8, row - 6), 10, GREEN)


def _draw_curve(canvas: Canvas, curve: Curve, points: list[Point]) -> None:
    for first, last in pairwise(sorted(points)):
        canvas.line(first, last, curve.colour, 2)
    for point in points:
        canvas.dot(point, curve.colour)


def _write_value(canvas: Canvas, curve: Curve, value: float, dot: Point, *, above: bool) -> None:
    at = dot[0], dot[1] + (-13 if above else 24)
    canvas.text(f"{value:.4g}", at, 10, curve.colour, "middle", boxed=True)


def _draw_axis(canvas: Canvas, curve: Curve, *, at_left: bool) -> Rows:
    """Axis, ticks and name; returns where a value stands on it."""
    levels = [curve.level[1]] if curve.level else []
    marks = axis_marks([*curve.values, *levels])
    scale = (BOTTOM - TOP) / (marks[-1] - marks[0])
    edge, outward, align = (LEFT, -10, "right") if at_left else (RIGHT, 10, "left")
    for mark in marks:
        row = BOTTOM - (mark - marks[0]) * scale
        if at_left:
            canvas.line((LEFT, row), (RIGHT, row), FAINT)
        canvas.text(f"{mark:.6g}", (edge + outward, row + 4), 10, curve.colour, align)
    canvas.line((edge, TOP), (edge, BOTTOM), curve.colour)
    begin = "left" if at_left else "right"
    canvas.text(curve.label, (edge + 6 * outward, TOP - 20), 11, curve.colour, begin)
    return lambda value: BOTTOM - (value - marks[0]) * scale
