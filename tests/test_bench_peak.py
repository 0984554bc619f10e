"""The reference convolutions, and the network against them."""

import numpy as np
import pytest

from pamcli import bench_peak
from pamcli.engine import Engine
from pamcli.graph import load_openvino
from pamcli.models import load_model
from pamcli.settings import Precision


def test_the_reference_in_int8_is_that_of_float32_but_for_rounding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bench_peak, "CONVOLUTION_SIDE", 16)
    picture = np.random.default_rng(1).uniform(0, 1, (1, 64, 16, 16)).astype(np.float32)
    found = []
    for quantised in (False, True):
        model = bench_peak._reference_model(quantised=quantised)
        compiled = load_openvino().Core().compile_model(model, "CPU")
        found.append(compiled([picture])[0])
    assert np.abs(found[0] - found[1]).mean() < 0.1 * np.abs(found[0]).mean()


def test_the_share_is_of_the_convolution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_peak, "PEAK_SIDE", 64)
    engine = Engine(load_model(), precision=Precision.F32, threads=1)
    peak = bench_peak.peak_share(engine, repeats=1)
    assert peak["share"] == pytest.approx(peak["network"] / peak["convolution"])
    assert peak["convolution"] > 0


def test_the_reference_counts_its_multiplications() -> None:
    assert bench_peak.reference_gmac() == pytest.approx(8 * 9 * 64 * 64 * 256 * 256 / 1e9)


def test_the_sample_picture_has_all_three_kinds() -> None:
    rgb, trimap = bench_peak.sample_picture(64, 96)
    assert rgb.shape == (64, 96, 3) and rgb.dtype == np.uint8
    assert set(np.unique(trimap)) == {0, 128, 255}
