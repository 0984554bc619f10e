"""The compositing equation against its slow, obvious form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pamcli.composite import (
    alpha_to_grey,
    composite,
    contain,
    cover,
    fitted,
    parse_colour,
    rgba,
    solid,
)
from pamcli.errors import InputError
from pamcli.frame import Alpha, Rgb
from pamcli.settings import Fit


def random_layers(height: int, width: int, seed: int) -> tuple[Alpha, Rgb, Rgb]:
    rng = np.random.default_rng(seed)
    alpha = rng.random((height, width), dtype=np.float32)
    alpha[rng.random((height, width)) < 0.2] = 0
    alpha[rng.random((height, width)) < 0.2] = 1
    layers = rng.integers(0, 256, (2, height, width, 3), dtype=np.uint8)
    return alpha, layers[0], layers[1]


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 1000))
def test_composite_is_the_equation_and_exact_at_zero_and_one(
    height: int, width: int, seed: int
) -> None:
    alpha, foreground, background = random_layers(height, width, seed)
    a = alpha.astype(np.float64)[..., np.newaxis]
    exact = a * foreground + (1 - a) * background
    result = composite(alpha, foreground, background)
    assert result.dtype == np.uint8
    assert np.abs(result - exact).max() <= 0.503
    assert np.array_equal(result[alpha == 0], background[alpha == 0])
    assert np.array_equal(result[alpha == 1], foreground[alpha == 1])


def test_a_layer_over_itself_stays_itself() -> None:
    alpha, foreground, _ = random_layers(33, 57, 1)
    assert np.array_equal(composite(alpha, foreground, foreground), foreground)


def test_rgba_is_straight() -> None:
    alpha, foreground, _ = random_layers(20, 31, 2)
    result = rgba(alpha, foreground)
    assert np.array_equal(result[..., :3], foreground)
    assert np.array_equal(result[..., 3], alpha_to_grey(alpha))


def test_grey_of_alpha_is_rounded() -> None:
    steps = (np.arange(256)[np.newaxis] / 255).astype(np.float32)
    assert np.array_equal(alpha_to_grey(steps), np.arange(256, dtype=np.uint8)[np.newaxis])
    assert alpha_to_grey(np.full((1, 1), 0.4999 / 255, np.float32)).item() == 0
    assert alpha_to_grey(np.full((1, 1), 0.5001 / 255, np.float32)).item() == 1


def test_other_sizes_are_refused() -> None:
    alpha, foreground, background = random_layers(8, 9, 3)
    with pytest.raises(InputError, match="sizes differ: alpha 9x8, picture 9x7"):
        composite(alpha, foreground, background[:7])
    with pytest.raises(InputError, match="sizes differ"):
        rgba(alpha, foreground[:, :3])


def test_solid_fills_the_frame() -> None:
    picture = solid((1, 2, 3), (4, 5))
    assert picture.shape == (4, 5, 3)
    assert (picture == (1, 2, 3)).all()


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 60), st.integers(1, 60))
def test_cover_fills_any_size_from_any_size(
    rows: int, columns: int, height: int, width: int
) -> None:
    picture = cover(solid((9, 8, 7), (rows, columns)), (height, width))
    assert picture.shape == (height, width, 3)
    assert (picture == (9, 8, 7)).all()


def test_cover_cuts_both_sides_alike() -> None:
    ramp = np.repeat(np.arange(200, dtype=np.uint8)[np.newaxis, :, np.newaxis], 50, axis=0)
    picture = cover(np.repeat(ramp, 3, axis=2), (50, 50))
    assert np.array_equal(picture[0, :, 0], np.arange(75, 125))


@pytest.mark.parametrize(
    ("picture", "size", "rows", "columns"),
    [
        ((10, 40), (24, 16), (10, 14), (0, 16)),
        ((40, 10), (24, 16), (0, 24), (5, 11)),
        ((9, 16), (90, 160), (0, 90), (0, 160)),
        ((1, 1000), (20, 30), (9, 10), (0, 30)),
        ((30, 20), (7, 100), (0, 7), (47, 52)),
    ],
)
def test_contain_shows_all_between_black_bars(
    picture: tuple[int, int], size: tuple[int, int], rows: tuple[int, int], columns: tuple[int, int]
) -> None:
    found = contain(solid((9, 8, 7), picture), size)
    expected = np.zeros((*size, 3), np.uint8)
    expected[slice(*rows), slice(*columns)] = 9, 8, 7
    assert np.array_equal(found, expected)


def test_fitted_does_as_it_is_told() -> None:
    picture = random_layers(12, 30, 4)[1]
    assert np.array_equal(fitted(picture, (20, 20), Fit.COVER), cover(picture, (20, 20)))
    assert np.array_equal(fitted(picture, (20, 20), Fit.CONTAIN), contain(picture, (20, 20)))
    assert np.array_equal(fitted(picture, (12, 30), Fit.CONTAIN), picture)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#00ff7F", (0, 255, 127)),
        ("#0f8", (0, 255, 136)),
        ("Green", (0, 128, 0)),
        (" lime", (0, 255, 0)),
    ],
)
def test_colours_are_read(text: str, expected: tuple[int, int, int]) -> None:
    assert parse_colour(text) == expected


@pytest.mark.parametrize("text", ["", "#12", "#12345g", "greenish", "#1234567", "#+12345"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no colour"):
        parse_colour(text)
