"""Masks carried and steadied, on scenes whose motion is known."""

import cv2
import numpy as np
import pytest
from scenes import OTHER_WALL, SIZE, iou, truth, walk, with_noise

from pamcli.hint_motion import Carrier, Flow, Smoother, is_cut, look, small, way_back
from pamcli.metrics import dtssd
from pamcli.subject_cues import warp


def coarse(number: int, wave: np.ndarray | float = 0.0) -> np.ndarray:
    """The truth with a wide soft edge that is off by `wave`, in pixels about."""
    soft = cv2.GaussianBlur(truth(number), (0, 0), 4)
    return np.asarray(np.clip(0.5 + 2.5 * (soft - 0.5 + 0.1 * wave), 0, 1), np.float32)


def wobbling(number: int) -> np.ndarray:
    """`coarse` with an edge that lies differently in each frame."""
    noise = np.random.default_rng(500 + number).normal(0, 1, SIZE).astype(np.float32)
    wave = np.asarray(cv2.GaussianBlur(noise, (0, 0), 6))
    return coarse(number, 2 * wave / wave.std())


def test_a_mask_moves_with_its_subjects_flow_not_with_the_walls() -> None:
    mask = np.zeros((60, 80), np.float32)
    mask[20:40, 20:40] = 1
    flow = np.zeros((60, 80, 2), np.float32)
    flow[14:46, 14:46] = 5, -3  # blurred over the subject's edge, as dense flow is
    flow[20:40, 20:40] = 6, -4
    moved = warp(mask, way_back(mask, flow))
    expected = np.zeros_like(mask)
    expected[16:36, 26:46] = 1
    assert iou(moved, expected) > 0.94


@pytest.mark.parametrize("step", [1, -1])
def test_a_mask_is_carried_through_a_second_of_motion(step: int) -> None:
    numbers = list(range(25))[::step]
    carrier = Carrier(look(walk(numbers[0])), truth(numbers[0]))
    for number in numbers[1:]:
        mask = carrier.step(look(walk(number)))
        assert mask is not None and iou(mask, truth(number)) > 0.85


def test_a_corrected_mask_is_what_is_carried_on() -> None:
    carrier = Carrier(look(walk(0)), truth(0))
    carrier.correct(truth(4))
    assert carrier.mask is not None and np.array_equal(carrier.mask, truth(4))


def test_a_mask_is_lost_at_a_scene_cut() -> None:
    carrier = Carrier(look(walk(0)), truth(0))
    assert is_cut(look(walk(1, OTHER_WALL)), look(walk(0)))
    assert carrier.step(look(walk(1, OTHER_WALL))) is None


def test_a_mask_is_lost_when_its_subject_leaves() -> None:
    carrier = Carrier(look(walk(60)), truth(60))
    masks = [carrier.step(look(walk(number))) for number in range(61, 120)]
    left = next(n for n, mask in enumerate(masks, 61) if mask is None)
    assert 0 < truth(left).sum() < 0.2 * truth(60).sum()


def test_flow_points_from_a_picture_to_the_other() -> None:
    seen = look(walk(4))
    flow = Flow().between(seen, np.roll(seen, (3, -2), (1, 0)))
    assert np.median(flow[20:-20, 20:-20], axis=(0, 1)) == pytest.approx((3, -2), abs=0.05)


def flicker(masks: list[np.ndarray]) -> float:
    """dtSSD against masks that do not wobble."""
    still = [coarse(n) for n in range(len(masks))]
    pairs = range(1, len(masks))
    return float(np.mean([dtssd(masks[n], masks[n - 1], still[n], still[n - 1]) for n in pairs]))


def truthfulness(masks: list[np.ndarray]) -> float:
    return float(np.mean([iou(mask, truth(n)) for n, mask in enumerate(masks)]))


def test_a_wobbling_mask_becomes_steady_and_truer() -> None:
    smoother = Smoother()
    masks = [wobbling(n) for n in range(20)]
    steady = [smoother.steady(walk(n), mask, None)[0] for n, mask in enumerate(masks)]
    assert flicker(steady) < 0.5 * flicker(masks)
    assert truthfulness(steady) > truthfulness(masks) + 0.02


def test_nothing_is_mixed_across_a_scene_cut_or_into_a_first_frame() -> None:
    smoother = Smoother()
    first, second = truth(0), truth(20)
    assert smoother.steady(walk(0), first, None)[0] is first
    assert smoother.steady(walk(1, OTHER_WALL), second, None)[0] is second


def test_a_mask_that_stays_is_given_back_as_it_is() -> None:
    smoother = Smoother()
    picture, mask, uncertainty = walk(3), truth(3), 0.3 * truth(3)
    smoother.steady(picture, mask, uncertainty)
    again, unsure = smoother.steady(picture, mask, uncertainty)
    assert np.abs(again - mask).max() < 0.02
    assert unsure is not None and np.abs(unsure - uncertainty).max() < 0.04


@pytest.mark.parametrize("uncertainty", [None, np.zeros(SIZE, np.float32)])
def test_what_appears_or_vanishes_at_once_is_in_doubt_not_known(
    uncertainty: np.ndarray | None,
) -> None:
    smoother, nobody, picture = Smoother(), np.zeros(SIZE, np.float32), walk(3)
    for last, now in ((truth(3), nobody), (nobody, truth(3))):
        smoother.steady(with_noise(OTHER_WALL, 0), nobody, uncertainty)  # a cut: begin anew
        smoother.steady(picture, last, uncertainty)
        mask, unsure = smoother.steady(picture, now, uncertainty)
        changed = truth(3) == 1
        soft = (mask[changed] > 0.05) & (mask[changed] < 0.95)
        assert soft.mean() > 0.95 if unsure is None else (unsure[changed] > 0.25).mean() > 0.95


def test_a_small_map_has_the_mean_of_the_pixels_that_it_covers() -> None:
    values = np.zeros((40, 40), np.float32)
    values[:, :10] = 1
    assert small(values, np.zeros((2, 2))).tolist() == [[0.5, 0], [0.5, 0]]
