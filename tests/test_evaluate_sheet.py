"""The contact sheet: its cells and its colours."""

import numpy as np
import pytest
from evaluations import disc, picture_of, trimap_of

from pamcli.evaluate_sheet import CELL, FULL_SCALE, SheetRow, draw_sheet, error_colours
from pamcli.frame import Alpha


def row(matte: Alpha, height: int = 48, width: int = 64) -> SheetRow:
    truth = disc(height, width)
    return SheetRow(
        label="disc   SAD 1", rgb=picture_of(truth), trimap=trimap_of(truth), truth=truth,
        matte=matte,
    )  # fmt: skip


def test_colours_grow_brighter_with_the_error() -> None:
    ramp = np.linspace(0, 1, 256, dtype=np.float32)[None]
    colours = error_colours(ramp)
    brightness = colours.astype(int).sum(axis=2)[0]
    reached = int(FULL_SCALE * 255)
    assert (np.diff(brightness[:reached]) >= -3).all()
    assert brightness[0] < 20 < 500 < brightness[reached + 1] == brightness[-1]
    assert colours[0, reached // 2, 0] > colours[0, reached // 2, 2]  # RGB: more red than blue


def test_a_perfect_matte_has_a_dark_error_and_a_wrong_one_a_bright_one() -> None:
    perfect = draw_sheet("Title", [row(disc())])
    wrong = draw_sheet("Title", [row(disc(shift=9))])
    assert perfect.shape == wrong.shape
    last = np.s_[110:200, -CELL:-40]
    assert perfect[last].max() < 10 < wrong[last].max()


def test_rows_of_any_shape_stand_one_below_the_other() -> None:
    rows = [row(disc()), row(disc(96, 20), 96, 20), row(disc(8, 300), 8, 300)]
    heights = [draw_sheet("Title", [one]).shape[0] for one in rows]
    sheet = draw_sheet("Title", rows)
    head_and_foot = (
        draw_sheet("Title", rows[:1]).shape[0] * 2
        - draw_sheet("Title", [rows[0], rows[0]]).shape[0]
    )
    assert sheet.shape[0] == sum(heights) - 2 * head_and_foot
    assert sheet.shape[1] == draw_sheet("Title", rows[:1]).shape[1]


def test_a_sheet_without_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a row"):
        draw_sheet("Title", [])
