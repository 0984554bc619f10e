"""Metrics against slow, obvious versions."""

import numpy as np
import pytest

from pamcli import metrics
from pamcli.frame import Alpha


def soft_disc(shift: float = 0.0) -> Alpha:
    y, x = np.mgrid[0:40, 0:48].astype(np.float32)
    distance = np.hypot(y - 20, x - 24 - shift)
    return np.asarray(np.clip((14 - distance) / 6 + 0.5, 0, 1), np.float32)


BAND = (soft_disc() > 0.02) & (soft_disc() < 0.98)


def test_sad_and_mse_count_only_the_band() -> None:
    truth = soft_disc()
    wrong = truth + 0.5 * BAND.astype(np.float32) + 9 * (~BAND).astype(np.float32)
    assert metrics.sad(wrong, truth, BAND) == pytest.approx(0.5 * BAND.sum() / 1000)
    assert metrics.mse(wrong, truth, BAND) == pytest.approx(250.0)


def test_an_empty_band_has_no_error() -> None:
    nothing = np.zeros((40, 48), bool)
    assert metrics.mse(soft_disc(), soft_disc(3), nothing) == 0.0
    assert metrics.sad(soft_disc(), soft_disc(3), nothing) == 0.0


def slow_gradient(alpha: Alpha) -> np.ndarray:
    """Gaussian derivative by an explicit 9x9 sum over a replicated border."""
    alpha = (alpha - alpha.min()) / (alpha.max() - alpha.min())
    y, x = np.mgrid[-4:5, -4:5].astype(np.float64)
    gauss = np.exp(-(x**2 + y**2) / (2 * 1.4**2))
    kernels = [-x * gauss, -y * gauss]
    padded = np.pad(alpha.astype(np.float64), 4, mode="edge")
    found = []
    for kernel in kernels:
        kernel = kernel / np.sqrt((kernel**2).sum())
        response = np.zeros(alpha.shape)
        for dy in range(9):
            for dx in range(9):
                window = padded[dy : dy + alpha.shape[0], dx : dx + alpha.shape[1]]
                response += kernel[dy, dx] * window
        found.append(response)
    return np.hypot(*found)


def test_grad_is_the_gaussian_derivative_of_stretched_alphas() -> None:
    truth, other = soft_disc(), soft_disc(2) * 0.8
    slow = np.square(slow_gradient(other) - slow_gradient(truth))[BAND].sum() / 1000
    assert metrics.grad(other, truth, BAND) == pytest.approx(slow, rel=1e-5)


def components(mask: np.ndarray) -> list[set[tuple[int, int]]]:
    """4-connected regions, by a flood fill."""
    left = {(int(r), int(c)) for r, c in np.argwhere(mask)}
    found = []
    while left:
        start = left.pop()
        region, border = {start}, [start]
        while border:
            r, c = border.pop()
            near = {(r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)} & left
            left -= near
            region |= near
            border.extend(near)
        found.append(region)
    return found


def slow_conn(alpha: Alpha, truth: Alpha, band: np.ndarray) -> float:
    """Connectivity, pixel by pixel."""

    level = np.ones(alpha.shape)
    decided = np.zeros(alpha.shape, bool)
    for step in range(1, 11):
        threshold = np.float32(step / 10)
        regions = components((alpha >= threshold) & (truth >= threshold))
        largest = max(regions, key=len) if regions else set()
        for r, c in np.ndindex(*alpha.shape):
            if not decided[r, c] and (r, c) not in largest:
                level[r, c], decided[r, c] = (step - 1) / 10, True
    total = 0.0
    for r, c in np.argwhere(band).tolist():
        above = [float(matte[r, c]) - float(level[r, c]) for matte in (alpha, truth)]
        first, second = (1 - (excess if excess >= 0.15 else 0.0) for excess in above)
        total += abs(first - second)
    return total / 1000


def test_conn_is_the_distance_to_the_largest_common_region() -> None:
    truth, other = soft_disc(), soft_disc(3).copy()
    other[5:9, 5:9] = 0.7  # an island that hangs on nothing
    band = BAND | (other != truth)
    slow = slow_conn(other, truth, band)
    assert slow > 0
    assert metrics.conn(other, truth, band) == pytest.approx(slow, abs=1e-6)


def test_perfect_mattes_have_no_error() -> None:
    trimap = np.where(BAND, 128, np.where(soft_disc() > 0.5, 255, 0)).astype(np.uint8)
    errors = metrics.still_errors(soft_disc(), soft_disc(), trimap)
    assert (errors.sad, errors.mse, errors.grad, errors.conn) == (0, 0, 0, 0)


def test_clip_metrics_see_flicker_that_mad_does_not() -> None:
    steady, truth = soft_disc(), soft_disc()
    up, down = steady + np.float32(0.1), steady - np.float32(0.1)
    assert metrics.mad(up, truth) == pytest.approx(metrics.mad(down, truth), rel=1e-4)
    assert metrics.dtssd(up, up, truth, truth) == pytest.approx(0.0, abs=1e-6)
    assert metrics.dtssd(up, down, truth, truth) == pytest.approx(20.0, rel=1e-4)


def test_a_file_holds_steps_of_one_255th() -> None:
    alpha = np.array([[0.0, 0.001, 0.0021, 0.5, 0.9985, 1.0]], np.float32)
    found = metrics.as_in_file(alpha)
    assert found.dtype == np.float32
    assert np.array_equal(found * 255, np.array([[0, 0, 1, 128, 255, 255]], np.float32))


def test_a_frame_of_a_clip_counts_whole() -> None:
    truth, other = soft_disc(), (soft_disc(2) * 0.8).astype(np.float32)
    last = (soft_disc(1), soft_disc())
    found = metrics.frame_errors(other, truth, last)
    everywhere = np.ones(truth.shape, bool)
    difference = other.astype(np.float64) - truth
    change = (other - last[0]).astype(np.float64) - (truth - last[1])
    gradients = slow_gradient(other) - slow_gradient(truth)
    assert found.mad == pytest.approx(np.abs(difference).mean() * 1000, rel=1e-5)
    assert found.mse == pytest.approx((difference**2).mean() * 1000, rel=1e-5)
    assert found.grad == pytest.approx((gradients**2).sum() / 1000, rel=1e-5)
    assert found.conn == pytest.approx(slow_conn(other, truth, everywhere), abs=1e-6)
    assert found.dtssd == pytest.approx(np.sqrt((change**2).mean()) * 100, rel=1e-5)


def test_the_first_frame_of_a_clip_has_no_dtssd() -> None:
    assert metrics.frame_errors(soft_disc(2), soft_disc(), None).dtssd == 0
