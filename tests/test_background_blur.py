"""The frame's background out of focus: a Gaussian, and nothing of the subject in it."""

import cv2
import numpy as np
import pytest

from pamcli.background_blur import blur_background, push_pull
from pamcli.frame import Alpha

SIZE = 120, 161


def disc() -> Alpha:
    """With a soft edge of ten pixels."""
    rows, columns = np.indices(SIZE)
    inside = 40 - np.hypot(rows - 60, columns - 80)
    return np.asarray(np.clip(inside / 10 + 0.5, 0, 1), np.float32)


@pytest.mark.parametrize("spread", [1.0, 3.5, 20.0, 200.0])
def test_nothing_of_the_subject_is_smeared_into_a_plain_background(spread: float) -> None:
    alpha = disc()
    rgb = np.full((*SIZE, 3), (10, 90, 160), np.uint8)
    rgb[alpha > 0.02] = 255, 0, 0
    found = blur_background(rgb, alpha, spread)
    assert np.abs(found.astype(int) - (10, 90, 160)).max() <= 1


@pytest.mark.parametrize("spread", [1.5, 4.0, 9.5])
def test_without_a_subject_it_is_the_gaussian(spread: float) -> None:
    noise = np.random.default_rng(1).normal(128, 60, (*SIZE, 3)).clip(0, 255)
    rgb = cv2.GaussianBlur(noise.astype(np.uint8), (0, 0), 2.0)
    exact = cv2.GaussianBlur(rgb.astype(np.float32), (0, 0), spread)
    found = blur_background(np.asarray(rgb), np.zeros(SIZE, np.float32), spread)
    inside = np.s_[24:-24, 24:-24]  # the frame's edge is mirrored on another grid
    difference = np.abs(found - exact)[inside]
    assert difference.mean() < 0.6 and difference.max() < 5
    assert exact[inside].std() > 2 * difference.mean()


def test_more_is_more() -> None:
    rgb = np.random.default_rng(2).integers(0, 256, (*SIZE, 3), np.uint8)
    spreads = (1.0, 2.0, 5.0, 12.0, 30.0)
    rest = [blur_background(rgb, disc(), spread).std() for spread in spreads]
    assert rest == sorted(rest, reverse=True)


def test_a_frame_of_nothing_but_subject_gives_grey() -> None:
    rgb = np.full((*SIZE, 3), 200, np.uint8)
    assert (blur_background(rgb, np.ones(SIZE, np.float32), 5.0) == 128).all()


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (65, 3)])
def test_any_size(size: tuple[int, int]) -> None:
    rgb = np.full((*size, 3), (5, 6, 7), np.uint8)
    found = blur_background(rgb, np.zeros(size, np.float32), 6.0)
    assert found.shape == rgb.shape and np.array_equal(found, rgb)


def test_filling_keeps_what_is_known_and_lies_between_it() -> None:
    weight = np.ones((16, 32), np.float32)
    weight[:, 8:24] = 0
    colour = np.zeros((16, 32, 3), np.float32)
    colour[:, :8], colour[:, 24:] = 50, 200
    filled = push_pull(colour * weight[..., None], weight)
    assert np.array_equal(filled[weight == 1], colour[weight == 1])
    row = filled[8, :, 0]
    assert (np.diff(row) >= 0).all() and 100 < row[16] < 150
