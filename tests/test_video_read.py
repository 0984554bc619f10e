"""Clips in: every frame, its exact time, its colour, and what is said of damage."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import FRAME_TIMES, VFR_TIMES, Clip, number_of, numbered, turned, write_clip

from pamcli.errors import InputError
from pamcli.frame import Rgb
from pamcli.video_read import ReadReport, probe, read_frames


def read_all(source: Path, **cut: Fraction) -> tuple[list[int], list[int], ReadReport]:
    """(frame numbers, pts, report)."""
    report = ReadReport()
    frames = list(read_frames(source, report=report, start=cut.get("start"), end=cut.get("end")))
    return [number_of(f.rgb) for f in frames], [f.pts for f in frames], report


def flat(number: int, height: int, width: int) -> Rgb:
    return np.full((height, width, 3), (200, 40, 70), np.uint8)


def test_every_frame_comes_once_in_order_with_its_pts(sound_clip: Path) -> None:
    numbers, pts, report = read_all(sound_clip)
    assert numbers == list(range(20))
    assert tuple(pts) == FRAME_TIMES
    assert report.frames == 20
    assert report.notes() == []


def test_variable_rate_pts_are_those_of_the_file(vfr_clip: Path) -> None:
    frames = list(read_frames(vfr_clip))
    assert [f.pts for f in frames] == list(VFR_TIMES)
    assert {f.time_base for f in frames} == {Fraction(1, 90_000)}


def test_probe_tells_what_the_header_tells(sound_clip: Path) -> None:
    info = probe(sound_clip)
    assert (info.width, info.height, info.frames) == (64, 48, 20)
    assert (info.time_base, info.average_rate) == (Fraction(1, 90_000), Fraction(25))
    assert info.audio
    assert info.expected_frames == 20
    assert (info.rotation, info.sample_aspect, info.hdr) == (0, Fraction(1), None)


def test_expected_frames_come_from_the_duration_where_none_are_promised(clips: Path) -> None:
    source = write_clip(
        clips / "mkv.mkv", Clip(time_base=Fraction(1, 1000), times=range(0, 800, 40))
    )
    info = probe(source)
    assert info.frames is None
    assert info.expected_frames == 20


def test_odd_sizes_come_whole(odd_clip: Path) -> None:
    shapes = {f.rgb.shape for f in read_frames(odd_clip)}
    assert shapes == {(49, 67, 3)}


def test_rotation_is_applied_without_loss(clips: Path) -> None:
    plain = write_clip(clips / "unrotated.mp4", Clip(times=FRAME_TIMES[:8]))
    rotated = turned(plain, clips / "turned.mp4", 90)
    upright = [f.rgb for f in read_frames(rotated)]
    stored = [f.rgb for f in read_frames(plain)]
    assert probe(rotated).rotation == 90
    assert (probe(rotated).width, probe(rotated).height) == (48, 64)
    assert all(np.array_equal(u, np.rot90(s)) for u, s in zip(upright, stored, strict=True))
    assert all(u.flags.c_contiguous for u in upright)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_each_rotation_turns_counter_clockwise(clips: Path, rotation: int) -> None:
    source = write_clip(clips / f"r{rotation}.mp4", Clip(rotation=rotation, times=FRAME_TIMES[:1]))
    shown = np.rot90(next(read_frames(source)).rgb, -(rotation // 90))
    assert np.abs(shown.astype(int) - numbered(0)).mean() < 4


@pytest.mark.parametrize(
    "rows",
    [(a, 0, 0, d) for a in (1, -1) for d in (1, -1)]
    + [(0, b, c, 0) for b in (1, -1) for c in (1, -1)],
)
def test_each_display_matrix_moves_pixels_as_it_is_defined(
    clips: Path, rows: tuple[int, int, int, int]
) -> None:
    a, b, c, d = rows
    plain = Clip(times=(0,), size=(48, 64), pixel_format="yuv444p")
    stored = next(read_frames(write_clip(clips / "matrix_none.mp4", plain))).rgb
    matrix = (a * 65536, b * 65536, 0, c * 65536, d * 65536, 0, 0, 0, 1 << 30)
    source = write_clip(clips / "matrix.mp4", replace(plain, display_matrix=matrix))
    y, x = np.mgrid[0:48, 0:64]
    to_x, to_y = a * x + c * y, b * x + d * y  # av_display_rotation_get, libavutil/display.h
    shown = np.empty((np.ptp(to_y) + 1, np.ptp(to_x) + 1, 3), np.uint8)
    shown[to_y - to_y.min(), to_x - to_x.min()] = stored
    assert np.array_equal(next(read_frames(source)).rgb, shown)
    assert (probe(source).height, probe(source).width) == shown.shape[:2]


def test_pixel_aspect_is_told_and_pixels_are_kept(clips: Path) -> None:
    source = write_clip(clips / "sar.mp4", Clip(sample_aspect=Fraction(4, 3)))
    assert probe(source).sample_aspect == Fraction(4, 3)
    assert next(read_frames(source)).rgb.shape == (48, 64, 3)
    on_its_side = turned(source, clips / "sar_turned.mp4", 90)
    assert probe(on_its_side).sample_aspect == Fraction(3, 4)


@pytest.mark.parametrize("rate", [Fraction(30_000, 1001), Fraction(24_000, 1001)])
def test_ntsc_rates_and_times_are_exact(clips: Path, rate: Fraction) -> None:
    times = range(0, 12 * rate.denominator, rate.denominator)
    clip = Clip(time_base=Fraction(1, rate.numerator), times=times, rate=rate)
    source = write_clip(clips / f"ntsc{rate.numerator}.mp4", clip)
    assert probe(source).average_rate == rate
    seconds = [f.pts * f.time_base for f in read_frames(source)]
    assert seconds == [n / rate for n in range(12)]


def test_frames_before_time_zero_are_not_shown(clips: Path) -> None:
    """An MP4 holds them for decoding; its edit list begins behind them."""
    source = write_clip(clips / "before.mp4", Clip(times=[t - 18_000 for t in FRAME_TIMES]))
    numbers, pts, report = read_all(source)
    assert numbers == list(range(5, 20))
    assert pts == list(FRAME_TIMES[:15])
    assert probe(source).frames == report.frames == 15
    assert report.notes() == []


@pytest.mark.parametrize(
    ("matrix", "color_range", "size"),
    [(1, 1, (48, 64)), (6, 1, (48, 64)), (1, 2, (48, 64)), (6, 2, (48, 64)), (9, 1, (48, 64))],
)
def test_tagged_matrix_and_range_give_the_colour_back(
    clips: Path, matrix: int, color_range: int, size: tuple[int, int]
) -> None:
    clip = Clip(matrix=matrix, color_range=color_range, size=size, picture=flat, times=(0,))
    source = write_clip(clips / f"tag{matrix}{color_range}.mp4", clip)
    rgb = next(read_frames(source)).rgb
    assert np.abs(rgb.astype(int) - (200, 40, 70)).max() <= 3


def test_untagged_small_clips_are_bt601_and_large_ones_bt709(clips: Path) -> None:
    small = write_clip(clips / "small.mp4", Clip(picture=flat, times=(0,)))
    assert np.abs(next(read_frames(small)).rgb.astype(int) - (200, 40, 70)).max() <= 3
    assert probe(small).matrix == 5
    large = write_clip(clips / "large.mp4", Clip(picture=flat, times=(0,), size=(720, 1280)))
    assert probe(large).matrix == 1


def test_ten_bit_sources_become_eight_bit(clips: Path) -> None:
    clip = Clip(codec="ffv1", pixel_format="yuv444p10le", picture=flat, times=(0,), matrix=1)
    source = write_clip(clips / "ten.mkv", clip)
    rgb = next(read_frames(source)).rgb
    assert rgb.dtype == np.uint8
    assert np.abs(rgb.astype(int) - (200, 40, 70)).max() <= 1


def test_hdr_is_told_and_said(clips: Path) -> None:
    clip = Clip(pixel_format="yuv420p10le", transfer=16, matrix=9, times=FRAME_TIMES[:3])
    source = write_clip(clips / "pq.mp4", clip)
    assert probe(source).hdr == "PQ"
    _, _, report = read_all(source)
    assert report.notes() == ["HDR (PQ) was tone-mapped to SDR"]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (Fraction(0), Fraction(8, 25), range(8)),
        (Fraction(11, 25), None, range(11, 20)),
        (Fraction(11, 25), Fraction(12, 25), range(11, 12)),
        (Fraction(43, 100), Fraction(45, 100), range(11, 12)),
        (None, Fraction(1, 1000), range(1)),
    ],
)
def test_start_and_end_are_exact_to_the_frame(
    sound_clip: Path, start: Fraction | None, end: Fraction | None, expected: range
) -> None:
    frames = list(read_frames(sound_clip, start=start, end=end))
    assert [number_of(f.rgb) for f in frames] == list(expected)
    assert [f.pts for f in frames] == [FRAME_TIMES[n] for n in expected]


def test_start_counts_from_the_first_frame_of_a_late_clip(clips: Path) -> None:
    late = write_clip(clips / "late.mp4", Clip(times=[t + 450_000 for t in FRAME_TIMES]))
    assert probe(late).start == 5
    numbers, pts, _ = read_all(late, start=Fraction(5, 25))
    assert numbers == list(range(5, 20))
    assert pts[0] == 450_000 + FRAME_TIMES[5]


def test_a_start_beyond_the_end_is_an_error(sound_clip: Path) -> None:
    with pytest.raises(InputError, match="no frame in that time"):
        list(read_frames(sound_clip, start=Fraction(60)))


def test_missing_times_are_derived_from_the_rate_and_said(timeless_clip: Path) -> None:
    report = ReadReport()
    frames = list(read_frames(timeless_clip, report=report))
    seconds = [f.pts * f.time_base for f in frames]
    assert seconds == [Fraction(n, 25) for n in range(20)]
    assert report.retimed == 20
    assert report.notes() == ["20 frames had no usable time; derived from the frame rate"]


def test_times_that_do_not_grow_are_moved_by_the_least_and_said(clips: Path) -> None:
    clip = Clip(time_base=Fraction(1, 1000), times=(0, 40, 80, 120), codec="ffv1")
    source = write_clip(clips / "grows.mkv", clip)
    with av.open(str(source)) as container, av.open(str(clips / "stuck.mkv"), "w") as out:
        stream = out.add_stream_from_template(container.streams.video[0])
        for packet, pts in zip(container.demux(video=0), (0, 40, 40, 40), strict=False):
            packet.pts = packet.dts = pts
            packet.stream = stream
            out.mux(packet)
    _, read, report = read_all(clips / "stuck.mkv")
    assert read == [0, 40, 41, 42]
    assert report.retimed == 2


def test_start_works_without_times(timeless_clip: Path) -> None:
    numbers, _, _ = read_all(timeless_clip, start=Fraction(10, 25), end=Fraction(12, 25))
    assert numbers == [10, 11]


def test_errors_are_one_line_that_names_the_file(
    clips: Path, truncated_clip: Path, audio_only: Path
) -> None:
    empty, text, folder = clips / "empty.mp4", clips / "text.mp4", clips / "nothing"
    folder.mkdir()
    empty.write_bytes(b"")
    text.write_text("not a clip")
    expected = {
        clips / "missing.mp4": "no such file",
        folder: "no pictures in this folder",
        empty: "empty file",
        text: "damaged, cut short or not a video",
        truncated_clip: "damaged, cut short or not a video",
        audio_only: "no video stream",
    }
    for source, why in expected.items():
        for use in (lambda s: probe(s), lambda s: list(read_frames(s))):
            with pytest.raises(InputError) as caught:
                use(source)
            assert str(caught.value) == f"{source}: {why}"


def test_names_that_look_like_protocols_or_are_not_ascii_are_files(
    sound_clip: Path, tmp_path: Path
) -> None:
    for name in ("a:b.mp4", "größe 視頻.mp4", "100%03d.mp4"):
        target = tmp_path / name
        target.write_bytes(sound_clip.read_bytes())
        assert probe(target).frames == 20


def test_ffmpeg_says_nothing_itself(
    truncated_clip: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError):
        probe(truncated_clip)
    assert capfd.readouterr().err == ""


def test_closing_early_closes_the_file(sound_clip: Path) -> None:
    frames = read_frames(sound_clip)
    next(frames)
    frames.close()
    assert next(frames, None) is None
