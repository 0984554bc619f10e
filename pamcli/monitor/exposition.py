"""A live job's figures for Prometheus, text format 0.0.4."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pamcli.live_status import LinkState, LinkStatus, LiveStatus, masked

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

PREFIX = "pamcli_live"

LINK = ("role", "index", "name")


def exposition(status: LiveStatus, *, is_healthy: bool) -> bytes:
    """Every figure of the status, seconds and bytes as units, names beginning with pamcli_live_."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected([*_gauges(status, is_healthy), *_counters(status)]))
    return generate_latest(registry)


@dataclass(frozen=True, eq=False)
class _Collected(Collector):
    """Figures that are known already."""

    metrics: list[Metric]

    def collect(self) -> Iterable[Metric]:
        return self.metrics


def _gauges(status: LiveStatus, is_healthy: bool) -> Iterator[Metric]:
    single = (
        ("healthy", "1 while frames are sent, else 0.", float(is_healthy)),
        ("uptime_seconds", "Since the job began.", status.uptime),
        ("fps", "Mattes a second over the last 2 s.", status.fps),
        ("target_fps", "Mattes a second to hold.", status.target_fps),
        ("cost_constraint_gmac", "C_c in force, per 1024x1024.", status.cost_constraint),
        ("min_cost_gmac", "Least C_c that may be chosen.", status.min_cost),
        ("max_cost_gmac", "Most C_c that may be chosen.", status.max_cost),
        ("scale", "Processing size over the frame's size.", status.scale),
        ("width_pixels", "Of the sent picture.", status.width),
        ("height_pixels", "Of the sent picture.", status.height),
        ("latency_last_seconds", "Latency of the last frame.", status.latency_ms / 1000),
        ("memory_bytes", "Resident memory of the job.", status.memory_bytes),
    )
    yield from (GaugeMetricFamily(f"{PREFIX}_{n}", text, value) for n, text, value in single)
    latency = GaugeMetricFamily(
        f"{PREFIX}_latency_seconds", "Latency over the last minute.", labels=["percentile"]
    )
    latency.add_metric(["50"], status.latency_p50_ms / 1000)
    latency.add_metric(["95"], status.latency_p95_ms / 1000)
    latency.add_metric(["99"], status.latency_p99_ms / 1000)
    yield latency
    group = GaugeMetricFamily(
        f"{PREFIX}_path_group", "1 where the last path ran the group, else 0.", labels=["group"]
    )
    for number, digit in enumerate(status.path, 1):
        group.add_metric([f"g{number}"], float(digit))
    yield group
    up = GaugeMetricFamily(f"{PREFIX}_link_up", "1 while connected, else 0.", labels=LINK)
    for labels, link in _links(status):
        up.add_metric(labels, float(link.state is LinkState.UP))
    yield up


def _counters(status: LiveStatus) -> Iterator[Metric]:
    single = (
        ("received_frames", "From the source.", status.received),
        ("matted_frames", "Frames with a matte of their own.", status.matted),
        ("dropped_frames", "Left out, as a newer one waited.", status.dropped),
        ("repeated_frames", "Sent again, or a slate, with the source away.", status.repeated),
    )
    yield from (CounterMetricFamily(f"{PREFIX}_{n}", text, value) for n, text, value in single)
    frames = CounterMetricFamily(
        f"{PREFIX}_link_frames", "Received from the source, sent to a sink.", labels=LINK
    )
    again = CounterMetricFamily(f"{PREFIX}_link_reconnects", "Connections made again.", labels=LINK)
    for labels, link in _links(status):
        frames.add_metric(labels, link.frames)
        again.add_metric(labels, link.reconnects)
    yield from (frames, again)


def _links(status: LiveStatus) -> Iterator[tuple[list[str], LinkStatus]]:
    """Every link with its labels; the index tells apart what has one name once it is masked."""
    yield ["source", "0", masked(status.source.name)], status.source
    for index, sink in enumerate(status.sinks):
        yield ["sink", str(index), masked(sink.name)], sink
