"""Counts, rates and percentiles."""

import numpy as np
import pytest

from pamcli.live_tally import LATENCY_SECONDS, Tally


def test_the_rate_is_that_of_the_last_2_seconds() -> None:
    tally = Tally()
    for number in range(100):
        tally.sent(number / 10, 0.1)
    assert tally.rate(9.9) == pytest.approx(10, abs=0.5)
    assert tally.rate(10.9) == pytest.approx(5, abs=0.5)
    assert tally.rate(20) == 0
    assert tally.mean_rate == pytest.approx(10)


def test_percentiles_are_those_of_the_last_minute_and_of_the_whole_run() -> None:
    tally, generator = Tally(), np.random.default_rng(5)
    for number in range(600):
        tally.sent(number / 10, 5.0)
    later = generator.uniform(0.05, 0.25, 1000)
    for number, latency in enumerate(later):
        tally.sent(60 + LATENCY_SECONDS + number / 100, float(latency))
    now = 60 + LATENCY_SECONDS + 10
    wanted = np.percentile(later * 1000, [50, 95, 99])
    assert tally.latencies(now) == pytest.approx(wanted, abs=1.5)
    everything = np.concatenate([np.full(600, 5000.0), later * 1000])
    wanted = np.percentile(everything, [50, 95, 99], method="inverted_cdf")
    assert tally.all_latencies() == pytest.approx(wanted, abs=1.5)
    assert tally.latency_ms == pytest.approx(later[-1] * 1000)


def test_nothing_sent_is_nothing_counted() -> None:
    tally = Tally()
    assert tally.latencies(5) == tally.all_latencies() == (0, 0, 0)
    assert tally.rate(5) == tally.mean_rate == tally.latency_ms == 0


def test_what_is_slower_than_10_s_counts_as_10_s() -> None:
    tally = Tally()
    tally.sent(1, 99)
    assert tally.all_latencies() == (10_000,) * 3
