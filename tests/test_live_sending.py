"""The last stage: in order, and never silent."""

import time
from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest

from pamcli.live_clock import TICKS, TIME_BASE, OutputClock
from pamcli.live_outlet import Outlet
from pamcli.live_sending import STALE, Sender, slate
from pamcli.live_stages import Drawn, LiveFrame
from pamcli.live_tally import Tally
from pamcli.pixels import Pixels

PICTURE = np.zeros((16, 16, 3), np.uint8)


class Sent:
    """Stands for the sinks."""

    def __init__(self) -> None:
        self.times: list[int] = []
        self.is_away: list[bool] = []

    def send(self, pixels: Pixels, time: int, *, is_away: bool = False) -> None:
        self.times.append(time)
        self.is_away.append(is_away)


def sender(first: Pixels | None = None) -> tuple[Sender, Sent, Tally]:
    sent, tally = Sent(), Tally()
    return Sender(cast(Outlet, sent), OutputClock(), tally, lambda: 20.0, first), sent, tally


def drawn(time: int) -> Drawn:
    return Drawn(LiveFrame(PICTURE, time, TIME_BASE, 0.0), PICTURE)


def idle(one: Sender, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(min(one.patience(), max(end - time.monotonic(), 0)))
        one.repeat()


def grows(times: Sequence[int]) -> bool:
    return list(times) == sorted(set(times))


def test_mattes_go_out_at_their_times_and_a_late_one_does_not() -> None:
    one, sent, tally = sender()
    for at in (100, 5000, 4000, 9000):
        one.send(drawn(at))
    assert sent.times == [100, 5000, 9000]
    assert (tally.matted, tally.overtaken, tally.repeated) == (3, 1, 0)


def test_the_last_matte_is_sent_again_at_the_target_rate() -> None:
    one, sent, tally = sender()
    one.send(drawn(50_000))
    idle(one, STALE - 0.1)
    assert tally.repeated == 0
    idle(one, 1.1)
    assert 15 <= tally.repeated <= 22 and grows(sent.times)
    assert sent.is_away == [False] + [True] * tally.repeated
    passed = (sent.times[-1] - sent.times[0]) / TICKS
    assert passed == pytest.approx(STALE + 1.0, abs=0.15)


def test_a_source_that_is_back_is_not_outrun_by_what_is_repeated() -> None:
    one, sent, tally = sender()
    one.send(drawn(0))
    idle(one, STALE + 0.3)
    back = sent.times[-1] - TICKS // 10  # its first picture is behind by what is under way
    for number in range(10):
        one.send(drawn(back + number * TICKS // 20))
        idle(one, 0.05)
    assert tally.overtaken <= 4 and tally.matted >= 7 and grows(sent.times)


def test_before_the_first_picture_a_slate_is_sent() -> None:
    one, sent, tally = sender(slate((48, 64)))
    idle(one, 0.3)
    assert 4 <= tally.repeated <= 7 and all(sent.is_away)
    assert slate((48, 64)).shape == (48, 64, 3)


def test_without_anything_to_send_nothing_is_sent() -> None:
    one, sent, _ = sender()
    one.repeat()
    assert not sent.times
