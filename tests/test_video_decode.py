"""Packets into frames: what is damaged, cut short, too large or no clip at all."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import Clip, number_of, write_clip

from pamcli.errors import InputError
from pamcli.video_read import ReadReport, probe, read_frames

MILLISECONDS = Fraction(1, 1000)
HUNDREDTHS = Fraction(1, 100)
UNEVEN = (0, 10, 20, 50, 54)


def read_all(source: Path) -> tuple[list[int], list[int], ReadReport]:
    """(frame numbers, pts, report)."""
    report = ReadReport()
    frames = list(read_frames(source, report=report))
    return [number_of(f.rgb) for f in frames], [f.pts for f in frames], report


def packets_of(source: Path) -> list[tuple[int, int]]:
    """(position, size) of each video packet."""
    with av.open(str(source)) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    return [(position, size) for position, size in packets if position is not None]


def test_damaged_packets_are_skipped_and_counted(clips: Path) -> None:
    clip = Clip(
        codec="ffv1", pixel_format="bgr0", time_base=Fraction(1, 1000), times=range(0, 800, 40)
    )
    source = write_clip(clips / "whole.mkv", clip)
    content = bytearray(source.read_bytes())
    with av.open(str(source)) as container:
        places = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    for position, size in places[5:8]:
        assert position is not None
        content[position + 20 : position + 20 + size // 2] = bytes(size // 2)
    broken = clips / "broken.mkv"
    broken.write_bytes(content)
    numbers, pts, report = read_all(broken)
    assert set(numbers) >= {0, 1, 2, 3, 4, 8, 9, 19}
    assert report.skipped + report.damaged == 3
    assert report.frames + report.skipped == 20
    assert pts == sorted(pts)
    assert any("damaged" in line for line in report.notes())


def test_a_clip_cut_short_gives_its_frames_and_says_so(clips: Path) -> None:
    clip = Clip(movflags="faststart", times=range(0, 60 * 3600, 3600), size=(96, 128), gop=5)
    whole = write_clip(clips / "front.mp4", clip)
    content = whole.read_bytes()
    cut = clips / "cut.mp4"
    cut.write_bytes(content[: len(content) * 3 // 4])
    numbers, _, report = read_all(cut)
    assert 10 < report.frames < 60
    assert numbers[:10] == list(range(10))
    assert report.frames + report.skipped + report.missing == 60
    assert report.notes()


def test_random_damage_ends_in_frames_or_in_one_line(clips: Path, sound_clip: Path) -> None:
    matroska = Clip(time_base=Fraction(1, 1000), times=range(0, 800, 40), codec="ffv1")
    sources = [sound_clip, write_clip(clips / "fuzz.mkv", matroska)]
    rng = np.random.default_rng(11)
    whole = 0
    for number in range(40):
        source = sources[number % 2]
        content = np.frombuffer(source.read_bytes(), np.uint8).copy()
        places = rng.integers(0, content.size, 1 + number)
        content[places] ^= rng.integers(1, 256, places.size, dtype=np.uint8)
        damaged = clips / f"fuzzed{source.suffix}"
        damaged.write_bytes(content[: content.size - number // 4 * 50].tobytes())
        report = ReadReport()
        try:
            frames = list(read_frames(damaged, report=report))
        except InputError as error:
            assert str(error).startswith(f"{damaged}: ")
            assert "\n" not in str(error)
            continue
        whole += 1
        times = [f.pts for f in frames]
        assert times == sorted(set(times))
        assert len(frames) == report.frames <= 20
    assert whole > 5


def test_a_stream_of_which_nothing_decodes_is_an_error(clips: Path) -> None:
    clip = Clip(codec="ffv1", pixel_format="bgr0", time_base=Fraction(1, 1000), times=(0, 40, 80))
    source = write_clip(clips / "good.mkv", clip)
    content = bytearray(source.read_bytes())
    with av.open(str(source)) as container:
        places = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    for position, size in places:
        assert position is not None
        content[position + 8 : position + size] = bytes(size - 8)
    bad = clips / "bad.mkv"
    bad.write_bytes(content)
    with pytest.raises(InputError, match="no frame could be decoded"):
        probe(bad)


CODED = {
    "h264.mkv": Clip(
        time_base=MILLISECONDS,
        times=range(0, 1600, 40),
        size=(96, 128),
        gop=10,
        options={"crf": "3", "x264-params": "bframes=0"},
    ),
    "mpeg2.mkv": Clip(
        codec="mpeg2video",
        time_base=MILLISECONDS,
        times=range(0, 1600, 40),
        size=(96, 128),
        gop=10,
        options={"b": "8000000", "time_base": "1/25"},
    ),
    "vp9.webm": Clip(
        codec="libvpx-vp9",
        time_base=MILLISECONDS,
        times=range(0, 1600, 40),
        size=(96, 128),
        gop=10,
        options={"crf": "4", "cpu-used": "6", "lag-in-frames": "0"},
    ),
    "ffv1.mkv": Clip(
        codec="ffv1",
        pixel_format="yuv420p",
        time_base=MILLISECONDS,
        times=range(0, 1600, 40),
        size=(96, 128),
        options={"level": "3", "slicecrc": "1"},
    ),
}


@pytest.mark.parametrize("name", CODED)
def test_flipped_bytes_in_mid_stream_cost_a_few_frames_and_are_counted(
    tmp_path: Path, name: str
) -> None:
    source = write_clip(tmp_path / name, CODED[name])
    content = bytearray(source.read_bytes())
    rng = np.random.default_rng(5)
    for position, size in packets_of(source)[14:17]:
        for place in rng.integers(position + min(4, size - 1), position + size, max(4, size // 8)):
            content[place] ^= 0xFF
    source.write_bytes(content)
    numbers, pts, report = read_all(source)
    assert numbers[:14] == list(range(14))
    assert numbers[-10:] == list(range(30, 40))
    assert pts == sorted(set(pts))
    assert report.frames + report.skipped + report.lost == 40
    assert report.skipped <= 10
    assert report.skipped + report.damaged > 0
    assert any("damaged" in note for note in report.notes())


def test_another_size_in_mid_stream_is_an_error(tmp_path: Path) -> None:
    parts = [
        write_clip(tmp_path / f"{width}.h264", Clip(size=(48, width), container="h264"))
        for width in (64, 80)
    ]
    joined = tmp_path / "joined.h264"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    taken: list[int] = []
    with pytest.raises(InputError) as caught:
        taken.extend(number_of(f.rgb) for f in read_frames(joined))
    assert str(caught.value) == (
        f"{joined}: the picture changes its size from 64x48 to 80x48 in mid-stream"
    )
    assert taken == list(range(20))


def test_sizes_that_no_memory_should_be_asked_for_are_refused(tmp_path: Path) -> None:
    raw, gif, avi = tmp_path / "raw.y4m", tmp_path / "wide.gif", tmp_path / "wide.avi"
    raw.write_bytes(b"YUV4MPEG2 W60000 H60000 F25:1 C420jpeg\nFRAME\n" + bytes(1000))
    screen = struct.pack("<HHBBB", 60_000, 60_000, 0x80, 0, 0) + bytes(6)
    picture = struct.pack("<HHHHB", 0, 0, 60_000, 60_000, 0) + b"\x02\x02\x4c\x01\x00"
    gif.write_bytes(b"GIF89a" + screen + b"," + picture + b";")
    content = bytearray(
        write_clip(avi, Clip(codec="ffv1", time_base=Fraction(1, 25), times=(0,))).read_bytes()
    )
    header = content.find(b"strf") + 12
    content[header : header + 8] = struct.pack("<ii", 60_000, 60_000)
    avi.write_bytes(content)
    for source in (raw, gif, avi):
        for use in (probe, lambda s: list(read_frames(s))):
            with pytest.raises(InputError) as caught:
                use(source)
            assert str(caught.value) == (
                f"{source}: 60000x60000 pixels; at most 16384 a side and 134 million in all "
                "can be read"
            )


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"), [("a.gif", "gif", "rgb8"), ("a.apng", "apng", "rgba")]
)
def test_animated_pictures_carry_their_own_times(
    tmp_path: Path, name: str, codec: str, pixel_format: str
) -> None:
    clip = Clip(codec=codec, pixel_format=pixel_format, time_base=HUNDREDTHS, times=UNEVEN)
    source = write_clip(tmp_path / name, clip)
    frames = list(read_frames(source))
    assert [number_of(f.rgb) for f in frames] == list(range(5))
    assert [f.pts * f.time_base for f in frames] == [t * HUNDREDTHS for t in UNEVEN]
    assert not probe(source).audio


def test_animated_webp_is_refused_in_a_line_of_its_own(tmp_path: Path) -> None:
    clip = Clip(codec="libwebp_anim", pixel_format="bgra", time_base=MILLISECONDS, times=UNEVEN)
    source = write_clip(tmp_path / "a.webp", clip)
    with pytest.raises(InputError) as caught:
        probe(source)
    assert str(caught.value) == (
        f"{source}: animated WebP cannot be read; make it an APNG, GIF or video"
    )


def test_dropped_frames_of_an_avi_leave_gaps_and_are_not_missing(tmp_path: Path) -> None:
    times = (0, 1, 2, 6, 7, 8, 15, 16)
    clip = Clip(time_base=Fraction(1, 25), times=times, options={"x264-params": "bframes=0"})
    source = write_clip(tmp_path / "gaps.avi", clip)
    numbers, pts, report = read_all(source)
    assert numbers == list(range(8))
    assert pts == list(times)
    assert report.notes() == []
    assert probe(source).frames == 8


def test_a_header_without_frames_is_an_error(tmp_path: Path, sound_clip: Path) -> None:
    source = tmp_path / "header.mkv"
    with av.open(str(sound_clip)) as container, av.open(str(source), "w") as out:
        out.add_stream_from_template(container.streams.video[0])
        out.start_encoding()
    for use in (probe, lambda s: list(read_frames(s))):
        with pytest.raises(InputError) as caught:
            use(source)
        assert str(caught.value) == f"{source}: damaged, cut short or not a video"


def test_sound_that_begins_in_mid_file_ends_nothing_early(tmp_path: Path) -> None:
    """As in recordings of broadcasts: the table of streams grows on the way."""
    mute = write_clip(tmp_path / "mute.ts", Clip(times=range(90_000, 162_000, 3600)))
    loud = write_clip(tmp_path / "loud.ts", Clip(times=range(162_000, 234_000, 3600), audio="mp2"))
    joined = tmp_path / "joined.ts"
    joined.write_bytes(mute.read_bytes() + loud.read_bytes())
    numbers, pts, report = read_all(joined)
    assert numbers == [*range(20), *range(20)]
    assert pts == sorted(set(pts))
    assert report.skipped == report.container_errors == 0
