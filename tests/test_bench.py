import json

import numpy as np
import pytest

from pamcli import bench
from pamcli.engine import Engine
from pamcli.graph import load_openvino
from pamcli.models import load_model
from pamcli.path import ALL_PATHS
from pamcli.settings import Precision


def test_the_fit_finds_a_line() -> None:
    fit = bench.fit_line([1.0, 2.0, 4.0], [12.0, 14.0, 18.0])
    assert fit["ms_per_gmac"] == pytest.approx(2.0)
    assert fit["ms"] == pytest.approx(10.0)


def test_every_path_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "CONVOLUTION_SIDE", 16)
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


def test_the_figures_are_json_and_text(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"paths": [dict.fromkeys(("cost", "gmac", "ms", "gflops", "share"), 0.5)]}
    rows["paths"][0]["path"] = "1111"  # type: ignore[assignment]
    monkeypatch.setattr(
        bench, "path_times", lambda engines, size: [{**rows, "convolution": 1.0} for _ in engines]
    )
    monkeypatch.setattr(bench, "fit_line", lambda gmac, ms: {"ms_per_gmac": 2.0, "ms": 1.0})
    figures = bench.run((32, 64), precision=Precision.INT8, threads=1)
    assert figures["chosen"] == "int8" and list(figures["precisions"]) == ["int8"]
    assert json.loads(json.dumps(figures)) == figures
    text = bench.as_text(figures)
    assert "64x32, 1 threads, int8 chosen" in text
    assert "1111" in text and "50%" in text and "2.00 ms per GMAC" in text


def test_the_reference_in_int8_is_that_of_float32_but_for_rounding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bench, "CONVOLUTION_SIDE", 16)
    picture = np.random.default_rng(1).uniform(0, 1, (1, 64, 16, 16)).astype(np.float32)
    found = []
    for quantised in (False, True):
        model = bench._reference_model(quantised=quantised)
        compiled = load_openvino().Core().compile_model(model, "CPU")
        found.append(compiled([picture])[0])
    assert np.abs(found[0] - found[1]).mean() < 0.1 * np.abs(found[0]).mean()


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
