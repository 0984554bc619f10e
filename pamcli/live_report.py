"""What a live run did, in numbers and in words."""

from dataclasses import asdict, dataclass

from pamcli.live_status import LinkStatus
from pamcli.live_tally import Percentiles


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveReport:
    """A run from its begin to its end."""

    seconds: float
    width: int  # of the sent picture, pixels
    height: int
    received: int  # pictures that the source gave
    skipped: int  # of them not taken, as the source is faster than the target
    dropped: int  # not matted, or not sent, because they were too late
    matted: int
    repeated: int  # sent once more, or a slate, while the source was away
    target_fps: float
    fps: float  # mattes a second from the first to the last
    latency_ms: Percentiles
    latency_from: str  # "capture" where the source says when that was, else "arrival"
    mean_cost_constraint: float  # GMAC per 1024x1024
    mean_scale: float
    too_slow_at_the_least: int  # frames
    jumps: int  # of the source's time within a connection
    silence_lost: float  # seconds of sound that came too late
    memory_at_start: int  # bytes, once the first 10 s have passed
    memory_at_end: int
    source: LinkStatus
    sinks: tuple[LinkStatus, ...]

    def figures(self) -> dict[str, object]:
        """For `--json`."""
        p50, p95, p99 = self.latency_ms
        latency = {"latency_p50_ms": p50, "latency_p95_ms": p95, "latency_p99_ms": p99}
        return {key: value for key, value in asdict(self).items() if key != "latency_ms"} | latency

    @property
    def line(self) -> str:
        """For a person."""
        p50, p95, p99 = self.latency_ms
        return (
            f"{self.matted} frames in {self.seconds:.1f} s, {self.fps:.1f} frames/s, "
            f"{self.dropped} dropped, {self.repeated} repeated, latency p50 {p50:.0f}, "
            f"p95 {p95:.0f}, p99 {p99:.0f} ms from {self.latency_from}, "
            f"mean C_c {self.mean_cost_constraint:.1f}, mean scale {self.mean_scale:.2f}, "
            f"{self.source.reconnects} reconnects of the source, "
            f"{sum(sink.reconnects for sink in self.sinks)} of sinks"
        )
