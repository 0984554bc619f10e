"""The last minutes of a live job for the charts, and whether it still sends."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, fields

from pamcli.live_status import LiveStatus

KEPT = 300
"""Samples: five minutes, one a second."""

SILENCE = 10.0
"""Seconds without a frame to any sink after which a job is not healthy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What the charts show of one moment."""

    time: float  # seconds on the history's clock
    fps: float
    target_fps: float
    cost_constraint: int
    scale: float
    path: str
    latency_p50_ms: float
    latency_p95_ms: float
    latency_p99_ms: float
    dropped: int
    repeated: int
    source_reconnects: int
    sink_reconnects: int


COLUMNS = fields(Sample)


class History:
    """Samples in order; each has a number, so that a page asks for the new ones only.

    clock: seconds, growing.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._samples: deque[Sample] = deque(maxlen=KEPT)
        self._taken = 0
        self._sent: tuple[int, ...] = ()
        self._heard = self._sent_at = clock()

    def add(self, status: LiveStatus) -> None:
        """Take in the status of this moment."""
        now = self._heard = self._clock()
        sent = tuple(sink.frames for sink in status.sinks)
        grew = any(new > old for new, old in zip(sent, self._sent, strict=False))
        if grew or (not self._sent and any(sent)):
            self._sent_at = now
        self._sent = sent
        self._samples.append(_sample(now, status))
        self._taken += 1

    def columns(self, after: int) -> dict[str, object]:
        """The samples from number `after` on, a list for each field, and the number that follows.

        Where no such sample has been taken yet, as by a page that is older than this job, all that
        are kept.
        """
        first = self._taken - len(self._samples)
        begin = max(after - first, 0) if after <= self._taken else 0
        rows = list(self._samples)[begin:]
        columns = {field.name: [getattr(row, field.name) for row in rows] for field in COLUMNS}
        return {"next": self._taken, "now": self._clock(), "samples": columns}

    def ill(self) -> str:
        """Why the job is not healthy; "" when it is: a frame was sent to some sink lately.

        What is sent while the source is away counts too: that job is recovering.
        """
        now = self._clock()
        if now - self._heard > SILENCE:
            return f"the job has said nothing of itself for {now - self._heard:.0f} s"
        if now - self._sent_at > SILENCE:
            return f"no frame was sent to any sink for {now - self._sent_at:.0f} s"
        return ""


def _sample(now: float, status: LiveStatus) -> Sample:
    return Sample(
        time=now,
        fps=status.fps,
        target_fps=status.target_fps,
        cost_constraint=status.cost_constraint,
        scale=status.scale,
        path=status.path,
        latency_p50_ms=status.latency_p50_ms,
        latency_p95_ms=status.latency_p95_ms,
        latency_p99_ms=status.latency_p99_ms,
        dropped=status.dropped,
        repeated=status.repeated,
        source_reconnects=status.source.reconnects,
        sink_reconnects=sum(sink.reconnects for sink in status.sinks),
    )
