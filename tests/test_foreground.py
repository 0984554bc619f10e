"""Foreground colour: exact where it can be, and against slow versions of the equations."""

import cv2
import numpy as np
import pytest

from pamcli.composite import composite
from pamcli.foreground import (
    LAST_STIFFNESS,
    LEAST_SHARE,
    STIFFNESS,
    blend_foreground,
    estimate_foreground,
    fuse,
    settle,
)
from pamcli.frame import Alpha, Rgb, Trimap

GREEN, RED = (40, 200, 60), (190, 30, 80)


def soft_disc(size: tuple[int, int], radius: float, edge: float) -> Alpha:
    rows, columns = np.indices(size)
    away = np.hypot(rows - size[0] / 2, columns - size[1] / 2)
    return np.asarray(np.clip((radius - away) / edge + 0.5, 0, 1), np.float32)


def trimap_of(alpha: Alpha) -> Trimap:
    return np.select([alpha >= 1, alpha <= 0], [255, 0], 128).astype(np.uint8)


def flat(colour: tuple[int, int, int], size: tuple[int, int]) -> Rgb:
    return np.full((*size, 3), colour, np.uint8)


def texture(seed: int, size: tuple[int, int], grain: float, colour: tuple[int, int, int]) -> Rgb:
    noise = np.random.default_rng(seed).normal(0, 1, (*size, 3))
    smooth = cv2.GaussianBlur(noise, (0, 0), grain)
    return np.asarray(np.clip(np.array(colour) + 25 * smooth / smooth.std(), 0, 255), np.uint8)


def test_the_pictures_share_is_alpha_squared() -> None:
    rgb, estimate = np.full((1, 5, 3), 200, np.uint8), np.full((1, 5, 3), 40, np.uint8)
    alpha = np.linspace(0, 1, 5, dtype=np.float32)[None]
    slow = [[40 + 160 * a * a] * 3 for a in alpha[0]]
    assert np.abs(blend_foreground(rgb, estimate, alpha)[0] - np.array(slow)).max() <= 1


@pytest.mark.parametrize("size", [(120, 160), (97, 61), (270, 500)])
def test_constant_colours_are_recovered_within_a_level(size: tuple[int, int]) -> None:
    alpha = soft_disc(size, min(size) / 3, min(size) / 4)
    front, back = flat(RED, size), flat(GREEN, size)
    found = estimate_foreground(composite(alpha, front, back), alpha, trimap_of(alpha))
    error = np.abs(found.astype(int) - front).max(2)
    assert (error * alpha).max() <= 1  # what shows of the foreground
    assert error[alpha > 0.5].max() <= 2  # the picture itself is rounded to a level


def test_a_veil_without_a_solid_pixel_is_told_from_its_background() -> None:
    size = 120, 160
    alpha = 0.8 * soft_disc(size, 40, 50)
    trimap = np.where(alpha > 0, 128, 0).astype(np.uint8)
    rgb = composite(alpha, flat(RED, size), flat(GREEN, size))
    found = estimate_foreground(rgb, alpha, trimap)
    before = np.abs(rgb.astype(int) - RED).max(2)[alpha > 0.4].mean()
    after = np.abs(found.astype(int) - RED).max(2)[alpha > 0.4].mean()
    assert before > 60 and after < 6


def test_the_halo_on_a_new_background_is_less_than_half() -> None:
    size = 200, 260
    alpha = soft_disc(size, 60, 30)
    front, back = texture(1, size, 6, RED), texture(2, size, 9, GREEN)
    rgb, new = composite(alpha, front, back), flat((20, 40, 230), size)
    truth = composite(alpha, front, new).astype(int)
    band = (alpha > 0) & (alpha < 1)
    found = estimate_foreground(rgb, alpha, trimap_of(alpha))
    errors = [np.abs(composite(alpha, f, new) - truth)[band].mean() for f in (rgb, found)]
    assert errors[1] < 0.3 * errors[0]


def test_known_foreground_is_the_picture_itself() -> None:
    size = 90, 130
    alpha = soft_disc(size, 30, 12)
    rgb = np.random.default_rng(3).integers(0, 256, (*size, 3), np.uint8)
    found = estimate_foreground(rgb, alpha, trimap_of(alpha))
    assert np.array_equal(found[alpha == 1], rgb[alpha == 1])


