"""The time of each frame where a file does not tell it plainly."""

from fractions import Fraction
from heapq import heappop, heappush

from pamcli.video_info import ReadReport

USUAL_RATE = Fraction(25)
"""Frames a second where a stream tells none."""


class Clock:
    """Gives each frame a time that grows: its own, by the rate where it has none.

    time_base: seconds per unit of pts. start: pts of the first frame. rate: frames a second.
    """

    def __init__(
        self, time_base: Fraction, start: int, rate: Fraction | None, report: ReadReport
    ) -> None:
        self.last: int | None = None
        self._step = max(Fraction(1), 1 / ((rate or USUAL_RATE) * time_base))
        self._next = Fraction(start)
        self._report = report

    def pts(self, told: int | None) -> int:
        """The time of the next frame, in units of time_base; `told`: what the file says."""
        if told is None:
            self._report.retimed += 1
            pts = round(self._next)
            self._next += self._step
        else:
            pts = told
            self._next = told + self._step
        if self.last is not None and pts <= self.last:
            self._report.retimed += told is not None
            pts = self.last + 1
        self.last = pts
        return pts


class SortedTimes:
    """Presentation times of a stream that stores only the times of decoding, such as an AVI's.

    A decoder gives frames in the order in which they are shown, each at the least decoding time
    that is still waiting; so the times are those of the file, gaps included.
    """

    def __init__(self) -> None:
        self._waiting: list[int] = []

    def push(self, dts: int | None) -> None:
        """A packet goes into the decoder."""
        if dts is not None:
            heappush(self._waiting, dts)

    def pop(self) -> int | None:
        """A frame came out of the decoder; None where no time is left."""
        return heappop(self._waiting) if self._waiting else None
