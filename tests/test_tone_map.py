"""HDR to SDR: the published curves at their published points, and what must never happen."""

import numpy as np
import pytest

from pamcli.tone_map import (
    PEAK,
    TO_709,
    WHITE,
    compressed,
    hlg_to_light,
    light_to_pq,
    pq_to_light,
    tone_mapped,
    tone_table,
)


@pytest.mark.parametrize(
    ("light", "signal"),  # BT.2408 table 1, in per cent
    [(0.0, 0.0), (1.0, 0.15), (203.0, 0.58), (1000.0, 0.75), (4000.0, 0.90), (10_000.0, 1.0)],
)
def test_pq_meets_its_published_points(light: float, signal: float) -> None:
    assert float(light_to_pq(np.array(light))) == pytest.approx(signal, abs=0.006)


def test_pq_and_its_inverse_agree() -> None:
    signal = np.linspace(0.001, 1, 1000)
    assert np.allclose(light_to_pq(pq_to_light(signal)), signal, atol=1e-9)


@pytest.mark.parametrize(
    ("signal", "light"),  # BT.2408: reference white at 75 %, 18 % grey card at 38 %
    [(0.0, 0.0), (0.38, 26.0), (0.75, 203.0), (1.0, 1000.0)],
)
def test_hlg_meets_its_published_points(signal: float, light: float) -> None:
    assert np.allclose(hlg_to_light(np.full(3, signal)), light, atol=0.6)


def test_the_curve_keeps_the_dark_and_ends_at_white() -> None:
    light = np.array([0.0, 1.0, 20.0, 80.0, PEAK, 4 * PEAK])
    shown = compressed(light)
    assert np.allclose(shown[:4], light[:4], rtol=1e-6)
    assert np.allclose(shown[4:], WHITE, rtol=1e-6)


def test_the_curve_never_falls_nor_brightens() -> None:
    light = np.linspace(0, 2 * PEAK, 5001)
    shown = compressed(light)
    assert (np.diff(shown) >= -1e-9).all()
    assert (shown <= light + 1e-9).all()


def test_greys_land_where_the_module_says() -> None:
    light = np.array([0.0, 100.0, 203.0, 1000.0, 10_000.0])
    levels = 255 * tone_mapped(np.repeat(light_to_pq(light)[:, np.newaxis], 3, axis=1), "PQ")
    assert np.rint(levels[:, 1]).tolist() == [0, 189, 230, 255, 255]
    assert np.ptp(levels, axis=1).max() < 0.1
    assert np.allclose(255 * tone_mapped(np.full(3, 0.75), "HLG"), 230.4, atol=0.2)


@pytest.mark.parametrize("transfer", ["PQ", "HLG"])
def test_more_light_never_gives_less_and_nothing_leaves_the_range(transfer: str) -> None:
    colours = np.random.default_rng(7).random((200, 3))
    ramps = np.linspace(0, 1, 101)[:, np.newaxis, np.newaxis] * colours
    shown = tone_mapped(ramps, transfer)
    assert shown.min() >= 0 and shown.max() <= 1
    greys = tone_mapped(np.repeat(np.linspace(0, 1, 1001)[:, np.newaxis], 3, axis=1), transfer)
    assert (np.diff(greys, axis=0) >= -1e-9).all()


def test_the_order_of_channels_outlasts_the_curve() -> None:
    """Inside BT.709 the ratios of R, G and B stay: hue and saturation do not move."""
    linear_709 = np.random.default_rng(8).uniform(0.05, 1, (500, 3))
    light = 600 * linear_709 @ np.linalg.inv(TO_709).T
    shown = tone_mapped(light_to_pq(light), "PQ") ** 2.4
    ratio = shown / linear_709
    assert np.allclose(ratio / ratio.mean(axis=1, keepdims=True), 1, atol=0.01)


def test_white_stays_white_in_the_other_gamut() -> None:
    assert np.allclose(TO_709.sum(axis=1), 1, atol=2e-4)


def test_the_table_is_the_function_on_a_grid() -> None:
    table = tone_table("PQ", 5, 1.0)
    assert table.shape == (5, 5, 5, 3)
    signal = np.array([0.75, 0.25, 0.5])  # red, green, blue
    assert np.allclose(table[2, 1, 3], tone_mapped(signal, "PQ"))
