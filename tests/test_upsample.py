"""Alpha from a smaller scale: against bilinear enlarging and a slow guided filter."""

import cv2
import numpy as np
import pytest

from pamcli.composite import composite
from pamcli.frame import Alpha, Rgb, Trimap
from pamcli.metrics import grad, sad
from pamcli.trimap import Box
from pamcli.upsample import NOISE, TIMES, enlarge_alpha, enlarge_planes, fit_lines, shrink

SIZE = 192, 256


def strands() -> Alpha:
    """A disc with thin strands."""
    drawn = np.zeros(SIZE, np.uint8)
    cv2.circle(drawn, (128, 96), 50, 255, -1, cv2.LINE_AA)
    for angle in np.linspace(0, 2 * np.pi, 40):
        end = 128 + int(80 * np.cos(angle)), 96 + int(80 * np.sin(angle))
        cv2.line(drawn, (128, 96), end, 255, 1, cv2.LINE_AA)
    return (drawn / 255).astype(np.float32)


def picture(alpha: Alpha) -> Rgb:
    back = np.full((*SIZE, 3), (30, 90, 200), np.uint8)
    noise = np.random.default_rng(1).normal(0, 2, back.shape)
    mixed = composite(alpha, np.full((*SIZE, 3), (210, 160, 60), np.uint8), back)
    return np.clip(mixed + noise, 0, 255).astype(np.uint8)


def around(alpha: Alpha) -> Trimap:
    """Everything within 30 pixels of an edge is unknown."""
    kernel = np.ones((61, 61), np.uint8)
    low, high = cv2.erode(alpha, kernel), cv2.dilate(alpha, kernel)
    return np.select([low >= 1, high <= 0], [255, 0], 128).astype(np.uint8)


def smaller(alpha: Alpha, factor: int) -> Alpha:
    size = alpha.shape[1] // factor, alpha.shape[0] // factor
    return np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.float32)


@pytest.mark.parametrize(("factor", "share"), [(2, 0.45), (4, 0.6)])
def test_strands_come_back_that_enlarging_loses(factor: int, share: float) -> None:
    truth = strands()
    rgb, trimap, small = picture(truth), around(truth), smaller(truth, factor)
    bilinear = np.asarray(cv2.resize(small, SIZE[::-1]), np.float32)
    found = enlarge_alpha(small, rgb, trimap)
    band = trimap == 128
    assert sad(found, truth, band) < share * sad(bilinear, truth, band)
    assert grad(found, truth, band) < 0.3 * grad(bilinear, truth, band)


def test_an_edge_is_steeper_than_enlarged() -> None:
    truth = np.zeros(SIZE, np.float32)
    truth[:, 130:] = 1
    trimap = np.full(SIZE, 128, np.uint8)
    found = enlarge_alpha(smaller(truth, 4), picture(truth), trimap)
    bilinear = cv2.resize(smaller(truth, 4), SIZE[::-1])
    assert np.abs(np.diff(bilinear[96])).max() < 0.3
    assert np.abs(np.diff(found[96])).max() > 0.9


def test_known_pixels_are_exact() -> None:
    truth = strands()
    trimap = around(truth)
    trimap[:, :20], trimap[90:100, 120:130] = 0, 255
    found = enlarge_alpha(smaller(truth, 4), picture(truth), trimap)
    assert (found[trimap == 0] == 0).all() and (found[trimap == 255] == 1).all()
    assert found.min() >= 0 and found.max() <= 1 and found.dtype == np.float32


def test_without_an_unknown_pixel_the_trimap_is_the_alpha() -> None:
    trimap = np.zeros(SIZE, np.uint8)
    trimap[50:90] = 255
    found = enlarge_alpha(np.full((48, 64), 0.5, np.float32), picture(strands()), trimap)
    assert np.array_equal(found, trimap / 255)


def test_a_constant_alpha_stays_whatever_the_picture() -> None:
    rgb = np.random.default_rng(2).integers(0, 256, (*SIZE, 3), np.uint8)
    trimap = np.full(SIZE, 128, np.uint8)
    found = enlarge_alpha(np.full((48, 64), 0.375, np.float32), rgb, trimap)
    assert found == pytest.approx(0.375, abs=1e-4)


