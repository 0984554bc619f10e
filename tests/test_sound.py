"""Sound: the same packets at the same times, cut with the picture."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clip_writing import audio_packets, copy_clip, writer_settings
from clips import FRAME_TIMES, Clip, write_clip

from pamcli.video_read import probe, read_frames


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_sound_packets_are_copied_with_their_times(
    sound_clip: Path, tmp_path: Path, suffix: str
) -> None:
    target = tmp_path / f"out{suffix}"
    writer = copy_clip(sound_clip, target, writer_settings(target, audio_from=sound_clip))
    assert audio_packets(target) == audio_packets(sound_clip)
    assert audio_packets(target)[0][0] < 0  # the encoder's delay is still marked
    assert writer.notes == []


def test_sound_goes_into_matroska_within_its_millisecond(sound_clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mkv"
    copy_clip(sound_clip, target, writer_settings(target, audio_from=sound_clip))
    before, after = audio_packets(sound_clip), audio_packets(target)
    assert [content for _, content in after] == [content for _, content in before]
    offsets = [abs(a[0] - b[0]) for a, b in zip(after, before, strict=True)]
    assert max(offsets) <= Fraction(1, 1000)
    assert [f.pts for f in read_frames(target)] == [t // 90 for t in FRAME_TIMES]


def test_a_late_start_stays_late(clips: Path, tmp_path: Path) -> None:
    late = [t + 45_001 for t in FRAME_TIMES]
    source = write_clip(clips / "later.ts", Clip(times=late, audio="aac", container="mpegts"))
    delay = next(read_frames(source)).pts - late[0]  # of the transport stream
    target = tmp_path / "out.mp4"
    copy_clip(source, target, writer_settings(target, audio_from=source))
    assert [f.pts for f in read_frames(target)] == [t + delay for t in late]
    before, after = audio_packets(source), audio_packets(target)
    assert len(after) == len(before)
    offsets = [abs(a[0] - b[0]) for a, b in zip(after, before, strict=True)]
    assert max(offsets) <= Fraction(1, 44_100)


def test_start_and_end_cut_the_sound_with_the_picture(clips: Path, tmp_path: Path) -> None:
    times = range(0, 75 * 3600, 3600)  # 3 s, 25 frames a second
    source = write_clip(clips / "long.mp4", Clip(times=times, audio="aac"))
    target = tmp_path / "cut.mp4"
    start, end = Fraction(1), Fraction(2)
    copy_clip(source, target, writer_settings(target, audio_from=source, start=start, end=end))
    back = list(read_frames(target))
    assert [f.pts for f in back] == list(range(0, 25 * 3600, 3600))
    packet = Fraction(1024, 44_100)
    kept = [(t, c) for t, c in audio_packets(source) if start - packet < t < end]
    assert audio_packets(target) == [(t - start, content) for t, content in kept]


def test_sound_that_the_container_refuses_is_encoded_again_and_said(
    clips: Path, tmp_path: Path
) -> None:
    clip = Clip(audio="wavpack", time_base=Fraction(1, 1000), times=range(0, 800, 40))
    source = write_clip(clips / "wavpack.mkv", clip)
    target = tmp_path / "out.mp4"
    writer = copy_clip(source, target, writer_settings(target, audio_from=source))
    assert writer.notes == ["sound: mp4 does not take wavpack; encoded again as aac"]
    with av.open(str(target)) as container:
        audio = container.streams.audio[0]
        assert audio.codec_context.name == "aac"
        samples = np.concatenate([f.to_ndarray()[0] for f in container.decode(audio)])
    assert abs(samples.size / 44_100 - 0.76) < 0.06
    assert 0.3 < np.abs(samples).max() < 1  # the tone, not silence


def test_no_sound_is_no_track(sound_clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "silent.mp4"
    copy_clip(sound_clip, target, writer_settings(target))
    assert not probe(target).audio


def test_a_source_without_sound_needs_none(odd_clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    copy_clip(odd_clip, target, writer_settings(target, audio_from=odd_clip))
    assert not probe(target).audio


def test_sound_keeps_pace_with_the_picture_so_that_memory_stays_bounded(
    clips: Path, tmp_path: Path
) -> None:
    times = range(0, 250 * 3600, 3600)  # 10 s
    source = write_clip(clips / "ten.mp4", Clip(times=times, audio="aac"))
    target = tmp_path / "out.mp4"
    copy_clip(source, target, writer_settings(target, audio_from=source))
    with av.open(str(target)) as container:
        packets = [p for p in container.demux() if p.dts is not None]
    gap, last = 0.0, {0: 0.0, 1: 0.0}
    for packet in packets:
        last[packet.stream_index] = float((packet.dts or 0) * packet.time_base)
        gap = max(gap, abs(last[0] - last[1]))
    assert gap < 1.5
