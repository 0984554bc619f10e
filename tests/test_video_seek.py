"""A part of a clip is what a whole run shows of it, wherever decoding must begin."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import Clip, edited, number_of, write_clip

from pamcli.frame import Frame
from pamcli.video_read import ReadReport, probe, read_frames

MILLISECONDS = Fraction(1, 1000)
TWENTY_FIFTHS = Fraction(1, 25)
FRAMES = 26
OPEN_GOP = {"x264-params": "open-gop=1:bframes=3:scenecut=0:keyint=8:min-keyint=8"}
OPEN_HEVC = {"x265-params": "open-gop=1:keyint=8:log-level=none", "preset": "ultrafast"}
MPEG2 = Clip(
    codec="mpeg2video",
    time_base=TWENTY_FIFTHS,
    times=range(FRAMES),
    options={"bf": "2", "b": "2000000"},
)
FINE = Clip(times=range(0, FRAMES * 3600, 3600), options=OPEN_GOP)
LATE = Clip(times=range(900_000, 900_000 + FRAMES * 3600, 3600), options=OPEN_GOP)
COARSE = Clip(time_base=MILLISECONDS, times=range(0, FRAMES * 40, 40), options=OPEN_GOP)
IN_FRAMES = Clip(time_base=TWENTY_FIFTHS, times=range(FRAMES), options=OPEN_GOP)
FRAGMENTS = Clip(times=FINE.times, options=OPEN_GOP, movflags="frag_keyframe+empty_moov")
HEVC = Clip(codec="libx265", times=FINE.times, options=OPEN_HEVC)
VP9 = Clip(
    codec="libvpx-vp9",
    time_base=MILLISECONDS,
    times=COARSE.times,
    options={"crf": "10", "lag-in-frames": "10", "cpu-used": "6"},
)
NTSC = Clip(time_base=Fraction(1, 24_000), times=range(0, FRAMES * 1001, 1001), options=OPEN_GOP)

CLIPS = {
    "open.mp4": FINE,
    "fragments.mp4": FRAGMENTS,
    "open.mkv": COARSE,
    "late.ts": LATE,
    "reordered.avi": IN_FRAMES,
    "plain.avi": replace(IN_FRAMES, options={"x264-params": "bframes=0"}, gop=8),
    "mpeg2.ts": MPEG2,
    "mpeg2.mpg": MPEG2,
    "hevc.ts": HEVC,
    "vp9.webm": VP9,
    "ntsc.mov": NTSC,
    "bare.m2v": MPEG2,
}


def part(source: Path, start: Fraction, frames: int = 2) -> list[Frame]:
    """What comes of `frames` frames' time from `start` on."""
    end = start + frames * TWENTY_FIFTHS - Fraction(1, 500)
    return list(read_frames(source, start=start, end=end))


def assert_every_start_is_exact(source: Path, expected: int) -> None:
    info, report = probe(source), ReadReport()
    whole = list(read_frames(source, report=report))
    assert report.notes() == []
    assert len(whole) == expected
    for number, frame in enumerate(whole):
        start = frame.pts * frame.time_base - info.start
        shown = part(source, start)
        wanted = whole[number : number + 2]
        assert [f.pts for f in shown] == [f.pts for f in wanted]
        assert all(np.array_equal(a.rgb, b.rgb) for a, b in zip(shown, wanted, strict=True))


@pytest.mark.parametrize("name", CLIPS)
def test_a_part_is_exactly_what_a_whole_run_shows_of_it(tmp_path: Path, name: str) -> None:
    source = write_clip(tmp_path / name, CLIPS[name])
    assert_every_start_is_exact(source, FRAMES)


@pytest.mark.parametrize("name", ["open.mp4", "open.mkv", "late.ts", "reordered.avi", "plain.avi"])
def test_frames_of_reordered_clips_come_in_order_at_their_times(tmp_path: Path, name: str) -> None:
    source = write_clip(tmp_path / name, CLIPS[name])
    frames = list(read_frames(source))
    assert [number_of(f.rgb) for f in frames] == list(range(FRAMES))
    seconds = [f.pts * f.time_base - probe(source).start for f in frames]
    assert seconds == [n * TWENTY_FIFTHS for n in range(FRAMES)]


def test_seeking_works_behind_an_edit_that_skips_frames(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.mp4", FINE)
    cut = edited(whole, tmp_path / "cut.mp4", skipped=5 * 3600, shown=720)
    shown = list(read_frames(cut))
    assert [number_of(f.rgb) for f in shown] == list(range(5, 23))
    assert [f.pts for f in shown] == list(range(0, 18 * 3600, 3600))
    assert probe(cut).frames == 18
    assert_every_start_is_exact(cut, 18)


def test_a_start_in_a_clip_without_an_index_is_found(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "live.mkv", COARSE)
    content = source.read_bytes()
    cues = content.rfind(bytes.fromhex("1c53bb6b"))  # EBML id of the index
    assert cues > 0
    bare = tmp_path / "bare.mkv"
    bare.write_bytes(content[:cues])
    shown = list(read_frames(bare, start=Fraction(17, 25), end=Fraction(19, 25)))
    assert [number_of(f.rgb) for f in shown] == [17, 18]
