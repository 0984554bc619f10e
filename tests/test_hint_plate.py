"""A plate against frames of a camera that shakes, of other light, and of another view."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from scenes import OTHER_WALL, SIZE, WALL, iou, truth, walk, with_noise, wrong

from pamcli.errors import InputError
from pamcli.frame import Frame, Rgb
from pamcli.hint_plate import PlateSource, find_warp, laid_over
from pamcli.hints import open_hint
from pamcli.images import write_png
from pamcli.settings import HintSettings

CLIP = Path("clip.mp4")


def turn(degrees: float, right: float, down: float) -> np.ndarray:
    """From a pixel of the frame to its place in the plate."""
    matrix = np.eye(3)
    matrix[:2] = cv2.getRotationMatrix2D((SIZE[1] / 2, SIZE[0] / 2), degrees, 1)
    matrix[:2, 2] += right, down
    return matrix


def shaken(rgb: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    border = cv2.BORDER_REFLECT
    size = SIZE[::-1]
    return np.asarray(cv2.warpPerspective(rgb, matrix, size, flags=flags, borderMode=border))


def frame(rgb: Rgb, number: int = 0) -> Frame:
    return Frame(rgb, number, Fraction(1, 25))


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    write_png(tmp_path / "plate.png", with_noise(WALL, 900))
    return tmp_path / "plate.png"


def test_a_standing_camera_gives_the_subject_of_each_frame(plate: Path) -> None:
    with open_hint(HintSettings(plate=plate), CLIP) as hint:
        for number in (10, 11, 12):
            trimap = hint.trimap(frame(walk(number), number))
            assert wrong(trimap, truth(number)) < 0.001
            assert (trimap == 128).mean() < 0.06
        assert hint.notes() == []


@pytest.mark.parametrize("matrix", [turn(0, 6, -4), turn(1.0, -5, 3)], ids=["shift", "turn"])
def test_a_camera_that_shakes_and_other_light_do_not_matter(
    plate: Path, matrix: np.ndarray
) -> None:
    rgb = shaken(walk(20), matrix)
    rgb = np.clip(rgb * np.array([1.15, 1.0, 0.85]) + 6, 0, 255).astype(np.uint8)
    alpha = shaken(truth(20), matrix)
    source = PlateSource(plate)
    found = source.estimate(frame(rgb))
    inner = np.s_[8:-8, 8:-8]
    assert iou(found.mask[inner], alpha[inner]) > 0.87
    trimap = open_hint(HintSettings(plate=plate), CLIP).trimap(frame(rgb))
    assert wrong(trimap[inner], alpha[inner]) < 0.003


def test_the_cameras_move_is_found_to_a_fraction_of_a_pixel() -> None:
    matrix = turn(1.0, 5, -3)
    moved = shaken(with_noise(WALL, 1), matrix)
    found = find_warp(moved, with_noise(WALL, 2), np.eye(3))
    corners = np.array([[[0, 0]], [[255, 0]], [[0, 143]], [[255, 143]]], np.float64)
    apart = cv2.perspectiveTransform(corners, found) - cv2.perspectiveTransform(corners, matrix)
    assert np.abs(apart).max() < 0.5


def test_without_corners_the_camera_counts_as_unmoved() -> None:
    bare = np.full((*SIZE, 3), 140, np.uint8)
    guess = turn(0, 2, 1)
    assert find_warp(bare, bare, guess) is guess


def test_what_the_moved_plate_does_not_reach_is_said() -> None:
    plate = with_noise(WALL, 900)
    same, everywhere = laid_over(plate, turn(0, 0.1, 0))
    assert same is plate and everywhere.all()
    moved, shown = laid_over(plate, turn(0, 10, 0))
    assert np.array_equal(moved[:, :246], plate[:, 10:])
    assert shown[:, :246].all() and not shown[:, 246:].any()


def test_a_plate_of_another_size_is_refused(plate: Path) -> None:
    small = frame(np.zeros((72, 128, 3), np.uint8))
    with pytest.raises(InputError, match=r"plate\.png: 256x144, but the frame is 128x72$"):
        open_hint(HintSettings(plate=plate), CLIP).trimap(small)


def test_a_plate_of_another_view_is_refused_at_the_first_frame(plate: Path) -> None:
    expected = r"plate\.png: has nothing in common with the frame at 0\.000 s$"
    with pytest.raises(InputError, match=expected):
        open_hint(HintSettings(plate=plate), CLIP).trimap(frame(with_noise(OTHER_WALL, 1)))


def test_another_view_in_mid_clip_is_empty_and_said(plate: Path) -> None:
    with open_hint(HintSettings(plate=plate), CLIP) as hint:
        assert hint.trimap(frame(walk(10), 0)).any()
        assert not hint.trimap(frame(with_noise(OTHER_WALL, 1), 1)).any()
        assert hint.trimap(frame(walk(12), 2)).any()
        (note,) = hint.notes()
    assert note.endswith(
        "plate.png has nothing in common with 1 of the frames: the matte is empty there"
    )


def test_a_clip_may_fade_in(plate: Path) -> None:
    with open_hint(HintSettings(plate=plate), CLIP) as hint:
        assert not hint.trimap(frame(np.zeros((*SIZE, 3), np.uint8), 0)).any()
        assert hint.trimap(frame(walk(10), 1)).any()
