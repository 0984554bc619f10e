"""Panels of lines and of bars: what stands where."""

import numpy as np
import pytest
from test_plots import places

from pamcli import plots
from pamcli.bench_panels import (
    BOTTOM,
    HEIGHT,
    LEFT,
    PANEL,
    RIGHT,
    TOP,
    Bars,
    Line,
    Lines,
    draw_panels,
)
from pamcli.frame import Rgb

ACROSS = PANEL - LEFT - RIGHT
LINES = Lines(
    title="Achieved",
    x_label="target",
    y_label="frames/s",
    lines=[
        Line(label="480p", points=[(5.0, 5.0), (10.0, 10.0)]),
        Line(label="720p", points=[(10.0, 6.0), (5.0, 5.0)]),
    ],
    diagonal="target",
)


def inside(rgb: Rgb) -> Rgb:
    return rgb[TOP : BOTTOM - 2, LEFT + 2 : PANEL]


def test_a_line_ends_where_its_last_value_stands() -> None:
    rgb = draw_panels("Title", "of nothing", [LINES])
    assert rgb.shape == (HEIGHT, PANEL, 3)
    rows, columns = places(inside(rgb), plots.ORANGE)  # axes: 0 to 10 across, 0 to 12 up
    last = columns > columns.max() - 4
    assert columns[last].mean() == pytest.approx(ACROSS, abs=5)
    assert rows[last].mean() == pytest.approx((BOTTOM - TOP) * (1 - 6 / 12), abs=5)
    assert columns.min() == pytest.approx(ACROSS / 2, abs=8)


def test_the_diagonal_is_broken_and_only_there_if_named() -> None:
    plain = Lines(title="", x_label="", y_label="", lines=LINES.lines)
    grey = [places(inside(draw_panels("", "", [each])), plots.GREY)[0] for each in (plain, LINES)]
    assert len(grey[0]) == 0 < len(grey[1])


def test_every_line_is_named_in_its_colour() -> None:
    legend = draw_panels("", "", [LINES])[BOTTOM + 60 : BOTTOM + 90]
    for colour in (plots.BLUE, plots.ORANGE):
        assert len(places(legend, colour)[0]) > 30


def test_bars_are_as_long_as_their_values() -> None:
    bars = Bars(title="Stages", x_label="ms", bars=[("network", 40.0), ("encode", 10.0)])
    rgb = draw_panels("", "", [bars])[TOP:BOTTOM]
    middle = (BOTTOM - TOP) // 4
    lengths = [
        int((np.abs(rgb[row].astype(int) - plots.BLUE).max(axis=1) < 12).sum())
        for row in (middle - 20, 3 * middle - 20)  # above the numbers
    ]
    assert lengths[0] == pytest.approx(4 * lengths[1], rel=0.04) and lengths[1] > 30


def test_a_panel_without_values_is_refused() -> None:
    with pytest.raises(ValueError, match=r"empty|argument"):
        draw_panels("", "", [Lines(title="", x_label="", y_label="", lines=[])])
