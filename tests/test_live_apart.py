"""A connection that is read in a thread of its own."""

import time
from collections.abc import Generator
from threading import Event

import av
import numpy as np
import pytest

from pamcli.live_apart import DEPTH, FAREWELL, Heard, read_apart
from pamcli.live_read import Picture, SourceError


class Fake:
    """Gives `count` pictures; then it ends, fails or hangs until it is let go."""

    def __init__(self, count: int, then: Exception | Event | None = None) -> None:
        self._count, self._then = count, then
        self.given, self.is_closed = 0, Event()

    def events(self) -> Generator[Heard, None, None]:
        frame = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), "rgb24")
        for number in range(self._count):
            self.given += 1
            yield Picture(frame, number, None)
        if isinstance(self._then, Event):
            self._then.wait(10)
        elif self._then is not None:
            raise self._then

    def close(self) -> None:
        self.is_closed.set()


def times(events: Generator[Heard, None, None]) -> list[int]:
    return [event.time for event in events]


def test_everything_comes_in_its_order() -> None:
    fake = Fake(100)
    assert times(read_apart(fake, 5)) == list(range(100))
    assert fake.is_closed.wait(5)


def test_an_error_comes_after_what_was_before_it() -> None:
    fake, seen = Fake(5, ConnectionError("reset")), []
    with pytest.raises(ConnectionError, match="reset"):
        for event in read_apart(fake, 5):
            seen.append(event.time)
    assert seen == list(range(5)) and fake.is_closed.wait(5)


def test_one_that_hangs_is_left_behind_and_closed_when_it_returns() -> None:
    let_go = Event()
    fake = Fake(3, let_go)
    began = time.monotonic()
    with pytest.raises(SourceError, match="no picture came"):
        times(read_apart(fake, 0.3))
    assert time.monotonic() - began < 0.3 + FAREWELL + 0.5
    assert not fake.is_closed.is_set()
    let_go.set()
    assert fake.is_closed.wait(5)


def test_an_early_stop_ends_the_thread() -> None:
    fake = Fake(10_000)
    events = read_apart(fake, 5)
    assert next(events).time == 0
    events.close()
    assert fake.is_closed.wait(5) and fake.given <= DEPTH + 3
