"""The pictures that the subject network learns from."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import cv2  # noqa: E402
from pictures import disc, photo  # noqa: E402
from subject_pictures import person, tiny_sources, write_folders  # noqa: E402

from pam.data.draw import Draw  # noqa: E402
from pam.data.loader import made_ahead  # noqa: E402
from pam.subject.batch import BatchSettings, canvas_size, make_batch  # noqa: E402
from pam.subject.placing import Floats, show, standing_view, view  # noqa: E402
from pam.subject.previous import NEAR, earlier, previous_mask  # noqa: E402
from pam.subject.scenes import (  # noqa: E402
    RING_TRUST,
    SHARES,
    Truth,
    composite,
    empty_scene,
    photograph,
)
from pam.subject.store import load_sources, read_people  # noqa: E402

SETTINGS = BatchSettings(size=64, batch=6, seed=3)


def soft_disc(size: int) -> Floats:
    return np.asarray(disc(size, softness=2.0)[..., 3] / 255, np.float32)


def test_what_is_held_out_is_not_trained_on(tmp_path: Path) -> None:
    folders = write_folders(tmp_path)
    training, validation = (load_sources(folders, held_out=part) for part in (False, True))
    assert (len(training.people), len(validation.people)) == (2, 1)
    assert np.array_equal(validation.people[0].rgb, person(1).rgb)
    assert training.counts() == {"people": 2, "portrait": 11, "scenes": 2}
    assert validation.counts() == {"people": 1, "portrait": 1, "scenes": 2}
    assert [scene.is_empty for scene in training.scenes] == [True, False]


def test_a_list_of_held_out_people_is_required(tmp_path: Path) -> None:
    folders = write_folders(tmp_path)
    (folders.people / "val.txt").unlink()
    with pytest.raises(FileNotFoundError):
        list(read_people(folders.people, held_out=False))


def test_a_view_puts_the_point_where_it_is_told() -> None:
    placed = view((30.0, 20.0), (8.0, 9.0), 2.0, 0.4, mirrored=True)
    assert placed @ np.array([30, 20, 1]) == pytest.approx([8, 9], abs=1e-5)
    assert np.linalg.det(placed[:, :2]) == pytest.approx(-4, rel=1e-5)


def test_a_shrunk_view_averages_and_stays_in_place() -> None:
    rgb = photo(1, 128)
    rgb[::2] //= 2  # a single source pixel would be half too dark or too light
    placed = view((63.5, 63.5), (15.5, 15.5), 0.25, 0.0, mirrored=False)
    found = show(rgb, placed, (32, 32), border=cv2.BORDER_REFLECT_101)
    slow = rgb.reshape(32, 4, 32, 4, 3).mean((1, 3))
    assert np.abs(found[2:-2, 2:-2] - slow[2:-2, 2:-2]).max() < 3


def test_a_bust_reaches_the_lower_edge() -> None:
    bust = np.zeros((80, 60), np.uint8)
    bust[30:, 15:45] = 255
    for index in range(20):
        placed = standing_view(Draw(1, index), bust, (64, 96))
        shown = show(bust, placed, (64, 96), border=cv2.BORDER_CONSTANT)
        columns = (shown > 127).any(0)
        assert np.array_equal(shown[-1] > 127, columns)


def test_a_photograph_trusts_its_mask_less_on_the_edge() -> None:
    made = photograph(Draw(0, 0), person(0), (96, 128))
    edge = made.unknown > 0
    assert 0 < edge.mean() < 0.3
    assert np.allclose(made.trust[edge], RING_TRUST)
    assert (made.trust[~edge] == 1).all()
    assert set(np.unique(made.alpha[~edge] > 0.5)) == {False, True}
    assert (np.abs(made.alpha[~edge] - 0.5) > 0.25).all()


def test_a_composite_has_the_alpha_that_it_was_made_with() -> None:
    made = composite(Draw(0, 2), tiny_sources(), (96, 128), "composite")
    soft = (made.alpha > 0.02) & (made.alpha < 0.98)
    assert np.array_equal(made.unknown > 0, soft)
    assert soft.any()
    assert 0 <= made.alpha.min() <= made.alpha.max() <= 1
    assert not made.needs_previous
    assert composite(Draw(0, 2), tiny_sources(), (96, 128), "shown").needs_previous


def test_an_empty_scene_comes_from_empty_ones_only() -> None:
    sources = tiny_sources()
    for index in range(8):
        rgb = empty_scene(Draw(4, index), sources, (64, 64))
        assert rgb.shape == (64, 64, 3)
        assert rgb.dtype == np.uint8


def test_the_shares_add_up_to_one() -> None:
    assert sum(SHARES.values()) == pytest.approx(1)


def test_an_earlier_mask_is_near_but_not_the_same() -> None:
    alpha = soft_disc(96)
    for index in range(20):
        before = earlier(Draw(2, index), alpha)
        assert before.dtype == np.float32
        assert 0 <= before.min() <= before.max() <= 1 + 1e-6
        assert not np.array_equal(before, alpha)
        assert np.minimum(before, alpha).sum() > 0.25 * alpha.sum()


def test_the_previous_mask_is_missing_fitting_or_wrong_in_its_shares() -> None:
    alpha = soft_disc(64)
    shown = np.zeros((64, 64, 3), np.uint8)
    own = Truth(rgb=shown, alpha=alpha, unknown=alpha, trust=alpha)
    other = Truth(rgb=shown, alpha=np.zeros_like(alpha), unknown=alpha, trust=alpha)
    masks = [previous_mask(Draw(8, index), own, other) for index in range(200)]
    fitting = sum(float(mask[32, 32]) > 0.5 for mask in masks)
    assert fitting == pytest.approx(200 * NEAR, abs=25)
    told = Truth(rgb=shown, alpha=alpha, unknown=alpha, trust=alpha, needs_previous=True)
    assert all(previous_mask(Draw(8, index), told, other).any() for index in range(30))


def test_a_batch_is_the_same_each_time_and_another_at_the_next_index() -> None:
    sources = tiny_sources()
    one, same, other = (make_batch(sources, SETTINGS, index) for index in (4, 4, 5))
    assert torch.equal(one.image, same.image)
    assert torch.equal(one.previous, same.previous)
    assert one.image.shape != other.image.shape or not torch.equal(one.image, other.image)
    for part in (one.image, one.previous, one.alpha, one.unknown, one.trust):
        assert len(part) == SETTINGS.batch
        assert part.shape[2:] == one.image.shape[2:]
        assert 0 <= float(part.min()) <= float(part.max()) <= 1 + 1e-6
    assert one.image.shape[2] % 32 == one.image.shape[3] % 32 == 0


@pytest.mark.parametrize(
    ("shape", "size", "expected"),
    [((1, 1), 160, (160, 160)), ((9, 16), 160, (128, 224)), ((16, 9), 224, (288, 160))],
)
def test_canvases_keep_shape_and_area_as_multiples_allow(
    shape: tuple[int, int], size: int, expected: tuple[int, int]
) -> None:
    assert canvas_size(shape, size) == expected


def test_making_ahead_gives_the_same_items_for_any_number_of_workers() -> None:
    def take(workers: int) -> list[int]:
        return [item for item, _ in zip(made_ahead(abs, 5, workers), range(4), strict=False)]

    assert take(0) == take(1) == [5, 6, 7, 8]
