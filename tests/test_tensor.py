import numpy as np
import pytest

from pamcli.tensor import pad_reflect, padded_size, unpad

SIDES = (1, 2, 17, 31, 32, 33, 63)


def test_padded_sizes_are_the_next_multiples() -> None:
    assert padded_size(1, 33, 32) == (32, 64)
    assert padded_size(64, 32, 32) == (64, 32)


@pytest.mark.parametrize("side", [17, 31, 33, 63])
def test_padding_mirrors_as_numpy_does(side: int) -> None:
    picture = np.random.default_rng(side).integers(0, 256, (side, 40, 3), np.uint8)
    expected = np.pad(picture, ((0, -side % 32), (0, 24), (0, 0)), mode="reflect")
    assert np.array_equal(pad_reflect(picture, 32), expected)


@pytest.mark.parametrize("side", [1, 2, 16])
def test_a_side_too_short_to_mirror_repeats_its_edge(side: int) -> None:
    picture = np.random.default_rng(side).integers(0, 256, (side, 32), np.uint8)
    expected = np.pad(picture, ((0, 32 - side), (0, 0)), mode="edge")
    assert np.array_equal(pad_reflect(picture, 32), expected)


@pytest.mark.parametrize("height", SIDES)
@pytest.mark.parametrize("width", SIDES)
def test_unpad_gives_back_what_was_padded(height: int, width: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    padded = pad_reflect(picture, 32)
    assert padded.shape == (*padded_size(height, width, 32), 3)
    assert padded.flags.c_contiguous
    assert np.array_equal(unpad(padded, height, width), picture)


def test_nothing_is_copied_where_nothing_is_missing() -> None:
    picture = np.zeros((64, 32, 3), np.uint8)
    assert pad_reflect(picture, 32) is picture


def test_unpad_shares_no_memory() -> None:
    padded = np.zeros((32, 32), np.float32)
    assert not np.shares_memory(unpad(padded, 32, 32), padded)
