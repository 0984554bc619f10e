"""The subject found by cues alone: on made pictures, because no others are stored here."""

import cv2
import numpy as np
import pytest

from pamcli.frame import Rgb
from pamcli.subject_cue_finder import CueFinder, overlap, ramp
from pamcli.subject_cues import (
    ColourModel,
    CutOut,
    Floats,
    barrier_distance,
    close_holes,
    colour_change,
    own_motion,
    saliency,
)


def texture(height: int, width: int, seed: int, colour: tuple[int, int, int]) -> Floats:
    """Smooth noise around a colour, float32 (H, W, 3)."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 1, (height, width, 3)).astype(np.float32)
    noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), 2), np.float32)
    return np.asarray(noise / noise.std() * 25 + np.array(colour), np.float32)


def disc(size: tuple[int, int], x: float, y: float, radius: float) -> Floats:
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    return np.asarray(np.hypot(rows - y, columns - x) <= radius, np.float32)


SIZE = 180, 320
BEHIND = texture(220, 480, 1, (120, 120, 120))
SUBJECT = texture(*SIZE, 2, (135, 125, 110))


def moving_scene(number: int) -> tuple[Rgb, Floats]:
    """A disc of much the same colours as the background, which pans the other way."""
    shift = 2 * number
    behind = BEHIND[10 : 10 + SIZE[0], 20 + shift : 20 + shift + SIZE[1]]
    mask = disc(SIZE, 120 + 3 * number, 90 + 8 * np.sin(number / 4), 45)
    inside = np.roll(SUBJECT, 3 * number, axis=1)
    rgb = np.where(mask[..., None] > 0, inside, behind)
    return np.clip(rgb, 0, 255).astype(np.uint8), mask


def iou(found: Floats, truth: Floats) -> float:
    a, b = found > 0.5, truth > 0.5
    return float((a & b).sum() / max((a | b).sum(), 1))


def test_a_thing_that_stands_out_is_found_in_one_picture() -> None:
    rgb = texture(*SIZE, 3, (70, 110, 60))
    mask = disc(SIZE, 150, 95, 50)
    rgb[mask > 0] = (210, 90, 50)
    found = CueFinder().find(np.clip(rgb, 0, 255).astype(np.uint8))
    assert found.shape == SIZE
    assert found.dtype == np.float32
    assert iou(found, mask) > 0.9


def test_a_thing_that_only_moves_is_found_after_some_frames() -> None:
    finder = CueFinder()
    scores = []
    for number in range(16):
        rgb, mask = moving_scene(number)
        scores.append(iou(finder.find(rgb), mask))
    assert min(scores[6:]) > 0.7


def test_the_subject_stays_while_all_stands_still() -> None:
    finder = CueFinder()
    for number in range(12):
        finder.find(moving_scene(number)[0])
    rgb, mask = moving_scene(11)
    still = [finder.find(rgb) for _ in range(12)]
    assert iou(still[-1], mask) > 0.7


def test_the_subject_stays_while_only_a_part_of_it_moves() -> None:
    finder = CueFinder()
    for number in range(12):
        finder.find(moving_scene(number)[0])
    rgb, mask = moving_scene(11)
    scores = []
    for number in range(30):
        nodding = rgb.copy()
        head = disc(SIZE, 153 + 3 * np.sin(number), 70, 14) > 0
        nodding[head] = (150, 120, 95)
        scores.append(iou(finder.find(nodding), mask))
    assert min(scores) > 0.7


def test_a_wrong_first_guess_gives_way_to_what_moves() -> None:
    finder = CueFinder()
    scores = []
    for number in range(40):
        rgb = texture(*SIZE, 7, (90, 110, 80))
        rgb[disc(SIZE, 210, 50, 40) > 0] = (230, 60, 40)  # stands out, but belongs to the scene
        mask = disc(SIZE, 50 + 3 * number, 135, 35)
        rgb[mask > 0] = np.roll(SUBJECT, 3 * number, axis=1)[mask > 0]
        scores.append(iou(finder.find(np.clip(rgb, 0, 255).astype(np.uint8)), mask))
    assert scores[0] < 0.3
    assert min(scores[28:]) > 0.7


def test_a_hole_that_is_small_beside_the_subject_is_closed() -> None:
    mask = disc(SIZE, 160, 90, 60)
    mask[disc(SIZE, 150, 80, 6) > 0] = 0.2
    mask[disc(SIZE, 180, 110, 20) > 0] = 0
    closed = close_holes(mask, 0.03)
    assert closed[80, 150] == 1
    assert closed[110, 180] == 0
    assert mask[80, 150] == np.float32(0.2)


def test_a_later_cut_follows_the_edge_of_the_new_picture() -> None:
    cutter = CutOut()
    for x in (140, 146):
        rgb = texture(*SIZE, 8, (60, 100, 70))
        truth = disc(SIZE, x, 90, 40)
        rgb[truth > 0] = (200, 140, 90)
        seed = 0.1 + 0.85 * disc(SIZE, 143, 92, 36)
        cut = cutter.cut(np.clip(rgb, 0, 255).astype(np.uint8), seed, disc(SIZE, 143, 90, 20) > 0)
        assert iou(cut, truth) > 0.93


def test_a_cut_without_seeds_gives_the_mask_back() -> None:
    mask = np.full(SIZE, 0.3, np.float32)
    rgb = np.full((*SIZE, 3), 90, np.uint8)
    assert CutOut().cut(rgb, mask, mask > 1) is mask


def test_an_even_picture_has_no_subject() -> None:
    finder = CueFinder()
    for _ in range(3):
        found = finder.find(np.full((120, 160, 3), 90, np.uint8))
        assert not found.any()


def test_the_same_frames_give_the_same_masks() -> None:
    first, second = CueFinder(), CueFinder()
    for number in range(6):
        rgb = moving_scene(number)[0]
        assert np.array_equal(first.find(rgb), second.find(rgb))


def test_a_scene_cut_begins_anew() -> None:
    finder = CueFinder()
    for number in range(6):
        finder.find(moving_scene(number)[0])
    rgb = np.full((*SIZE, 3), (20, 60, 160), np.uint8)
    mask = disc(SIZE, 220, 90, 40)
    rgb[mask > 0] = (230, 200, 60)
    assert np.array_equal(finder.find(rgb), CueFinder().find(rgb))


def test_a_speck_beside_the_subject_is_not_the_subject() -> None:
    rgb = np.full((*SIZE, 3), (40, 90, 60), np.uint8)
    rgb[disc(SIZE, 160, 90, 45) > 0] = (220, 60, 60)
    rgb[disc(SIZE, 250, 40, 7) > 0] = (220, 60, 60)
    mask = CueFinder().find(rgb)
    assert mask[90, 160] > 0.9
    assert mask[40, 250] < 0.1


@pytest.mark.parametrize("size", [(32, 32), (32, 288), (288, 160), (33, 250)])
def test_every_size_works(size: tuple[int, int]) -> None:
    finder = CueFinder()
    rng = np.random.default_rng(4)
    for _ in range(3):
        found = finder.find(rng.integers(0, 256, (*size, 3), dtype=np.uint8))
        assert found.shape == size
        assert 0 <= found.min() <= found.max() <= 1


def test_of_two_things_the_one_that_a_network_sees_is_the_subject() -> None:
    rgb = texture(*SIZE, 3, (70, 110, 60))
    rgb[disc(SIZE, 220, 95, 50) > 0] = (210, 90, 50)
    mask = disc(SIZE, 80, 90, 35)
    rgb[mask > 0] = (60, 80, 160)
    picture = np.clip(rgb, 0, 255).astype(np.uint8)
    seen = disc(SIZE, 84, 92, 30)  # not quite
    unsure = np.asarray(cv2.GaussianBlur(seen, (0, 0), 8), np.float32)
    assert iou(CueFinder().find(picture), mask) < 0.5
    assert iou(CueFinder().find(picture, lambda *told: unsure), mask) > 0.9
    assert iou(CueFinder().find(picture, lambda *told: seen), seen) > 0.9  # sure of its edge


def test_a_network_that_sees_nobody_leaves_it_to_the_cues() -> None:
    rgb = np.clip(texture(*SIZE, 3, (70, 110, 60)), 0, 255).astype(np.uint8)
    rgb[disc(SIZE, 150, 95, 50) > 0] = (210, 90, 50)
    nobody = np.zeros(SIZE, np.float32)
    found = CueFinder().find(rgb, lambda *told: nobody)
    assert np.array_equal(found, CueFinder().find(rgb))


def test_a_network_is_told_the_mask_moved_to_the_frame_at_hand() -> None:
    finder, told = CueFinder(), list[Floats | None]()

    def look(carried: Floats | None, flow: Floats | None) -> Floats:
        assert (carried is None) == (flow is None)
        told.append(carried)
        return truth

    for number in range(3):
        rgb, truth = moving_scene(number)
        finder.find(rgb, look)
    first, second, third = told
    assert first is None and second is not None and third is not None
    assert iou(second, moving_scene(1)[1]) > 0.9
    assert iou(third, moving_scene(2)[1]) > 0.85
    finder.find(255 - rgb // 3, look)
    assert told[3] is None


def test_own_motion_ignores_the_camera() -> None:
    rows, columns = np.mgrid[0:96, 0:128].astype(np.float32)
    flow = np.dstack([2 + 0.02 * columns, -1 + 0.01 * rows]).astype(np.float32)
    mask = disc((96, 128), 64, 48, 15)
    flow[mask > 0] += np.array([4, 3], np.float32)
    gray = np.random.default_rng(5).integers(0, 256, (96, 128), dtype=np.uint8)
    other = np.random.default_rng(6).integers(0, 256, (96, 128), dtype=np.uint8)
    moving = own_motion(flow, np.ones((96, 128), np.float32), gray, other)
    assert moving[mask > 0].min() > 0.9
    assert moving[mask == 0].max() < 0.01


def test_motion_that_leaves_no_difference_is_not_believed() -> None:
    flow = np.zeros((96, 128, 2), np.float32)
    flow[20:60, 20:60] = 3
    even = np.full((96, 128), 200, np.uint8)
    assert own_motion(flow, np.ones((96, 128), np.float32), even, even).max() == 0


def test_the_barrier_is_what_separates_a_pixel_from_the_border() -> None:
    picture = np.zeros((40, 60, 1), np.float32)
    picture[10:30, 20:40] = 100
    picture[15:25, 25:35] = 30
    border = np.zeros((40, 60), np.bool_)
    border[[0, -1]] = border[:, [0, -1]] = True
    distance = barrier_distance(picture, border)
    assert (distance[:10] == 0).all()
    assert (distance[12, 20:40] == 100).all()
    assert (distance[15:25, 25:35] == 100).all()  # behind the wall, whatever its own value


def test_a_person_at_the_bottom_is_not_taken_for_border() -> None:
    picture = np.zeros((60, 96, 3), np.uint8)
    picture[25:, 35:62] = 160
    salient = saliency(picture)
    assert salient[50, 48] > 0.9
    assert salient[10, 10] < 0.1


def test_colours_are_learnt_and_told_apart() -> None:
    lab = np.zeros((20, 20, 3), np.uint8)
    lab[:, :10], lab[:, 10:] = (200, 180, 90), (60, 100, 140)
    subject = np.zeros((20, 20), np.float32)
    subject[:, :10] = 1
    colours = ColourModel(0.9)
    colours.learn(lab, subject, 1 - subject)
    ratio = colours.ratio(lab)
    assert (ratio[:, :10] > 2).all()
    assert (ratio[:, 10:] < -2).all()


def test_colour_change_counts_what_two_frames_share() -> None:
    first = np.zeros((20, 20, 3), np.uint8)
    second = first.copy()
    second[:10] = 200
    assert colour_change(first, first) == 0
    assert colour_change(first, second) == pytest.approx(0.5)
    assert colour_change(first, first + np.uint8(200)) == 1


def test_overlap_counts_pixels() -> None:
    one, two = np.zeros((4, 5), np.float32), np.zeros((4, 5), np.float32)
    one[:2], two[1:3] = 1, 1
    assert overlap(one, two) == pytest.approx(5 / 15)
    assert overlap(0 * one, 0 * two) == 1


@pytest.mark.parametrize(("value", "expected"), [(0.1, 0), (0.3, 0), (0.4, 0.25), (0.7, 1), (1, 1)])
def test_a_ramp_is_straight_between_its_ends(value: float, expected: float) -> None:
    assert ramp(value, 0.3, 0.7) == pytest.approx(expected)
