"""Every path in every precision, timed in turns."""

import json

import pytest

from pamcli import bench, bench_peak
from pamcli.engine import Engine
from pamcli.models import load_model
from pamcli.path import ALL_PATHS
from pamcli.settings import Precision


def test_the_fit_finds_a_line() -> None:
    fit = bench.fit_line([1.0, 2.0, 4.0], [12.0, 14.0, 18.0])
    assert fit["ms_per_gmac"] == pytest.approx(2.0)
    assert fit["ms"] == pytest.approx(10.0)


def test_every_path_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_peak, "CONVOLUTION_SIDE", 16)
    engines = [
        Engine(load_model(), precision=precision, threads=1)
        for precision in (Precision.F32, Precision.INT8)
    ]
    for found in bench.path_times(engines, (32, 64), repeats=1):
        rows = found["paths"]
        assert len({row["path"] for row in rows}) == len(ALL_PATHS)
        costs = [row["cost"] for row in rows]
        assert costs == sorted(costs)
        for row in rows:
            assert row["gmac"] == pytest.approx(row["cost"] * 32 * 64 / 2**20)
            operations = 2 * (row["gmac"] + 0.116 * 32 * 64 / 2**20)
            assert row["gflops"] == pytest.approx(operations / row["ms"] * 1e3)
            assert row["share"] == pytest.approx(row["gflops"] / found["convolution"])


def test_the_figures_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"path": "1111", "cost": 75.0, "gmac": 0.1, "ms": 2.0, "gflops": 100.0, "share": 0.5}
    rows = {"paths": [row, {**row, "gmac": 0.2, "ms": 3.0}], "convolution": 200.0}
    monkeypatch.setattr(bench, "path_times", lambda engines, size: [rows for _ in engines])
    figures = bench.run((32, 64), precision=Precision.F32, threads=1)
    assert (figures["height"], figures["width"], figures["threads"]) == (32, 64, 1)
    assert figures["chosen"] == "f32" and list(figures["precisions"]) == ["f32"]
    assert figures["precisions"]["f32"]["fit"]["ms_per_gmac"] == pytest.approx(10.0)
    assert json.loads(json.dumps(figures)) == figures
