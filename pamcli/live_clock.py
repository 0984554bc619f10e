"""One growing time for the whole of a live job, however often its source begins anew.

All times are whole ticks of 1/90000 s, the unit of MPEG streams.
"""

from collections import deque
from fractions import Fraction
from statistics import median
from threading import Lock

TICKS = 90_000
"""A second."""

TIME_BASE = Fraction(1, TICKS)

WRAP = 1 << 33
"""MPEG clocks have 33 bits: they begin anew every 26.5 hours."""

LONGEST_GAP = 10 * TICKS
"""A stream whose time goes on by more, or goes back, has begun anew."""

REORDERED = TICKS // 2
"""By so much a time may go back without a new beginning: it is late, or out of its order."""

LEAST_STEP = 2 * TICKS // 1000
"""Between two pictures that are sent: FLV counts whole milliseconds."""

MOST_AHEAD = 3 * TICKS // 2
"""By so much a picture may come before the moment that its time tells, as all do that came while
FFmpeg looked for the tracks. Who was frozen sends at once all that has waited: its times would run
far ahead of the clock, and players would wait for them."""

CLOCKS_APART, OLDEST = 0.05, 30.0
"""Seconds by which a picture may seem to come from the future, and by which it may be old."""

USUAL_STEP = TICKS // 25
REMEMBERED = 30
"""Pictures whose distance tells the rate."""


def ticks(seconds: float | Fraction) -> int:
    """The nearest whole ticks."""
    return round(seconds * TICKS)


class Unwrapped:
    """The times of one stream, those after a turn of the 33-bit clock going on upwards."""

    def __init__(self) -> None:
        self._last: int | None = None

    def __call__(self, time: int) -> int:
        """`time` plus as many whole turns as bring it nearest to the time before."""
        if self._last is not None:
            turns = round((self._last - time) / WRAP)
            time += turns * WRAP
        self._last = time
        return time


class OutputClock:
    """Brings a source's times onto the output's timeline, which only grows.

    The first picture of a connection is put at the moment at which it came; later ones, and all of
    the sound, keep their distance from it. A time that jumps begins anew in the same way, and so
    does a picture that comes too early for its time. Every method may be called from any thread.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._offset: int | None = None
        self._before: int | None = None  # the last picture's time in the source
        self._last = -TICKS  # the latest time on the timeline
        self._unwrap = Unwrapped(), Unwrapped()
        self._steps: deque[int] = deque(maxlen=REMEMBERED)
        self.jumps = 0  # times that began anew within a connection

    @property
    def rate(self) -> float | None:
        """Pictures a second, of late; None before two have come."""
        with self._lock:
            return TICKS / median(self._steps) if self._steps else None

    def reconnect(self) -> None:
        """What comes next is another connection's."""
        with self._lock:
            self._offset = self._before = None
            self._unwrap = Unwrapped(), Unwrapped()

    def picture(self, time: int, arrived: int) -> int | None:
        """The time of the next picture on the timeline; None for one that comes too late to show.

        time: in the source; arrived: when it came, ticks since the job's begin.
        """
        with self._lock:
            time = self._unwrap[0](time)
            if self._offset is None or self._has_jumped(time):
                self.jumps += self._offset is not None
                self._offset = max(arrived, self._last + self._usual_step()) - time
            elif self._before is not None and time > self._before:
                self._steps.append(time - self._before)
                if time + self._offset - arrived > MOST_AHEAD:
                    self._offset = max(arrived, self._last + LEAST_STEP) - time
            shown = time + self._offset
            if shown <= self._last:
                return None
            self._before, self._last = time, shown
            return shown

    def sound(self, time: int) -> int | None:
        """The same for a piece of sound; None as long as no picture has come."""
        with self._lock:
            time = self._unwrap[1](time)
            if self._offset is None or self._before is None:
                return None
            # The two clocks wrap one after the other: whole turns apart, they are the same.
            turns = round((self._before - time) / WRAP)
            return time + turns * WRAP + self._offset

    def sent(self, time: int) -> None:
        """Something was sent at `time` that no source told of, such as a picture once more."""
        with self._lock:
            self._last = max(self._last, time)

    def _has_jumped(self, time: int) -> bool:
        assert self._before is not None
        return not -REORDERED <= time - self._before <= LONGEST_GAP

    def _usual_step(self) -> int:
        return round(median(self._steps)) if self._steps else USUAL_STEP


class Thinner:
    """Chooses which pictures of a source to take so that `fps` a second are taken, evenly."""

    def __init__(self) -> None:
        self._due: float | None = None

    def takes(self, time: int, fps: float, rate: float | None) -> bool:
        """Whether the picture at `time` is one of them. rate: pictures a second that come."""
        step = TICKS / fps
        half = TICKS / (2 * rate) if rate else 0.0
        if self._due is None or abs(time - self._due) > TICKS:
            self._due = float(time)
        if time < self._due - min(half, step / 2):
            return False
        self._due = max(self._due + step, time - step)
        return True


def captured_at(made: float, wall: float, now: float) -> float | None:
    """The moment on the clock of `now` at which a picture was captured; None where the clock of
    whoever captured it cannot be right: many cameras were never told the time.

    made: when, as the source says. wall: the present on that clock.
    """
    age = wall - made
    return now - age if -CLOCKS_APART <= age <= OLDEST else None


def wait_after(away: float, least: float, most: float) -> float:
    """Seconds to wait before the next attempt to reach a peer that has been away for `away`.

    A tenth of it, so that whoever comes back soon is met soon, and who stays away is not pestered.
    """
    return min(max(away / 10, least), most)
