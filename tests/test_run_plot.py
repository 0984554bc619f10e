"""The picture of a run's course."""

from dataclasses import replace

import numpy as np
import pytest
from test_frame_log import ROW

from pamcli import plots
from pamcli.frame import Rgb
from pamcli.path import CostTable
from pamcli.run_plot import HEAD, KEPT, LEFT, PANEL, RIGHT, Course, draw_run

TABLE = CostTable(shortest=38472, savings=(8465, 6214, 3964, 17466))


def course(frames: int, period: float = 0.1) -> Course:
    kept = Course()
    for number in range(frames):
        seconds = period * (number + 1)
        kept.add(replace(ROW, pts=number, seconds=seconds, period_ms=1000 * period))
    return kept


def rows_of(rgb: Rgb, colour: plots.Colour, top: int) -> tuple[np.ndarray, np.ndarray]:
    panel = rgb[top : top + PANEL + 1, LEFT:RIGHT].astype(int)
    rows, columns = np.nonzero(np.abs(panel - colour).max(axis=2) < 60)
    return rows + top, columns + LEFT


def test_the_rate_is_that_of_the_last_second() -> None:
    moments = course(50).moments
    assert moments[0].fps == 0.0
    assert [moment.fps for moment in moments[12:]] == pytest.approx([10.0] * 38)


def test_a_long_run_keeps_no_more_than_its_picture_needs() -> None:
    kept = course(10 * KEPT, period=0.04).moments
    assert KEPT / 2 <= len(kept) <= KEPT
    gaps = set(np.diff([moment.row.pts for moment in kept]))
    assert len(gaps) == 1
    assert kept[-1].fps == pytest.approx(25.0)


def test_the_rate_stands_at_its_height_beside_the_target() -> None:
    rgb = draw_run(course(200).moments, TABLE, "clip.mp4", target=20.0)
    assert rgb.shape == (HEAD + 4 * (PANEL + 46), 1200, 3)
    blue, _ = rows_of(rgb, plots.BLUE, HEAD)
    assert np.median(blue) == pytest.approx(HEAD + PANEL / 2, abs=2)  # 10 of 20
    green, columns = rows_of(rgb, plots.GREEN, HEAD)
    assert np.median(green) == pytest.approx(HEAD, abs=2)
    assert columns.max() - columns.min() > 0.9 * (RIGHT - LEFT)


def test_c_c_and_the_cost_of_the_path_are_both_drawn() -> None:
    rgb = draw_run(course(30).moments, TABLE, "clip.mp4")
    top = HEAD + PANEL + 46
    blue, _ = rows_of(rgb, plots.BLUE, top)
    orange, _ = rows_of(rgb, plots.ORANGE, top)
    assert np.median(blue) == pytest.approx(top + PANEL * (1 - 75 / 80), abs=2)
    cost = TABLE.cost((False, False, True, False))
    assert np.median(orange) == pytest.approx(top + PANEL * (1 - cost / 80), abs=2)


def test_one_frame_is_a_course_and_none_is_not() -> None:
    assert draw_run(course(1).moments, TABLE, "clip.mp4").min() < 100
    with pytest.raises(ValueError, match="no frames"):
        draw_run([], TABLE, "clip.mp4")
