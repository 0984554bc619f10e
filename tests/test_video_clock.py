"""Times where a file does not tell them plainly."""

from fractions import Fraction

from pamcli.video_clock import Clock, SortedTimes
from pamcli.video_info import ReadReport


def test_told_times_are_kept() -> None:
    report = ReadReport()
    clock = Clock(Fraction(1, 1000), 0, Fraction(25), report)
    assert [clock.pts(told) for told in (0, 33, 90, 91)] == [0, 33, 90, 91]
    assert report.retimed == 0


def test_missing_times_follow_by_the_rate_without_drifting() -> None:
    report = ReadReport()
    clock = Clock(Fraction(1, 1000), 5, Fraction(30_000, 1001), report)
    times = [clock.pts(None) for _ in range(301)]
    assert times[:4] == [5, 38, 72, 105]
    assert times[300] == 5 + 10_010
    assert report.retimed == 301


def test_a_stream_without_a_rate_is_taken_as_25_a_second() -> None:
    clock = Clock(Fraction(1, 1000), 0, None, ReadReport())
    assert [clock.pts(None) for _ in range(3)] == [0, 40, 80]


def test_times_that_do_not_grow_move_by_the_least() -> None:
    report = ReadReport()
    clock = Clock(Fraction(1, 1000), 0, Fraction(25), report)
    assert [clock.pts(told) for told in (0, 40, 40, 40, 80)] == [0, 40, 41, 42, 80]
    assert report.retimed == 2


def test_frames_get_the_times_of_decoding_in_order() -> None:
    times = SortedTimes()
    for dts in (0, 1, 2):
        times.push(dts)
    assert [times.pop(), times.pop()] == [0, 1]
    times.push(7)  # a gap, such as dropped frames leave
    times.push(None)
    assert [times.pop(), times.pop(), times.pop()] == [2, 7, None]
