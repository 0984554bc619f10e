"""What Prometheus reads, read by its own parser."""

from dataclasses import replace

import pytest
from monitor_job import FakeJob
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from pamcli.live_status import LinkState
from pamcli.monitor.exposition import exposition


@pytest.fixture(scope="module")
def metrics() -> dict[str, Metric]:
    """By name, of a job with awkward names of links."""
    plain = FakeJob().status()
    sinks = (
        replace(plain.sinks[0], name="rtmp://host/live/key", frames=7, reconnects=2),
        replace(plain.sinks[0], name="rtmp://host/live/other", frames=8, state=LinkState.DOWN),
        replace(plain.sinks[0], name='a "quoted"\\name\nof two lines', frames=9),
    )
    status = replace(plain, sinks=sinks, dropped=3, path="1010", latency_p95_ms=250.0)
    text = exposition(status, is_healthy=True).decode()
    return {metric.name: metric for metric in text_string_to_metric_families(text)}


def values(metric: Metric) -> list[float]:
    return [sample.value for sample in metric.samples]


def test_every_metric_has_help_a_type_and_our_name(metrics: dict[str, Metric]) -> None:
    assert len(metrics) >= 18
    for name, metric in metrics.items():
        assert name.startswith("pamcli_live_")
        assert metric.documentation
        assert metric.type in ("gauge", "counter")


def test_figures_are_in_base_units(metrics: dict[str, Metric]) -> None:
    latency = metrics["pamcli_live_latency_seconds"].samples
    assert {sample.labels["percentile"]: sample.value for sample in latency}["95"] == 0.25
    assert values(metrics["pamcli_live_dropped_frames"]) == [3]
    assert values(metrics["pamcli_live_target_fps"]) == [15]
    assert values(metrics["pamcli_live_memory_bytes"]) == [412_000_000]
    assert values(metrics["pamcli_live_path_group"]) == [1, 0, 1, 0]
    assert values(metrics["pamcli_live_healthy"]) == [1]


def test_counters_end_as_counters_do(metrics: dict[str, Metric]) -> None:
    (sample,) = metrics["pamcli_live_matted_frames"].samples
    assert sample.name == "pamcli_live_matted_frames_total"


def test_links_of_one_masked_name_stay_apart_and_show_no_key(metrics: dict[str, Metric]) -> None:
    frames = metrics["pamcli_live_link_frames"].samples
    sinks = [s for s in frames if s.labels["role"] == "sink"]
    assert [(s.labels["index"], s.value) for s in sinks] == [("0", 7), ("1", 8), ("2", 9)]
    assert [s.labels["name"] for s in sinks] == [
        "rtmp://host/live/…",
        "rtmp://host/live/…",
        'a "quoted"\\name\nof two lines',
    ]
    assert values(metrics["pamcli_live_link_up"]) == [1, 1, 0, 1]
    assert values(metrics["pamcli_live_link_reconnects"]) == [1, 2, 0, 0]


def test_before_the_first_matte_no_group_is_named() -> None:
    text = exposition(replace(FakeJob().status(), path=""), is_healthy=False).decode()
    metrics = {metric.name: metric for metric in text_string_to_metric_families(text)}
    assert metrics["pamcli_live_path_group"].samples == []
    assert values(metrics["pamcli_live_healthy"]) == [0]
