"""Sound: the same packets at the same times, cut with the picture."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.packet import Packet
from av.stream import Disposition
from av.video.stream import VideoStream
from clip_writing import audio_packets, copy_clip, writer_settings
from clips import FRAME_TIMES, Clip, write_clip
from rich_clips import Rich, write_rich

from pamcli.sound import Sound
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


def rich_copy(
    tmp_path: Path,
    rich: Rich,
    name: str,
    *,
    start: Fraction | None = None,
    end: Fraction | None = None,
) -> tuple[Path, Path, list[str]]:
    """A rich source, its copy and what the writer said."""
    suffix = {"matroska": ".mkv"}.get(rich.container, f".{rich.container}")
    source = write_rich(tmp_path / f"source{suffix}", rich)
    target = tmp_path / name
    writer = copy_clip(
        source, target, writer_settings(target, audio_from=source, start=start, end=end)
    )
    return source, target, writer.notes


@pytest.mark.parametrize(
    ("rich", "name"),
    [
        (Rich(container="mp4", subtitles=None), "out.mp4"),
        (Rich(container="mp4", subtitles=None, cover=False), "out.mov"),
        (Rich(container="mov", audio="pcm_s16le", subtitles=None, cover=False), "out.mov"),
        (Rich(audio="flac", rate=48_000), "out.mkv"),
        (Rich(container="webm", video="libvpx", audio="libopus", rate=48_000,
              subtitles="webvtt", cover=False), "out.webm"),
    ],
)  # fmt: skip
def test_every_track_of_sound_is_copied_packet_by_packet(
    tmp_path: Path, rich: Rich, name: str
) -> None:
    source, target, notes = rich_copy(tmp_path, rich, name)
    for track in range(2):
        before, after = track_packets(source, track), track_packets(target, track)
        assert len(before) > 30
        assert after == before
    assert [line for line in notes if "sound" in line] == []


def track_packets(source: Path, track: int) -> list[tuple[Fraction, bytes]]:
    """(time in seconds, content) of every packet."""
    with av.open(str(source)) as container:
        packets = container.demux(audio=track)
        return [((p.pts or 0) * p.time_base, bytes(p)) for p in packets if p.size]


def test_languages_titles_and_the_default_track_are_kept(tmp_path: Path) -> None:
    _, target, _ = rich_copy(tmp_path, Rich(), "out.mkv")
    with av.open(str(target)) as container:
        first, second = container.streams.audio
        assert (first.language, second.language) == ("deu", "eng")
        assert first.metadata["title"] == "Ton"
        assert first.disposition == Disposition.default
        assert second.disposition == Disposition(0)
        assert container.streams.video[0].language == "fra"


def test_titles_of_tracks_are_handlers_in_mp4_and_back(tmp_path: Path) -> None:
    _, target, _ = rich_copy(tmp_path, Rich(), "out.mp4")
    with av.open(str(target)) as container:
        names = [stream.metadata["handler_name"] for stream in container.streams.audio]
    assert names == ["Ton", "SoundHandler"]
    back = tmp_path / "back.mkv"
    copy_clip(target, back, writer_settings(back, audio_from=target))
    with av.open(str(back)) as container:
        titles = [stream.metadata.get("title") for stream in container.streams.audio]
    assert titles == ["Ton", None]


@pytest.mark.parametrize("name", ["out.mp4", "out.mov", "out.mkv"])
def test_a_delay_of_the_sound_is_kept(tmp_path: Path, name: str) -> None:
    source, target, _ = rich_copy(
        tmp_path, Rich(container="mp4", delay=12_345, subtitles=None), name
    )
    tolerance = Fraction(1, 1000) if name.endswith(".mkv") else 0
    pairs = zip(track_packets(source, 0), track_packets(target, 0), strict=True)
    assert all(abs(before[0] - after[0]) <= tolerance for before, after in pairs)


def test_a_cut_keeps_the_distance_between_sound_and_picture(tmp_path: Path) -> None:
    start, end = Fraction(4, 5), Fraction(2)
    rich = Rich(container="mp4", delay=777, subtitles=None)
    source, target, _ = rich_copy(tmp_path, rich, "out.mp4", start=start, end=end)
    packet = Fraction(1024, 44_100)
    kept = [(t, content) for t, content in track_packets(source, 0) if start - packet < t < end]
    assert track_packets(target, 0) == [(time - start, content) for time, content in kept]


def test_pictures_are_not_held_back_for_a_subtitle_that_comes_much_later(tmp_path: Path) -> None:
    source = write_rich(tmp_path / "source.mkv", Rich(cover=False, lines=((29_000, 29_900, "A"),)))
    picture = bytes(10_000)
    target = tmp_path / "out.mkv"
    with av.open(str(target), "w") as container:
        stream = container.add_stream("rawvideo", rate=25)
        assert isinstance(stream, VideoStream)
        stream.height, stream.width, stream.pix_fmt = 100, 100, "gray"
        sound = Sound(source, container, start=None, end=None)
        sound.begin(Fraction(0))
        for number in range(250):  # 10 s
            sound.advance(Fraction(number, 25))
            packet = Packet(picture)
            packet.pts = packet.dts = number
            packet.duration, packet.time_base, packet.stream = 1, Fraction(1, 25), stream
            container.mux(packet)
        written = target.stat().st_size
        sound.finish()
        sound.close()
    assert written > 8 * 25 * len(picture)
