"""What becomes of each frame on its way through the stages of a run: times, decisions, waits."""

import time
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pamcli.frame import Frame
from pamcli.frame_log import FrameRow
from pamcli.matting import Choice, Spent
from pamcli.path import path_name

T = TypeVar("T")

MS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What was chosen for a frame, and what finding its alpha took."""

    choice: Choice
    spent: Spent
    gmac: float  # spent, padding counted
    seconds: float  # from trimap to alpha at full size


class Notes(Generic[T]):
    """What one stage says of its frames, in their order.

    Its thread alone adds, the last stage's alone takes: the ends of a deque are safe for that.
    """

    def __init__(self) -> None:
        self._notes: deque[tuple[int, T]] = deque()

    def __len__(self) -> int:
        return len(self._notes)

    def add(self, pts: int, value: T) -> None:
        """Note the next frame."""
        self._notes.append((pts, value))

    def take(self, pts: int) -> T:
        """What was noted of this frame; whatever is older was left out by a later stage."""
        while True:
            noted, value = self._notes.popleft()
            if noted == pts:
                return value


@dataclass(slots=True)
class RunWatch:
    """Collects what the stages say of each frame into its row.

    hint: kind of hint. took: seconds of work in the frame that is just being decoded, where whoever
    gives it waits as well; None: all the time that passes is work.
    """

    hint: str
    took: float | None = None
    decoding: Notes[float] = field(default_factory=Notes)  # seconds
    hinting: Notes[float] = field(default_factory=Notes)
    finding: Notes[Decided] = field(default_factory=Notes)
    composing: Notes[float] = field(default_factory=Notes)
    _began: float = field(default_factory=time.perf_counter)
    _last: float = field(default_factory=time.perf_counter)

    def decoded(self, frames: Iterator[Frame]) -> Generator[Frame, None, None]:
        """The same frames, timed."""
        began = time.perf_counter()
        for frame in frames:
            passed = time.perf_counter() - began
            self.decoding.add(frame.pts, passed if self.took is None else self.took)
            yield frame
            began = time.perf_counter()

    def written(self, pts: int, encode: float) -> FrameRow:
        """The row of a frame that has just been written, which took `encode` seconds."""
        now = time.perf_counter()
        last, self._last = self._last, now
        decode, hint = self.decoding.take(pts), self.hinting.take(pts)
        found, compose = self.finding.take(pts), self.composing.take(pts)
        path = found.spent.path
        return FrameRow(
            pts=pts,
            seconds=round(now - self._began, 6),
            hint=self.hint,
            cost_constraint=found.choice.cost_constraint,
            scale=found.choice.scale,
            path="" if path is None else path_name(path),
            gmac=round(found.gmac, 4),
            period_ms=_ms(now - last),
            decode_ms=_ms(decode),
            hint_ms=_ms(hint),
            network_ms=_ms(found.spent.seconds),
            upsample_ms=_ms(found.seconds - found.spent.seconds),
            compose_ms=_ms(compose),
            encode_ms=_ms(encode),
            before_network=len(self.decoding) - len(self.finding),
            before_compose=len(self.finding) - len(self.composing),
            before_encode=len(self.composing),
        )


def _ms(seconds: float) -> float:
    return round(seconds * MS, 3)
