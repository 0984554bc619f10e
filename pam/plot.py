"""`python -m pam plot`: the curves of a training as a picture."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pam.logbook import Curves, read
from pamcli.plots import BLUE, FAINT, GREEN, GREY, INK, ORANGE, Canvas, ticks

PANELS = (
    ("loss and its parts", ("loss", "l1", "comp", "lap", "ds", "pt", "prior")),
    ("SAD of the validation stills", ("sad_",)),
    ("learning rate", ("rate",)),
    ("crops per second", ("crops_per_s",)),
)
"""Title, and which values (or all whose name begins so, with a last "_") it shows, over hours."""

COLOURS = (BLUE, ORANGE, GREEN, INK, (140, 60, 160), (20, 150, 160), GREY)
WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 70, 600, 40, 260
"""Of a panel, in pixels: its size, and where its axes stand in it."""

SMOOTHED = 60
"""A curve of more points than this is shown as the means of so many stretches."""

Point = tuple[float, float]


def main(argv: list[str]) -> int:
    """Write the picture; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m pam plot", description=__doc__)
    parser.add_argument("folder", type=Path, help="of a training: what --out named")
    parser.add_argument("--out", type=Path, help="the .png to write; default: FOLDER/curves.png")
    options = parser.parse_args(argv)
    try:
        picture = draw(read(options.folder))
    except (OSError, ValueError) as error:
        print(f"pam plot: error: {error}", file=sys.stderr)
        return 1
    target = options.out or options.folder / "curves.png"
    if not cv2.imwrite(str(target), np.ascontiguousarray(picture[:, :, ::-1])):
        print(f"pam plot: error: {target}: not written", file=sys.stderr)
        return 1
    print(target)
    return 0


def draw(curves: Curves) -> NDArray[np.uint8]:
    """One panel under the other, uint8 (H, W, 3). Raises ValueError when nothing was logged."""
    panels = []
    for title, wanted in PANELS:
        shown = {name: curves[name] for name in sorted(curves) if _is_wanted(name, wanted)}
        if shown:
            panels.append(_panel(title, shown))
    if not panels:
        raise ValueError("nothing has been logged yet")
    return np.vstack(panels)


def smoothed(curve: Sequence[Point]) -> list[Point]:
    """Means of SMOOTHED stretches of a longer curve; a shorter one as it is."""
    if len(curve) <= SMOOTHED:
        return list(curve)
    stretches = np.array_split(np.array(curve), SMOOTHED)
    return [(float(part[:, 0].mean()), float(part[:, 1].mean())) for part in stretches]


def _is_wanted(name: str, wanted: Sequence[str]) -> bool:
    return any(name.startswith(one) if one.endswith("_") else name == one for one in wanted)


def _panel(title: str, curves: Curves) -> NDArray[np.uint8]:
    canvas = Canvas(HEIGHT, WIDTH)
    canvas.text(title, (LEFT, 24), 11)
    lines = {name: smoothed(curve) for name, curve in curves.items()}
    points = [point for line in lines.values() for point in line]
    hours = ticks(min(x for x, _ in points), max(x for x, _ in points))
    values = ticks(min(0.0, *(y for _, y in points)), max(y for _, y in points))

    def at(point: Point) -> Point:
        x, y = point
        return (
            LEFT + (x - hours[0]) / (hours[-1] - hours[0]) * (RIGHT - LEFT),
            BOTTOM - (y - values[0]) / (values[-1] - values[0]) * (BOTTOM - TOP),
        )

    for value in values:
        row = at((hours[0], value))[1]
        canvas.line((LEFT, row), (RIGHT, row), FAINT)
        canvas.text(f"{value:.4g}", (LEFT - 8, row + 4), 9, GREY, "right")
    for hour in hours:
        canvas.text(f"{hour:.4g} h", (at((hour, values[0]))[0], BOTTOM + 22), 9, GREY, "middle")
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        for first, last in pairwise(line):
            canvas.line(at(first), at(last), colour, 1.5)
        canvas.text(f"{name} {line[-1][1]:.4g}", (RIGHT + 12, TOP + 12 + 20 * number), 9, colour)
    return np.asarray(canvas.rgb(), np.uint8)