def test_known_background_takes_the_foregrounds_colour() -> None:
    size = 120, 160
    alpha = soft_disc(size, 40, 10)
    rgb = composite(alpha, flat(RED, size), flat(GREEN, size))
    found = estimate_foreground(rgb, alpha, trimap_of(alpha))
    outside = cv2.dilate(alpha, np.ones((9, 9))) > 0
    assert np.abs(found[outside].astype(int) - RED).max() <= 10
    assert np.abs(GREEN[1] - RED[1]) > 100


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 517), (33, 2)])
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_any_size_and_any_single_alpha(size: tuple[int, int], value: float) -> None:
    alpha, trimap = np.full(size, value, np.float32), np.full(size, 128, np.uint8)
    rgb = flat((200, 100, 50), size)
    found = estimate_foreground(rgb, alpha, trimap)
    assert found.shape == rgb.shape and found.dtype == np.uint8
    assert np.abs(found.astype(int) - rgb).max() <= 1


def test_a_moved_box_moves_no_colour_that_shows() -> None:
    size = 160, 200
    alpha = soft_disc(size, 50, 20)
    rgb = composite(alpha, texture(1, size, 6, RED), texture(2, size, 9, GREEN))
    trimap = trimap_of(alpha)
    whole = estimate_foreground(rgb, alpha, trimap).astype(np.float32)
    for moved in (1, 2, 3):
        parts = (np.ascontiguousarray(a[moved:, moved:]) for a in (rgb, alpha, trimap))
        found = estimate_foreground(*parts)  # type: ignore[arg-type]
        change = np.abs(found - whole[moved:, moved:]) * alpha[moved:, moved:, None]
        assert change.mean() < 0.1 and change.max() <= 4


def test_fusing_solves_the_least_squares_of_one_pixel() -> None:
    rng = np.random.default_rng(4)
    rgb, near, behind = (rng.uniform(0, 255, (3, 50)).astype(np.float32) for _ in range(3))
    alpha = rng.random(50, dtype=np.float32)
    found = fuse(rgb, near, behind, alpha)
    for pixel, a in enumerate(alpha.astype(float)):
        weight = np.sqrt(4 * LAST_STIFFNESS * a * (1 - a))
        equations = np.array([[a, 1 - a], [weight, 0], [0, weight]])
        for c in range(3):
            wanted = rgb[c, pixel], weight * near[c, pixel], weight * behind[c, pixel]
            exact = np.linalg.lstsq(equations, np.array(wanted), rcond=None)[0]
            assert found[c, pixel] == pytest.approx(exact[0], abs=0.01)


def test_fusing_ends_at_the_estimate_and_at_the_picture() -> None:
    rgb, near = np.full((3, 2), 90, np.float32), np.full((3, 2), 200, np.float32)
    found = fuse(rgb, near, np.zeros_like(rgb), np.array([0, 1], np.float32))
    assert found[:, 0].tolist() == [200] * 3 and found[:, 1].tolist() == [90] * 3


def test_noise_of_the_picture_is_hardly_enlarged() -> None:
    alpha = np.linspace(0, 1, 501, dtype=np.float32)
    still = np.full((3, 501), 100, np.float32)
    noisy = fuse(still + 1, still, still, alpha) - fuse(still, still, still, alpha)
    assert noisy.min() >= 0 and noisy.max() < 1.25


def test_a_level_settles_as_the_equations_say() -> None:
    rng = np.random.default_rng(5)
    alpha = rng.random((5, 7), dtype=np.float32)
    colour, near, behind = (rng.uniform(0, 255, (5, 7, 3)).astype(np.float32) for _ in range(3))
    exact = _slow_round(*_slow_round(near, behind, colour, alpha), colour, alpha)
    settle(colour, alpha, near, behind, 2)
    assert near == pytest.approx(exact[0], abs=0.01)
    assert behind == pytest.approx(exact[1], abs=0.01)


def _slow_round(
    near: np.ndarray, behind: np.ndarray, colour: np.ndarray, alpha: Alpha
) -> tuple[np.ndarray, np.ndarray]:
    """Pixel by pixel; beyond the edge the picture is mirrored."""
    out = np.zeros((2, *colour.shape))
    height, width = alpha.shape
    for row in range(height):
        for column in range(width):
            means = []
            for side, share in ((near, alpha), (behind, 1 - alpha)):
                total, weights = np.zeros(3), 0.0
                for y in (row - 1, row, row + 1):
                    for x in (column - 1, column, column + 1):
                        y, x = _mirror(y, height), _mirror(x, width)
                        total += (share[y, x] + LEAST_SHARE) * side[y, x]
                        weights += share[y, x] + LEAST_SHARE
                means.append(total / weights)
            a = float(alpha[row, column])
            missing = colour[row, column] - a * means[0] - (1 - a) * means[1]
            gain = 1 / (a * a + (1 - a) ** 2 + STIFFNESS)
            out[0, row, column] = means[0] + a * gain * missing
            out[1, row, column] = means[1] + (1 - a) * gain * missing
    return out[0], out[1]


def _mirror(place: int, length: int) -> int:
    place = abs(place)
    return place if place < length else 2 * (length - 1) - place
