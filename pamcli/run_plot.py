"""The course of a run as a picture: rate, C_c, scale, path, and milliseconds of every stage."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import attrgetter

from pamcli.frame import Rgb
from pamcli.frame_log import FrameRow
from pamcli.path import CostTable, parse_path
from pamcli.plots import BLUE, FAINT, GREEN, GREY, INK, ORANGE, Canvas, Colour, Point, ticks

WIDTH, PANEL, GAP, HEAD = 1200, 170, 46, 70
LEFT, RIGHT = 80, 1050

VIOLET, RED, BROWN = (120, 60, 160), (190, 40, 60), (140, 110, 40)

STAGES = (
    ("period", INK),
    ("decode", GREEN),
    ("hint", VIOLET),
    ("network", BLUE),
    ("upsample", BROWN),
    ("compose", RED),
    ("encode", ORANGE),
)
"""Columns of the log, in ms, and how they are drawn."""

KEPT = 4096
"""Rows that a picture is drawn from; of a longer run every second, fourth … row."""

SECOND = 1.0
"""The rate that is shown is that of the last second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A frame's row, and the rate at which frames were written up to it."""

    row: FrameRow
    fps: float


@dataclass(slots=True)
class Course:
    """Keeps of a run what its picture needs, and no more than that however long it is."""

    moments: list[Moment] = field(default_factory=list)
    _every: int = 1
    _count: int = 0
    _recent: list[float] = field(default_factory=list)  # when the last second's frames ended

    def add(self, row: FrameRow) -> None:
        """Take in the next frame."""
        self._recent.append(row.seconds)
        while len(self._recent) > 2 and row.seconds - self._recent[1] >= SECOND:
            del self._recent[0]
        if self._count % self._every == 0:
            self.moments.append(Moment(row=row, fps=self._fps()))
        self._count += 1
        if len(self.moments) > KEPT:
            del self.moments[1::2]
            self._every *= 2

    def _fps(self) -> float:
        spent = self._recent[-1] - self._recent[0]
        return (len(self._recent) - 1) / spent if spent > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    label: str
    colour: Colour
    value: Callable[[Moment], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    name: str
    lines: Sequence[_Line]
    level: float | None = None  # a target to compare with


def draw_run(
    moments: Sequence[Moment], costs: CostTable, title: str, target: float | None = None
) -> Rgb:
    """uint8 (934, 1200, 3). target: frames a second that were to be held.

    Raises ValueError for no moment.
    """
    if not moments:
        raise ValueError("a run of no frames has no course")
    panels = _panels(costs, target)
    canvas = Canvas(HEAD + len(panels) * (PANEL + GAP), WIDTH)
    canvas.text(title, (LEFT, 32), 14)
    top = HEAD
    for panel in panels:
        _draw_panel(canvas, top, panel, moments)
        top += PANEL + GAP
    return canvas.rgb()


def _panels(costs: CostTable, target: float | None) -> list[_Panel]:
    def path_cost(moment: Moment) -> float:
        return costs.cost(parse_path(moment.row.path)) if moment.row.path else 0.0

    return [
        _Panel(
            name="frames/s",
            lines=[_Line(label="last second", colour=BLUE, value=lambda m: m.fps)],
            level=target,
        ),
        _Panel(
            name="GMAC per 1024x1024",
            lines=[
                _Line(label="C_c", colour=BLUE, value=lambda m: m.row.cost_constraint),
                _Line(label="path taken", colour=ORANGE, value=path_cost),
            ],
        ),
        _Panel(
            name="scale",
            lines=[_Line(label="scale", colour=BLUE, value=lambda m: m.row.scale)],
        ),
        _Panel(name="ms", lines=[_stage(*stage) for stage in STAGES]),
    ]


def _stage(name: str, colour: Colour) -> _Line:
    column = attrgetter(f"{name}_ms")
    return _Line(label=name, colour=colour, value=lambda m: column(m.row))


def _draw_panel(canvas: Canvas, top: int, panel: _Panel, moments: Sequence[Moment]) -> None:
    values = [line.value(moment) for line in panel.lines for moment in moments]
    marks = ticks(0.0, max([*values, panel.level or 0.0, 1e-3]), 4)
    seconds = [moment.row.seconds for moment in moments]
    end, bottom = max(seconds[-1], 1e-3), top + PANEL

    def at(second: float, value: float) -> Point:
        return LEFT + (RIGHT - LEFT) * second / end, bottom - PANEL * value / marks[-1]

    _draw_axes(canvas, top, panel.name, marks, end)
    if panel.level is not None:
        row = at(0, panel.level)[1]
        canvas.dashes((LEFT, row), (RIGHT, row), GREEN, 1.5)
        canvas.text(f"target {panel.level:.4g}", (RIGHT + 10, row + 4), 9, GREEN)
    for number, line in enumerate(panel.lines):
        points = [at(s, line.value(m)) for s, m in zip(seconds, moments, strict=True)]
        for first, last in pairwise([*points, points[-1]]):
            canvas.line(first, last, line.colour, 1.2)
        canvas.text(line.label, (RIGHT + 10, bottom - 6 - 18 * number), 9, line.colour)


def _draw_axes(canvas: Canvas, top: int, name: str, marks: Sequence[float], end: float) -> None:
    bottom = top + PANEL
    for mark in marks:
        row = bottom - PANEL * mark / marks[-1]
        canvas.line((LEFT, row), (RIGHT, row), FAINT)
        canvas.text(f"{mark:.6g}", (LEFT - 8, row + 4), 9, GREY, "right")
    for second in ticks(0.0, end, 8):
        if second <= end:
            column = LEFT + (RIGHT - LEFT) * second / end
            canvas.line((column, bottom), (column, bottom + 4), INK)
            canvas.text(f"{second:g} s", (column, bottom + 18), 9, GREY, "middle")
    canvas.text(name, (LEFT, top - 8), 10, INK)
