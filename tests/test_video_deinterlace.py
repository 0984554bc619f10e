"""Interlaced clips: said, made whole when asked for, never shorter."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import FRAME_TIMES, Clip, number_of, write_clip

from pamcli.frame import Rgb
from pamcli.video_read import ReadReport, probe, read_frames

STEP = 4  # pixels by which the bar moves between two fields


def bar_at(column: int, height: int, width: int) -> Rgb:
    rgb = np.full((height, width, 3), 40, np.uint8)
    rgb[:, column % width : column % width + 16] = 200
    return rgb


def woven(number: int, height: int, width: int) -> Rgb:
    """Two fields, top first, of a bar that moves to the right."""
    rgb = bar_at(2 * number * STEP, height, width)
    rgb[1::2] = bar_at((2 * number + 1) * STEP, height, width)[1::2]
    return rgb


def combs(rgb: Rgb) -> float:
    """Mean difference of a line to the mean of its neighbours."""
    lines = rgb.astype(float)
    return float(np.abs(lines[1:-1] - (lines[:-2] + lines[2:]) / 2).mean())


@pytest.fixture(scope="module")
def interlaced(clips: Path) -> Path:
    clip = Clip(size=(96, 192), times=FRAME_TIMES, picture=woven, fields="tff")
    return write_clip(clips / "interlaced.mp4", clip)


def test_interlaced_frames_are_said_once_and_kept(interlaced: Path) -> None:
    report = ReadReport()
    frames = list(read_frames(interlaced, report=report))
    assert probe(interlaced).interlaced
    assert report.notes() == [
        "frames are interlaced and keep their combs: --deinterlace removes them"
    ]
    assert np.abs(frames[4].rgb.astype(int) - woven(4, 96, 192)).mean() < 3


def test_deinterlacing_removes_the_combs_and_keeps_count_and_times(interlaced: Path) -> None:
    report = ReadReport()
    combed = list(read_frames(interlaced))
    whole = list(read_frames(interlaced, report=report, deinterlace=True))
    assert [f.pts for f in whole] == list(FRAME_TIMES)
    assert report.notes() == ["interlaced frames were deinterlaced"]
    for number, (before, after) in enumerate(zip(combed, whole, strict=True)):
        assert combs(after.rgb) < combs(before.rgb) / 4
        first_field = bar_at(2 * number * STEP, 96, 192)
        if number:  # the first one has no frame before it to take its other lines from
            assert np.abs(after.rgb.astype(int) - first_field).mean() < 0.5


@pytest.mark.parametrize(("fields", "shown"), [("tff", 0), ("bff", 1)])
@pytest.mark.parametrize("codec", ["mpeg2video", "libx264"])
def test_the_field_that_is_marked_as_first_is_shown(
    clips: Path, codec: str, fields: str, shown: int
) -> None:
    clip = Clip(
        size=(96, 192),
        codec=codec,
        time_base=Fraction(1, 25),
        times=range(6),
        picture=woven,
        fields=fields,
        options={"b": "8000000"},
    )
    source = write_clip(clips / f"{codec}_{fields}.mkv", clip)
    frame = list(read_frames(source, deinterlace=True))[3]
    assert np.abs(frame.rgb.astype(int) - bar_at((6 + shown) * STEP, 96, 192)).mean() < 0.5


def test_a_deinterlaced_part_is_what_a_whole_run_shows_of_it(interlaced: Path) -> None:
    whole = list(read_frames(interlaced, deinterlace=True))
    for number in range(20):
        start, end = Fraction(number, 25), Fraction(number + 1, 25)
        (frame,) = read_frames(interlaced, start=start, end=end, deinterlace=True)
        assert frame.pts == whole[number].pts
        assert np.array_equal(frame.rgb, whole[number].rgb)


def test_frames_that_are_not_marked_stay_exactly_as_they_are(sound_clip: Path) -> None:
    report = ReadReport()
    plain = list(read_frames(sound_clip))
    asked = list(read_frames(sound_clip, report=report, deinterlace=True))
    assert report.notes() == []
    assert [f.pts for f in asked] == [f.pts for f in plain]
    assert all(np.array_equal(a.rgb, b.rgb) for a, b in zip(asked, plain, strict=True))


@pytest.mark.parametrize("frames", [1, 2])
def test_the_last_frame_is_not_lost(clips: Path, frames: int) -> None:
    clip = Clip(times=FRAME_TIMES[:frames], fields="tff")
    source = write_clip(clips / f"interlaced{frames}.mp4", clip)
    shown = list(read_frames(source, deinterlace=True))
    assert [number_of(f.rgb) for f in shown] == list(range(frames))


def test_tags_and_rotation_outlast_deinterlacing(clips: Path) -> None:
    clip = Clip(
        times=FRAME_TIMES[:3],
        matrix=1,
        color_range=2,
        rotation=90,
        fields="tff",
        size=(64, 96),
    )
    source = write_clip(clips / "interlaced_tags.mp4", clip)
    combed = next(read_frames(source))
    whole = next(read_frames(source, deinterlace=True))
    assert whole.rgb.shape == combed.rgb.shape == (96, 64, 3)
    assert np.abs(whole.rgb.astype(int) - combed.rgb).mean() < 1.5
