"""The controller against a simulated machine."""

import numpy as np
import pytest
from plants import BOX, TABLE, Plant, between, changes, controller, random_plant, rate, run

from pamcli.controller import OCTAVE, SCALES, Bounds
from pamcli.cost_model import Line

SETTLED = 5.0
"""Seconds after which a stream holds its rate, as the documentation says."""

SLOW = Plant(per_gmac=0.01, noise=0.03)


@pytest.mark.parametrize("fps", [5, 10, 15, 24])
@pytest.mark.parametrize("per_gmac", [0.001, 0.004, 0.012])
def test_the_rate_is_held_on_machines_of_any_speed(fps: float, per_gmac: float) -> None:
    rows = run(controller(fps), Plant(per_gmac=per_gmac, noise=0.04), 20)
    held = rate(between(rows, SETTLED, 20))
    assert held >= 0.99 * fps
    is_best = (rows[-1, 2], rows[-1, 3]) == (TABLE.maximum, 1.0)
    assert held <= 1.1 * fps or is_best


def test_a_wrong_first_guess_is_forgotten() -> None:
    for factor in (0.2, 5.0):
        control = controller(10, guess=Line(0.004 * factor, 0.01 * factor))
        rows = run(control, SLOW, 15)
        assert 9.9 <= rate(between(rows, SETTLED, 15)) <= 11.0


def test_a_fast_machine_runs_the_full_path_at_full_size_as_fast_as_it_can() -> None:
    plant = Plant(per_gmac=0.0004, appetite=75.0)
    rows = run(controller(15), plant, 10)
    assert {tuple(row) for row in between(rows, SETTLED, 10)[:, 2:]} == {(75.0, 1.0)}
    assert rate(rows[-50:]) > 30


def test_a_network_that_takes_the_shortest_path_anyway_may_spend_what_it_likes() -> None:
    rows = run(controller(10), SLOW, 20)
    assert set(between(rows, SETTLED, 20)[:, 2]) == {TABLE.maximum}
    assert 9.9 <= rate(between(rows, SETTLED, 20)) <= 11.0


def test_what_a_path_more_would_cost_fills_the_gap_below_full_size() -> None:
    plant = Plant(per_gmac=0.002, appetite=75.0, noise=0.02)
    rows = between(run(controller(18), plant, 20), SETTLED, 20)
    assert set(rows[:, 3]) == {1.0}
    assert TABLE.minimum < rows[:, 2].mean() < TABLE.maximum
    assert 17.8 <= rate(rows) <= 19.8


def test_only_what_the_paths_can_use_is_chosen() -> None:
    plant = Plant(per_gmac=0.002, appetite=75.0, noise=0.1)
    rows = run(controller(18), plant, 20)
    assert set(rows[:, 2]) <= set(TABLE.steps())
    assert len(set(rows[:, 2])) > 3


def test_c_c_rises_by_two_steps_a_frame_at_most() -> None:
    plant = Plant(per_gmac=0.002, appetite=75.0, noise=0.1)
    steps = TABLE.steps()
    places = [steps.index(int(c)) for c in run(controller(18), plant, 20)[:, 2]]
    assert max(np.diff(places)) == 2


def test_scale_changes_are_a_second_apart_at_constant_load() -> None:
    plant = Plant(per_gmac=0.004, noise=0.08, spikes=0.01)
    rows = run(controller(12), plant, 60)
    times = rows[1:, 0][np.diff(rows[:, 3]) != 0]
    assert (np.diff(times) >= 1.0).all()


def test_on_a_noisy_machine_the_scale_hardly_moves() -> None:
    plant = Plant(per_gmac=0.01, noise=0.2)
    rows = between(run(controller(10), plant, 45), SETTLED, 45)
    assert sum(changes(rows)) <= 6
    assert 9.9 <= rate(rows) <= 11.5


def test_bounds_and_a_fixed_scale_are_kept() -> None:
    plant = Plant(per_gmac=0.01, appetite=75.0, noise=0.1)
    rows = run(controller(15, Bounds(minimum=50, maximum=65, scale=0.5)), plant, 20)
    assert set(rows[:, 3]) == {0.5}
    assert rows[:, 2].min() >= 50 and rows[:, 2].max() <= 65