def test_a_flat_picture_gives_the_enlarged_means() -> None:
    small = np.random.default_rng(3).random((48, 64), dtype=np.float32)
    rgb, trimap = np.full((*SIZE, 3), 77, np.uint8), np.full(SIZE, 128, np.uint8)
    means = cv2.blur(smaller(small, 2), (5, 5))
    exact = cv2.resize(means, SIZE[::-1], interpolation=cv2.INTER_LINEAR)
    assert enlarge_alpha(small, rgb, trimap) == pytest.approx(exact, abs=2e-3)


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (517, 3)])
def test_any_size_is_enlarged(size: tuple[int, int]) -> None:
    small = np.full((max(1, size[0] // 4), max(1, size[1] // 4)), 0.25, np.float32)
    rgb = np.random.default_rng(4).integers(0, 256, (*size, 3), np.uint8)
    found = enlarge_alpha(small, rgb, np.full(size, 128, np.uint8))
    assert found.shape == size and found == pytest.approx(0.25, abs=1e-4)


def test_lines_are_those_of_a_slow_guided_filter() -> None:
    rng = np.random.default_rng(5)
    alpha = rng.random((18, 22), dtype=np.float32)
    rgb = rng.integers(0, 256, (36, 44, 3), np.uint8)
    colour, share = (shrink(each, 9, 11).astype(np.float64) for each in (rgb, alpha))
    found = fit_lines(alpha, rgb)
    assert found.shape == (9, 11, 4)
    wide = [
        np.pad(a, [(2, 2), (2, 2)] + [(0, 0)] * (a.ndim - 2), "reflect") for a in (colour, share)
    ]
    for row in range(9):
        for column in range(11):
            window = np.s_[row : row + 5, column : column + 5]
            c, a = wide[0][window].reshape(25, 3), wide[1][window].reshape(25)
            apart = c - c.mean(0)
            matrix = apart.T @ apart / 25 + NOISE**2 * np.eye(3)
            slope = np.linalg.solve(matrix, apart.T @ (a - a.mean()) / 25)
            exact = [*slope, a.mean() - slope @ c.mean(0)]
            assert found[row, column] == pytest.approx(exact, rel=1e-2, abs=1e-4)


def test_planes_are_enlarged_bilinearly_about_the_centres_of_their_pixels() -> None:
    small = np.array([[[0.0, 8.0], [16.0, 24.0]]], np.float32)
    wide = np.empty((1, 8, 8), np.float32)
    enlarge_planes(small, wide)
    row = np.array([0, 0, 1, 3, 5, 7, 8, 8], np.float32)
    assert np.array_equal(wide[0, 0], row)
    assert np.array_equal(wide[0, :, 0], 2 * row)


@pytest.mark.parametrize("tile", [Box(0, 0, 32, 64), Box(32, 32, 96, 128), Box(64, 0, 96, 128)])
def test_an_enlarged_tile_is_that_part_of_the_whole(tile: Box) -> None:
    small = np.random.default_rng(2).random((3, 24, 32), np.float32)
    whole = np.empty((3, 24 * TIMES, 32 * TIMES), np.float32)
    part = np.empty((3, tile.height, tile.width), np.float32)
    enlarge_planes(small, whole)
    enlarge_planes(small, part, tile)
    assert np.allclose(part, whole[:, tile.slices[0], tile.slices[1]], atol=1e-6)


@pytest.mark.parametrize("size", [(60, 80), (30, 40), (45, 77), (13, 17), (1, 1)])
def test_a_shrunk_picture_shows_what_means_of_areas_show(size: tuple[int, int]) -> None:
    y, x = np.mgrid[:60, :80]
    wave = (127 + 100 * np.sin(y / 14) * np.cos(x / 17)).astype(np.uint8)
    areas = cv2.resize(wave, size[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
    found = shrink(wave, *size)
    assert (found.dtype, found.shape) == (np.uint8, size)
    assert np.abs(found - areas).mean() < 4
