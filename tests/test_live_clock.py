"""One growing time over reconnections, jumps and clocks that wrap."""

from itertools import pairwise

import pytest

from pamcli.live_clock import (
    TICKS,
    WRAP,
    OutputClock,
    Thinner,
    Unwrapped,
    captured_at,
    ticks,
    wait_after,
)

STEP = 3600  # 25 a second


def test_a_clock_of_33_bits_goes_on_after_its_turn() -> None:
    unwrapped = Unwrapped()
    times = [n * 1000 * TICKS for n in range(400)]  # 4.6 days, four turns
    assert [unwrapped(time % WRAP) for time in times] == times


def test_the_first_picture_stands_where_it_came_and_the_others_keep_their_distance() -> None:
    clock = OutputClock()
    assert clock.picture(500_000, arrived=1000) == 1000
    assert clock.picture(503_600, arrived=99_000) == 4600
    assert clock.sound(501_800) == 2800


def test_sound_without_a_picture_has_no_time_yet() -> None:
    assert OutputClock().sound(500) is None


def test_time_grows_over_hours_of_wrapping_and_reconnecting() -> None:
    clock, shown, arrived = OutputClock(), [], 0
    for begin in (WRAP - 50 * STEP, 7, 123_456_789, WRAP - STEP):
        clock.reconnect()
        for number in range(100):
            arrived += STEP
            shown.append(clock.picture((begin + number * STEP) % WRAP, arrived))
        arrived += 5 * TICKS
    assert None not in shown
    assert all(after - before >= STEP for before, after in pairwise(shown))  # type: ignore[operator]
    assert clock.jumps == 0


def test_sound_and_picture_may_wrap_one_after_the_other() -> None:
    clock = OutputClock()
    first = WRAP - 2 * STEP
    assert clock.picture(first, arrived=0) == 0
    assert clock.sound((first + 3 * STEP) % WRAP) == 3 * STEP
    assert clock.picture(first + STEP, arrived=STEP) == STEP
    assert clock.picture((first + 3 * STEP) % WRAP, arrived=3 * STEP) == 3 * STEP
    assert clock.sound(first + STEP) == STEP


@pytest.mark.parametrize("jump", [3600 * TICKS, -5 * TICKS])
def test_a_time_that_jumps_begins_anew_and_sound_goes_along(jump: int) -> None:
    clock = OutputClock()
    for number in range(10):
        clock.picture(10 * TICKS + number * STEP, number * STEP)
    at = 10 * TICKS + 10 * STEP + jump
    assert clock.picture(at, 10 * STEP) == 10 * STEP
    assert clock.sound(at + 100) == 10 * STEP + 100
    assert clock.jumps == 1


def test_a_picture_out_of_order_is_left_out() -> None:
    clock = OutputClock()
    assert clock.picture(9000, 0) == 0
    assert clock.picture(9000 + 2 * STEP, 0) == 2 * STEP
    assert clock.picture(9000 + STEP, 0) is None
    assert clock.picture(9000 + 3 * STEP, 0) == 3 * STEP


def test_what_was_sent_meanwhile_is_passed_over() -> None:
    clock = OutputClock()
    clock.picture(0, 0)
    clock.picture(STEP, STEP)
    clock.sent(40 * STEP)
    clock.reconnect()
    assert clock.picture(77, arrived=20 * STEP) == 41 * STEP


def test_the_rate_is_what_comes() -> None:
    clock = OutputClock()
    assert clock.rate is None
    for number in range(50):
        clock.picture(number * STEP + number % 2, 0)
    assert clock.rate == pytest.approx(25, rel=0.01)


def test_what_comes_in_one_lump_does_not_run_ahead() -> None:
    clock = OutputClock()
    before = clock.picture(0, 0)
    lump = [clock.picture(number * STEP, 10 * TICKS) for number in range(1, 250)]
    after = [
        clock.picture(number * STEP, 10 * TICKS + n * STEP)
        for n, number in enumerate(range(250, 400))
    ]
    shown = [time for time in [before, *lump, *after] if time is not None]
    assert all(a < b for a, b in pairwise(shown))
    assert all(time is not None for time in after)
    assert shown[-1] - 10 * TICKS - 149 * STEP < 2.5 * TICKS
    assert clock.jumps == 0
    steps = {b - a for a, b in pairwise(shown[-100:])}
    assert steps == {STEP}, "what comes in its time keeps its distances"


def test_sound_follows_a_picture_that_came_too_early() -> None:
    clock = OutputClock()
    clock.picture(0, TICKS)
    shown = clock.picture(5 * TICKS, 2 * TICKS)
    assert shown == 2 * TICKS and clock.sound(5 * TICKS) == shown


@pytest.mark.parametrize(("rate", "fps"), [(30, 15), (25, 15), (24, 15), (60, 10), (30, 29)])
def test_pictures_are_thinned_evenly(rate: int, fps: int) -> None:
    thinner = Thinner()
    seconds = 20
    times = [ticks(number / rate) for number in range(seconds * rate)]
    taken = [time for time in times if thinner.takes(time, fps, rate)]
    assert abs(len(taken) - seconds * fps) <= 2
    gaps = [after - before for before, after in pairwise(taken)]
    assert max(gaps) <= TICKS / fps + TICKS / rate + 1


def test_a_slower_source_is_taken_whole() -> None:
    thinner = Thinner()
    times = [ticks(number / 10) for number in range(100)]
    assert all(thinner.takes(time, 15, 10) for time in times)


def test_after_a_gap_the_next_picture_is_taken() -> None:
    thinner = Thinner()
    assert thinner.takes(0, 10, 25)
    assert not thinner.takes(STEP, 10, 25)
    assert thinner.takes(100 * TICKS, 10, 25)


def test_a_clock_that_cannot_be_right_is_not_believed() -> None:
    now, wall = 50.0, 1e9
    assert captured_at(wall - 0.2, wall, now) == pytest.approx(49.8)
    assert captured_at(wall + 0.01, wall, now) == pytest.approx(50.01)
    wrong = wall - 3600, wall + 1, 0.0
    assert [captured_at(made, wall, now) for made in wrong] == [None] * 3


def test_who_is_away_long_is_asked_less_often() -> None:
    waits = [wait_after(away, 0.5, 5.0) for away in (0, 3, 10, 30, 1000)]
    assert waits == [0.5, 0.5, 1.0, 3.0, 5.0]