def test_an_impossible_rate_is_noticed() -> None:
    control = controller(60)
    run(control, Plant(per_gmac=0.05, own=0.05, appetite=75.0), 10)
    assert control.saturated
    assert control.scale == SCALES[0]
    assert control.constraint == TABLE.minimum


def test_a_rate_within_reach_is_not_called_impossible() -> None:
    control = controller(10)
    run(control, SLOW, 10)
    assert not control.saturated


def test_lateness_does_not_wind_up() -> None:
    control = controller(20)
    run(control, Plant(per_gmac=0.05, own=0.2), 30)
    assert control.debt == pytest.approx(1 / 20)
    rows = run(control, Plant(per_gmac=0.001), 10)
    assert rate(between(rows, 6, 10)) >= 20 and rows[-1, 3] > 0.9


def test_a_single_slow_frame_changes_no_scale() -> None:
    control = controller(10)
    run(control, SLOW, 10)
    before = control.scale
    period, network = SLOW.frame(38.5, before, BOX, 2)
    control.choose(*BOX)
    control.measured(period * 6, network * 6, 38.472)
    control.choose(*BOX)
    assert control.scale == before


def test_a_lost_core_is_made_up_for_and_won_back() -> None:
    plant = Plant(per_gmac=0.006, noise=0.03)
    rows = run(controller(10), plant, 40, cores=lambda time: 1 if 10 <= time < 20 else 2)
    usual = between(rows, 7, 10)[:, 3].mean()
    assert between(rows, 15, 20)[:, 3].mean() < 0.8 * usual
    assert rate(between(rows, 12, 14)) >= 0.95 * 10
    assert between(rows, 23, 26)[:, 3].mean() >= 0.95 * usual
    assert max(changes(between(rows, 10, 20))) <= 2
    assert max(changes(between(rows, 20, 40))) <= 2


def test_a_subject_that_fills_the_frame_is_made_up_for() -> None:
    plant = Plant(per_gmac=0.006, noise=0.03)
    rows = run(
        controller(10), plant, 40, box=lambda time: (720, 1280) if 10 <= time < 20 else (448, 448)
    )
    assert rate(between(rows, 12, 14)) >= 0.95 * 10
    assert between(rows, 23, 26)[:, 3].mean() >= 0.95 * between(rows, 7, 10)[:, 3].mean()
    assert max(changes(between(rows, 10, 20))) <= 2
    assert max(changes(between(rows, 20, 40))) <= 2


def check_random_plant(seed: int) -> tuple[float, float, int]:
    """(rate over target, standard deviation of C_c, scale changes) of ten seconds, settled."""
    plant, fps = random_plant(seed)
    seconds = max(20.0, 60 / fps)
    guess = Line(plant.network_fixed * 0.7, plant.per_gmac * (0.5 + seed % 11 / 10))
    rows = between(run(controller(fps, guess=guess), plant, seconds), seconds - 10, seconds)
    is_best = (rows[:, 2] == TABLE.maximum).all() and (rows[:, 3] == 1).all()
    held = rate(rows) / fps
    return min(held, 1.0) if is_best else held, float(rows[:, 2].std()), sum(changes(rows))


def check_random_plants(seeds: range) -> None:
    held, deviations, moves = np.array([check_random_plant(seed) for seed in seeds]).T
    assert held.min() >= 0.96 and held.max() <= 1.15
    assert np.mean(held <= 1.1) >= 0.99
    assert np.mean(held >= 0.99) >= 0.97
    assert np.mean(deviations <= 3.0) >= 0.95
    assert moves.max() <= 2


def test_random_machines_are_held_steadily() -> None:
    check_random_plants(range(40))


@pytest.mark.slow
def test_a_thousand_random_machines_are_held_steadily() -> None:
    check_random_plants(range(1000))


def test_the_ladder_has_even_steps_from_a_quarter_to_the_whole() -> None:
    assert (SCALES[0], SCALES[-1]) == (0.25, 1.0)
    ratios = np.diff(np.log2(SCALES))
    assert ratios == pytest.approx(np.full(2 * OCTAVE, 1 / OCTAVE), abs=6e-4)
