"""The chart: round ticks, and marks where the values are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pamcli import plots
from pamcli.frame import Rgb


def chart(**more: object) -> plots.Chart:
    values: dict[str, object] = {
        "title": "Title",
        "subtitle": "of nothing",
        "x_label": "C_c",
        "xs": [39, 75],
        "left": plots.Curve(label="SAD", values=[8.0, 4.0], colour=plots.BLUE),
        "right": plots.Curve(label="ms", values=[10.0, 50.0], colour=plots.ORANGE),
    }
    return plots.Chart(**{**values, **more})  # type: ignore[arg-type]


def places(rgb: Rgb, colour: plots.Colour) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.nonzero((np.abs(rgb.astype(int) - colour).max(axis=2)) < 12)
    return rows, columns


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_ticks_are_round_even_and_cover_the_range(first: float, second: float) -> None:
    low, high = sorted((first, second))
    marks = plots.ticks(low, high)
    steps = np.diff(marks)
    assert 2 <= len(marks) <= 8
    assert marks[0] <= low and marks[-1] >= high * (1 - 1e-9)
    assert steps == pytest.approx(steps[0], rel=1e-6)
    digits = f"{steps[0]:.6e}"
    assert digits.split("e")[0].rstrip("0").rstrip(".") in ("1", "2", "5")


def test_an_axis_does_not_enlarge_noise() -> None:
    marks = plots.axis_marks([1.530, 1.545])
    assert marks[-1] - marks[0] >= 0.2 * 1.545
    assert plots.axis_marks([0.0, 0.0])[0] == 0
    assert plots.axis_marks([1.0, 100.0])[0] == 0


def test_the_curves_are_drawn_in_their_colours_at_their_values() -> None:
    rgb = plots.draw_chart(chart())
    assert rgb.shape == (plots.HEIGHT, plots.WIDTH, 3) and rgb.dtype == np.uint8
    inside = rgb[plots.TOP : plots.BOTTOM, plots.LEFT + 5 : plots.RIGHT - 5]
    rows, columns = places(inside, plots.BLUE)
    left_part, right_part = columns < 60, columns > columns.max() - 30
    assert rows[left_part].mean() < rows[right_part].mean()  # SAD falls
    rows, columns = places(inside, plots.ORANGE)
    assert rows[columns < 60].mean() > rows[columns > columns.max() - 30].mean()  # time grows


def test_a_level_is_a_broken_line_across() -> None:
    level = plots.Curve(
        label="SAD", values=[8.0, 4.0], colour=plots.BLUE, level=("closed form", 6.0)
    )
    assert not places(plots.draw_chart(chart()), plots.GREEN)[0].size
    rows, columns = places(plots.draw_chart(chart(left=level)), plots.GREEN)
    line = columns[rows == np.bincount(rows).argmax()]
    assert np.ptp(line) > 0.9 * (plots.RIGHT - plots.LEFT) and line.size < 0.8 * np.ptp(line)


def test_one_point_stands_in_the_middle() -> None:
    one = chart(
        xs=[60],
        left=plots.Curve(label="SAD", values=[3.0], colour=plots.BLUE),
        right=plots.Curve(label="ms", values=[7.0], colour=plots.ORANGE),
    )
    inside = plots.draw_chart(one)[plots.TOP : plots.BOTTOM, plots.LEFT + 5 : plots.RIGHT - 5]
    _, columns = places(inside, plots.ORANGE)
    assert columns.mean() == pytest.approx(inside.shape[1] / 2, abs=6)


@pytest.mark.parametrize("xs", [[], [39]])
def test_curves_of_another_length_are_refused(xs: list[int]) -> None:
    with pytest.raises(ValueError, match="one value for each x"):
        plots.draw_chart(chart(xs=xs))


@pytest.mark.parametrize(("align", "near"), [("left", 60), ("middle", 40), ("right", 20)])
def test_text_stands_where_it_is_aligned(align: str, near: int) -> None:
    canvas = plots.Canvas(40, 100)
    canvas.text("Hill", (40, 30), 10, align=align)
    rows, columns = np.nonzero(canvas.rgb().min(axis=2) < 128)
    assert (columns.min() + columns.max()) / 2 == pytest.approx(near, abs=14)
    assert 17 <= rows.min() <= rows.max() <= 31


def test_a_pasted_picture_stays_as_it_is() -> None:
    picture = np.random.default_rng(4).integers(0, 256, (7, 9, 3), np.uint8)
    canvas = plots.Canvas(20, 30)
    canvas.paste(picture, (5, 3))
    assert np.array_equal(canvas.rgb()[3:10, 5:14], picture)


@pytest.mark.parametrize("times", [[10.0, 50.0], [50.0, 10.0]])
def test_the_numbers_of_both_curves_stay_apart(times: list[float]) -> None:
    right = plots.Curve(label="ms", values=times, colour=plots.ORANGE)
    inside = plots.draw_chart(chart(right=right))[plots.TOP : plots.BOTTOM]
    for column in (plots.LEFT + plots.SIDE, plots.RIGHT - plots.SIDE):
        near = inside[:, column - 20 : column + 20]
        blue, orange = (places(near, colour)[0] for colour in (plots.BLUE, plots.ORANGE))
        assert blue.max() < orange.min() or orange.max() < blue.min()
