"""The time that is left, as far as it can be told honestly."""

import pytest

from pamcli.batch_eta import Eta
from pamcli.batch_words import Kind


def test_time_goes_by_bytes_and_the_first_file_tells_nothing() -> None:
    eta = Eta([(Kind.STILL, 100)] * 5, now=0.0)
    assert eta.seconds() is None
    eta.passed(Kind.STILL, 100, now=9.0)  # with the network being loaded
    assert eta.seconds() is None
    eta.passed(Kind.STILL, 100, now=11.0)
    assert eta.seconds() == pytest.approx(3 * 2.0)
    eta.passed(Kind.STILL, 100, now=15.0)
    assert eta.seconds() == pytest.approx(2 * 3.0)


def test_nothing_is_said_while_a_kind_is_left_that_was_never_seen() -> None:
    eta = Eta([(Kind.STILL, 10), (Kind.STILL, 10), (Kind.CLIP, 1000)], now=0.0)
    eta.passed(Kind.STILL, 10, now=1.0)
    eta.passed(Kind.STILL, 10, now=2.0)
    assert eta.seconds() is None
    eta.passed(Kind.CLIP, 100, now=10.0)
    eta.passed(Kind.CLIP, 100, now=15.0)
    assert eta.seconds() == pytest.approx(800 * 5 / 100)


def test_nothing_is_left_at_the_end() -> None:
    eta = Eta([(Kind.CLIP, 10)], now=0.0)
    eta.passed(Kind.CLIP, 12, now=1.0)  # it has grown since
    assert eta.seconds() == 0
    assert Eta([], now=0.0).seconds() == 0
