"""The plate's maths on made pictures."""

import numpy as np
import pytest
from scenes import OTHER_WALL, SIZE, WALL, iou, truth, walk, with_noise

from pamcli.frame import Rgb
from pamcli.trimap_plate import difference, has_structure, in_common, match_light, subject_of

PLATE = with_noise(WALL, 900)


def lit(rgb: Rgb, gains: tuple[float, float, float], offset: float) -> Rgb:
    return np.asarray(np.clip(np.rint(rgb * np.array(gains) + offset), 0, 255), np.uint8)


@pytest.mark.parametrize("gains", [(1.0, 1.0, 1.0), (1.2, 1.0, 0.8), (0.6, 0.6, 0.65)])
def test_the_light_of_the_background_is_matched_although_a_subject_stands_there(
    gains: tuple[float, float, float],
) -> None:
    frame = lit(walk(20), gains, 5)
    behind = truth(20) == 0
    apart = match_light(PLATE, frame)[behind].astype(float) - lit(PLATE, gains, 5)[behind]
    assert np.abs(apart.mean(axis=0)).max() < 2
    assert np.abs(apart).mean() < 3


def test_what_the_plate_shows_within_a_pixel_is_no_difference() -> None:
    moved = np.roll(PLATE, (1, -1), (0, 1))
    assert difference(moved, PLATE)[2:-2, 2:-2].max() == 0
    assert difference(np.full_like(PLATE, 255), np.zeros_like(PLATE)).min() > 50


def test_a_shadow_counts_for_less_than_a_light() -> None:
    gray = np.full((20, 20, 3), 120, np.uint8)
    darker, lighter = (difference(np.full_like(gray, v), gray).mean() for v in (90, 150))
    assert darker == pytest.approx(lighter / 2, rel=0.1)


def test_whatever_differs_is_the_subject() -> None:
    mask, uncertainty = subject_of(difference(walk(20), PLATE))
    assert iou(mask, truth(20)) > 0.88
    assert (mask[truth(20) == 0] < 0.5).mean() > 0.998
    assert set(np.unique(mask >= 0.5)) == {False, True}
    assert uncertainty[truth(20) == 0].mean() < 0.02


def test_the_plate_alone_holds_no_subject() -> None:
    mask, uncertainty = subject_of(difference(with_noise(WALL, 5), PLATE))
    assert mask.max() == 0 and uncertainty.max() == 0


def test_a_gap_where_the_subject_looks_like_the_plate_is_in_doubt() -> None:
    apart = np.zeros((200, 200), np.float32)
    apart[40:160, 40:160] = 30
    apart[90:105, 90:105] = 0
    mask, uncertainty = subject_of(apart)
    assert (mask[92:103, 92:103] < 0.5).all() and (uncertainty[92:103, 92:103] == 1).all()
    assert (mask[60:80, 60:80] == 1).all() and uncertainty[60:80, 60:80].max() == 0


@pytest.mark.parametrize("number", [0, 20])
def test_a_frame_has_the_plates_structure_whatever_stands_before_it(number: int) -> None:
    assert in_common(walk(number), PLATE) > 0.7


def test_another_view_has_nothing_in_common_with_the_plate() -> None:
    assert in_common(with_noise(OTHER_WALL, 1), PLATE) < 0.08


def test_a_bare_wall_tells_nothing() -> None:
    bare = np.full((*SIZE, 3), 140, np.uint8)
    assert not has_structure(bare) and has_structure(PLATE)
    assert in_common(PLATE, bare) == 1
