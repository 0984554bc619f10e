"""The subject network at run time: the released one, and what is done with any."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from pamcli import models, subject_network
from pamcli.errors import ModelError
from pamcli.frame import Alpha, Rgb
from pamcli.kept_files import VARIABLE
from pamcli.models import load_files, load_model, models_folder, read_files
from pamcli.settings import Precision
from pamcli.subject import SubjectFinder, find_subject, joint_doubt
from pamcli.subject_cue_finder import overlap
from pamcli.subject_input import SIDE, STRIDE, input_size, to_input
from pamcli.subject_network import NAME, SubjectNetwork

SIZE = 160, 288


@pytest.fixture(scope="module")
def network() -> SubjectNetwork:
    return SubjectNetwork(load_files(NAME), threads=1)


def figure(x: int, height: int = 160, width: int = 288) -> tuple[Rgb, Alpha]:
    """Head and shoulders in plain colours before a wall, x the middle's column."""
    mask = np.zeros((height, width), np.float32)
    cv2.ellipse(mask, (x, height), (62, 66), 0, 0, 360, 1.0, -1)
    cv2.ellipse(mask, (x, 66), (26, 34), 0, 0, 360, 1.0, -1)
    rgb = np.full((height, width, 3), (120, 140, 150), np.uint8)
    rgb[mask > 0] = (60, 50, 110)
    cv2.ellipse(rgb, (x, 66), (26, 34), 0, 0, 360, (215, 165, 140), -1)
    cv2.ellipse(rgb, (x, 48), (27, 22), 0, 180, 360, (60, 40, 25), -1)
    for side in (-10, 10):
        cv2.circle(rgb, (x + side, 62), 4, (250, 250, 250), -1)
        cv2.circle(rgb, (x + side, 62), 2, (40, 30, 20), -1)
    cv2.ellipse(rgb, (x, 84), (9, 3), 0, 0, 360, (150, 60, 60), -1)
    return cv2.GaussianBlur(rgb, (0, 0), 0.8).astype(np.uint8), mask


def test_maps_have_the_pictures_size_and_lie_between_0_and_1(network: SubjectNetwork) -> None:
    rng = np.random.default_rng(0)
    for size in ((32, 32), (96, 160), (288, 64)):
        rgb = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
        for values in network.run(rgb, np.zeros(size, np.float32)):
            assert values.shape == size
            assert values.dtype == np.float32
            assert 0 <= values.min() <= values.max() <= 1


def test_two_runs_share_nothing(network: SubjectNetwork) -> None:
    (rgb, _), nothing = figure(140), np.zeros(SIZE, np.float32)
    first, doubt = network.run(rgb, nothing)
    kept = first.copy(), doubt.copy()
    network.run(255 - rgb, nothing + 1)
    again, _ = network.run(rgb, nothing)
    assert np.array_equal(first, kept[0])
    assert np.array_equal(doubt, kept[1])
    assert np.array_equal(again, first)


@pytest.mark.parametrize("colour", [(0, 0, 0), (90, 120, 60), (255, 255, 255)])
def test_a_flat_picture_holds_no_subject(
    network: SubjectNetwork, colour: tuple[int, int, int]
) -> None:
    finder = SubjectFinder(network)
    for _ in range(3):
        found = finder.find(np.full((90, 160, 3), colour, np.uint8))
        assert not (found.mask > 0.5).any()
        assert found.confidence == 0


def test_a_drawn_person_is_found(network: SubjectNetwork) -> None:
    rgb, mask = figure(150)
    found = SubjectFinder(network).find(rgb)
    assert overlap(found.mask, mask) > 0.8
    assert found.confidence > 0.8
    assert found.uncertainty is not None
    edge = cv2.dilate(mask, np.ones((3, 3))) - cv2.erode(mask, np.ones((3, 3))) > 0
    assert found.uncertainty[edge].mean() > 3 * found.uncertainty[~edge].mean()


def test_the_mask_before_counts(network: SubjectNetwork) -> None:
    rgb, mask = figure(150)
    thing = np.zeros(SIZE, np.float32)
    alone, _ = network.run(rgb, thing)
    shown, _ = network.run(rgb, mask)
    assert overlap(shown, mask) >= overlap(alone, mask) - 0.02
    assert not np.array_equal(alone, shown)


def test_float32_and_bfloat16_find_the_same(network: SubjectNetwork) -> None:
    rgb, _ = figure(150)
    nothing = np.zeros(SIZE, np.float32)
    exact = SubjectNetwork(load_files(NAME), precision=Precision.F32, threads=1)
    found, _ = network.run(rgb, nothing)
    expected, _ = exact.run(rgb, nothing)
    assert overlap(found, expected) > 0.97


class Scripted(SubjectNetwork):
    """Sees what it is told to see, and remembers what it was given."""

    def __init__(self, mask: Alpha) -> None:
        self.mask, self.before = mask, list[Alpha]()

    def run(self, rgb: Rgb, previous: Alpha) -> tuple[Alpha, Alpha]:
        self.before.append(previous)
        return self.mask, np.full_like(self.mask, 0.25)


