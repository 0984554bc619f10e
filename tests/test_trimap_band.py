"""The band of made estimates, whose width and place are known."""

import numpy as np
import pytest

from pamcli.trimap import from_mask
from pamcli.trimap_band import Trust, completed, from_estimate

HEIGHT, WIDTH = 240, 320
BAND = 8.0


def half_plane(edge: int = 160) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    mask[:, :edge] = 1
    return mask


def unsure_within(edge: int, upper: int, lower: int) -> np.ndarray:
    """Uncertainty 1 within `upper` columns of the edge in the upper half, `lower` in the lower."""
    uncertainty = np.zeros((HEIGHT, WIDTH), np.float32)
    uncertainty[: HEIGHT // 2, edge - upper : edge + upper] = 1
    uncertainty[HEIGHT // 2 :, edge - lower : edge + lower] = 1
    return uncertainty


def test_the_band_is_as_wide_as_the_estimate_is_unsure_at_each_place() -> None:
    trimap = from_estimate(half_plane(), unsure_within(160, 30, 2), BAND)
    assert (trimap[60] == 128).sum() == 60
    assert (trimap[180] == 128).sum() == BAND  # never less than the least band
    assert trimap[60, [129, 130, 189, 190]].tolist() == [255, 128, 128, 0]
    assert trimap[180, [155, 156, 163, 164]].tolist() == [255, 128, 128, 0]


def test_a_wider_least_band_is_kept_where_the_estimate_is_sure() -> None:
    trimap = from_estimate(half_plane(), np.zeros((HEIGHT, WIDTH), np.float32), 20)
    assert ((trimap == 128).sum(axis=1) == 20).all()


def test_doubt_far_from_every_edge_is_no_band() -> None:
    uncertainty = np.ones((HEIGHT, WIDTH), np.float32)
    unknown = (from_estimate(half_plane(), uncertainty, BAND) == 128).sum(axis=1)
    assert (np.abs(unknown - 10 * BAND) <= 8).all()


def test_how_much_doubt_counts_and_how_far_can_be_told() -> None:
    uncertainty = np.full((HEIGHT, WIDTH), 0.4, np.float32)
    narrow = from_estimate(half_plane(), uncertainty, BAND, Trust(doubt=0.3, reach=1.0))
    assert ((narrow == 128).sum(axis=1) == 2 * BAND).all()
    sure = from_estimate(half_plane(), uncertainty, BAND, Trust(doubt=0.5, reach=1.0))
    assert ((sure == 128).sum(axis=1) == BAND).all()


def test_an_unsure_pixel_alone_is_noise_and_a_gap_between_doubts_is_closed() -> None:
    uncertainty = np.zeros((HEIGHT, WIDTH), np.float32)
    uncertainty[60, 180] = 1
    assert from_estimate(half_plane(), uncertainty, BAND)[60, 180] == 0
    uncertainty[100:120, 150:180] = 1
    uncertainty[110, 160:180] = 0
    assert (from_estimate(half_plane(), uncertainty, BAND)[102:118, 165:178] == 128).all()


def test_without_an_uncertainty_soft_values_are_unknown() -> None:
    mask = half_plane()
    mask[:, 150:170] = np.linspace(1, 0, 20)
    assert np.array_equal(from_estimate(mask, None, BAND), from_mask(mask, BAND))


@pytest.mark.parametrize("uncertainty", [None, np.zeros((HEIGHT, WIDTH), np.float32)])
def test_a_subject_that_leaves_the_frame_has_no_band_along_its_border(
    uncertainty: np.ndarray | None,
) -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    mask[80:, 100:220] = 1
    mask[-2:, 100:220] = 0.6  # a network's mask fades at the border
    trimap = from_estimate(mask, uncertainty, BAND)
    assert (trimap[-40:, 110:210] == 255).all()
    assert (trimap[-20:, 97:103] == 128).all()


def test_a_rim_that_shows_no_subject_stays_as_it_is() -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    mask[40:-2, 100:200] = 1
    assert np.array_equal(completed(mask), mask)


@pytest.mark.parametrize("uncertainty", [None, np.full((HEIGHT, WIDTH), 0.9, np.float32)])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_nobody_and_nothing_but_the_subject_have_no_band(
    value: float, uncertainty: np.ndarray | None
) -> None:
    mask = np.full((HEIGHT, WIDTH), value, np.float32)
    assert (from_estimate(mask, uncertainty, BAND) == 255 * value).all()


def test_several_people_and_a_hole_keep_their_own_bands() -> None:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    for x in (80, 230):
        mask[np.hypot(rows - 120, columns - x) <= 60] = 1
    mask[np.hypot(rows - 120, columns - 230) <= 20] = 0
    trimap = from_estimate(mask, np.zeros_like(mask), BAND)
    assert trimap[120, [80, 155, 230, 265]].tolist() == [255, 0, 0, 255]
    for edge in (20, 140, 170, 210, 250, 290):
        assert (trimap[120, edge - 2 : edge + 3] == 128).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (7, 5)])
def test_any_size_is_taken(size: tuple[int, int]) -> None:
    mask = np.ones(size, np.float32)
    assert from_estimate(mask, 1 - mask, 3).shape == size
