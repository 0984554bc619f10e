"""Samples for the charts, and the verdict on a job's health."""

from dataclasses import replace

from monitor_job import FakeJob

from pamcli.live_status import LiveStatus
from pamcli.monitor.history import KEPT, History


class Clock:
    """Seconds that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def status(*sent: int, fps: float = 15.0) -> LiveStatus:
    """Of a job whose sinks were sent so many frames."""
    plain = FakeJob().status()
    sink = plain.sinks[0]
    return replace(plain, fps=fps, sinks=tuple(replace(sink, frames=count) for count in sent))


def fps_of(columns: dict[str, object]) -> object:
    samples = columns["samples"]
    assert isinstance(samples, dict)
    return samples["fps"]


def test_a_page_gets_the_samples_that_it_lacks() -> None:
    clock = Clock()
    history = History(clock)
    for number in range(4):
        clock.now += 1
        history.add(status(number, fps=number))
    columns = history.columns(0)
    assert (columns["next"], columns["now"]) == (4, 1004.0)
    assert fps_of(columns) == [0, 1, 2, 3]
    assert fps_of(history.columns(3)) == [3]
    assert fps_of(history.columns(4)) == []


def test_a_page_that_knew_another_job_gets_all() -> None:
    history = History(Clock())
    history.add(status(1, fps=7))
    assert fps_of(history.columns(99)) == [7]


def test_five_minutes_are_kept() -> None:
    history = History(Clock())
    plain = status(1)
    for number in range(KEPT + 5):
        history.add(replace(plain, fps=number))
    assert fps_of(history.columns(0)) == list(range(5, KEPT + 5))
    assert fps_of(history.columns(2)) == list(range(5, KEPT + 5))
    assert fps_of(history.columns(KEPT + 3)) == [KEPT + 3, KEPT + 4]


def test_an_empty_history_has_its_columns() -> None:
    columns = History(Clock()).columns(0)
    assert columns["next"] == 0
    assert fps_of(columns) == []


def test_a_job_is_ill_once_nothing_was_sent_for_10_s() -> None:
    clock = Clock()
    history = History(clock)
    for second in range(30):
        clock.now += 1
        history.add(status(min(second, 5), 0))
        expected = second - 5 > 10
        why = f"no frame was sent to any sink for {second - 5} s" if expected else ""
        assert history.ill() == why


def test_one_sink_that_is_sent_to_is_enough_even_when_its_count_began_again() -> None:
    clock = Clock()
    history = History(clock)
    for count in (500, 501, 0, 1, 2, 3):
        clock.now += 6
        history.add(status(7, count))
        assert history.ill() == ""


def test_a_job_has_10_s_to_begin() -> None:
    clock = Clock()
    history = History(clock)
    clock.now += 10
    history.add(status(0))
    assert history.ill() == ""
    clock.now += 1
    assert history.ill() == "no frame was sent to any sink for 11 s"


def test_a_job_that_says_nothing_is_ill() -> None:
    clock = Clock()
    history = History(clock)
    history.add(status(5))
    clock.now += 12
    assert history.ill() == "the job has said nothing of itself for 12 s"
