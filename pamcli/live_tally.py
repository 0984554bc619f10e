"""What a live job counts: frames, their rate of late and how long they were under way."""

from collections import deque
from threading import Lock

RATE_SECONDS = 2.0
LATENCY_SECONDS = 60.0

MS = 1000
LONGEST_MS = 10_000
"""Latencies of the whole run are counted by the millisecond up to here, so that memory is fixed."""

SHARES = (0.5, 0.95, 0.99)

Percentiles = tuple[float, float, float]
"""p50, p95 and p99, milliseconds."""


class Tally:
    """Counts of one run. Every method may be called from any thread.

    Times are seconds of a clock that grows.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._sent: deque[float] = deque()  # moments
        self._late: deque[tuple[float, float]] = deque()  # moment, milliseconds
        self._histogram = [0] * (LONGEST_MS + 1)
        self._latency = 0.0
        self._first: float | None = None  # moments of the first and of the last matte
        self._latest = 0.0
        self.received = 0  # pictures decoded
        self.skipped = 0  # not taken, as the source is faster than the target
        self.matted = 0
        self.overtaken = 0  # matted, and too late to be sent
        self.repeated = 0  # sent once more, or a slate

    def sent(self, now: float, latency: float) -> None:
        """A matte was sent, `latency` seconds after its picture was captured or came."""
        milliseconds = max(latency * MS, 0.0)
        with self._lock:
            self.matted += 1
            self._first = now if self._first is None else self._first
            self._latest = now
            self._latency = milliseconds
            self._histogram[min(round(milliseconds), LONGEST_MS)] += 1
            self._sent.append(now)
            self._late.append((now, milliseconds))
            self._forget(now)

    def rate(self, now: float) -> float:
        """Mattes a second over the last 2 s."""
        with self._lock:
            self._forget(now)
            return len(self._sent) / RATE_SECONDS

    @property
    def mean_rate(self) -> float:
        """Mattes a second from the first to the last."""
        with self._lock:
            seconds = 0.0 if self._first is None else self._latest - self._first
            return (self.matted - 1) / seconds if seconds > 0 else 0.0

    @property
    def latency_ms(self) -> float:
        """Of the last matte."""
        with self._lock:
            return self._latency

    def latencies(self, now: float) -> Percentiles:
        """Over the last minute; 0 where nothing was sent."""
        with self._lock:
            self._forget(now)
            ordered = sorted(milliseconds for _, milliseconds in self._late)
        if not ordered:
            return 0.0, 0.0, 0.0
        p50, p95, p99 = (ordered[_rank(share, len(ordered))] for share in SHARES)
        return p50, p95, p99

    def all_latencies(self) -> Percentiles:
        """Over the whole run, to the millisecond."""
        with self._lock:
            counts, total = list(self._histogram), self.matted
        if not total:
            return 0.0, 0.0, 0.0
        p50, p95, p99 = (_at_rank(counts, _rank(share, total)) for share in SHARES)
        return p50, p95, p99

    def _forget(self, now: float) -> None:
        while self._sent and now - self._sent[0] > RATE_SECONDS:
            self._sent.popleft()
        while self._late and now - self._late[0][0] > LATENCY_SECONDS:
            self._late.popleft()


def _rank(share: float, count: int) -> int:
    """Index of the nearest rank among `count` values in order."""
    return min(int(share * count), count - 1)


def _at_rank(counts: list[int], rank: int) -> float:
    passed = 0
    for milliseconds, count in enumerate(counts):
        passed += count
        if passed > rank:
            return float(milliseconds)
    return float(LONGEST_MS)
