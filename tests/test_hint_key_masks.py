"""Masks at a few moments of a made clip, carried to all its frames."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import Clip, write_clip
from scenes import OTHER_WALL, SIZE, truth, walk, wrong

from pamcli.errors import InputError
from pamcli.frame import Frame, Matte, Rgb
from pamcli.hint_key_masks import clock
from pamcli.hints import Hint, open_hint
from pamcli.images import write_png
from pamcli.settings import HintSettings
from pamcli.video_read import read_frames

FRAMES, RATE, CUT = 40, 25, 24


def scene(number: int, height: int, width: int) -> Rgb:
    return walk(number)


def scene_with_cut(number: int, height: int, width: int) -> Rgb:
    return walk(number, OTHER_WALL) if number >= CUT else walk(number)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    times = tuple(3600 * n for n in range(FRAMES))
    target = tmp_path_factory.mktemp("walk") / "walk.mp4"
    return write_clip(target, Clip(times=times, size=SIZE, picture=scene))


@pytest.fixture(scope="module")
def cut_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    times = tuple(3600 * n for n in range(FRAMES))
    target = tmp_path_factory.mktemp("cut") / "cut.mp4"
    return write_clip(target, Clip(times=times, size=SIZE, picture=scene_with_cut))


def keys(folder: Path, *numbers: int) -> HintSettings:
    """The true masks of some frames at their times."""
    given = []
    for number in numbers:
        write_png(folder / f"key{number}.png", np.rint(truth(number) * 255).astype(np.uint8))
        given.append((Fraction(number, RATE), folder / f"key{number}.png"))
    return HintSettings(key_masks=tuple(given))


def trimaps(hint: Hint, frames: Iterator[Frame], *, learn: bool = False) -> list[np.ndarray]:
    """What the hint says of each frame; `learn`: it is told the matte, true where unknown."""
    said = []
    for frame in frames:
        trimap = hint.trimap(frame)
        said.append(trimap)
        if learn:
            number = round(frame.seconds * RATE)
            alpha = np.where(trimap == 128, truth(number), trimap == 255).astype(np.float32)
            hint.learn(Matte(frame, alpha, frame.rgb))
    return said


def errors(said: list[np.ndarray], first: int = 0) -> list[float]:
    return [wrong(trimap, truth(first + n)) for n, trimap in enumerate(said)]


@pytest.mark.parametrize("numbers", [(0,), (FRAMES - 1,), (15,), (0, FRAMES - 1)])
def test_a_mask_reaches_every_frame_before_and_after_it(
    clip: Path, tmp_path: Path, numbers: tuple[int, ...]
) -> None:
    with open_hint(keys(tmp_path, *numbers), clip) as hint:
        said = trimaps(hint, read_frames(clip))
        assert hint.notes() == []
    assert len(said) == FRAMES
    assert max(errors(said)) < 0.01
    assert max((trimap == 128).mean() for trimap in said) < 0.08


def test_the_matte_corrects_the_mask_that_is_carried(clip: Path, tmp_path: Path) -> None:
    settings = keys(tmp_path, 0)
    blind = errors(trimaps(open_hint(settings, clip), read_frames(clip)))
    taught = errors(trimaps(open_hint(settings, clip), read_frames(clip), learn=True))
    assert open_hint(settings, clip).learns
    assert sum(taught) < 0.3 * sum(blind)


def test_the_mask_begins_anew_at_each_moment(clip: Path, tmp_path: Path) -> None:
    settings = keys(tmp_path, 0, 20)
    write_png(tmp_path / "key20.png", np.roll(np.rint(truth(20) * 255), 60, 1).astype(np.uint8))
    said = trimaps(open_hint(settings, clip), read_frames(clip))
    assert wrong(said[20], np.roll(truth(20), 60, 1)) == 0
    assert wrong(said[3], truth(3)) < 0.01


def test_after_a_scene_cut_there_is_no_subject_and_that_is_said(
    cut_clip: Path, tmp_path: Path
) -> None:
    with open_hint(keys(tmp_path, 0), cut_clip) as hint:
        said = trimaps(hint, read_frames(cut_clip))
        (note,) = hint.notes()
    assert all(trimap.any() for trimap in said[:CUT])
    assert not any(trimap.any() for trimap in said[CUT:])
    assert note == (
        "the mask carried from 0:00.000 lost its subject at 0:00.960: "
        "the matte is empty from 0:00.960 to the end"
    )


def test_a_mask_that_grows_out_of_proportion_is_doubted(clip: Path, tmp_path: Path) -> None:
    hint = open_hint(keys(tmp_path, 0), clip)
    for frame in read_frames(clip, end=Fraction(4, RATE)):
        hint.trimap(frame)
        hint.learn(Matte(frame, np.ones(frame.size, np.float32), frame.rgb))
    assert hint.notes() == [
        "the mask carried from 0:00.000 is 3 times as large at 0:00.040: "
        "give another there if that is wrong"
    ]


def test_a_key_mask_behind_the_cut_takes_over_there(cut_clip: Path, tmp_path: Path) -> None:
    with open_hint(keys(tmp_path, 5, 30), cut_clip) as hint:
        said = trimaps(hint, read_frames(cut_clip))
        assert hint.notes() == []
    assert max(errors(said)) < 0.012


def test_what_cannot_be_carried_back_over_a_cut_is_said(cut_clip: Path, tmp_path: Path) -> None:
    with open_hint(keys(tmp_path, 30), cut_clip) as hint:
        said = trimaps(hint, read_frames(cut_clip))
        (note,) = hint.notes()
    assert [trimap.any() for trimap in said] == [n >= CUT for n in range(FRAMES)]
    assert note == (
        "the mask carried back from 0:01.200 lost its subject at 0:00.920: "
        "the matte is empty from 0:00.000 to 0:00.960"
    )


def test_times_are_those_of_the_clip_when_a_run_begins_in_its_middle(
    clip: Path, tmp_path: Path
) -> None:
    first = 16
    for numbers in ((4,), (16,), (30,)):
        frames = read_frames(clip, start=Fraction(first, RATE))
        said = trimaps(open_hint(keys(tmp_path, *numbers), clip), frames)
        assert len(said) == FRAMES - first
        assert max(errors(said, first)) < 0.01


def test_a_moment_between_two_frames_is_the_nearest_ones(clip: Path, tmp_path: Path) -> None:
    settings = keys(tmp_path, 20)
    late = HintSettings(key_masks=((Fraction(204, 250), settings.key_masks[0][1]),))
    said = trimaps(open_hint(late, clip), read_frames(clip))
    exact = trimaps(open_hint(settings, clip), read_frames(clip))
    assert np.array_equal(said[20], exact[20]) and np.array_equal(said[21], exact[21])


def test_a_smaller_mask_of_the_frames_aspect_is_enlarged(clip: Path, tmp_path: Path) -> None:
    write_png(tmp_path / "half.png", np.rint(truth(0)[::2, ::2] * 255).astype(np.uint8))
    settings = HintSettings(key_masks=((Fraction(0), tmp_path / "half.png"),))
    said = trimaps(open_hint(settings, clip), read_frames(clip))
    assert wrong(said[0], truth(0)) < 0.01


def test_a_mask_of_another_shape_is_refused(clip: Path, tmp_path: Path) -> None:
    write_png(tmp_path / "square.png", np.zeros((50, 50), np.uint8))
    settings = HintSettings(key_masks=((Fraction(0), tmp_path / "square.png"),))
    with pytest.raises(InputError, match=r"square\.png: 50x50, but the frame is 256x144$"):
        open_hint(settings, clip)


def test_a_moment_after_the_clips_end_is_refused(clip: Path, tmp_path: Path) -> None:
    mask = keys(tmp_path, 0).key_masks[0][1]
    settings = HintSettings(key_masks=((Fraction(65), mask),))
    expected = r"key0\.png: given for 1:05\.000, but .*walk\.mp4 ends at 0:01\.600$"
    with pytest.raises(InputError, match=expected):
        open_hint(settings, clip)


def test_a_missing_mask_is_named(clip: Path) -> None:
    settings = HintSettings(key_masks=((Fraction(0), Path("gone.png")),))
    with pytest.raises(InputError, match=r"^gone\.png: no such file"):
        open_hint(settings, clip)


def test_a_clock_shows_minutes_and_thousandths() -> None:
    assert [clock(Fraction(t)) for t in ("0", "2.5", "3725.0625")] == [
        "0:00.000",
        "0:02.500",
        "62:05.062",
    ]
