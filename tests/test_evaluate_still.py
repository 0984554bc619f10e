"""One still by every way, with a network that errs as told."""

import numpy as np
import pytest
from evaluations import TABLE, FakeNetwork, sample

from pamcli.errors import InputError
from pamcli.evaluate_data import Spoiling, widen_unknown
from pamcli.evaluate_still import (
    closed_form_row,
    half_row,
    matte_still,
    network_rows,
    path_sads,
    spoilt,
)
from pamcli.frame import Alpha, Rgb, Trimap
from pamcli.matting import Choice
from pamcli.metrics import still_errors
from pamcli.path import ALL_PATHS, FULL_PATH


def test_each_constraint_has_its_errors_path_cost_and_time() -> None:
    still = sample()
    rows = network_rows(FakeNetwork(), "disc", still, still, [81, 60])
    assert [(row.name, row.way) for row in rows] == [("disc", "81"), ("disc", "60")]
    assert [dict(row.paths) for row in rows] == [{"1111": 1}, {"0011": 1}]
    exact, wrong = (row.figures for row in rows)
    assert exact["sad"] == exact["mse"] == exact["grad"] == exact["conn"] == 0
    assert wrong["sad"] > 0 and set(wrong) == {"sad", "mse", "grad", "conn", "gmac", "ms"}
    assert exact["gmac"] == pytest.approx(TABLE.cost(FULL_PATH) * 48 * 64 / 2**20)


def test_the_faster_run_is_reported() -> None:
    network = FakeNetwork()
    (row,) = network_rows(network, "disc", sample(), sample(), [75])
    assert row.figures["ms"] == pytest.approx(10.0)
    assert len(network.shown) == 2


def test_alpha_is_rounded_as_a_file_rounds_it() -> None:
    still = sample()
    network = FakeNetwork((0.0, 0.0, 0.0, 0.0004))  # a tenth of a step of 1/255
    alpha, _ = matte_still(network, still, still, Choice(cost_constraint=63))
    assert np.array_equal(alpha, still.truth)


def test_errors_count_in_the_original_band_only() -> None:
    still = sample()
    shown = spoilt(still, Spoiling(dilate=4))
    network = FakeNetwork()
    (row,) = network_rows(network, "disc", still, shown, [39])
    assert np.array_equal(network.shown[0][1], widen_unknown(still.trimap, 4))
    alpha = np.clip(still.truth - 0.75, 0, 1)
    alpha[still.trimap == 255] = 1
    alpha = (np.rint(alpha * 255) / 255).astype(np.float32)
    expected = still_errors(alpha, still.truth, still.trimap)
    assert row.figures["sad"] == pytest.approx(expected.sad)
    assert row.figures["conn"] == pytest.approx(expected.conn)


def test_the_network_sees_the_picture_through_jpeg() -> None:
    network, still = FakeNetwork(), sample()
    shown = spoilt(still, Spoiling(jpeg=10))
    (row,) = network_rows(network, "disc", still, shown, [81])
    assert not np.array_equal(network.shown[0][0], still.frame.rgb)
    assert row.figures["sad"] > 0


def test_the_reference_is_half_in_the_band() -> None:
    still = sample()
    band = still.trimap == 128
    slow = sum(abs(128 / 255 - float(value)) for value in still.truth[band]) / 1000
    row = half_row("disc", still)
    assert row.way == "alpha 0.5" and not row.paths
    assert row.figures["sad"] == pytest.approx(slow, rel=1e-5)
    assert set(row.figures) == {"sad", "mse", "grad", "conn"}


def test_every_path_is_forced_whatever_it_costs() -> None:
    network, still = FakeNetwork(), sample()
    sads = path_sads(network, still, still)
    assert set(sads) == set(ALL_PATHS)
    assert [path for *_, path in network.shown] == list(ALL_PATHS)
    assert sads[FULL_PATH] == 0
    assert max(sads.values()) == sads[False, False, False, False]


def test_a_baseline_is_shown_what_the_network_is_shown() -> None:
    still = sample()
    shown = spoilt(still, Spoiling(dilate=2))
    seen: list[tuple[Rgb, Trimap, str]] = []

    def baseline(rgb: Rgb, trimap: Trimap, name: str) -> Alpha:
        seen.append((rgb, trimap, name))
        return np.zeros(trimap.shape, np.float32)

    row = closed_form_row("disc", still, shown, baseline)
    ((rgb, trimap, name),) = seen
    assert name == "disc" and np.array_equal(rgb, still.frame.rgb)
    assert np.array_equal(trimap, shown.trimap)
    assert row.way == "closed form" and row.figures["ms"] >= 0
    unknown = still.trimap == 128
    assert row.figures["sad"] == pytest.approx(float(still.truth[unknown].sum()) / 1000, rel=1e-5)


def test_a_constraint_below_the_minimum_is_refused() -> None:
    with pytest.raises(InputError, match="too small"):
        network_rows(FakeNetwork(), "disc", sample(), sample(), [10])