def test_by_turns_it_looks_alone_and_with_the_mask_carried_to_the_frame() -> None:
    rgb, mask = figure(140)
    scripted = Scripted(mask)
    finder = SubjectFinder(scripted)
    for x in (140, 144, 148):
        finder.find(figure(x)[0])
    finder.find(rgb[::-1] // 4)
    finder.find(rgb[::-1] // 4)
    first, second, third, cut, after = scripted.before
    assert not first.any() and not third.any() and not cut.any()
    assert overlap(second, figure(144)[1]) > 0.9
    assert after.any()


def test_doubt_is_the_networks_and_where_cues_overrule_it() -> None:
    mask, learnt, doubt = (
        np.array([row], np.float32) for row in ([1, 1, 0], [1, 1, 0.4], [0.25] * 3)
    )
    assert joint_doubt(mask, learnt, doubt).tolist() == [[0.25, 0.25, pytest.approx(0.4)]]


def test_a_subject_that_only_the_network_sees_is_found_soon() -> None:
    rgb, mask = figure(60)
    scripted = Scripted(mask)
    finder = SubjectFinder(scripted)
    finder.find(rgb)
    both = np.where(figure(230)[1][..., None] > 0, figure(230)[0], rgb)
    scripted.mask = figure(230)[1]
    found = [finder.find(both).mask[scripted.mask > 0].mean() for _ in range(9)]
    assert found[0] < 0.2
    assert found[-1] > 0.9


def test_what_the_network_saw_is_a_mean_over_time() -> None:
    rgb, mask = figure(140)
    finder = SubjectFinder(Scripted(mask))
    for _ in range(3):
        found = finder.find(rgb)
    assert found.uncertainty is not None
    assert found.uncertainty.min() == pytest.approx(0.25, abs=1e-3)


def test_where_the_network_sees_nobody_the_doubt_lies_along_the_edge() -> None:
    rgb, _ = figure(140)
    nobody = np.zeros(SIZE, np.float32)
    found = SubjectFinder(Scripted(nobody)).find(rgb)
    assert found.uncertainty is not None
    inside = found.mask > 0.5
    distance = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
    assert found.uncertainty[inside & (distance < 4)].min() == 1
    assert inside.sum() > 500
    assert not found.uncertainty[distance > 12].any()


@pytest.mark.parametrize("size", [(1, 1), (1, 200), (17, 3), (481, 269), (90, 160)])
def test_every_size_works(network: SubjectNetwork, size: tuple[int, int]) -> None:
    finder = SubjectFinder(network)
    rng = np.random.default_rng(4)
    for _ in range(2):
        found = finder.find(rng.integers(0, 256, (*size, 3), dtype=np.uint8))
        assert found.mask.shape == size
        assert 0 <= found.mask.min() <= found.mask.max() <= 1


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1080, 1920), (160, SIDE)),
        ((1920, 1080), (SIDE, 160)),
        ((480, 640), (224, SIDE)),
        ((1000, 1000), (SIDE, SIDE)),
        ((1, 500), (STRIDE, SIDE)),
    ],
)
def test_the_input_keeps_the_pictures_shape(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert input_size(*size) == expected


def test_shrinking_averages() -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    small = to_input(rgb, (32, 48))
    slow = rgb.reshape(32, 2, 48, 2, 3).mean((1, 3))
    assert np.abs(small - slow).max() <= 1


def test_the_released_model_is_whole_and_no_matting_network() -> None:
    model = load_files(NAME)
    assert model.stride == STRIDE
    assert model.bin.stat().st_size < 16 << 20
    with pytest.raises(ModelError, match=r"manifest\.json: no manifest of a model with 4"):
        load_model(NAME)


def test_no_int8_model_is_released() -> None:
    with pytest.raises(ModelError, match="no int8 model"):
        SubjectNetwork(load_files(NAME), precision=Precision.INT8)


def test_a_second_opening_takes_what_the_first_has_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    first = SubjectNetwork(load_files(NAME), threads=1)
    kept = list((tmp_path / "cache").iterdir())
    monkeypatch.setattr(subject_network, "load_openvino", lambda: pytest.fail("read anew"))
    second = SubjectNetwork(load_files(NAME), threads=1)
    rgb = np.random.default_rng(1).integers(0, 256, (96, 160, 3), dtype=np.uint8)
    nothing = np.zeros((96, 160), np.float32)
    assert first.precision is second.precision and kept
    for one, other in zip(first.run(rgb, nothing), second.run(rgb, nothing), strict=True):
        assert np.array_equal(one, other)


def test_a_model_that_is_none_is_named(tmp_path: Path) -> None:
    copy = tmp_path / NAME
    shutil.copytree(models_folder() / NAME, copy)
    (copy / "subject.xml").write_text("<net/>")
    with pytest.raises(ModelError, match=r"subject\.xml"):
        SubjectNetwork(read_files(copy))


def test_a_network_of_another_kind_is_named() -> None:
    with pytest.raises(ModelError, match="no subject network"):
        SubjectNetwork(load_files("pam"), threads=1)


def test_a_changed_or_missing_model_stops_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / NAME
    shutil.copytree(models_folder() / NAME, copy)
    monkeypatch.setattr(models, "models_folder", lambda: tmp_path)
    content = bytearray((copy / "subject.bin").read_bytes())
    content[len(content) // 2] ^= 1
    (copy / "subject.bin").write_bytes(content)
    with pytest.raises(ModelError, match=r"subject\.bin: not the released file"):
        find_subject(np.zeros((32, 32, 3), np.uint8))
    shutil.rmtree(copy)
    with pytest.raises(ModelError, match="model subject: not found"):
        find_subject(np.zeros((32, 32, 3), np.uint8))
