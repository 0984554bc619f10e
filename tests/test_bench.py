import json

import numpy as np
import pytest

from pamcli import bench
from pamcli.engine import Engine
from pamcli.models import load_model
from pamcli.path import ALL_PATHS
from pamcli.settings import Precision


def test_the_fit_finds_a_line() -> None:
    fit = bench.fit_line([1.0, 2.0, 4.0], [12.0, 14.0, 18.0])
    assert fit["ms_per_gmac"] == pytest.approx(2.0)
    assert fit["ms"] == pytest.approx(10.0)


def test_every_path_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "REPEATS", 1)
    figures = bench.run((32, 64), precision=Precision.F32, threads=1)
    assert len({row["path"] for row in figures["paths"]}) == len(ALL_PATHS)
    assert all(row["ms"] > 0 for row in figures["paths"])
    costs = [row["cost"] for row in figures["paths"]]
    assert costs == sorted(costs)
    assert figures["paths"][0]["gmac"] == pytest.approx(costs[0] * 32 * 64 / 2**20)
    assert "peak" not in figures
    assert json.loads(json.dumps(figures)) == figures
    text = bench.as_text(figures)
    assert "1111" in text and "ms per GMAC" in text


def test_the_share_is_of_the_convolution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "PEAK_SIDE", 64)
    engine = Engine(load_model(), precision=Precision.F32, threads=1)
    peak = bench.peak_share(engine, repeats=1)
    assert peak["share"] == pytest.approx(peak["network"] / peak["convolution"])
    assert peak["convolution"] > 0


def test_the_reference_counts_its_multiplications() -> None:
    assert bench.reference_gmac() == pytest.approx(8 * 9 * 64 * 64 * 256 * 256 / 1e9)


def test_the_sample_picture_has_all_three_kinds() -> None:
    rgb, trimap = bench.sample_picture(64, 96)
    assert rgb.shape == (64, 96, 3) and rgb.dtype == np.uint8
    assert set(np.unique(trimap)) == {0, 128, 255}
