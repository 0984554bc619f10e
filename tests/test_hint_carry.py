"""Masks carried through a made clip before its run, in stretches and as a whole."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import Clip, write_clip
from scenes import OTHER_WALL, SIZE, iou, truth, walk

from pamcli import hint_carry
from pamcli.frame import Rgb
from pamcli.hint_carry import SmallClip, carry_back, carry_up
from pamcli.video_read import probe, read_frames

FRAMES, RATE, CUT = 24, 25, 8


def scene(number: int, height: int, width: int) -> Rgb:
    """A walk that begins with another wall."""
    return walk(number, OTHER_WALL) if number < CUT else walk(number)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Begins at one second; key frames 8 frames apart."""
    times = tuple(90_000 + 3600 * n for n in range(FRAMES))
    target = tmp_path_factory.mktemp("carry") / "walk.mkv"
    return write_clip(target, Clip(times=times, size=SIZE, picture=scene))


def seconds(frame: int) -> Fraction:
    return Fraction(frame, RATE)


def half_before(frame: int) -> Fraction:
    return Fraction(2 * frame - 1, 2 * RATE)


def test_glimpses_are_the_frames_of_a_stretch(clip: Path) -> None:
    small = SmallClip(probe(clip))
    found = list(small.glimpses(half_before(5), half_before(9)))
    assert [glimpse.time for glimpse in found] == [seconds(n) for n in range(5, 9)]
    assert all(glimpse.seen.shape == (144, 256, 3) for glimpse in found)
    assert small.first(half_before(5)).pts == found[0].pts
    assert list(small.glimpses(seconds(5) + Fraction(1, 100), half_before(6))) == []


@pytest.mark.parametrize("chunk", [3, 8])
def test_stretches_give_what_the_whole_gives(
    clip: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, begin, end = SmallClip(probe(clip)), half_before(CUT), half_before(FRAMES - 1)
    whole = carry_back(small, truth(FRAMES - 1), begin, end)
    monkeypatch.setattr(hint_carry, "CHUNK", chunk)
    parts = carry_back(small, truth(FRAMES - 1), begin, end)
    assert parts.masks == whole.masks and len(whole.masks) == FRAMES - 1 - CUT
    assert whole.lost is None


def test_each_frame_gets_its_mask_once(clip: Path) -> None:
    small = SmallClip(probe(clip))
    carried = carry_back(small, truth(20), half_before(CUT), half_before(20))
    for number, frame in enumerate(read_frames(clip)):
        mask = carried.take(frame.pts, SIZE)
        assert (mask is not None) == (CUT <= number < 20)
        assert mask is None or iou(mask, truth(number)) > 0.85
    assert carried.masks == {}


def test_a_packed_mask_takes_little_memory(clip: Path) -> None:
    carried = carry_back(SmallClip(probe(clip)), truth(20), half_before(CUT), half_before(20))
    assert max(len(packed) for packed in carried.masks.values()) < 2500


def test_nothing_is_carried_over_a_cut(clip: Path) -> None:
    small = SmallClip(probe(clip))
    back = carry_back(small, truth(12), Fraction(0), half_before(12))
    assert len(back.masks) == 12 - CUT and back.lost == seconds(CUT - 1)
    assert carry_up(small, truth(2), half_before(2), half_before(12)) is None


def test_a_mask_is_carried_up_to_the_frame_before_the_run(clip: Path) -> None:
    carrier = carry_up(SmallClip(probe(clip)), truth(CUT), half_before(CUT), half_before(20))
    assert carrier is not None and iou(np.asarray(carrier.mask), truth(19)) > 0.85
