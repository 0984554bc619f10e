"""What a frame takes, learnt from frames."""

from dataclasses import replace

import numpy as np
import pytest

from pamcli.cost_model import MEMORY, TURN, CostModel, Line, Seen, frame_gmac
from pamcli.path import CostTable

TABLE = CostTable(shortest=38472, savings=(8465, 6214, 3964, 17466))
BOX = (512, 512)
SHORT = 38.472


def seen(period: float, network: float, cost: float, scale: float) -> Seen:
    return Seen(
        period=period,
        network=network,
        cost=cost,
        constraint=TABLE.maximum,
        scale=scale,
        box=BOX,
    )


def teach(
    model: CostModel, frames: int, seconds: float, cost: float = SHORT, scale: float = 1.0
) -> None:
    for _ in range(frames):
        model.learn(seen(1.25 * seconds, seconds, cost, scale))


def test_the_padding_of_the_network_is_counted() -> None:
    assert frame_gmac(40.0, 1.0, (1024, 1024)) == 40.0
    assert frame_gmac(40.0, 0.5, (1000, 1030)) == pytest.approx(40.0 * 512 * 544 / 2**20)


def test_a_line_moves_towards_what_is_seen_until_it_holds() -> None:
    line = Line(0.5, 0.0)
    for number in range(4000):
        units = float(1 + number % 5)
        line.learn(units, 0.1 + 0.2 * units)
    assert (line.fixed, line.slope) == pytest.approx((0.1, 0.2), abs=1e-3)


def test_without_different_units_the_slope_stays_in_proportion() -> None:
    line = Line(1.0, 1.0).through([3.0, 3.0], [8.0, 8.0])
    assert (line.fixed, line.slope) == pytest.approx((2.0, 2.0))


def test_with_different_units_the_slope_is_theirs() -> None:
    units = [float(u) for u in range(1, 40)]
    line = Line(1.0, 0.0).through(units, [5.0 + 2.0 * u for u in units])
    slow = np.polyfit(units, [5.0 + 2.0 * u for u in units], 1)[0]
    assert line.slope == pytest.approx(slow, rel=0.03)
    assert line.at(20.0) == pytest.approx(45.0)


def test_neither_part_of_a_line_falls_below_nothing() -> None:
    falling = Line(1.0, 1.0).through([1.0, 9.0], [9.0, 1.0])
    assert (falling.fixed, falling.slope) == (5.0, 0.0)
    steep = Line(1.0, 1.0).through([1.0, 9.0], [0.0, 90.0])
    assert (steep.fixed, steep.slope) == pytest.approx((0.0, 9.0))


def test_the_forecast_of_what_was_just_seen_is_what_was_seen() -> None:
    model = CostModel(TABLE, Line(0.01, 0.01))
    teach(model, 10, 0.2)
    assert model.period(SHORT, 1.0, BOX) == pytest.approx(0.25, rel=1e-3)


def test_another_load_is_believed_after_a_few_frames_and_one_slow_frame_is_not() -> None:
    model = CostModel(TABLE, Line(0.01, 0.01))
    teach(model, 60, 0.05)
    teach(model, 1, 0.5)
    assert model.period(SHORT, 1.0, BOX) == pytest.approx(0.0625, rel=0.02)
    teach(model, 60, 0.05)
    teach(model, TURN, 0.1)
    assert model.period(SHORT, 1.0, BOX) == pytest.approx(0.125, rel=0.15)
    assert model.has_turned


def test_what_was_long_ago_is_forgotten() -> None:
    model = CostModel(TABLE, Line(0.01, 0.01))
    teach(model, 30, 0.100)
    teach(model, round(MEMORY / 0.1375) + 2, 0.110)
    assert model.period(SHORT, 1.0, BOX) == pytest.approx(0.1375, rel=1e-3)


def test_two_scales_tell_what_does_not_shrink() -> None:
    model = CostModel(TABLE, Line(0.0, 0.02))
    for scale in (1.0, 0.5):
        for _ in range(8):
            network = 0.04 + 0.01 * frame_gmac(SHORT, scale, BOX)
            model.learn(seen(network, network, SHORT, scale))
    expected = 0.04 + 0.01 * frame_gmac(SHORT, 0.25, BOX)
    assert model.period(SHORT, 0.25, BOX) == pytest.approx(expected, rel=0.15)


def test_a_network_that_takes_less_than_it_may_is_not_billed_for_more() -> None:
    model = CostModel(TABLE, Line(0.01, 0.01))
    assert model.cost(75) == pytest.approx(74.581)
    teach(model, 1, 0.1)
    assert model.cost(75) == SHORT


def test_a_network_at_its_limit_is_expected_to_take_more() -> None:
    model = CostModel(TABLE, Line(0.01, 0.01))
    model.learn(replace(seen(0.1, 0.08, TABLE.cost(TABLE.costliest(60)), 1.0), constraint=60))
    assert model.cost(60) == TABLE.cost(TABLE.costliest(60))
    assert model.cost(75) == pytest.approx(74.581)


def test_a_region_seen_in_tiles_is_expected_to_be_so_again() -> None:
    model = CostModel(TABLE, Line(0.0, 0.002))
    whole = frame_gmac(SHORT, 1.0, BOX)
    for _ in range(60):
        network = 0.002 * whole / 2
        model.learn(replace(seen(network, network, SHORT, 1.0), share=0.5))
    assert model.period(SHORT, 1.0, BOX) == pytest.approx(0.001 * whole, rel=0.05)
