"""Clips out: pixels, times and tags come back."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clip_writing import copy_clip, flat_frame, pixels_of, writer_settings
from clips import VFR_TIMES, Clip, number_of, write_clip

from pamcli.errors import OutputError
from pamcli.frame import Frame
from pamcli.images import read_rgba
from pamcli.presets import available_encoders, check_preset, preset_for
from pamcli.settings import Output, Preset
from pamcli.video_read import probe, read_frames
from pamcli.video_write import VideoWriter


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".m4v"])
def test_h264_keeps_every_irregular_time(vfr_clip: Path, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"out{suffix}"
    copy_clip(vfr_clip, target, writer_settings(target, audio_from=vfr_clip))
    back = list(read_frames(target))
    assert [f.pts * f.time_base for f in back] == [Fraction(t, 90_000) for t in VFR_TIMES]
    assert [number_of(f.rgb) for f in back] == list(range(len(VFR_TIMES)))


@pytest.mark.parametrize("output", [Output.RGBA, Output.ALPHA, Output.COMPOSITE])
def test_ffv1_is_exact(sound_clip: Path, tmp_path: Path, output: Output) -> None:
    target = tmp_path / "out.mkv"
    copy_clip(sound_clip, target, writer_settings(target, output))
    with av.open(str(target)) as container:
        stored = [f.to_ndarray(format="rgba") for f in container.decode(video=0)]
    for frame, pixels in zip(read_frames(sound_clip), stored, strict=True):
        wanted = pixels_of(frame, output)
        if output is Output.RGBA:
            assert np.array_equal(pixels, wanted)
        elif output is Output.ALPHA:
            assert np.array_equal(pixels[..., :3], np.dstack([wanted] * 3))
        else:
            assert np.array_equal(pixels[..., :3], wanted)


def test_every_level_of_alpha_survives_ffv1(tmp_path: Path) -> None:
    alpha = np.arange(256, dtype=np.uint8).reshape(16, 16)
    frame = Frame(np.zeros((16, 16, 3), np.uint8), 0, Fraction(1, 25))
    source = write_clip(tmp_path / "any.mp4", Clip(size=(16, 16), times=(0,)))
    target = tmp_path / "alpha.mkv"
    with VideoWriter(target, probe(source), writer_settings(target, Output.RGBA)) as writer:
        writer.write(frame, np.dstack([frame.rgb, alpha]))
    with av.open(str(target)) as container:
        stored = next(container.decode(video=0)).to_ndarray(format="rgba")
    assert np.array_equal(stored[..., 3], alpha)


@pytest.mark.parametrize(
    "colour", [(255, 255, 255), (0, 0, 0), (200, 40, 70), (20, 220, 40), (10, 30, 250)]
)
@pytest.mark.parametrize("size", [(48, 64), (49, 67)])
def test_h264_keeps_colours_through_tagged_bt709(
    sound_clip: Path, tmp_path: Path, colour: tuple[int, int, int], size: tuple[int, int]
) -> None:
    target = tmp_path / "flat.mp4"
    frame = flat_frame(colour, size)
    with VideoWriter(target, probe(sound_clip), writer_settings(target)) as writer:
        writer.write(frame, frame.rgb)
    back = next(read_frames(target)).rgb
    assert back.shape == frame.rgb.shape
    assert np.abs(back.astype(int) - colour).max() <= 3
    with av.open(str(target)) as container:
        stored = next(container.decode(video=0))
        tags = stored.colorspace, stored.color_primaries, stored.color_trc, stored.color_range
    assert tags == (1, 1, 1, 1)
    assert stored.format.name == ("yuv420p" if size == (48, 64) else "yuv444p")


def test_alpha_as_luma_is_limited_and_comes_back(sound_clip: Path, tmp_path: Path) -> None:
    steps = np.repeat(np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16), 8, 0), 8, 1)
    target = tmp_path / "alpha.mp4"
    frame = Frame(np.dstack([steps] * 3), 0, Fraction(1, 25))
    with VideoWriter(target, probe(sound_clip), writer_settings(target, Output.ALPHA)) as writer:
        writer.write(frame, steps)
    with av.open(str(target)) as container:
        stored = next(container.decode(video=0))
        luma = np.frombuffer(memoryview(stored.planes[0]), np.uint8)
    assert stored.color_range == 1
    luma = luma.reshape(-1, stored.planes[0].line_size)[:128, :128]
    assert (luma.min(), luma.max()) == (16, 235)
    back = next(read_frames(target)).rgb[..., 1]
    middles = np.s_[4::8, 4::8]
    assert np.abs(back[middles].astype(int) - steps[middles]).max() <= 4


def test_pixel_aspect_is_kept(clips: Path, tmp_path: Path) -> None:
    source = write_clip(clips / "anamorphic.mp4", Clip(sample_aspect=Fraction(4, 3)))
    copy_clip(source, tmp_path / "out.mp4", writer_settings(tmp_path / "out.mp4"))
    assert probe(tmp_path / "out.mp4").sample_aspect == Fraction(4, 3)
    writer = copy_clip(source, tmp_path / "out.mkv", writer_settings(tmp_path / "out.mkv"))
    assert writer.notes == ["pixels of aspect 4:3 are written as square ones into Matroska"]


def test_times_that_matroska_rounds_are_said(vfr_clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mkv"
    writer = copy_clip(vfr_clip, target, writer_settings(target))
    assert writer.notes == ["times are rounded to 1 ms, the finest that Matroska holds"]
    written = [round(t / 90) for t in VFR_TIMES]
    written[11] += 1  # two frames of one millisecond are read one apart
    assert [f.pts for f in read_frames(target)] == written


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (2, 2), (3, 5)])
@pytest.mark.parametrize("name", ["tiny.mp4", "tiny.mkv", "tiny"])
def test_the_smallest_sizes_are_written(
    sound_clip: Path, tmp_path: Path, size: tuple[int, int], name: str
) -> None:
    target = tmp_path / name
    frame = flat_frame((90, 120, 60), size)
    with VideoWriter(target, probe(sound_clip), writer_settings(target)) as writer:
        writer.write(frame, frame.rgb)
    if not target.is_dir():
        assert next(read_frames(target)).rgb.shape == frame.rgb.shape


def test_png_folder_holds_numbered_exact_pictures(sound_clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "matte"
    writer = copy_clip(
        sound_clip, target, writer_settings(target, Output.RGBA, audio_from=sound_clip)
    )
    files = sorted(target.iterdir())
    assert [f.name for f in files] == [f"matte_{n:06d}.png" for n in range(1, 21)]
    for frame, file in zip(read_frames(sound_clip), files, strict=True):
        assert np.array_equal(read_rgba(file), pixels_of(frame, Output.RGBA))
    assert writer.notes == ["a folder of PNG files holds no sound"]


def test_png_folder_holds_grey_alpha(sound_clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "alpha"
    copy_clip(sound_clip, target, writer_settings(target, Output.ALPHA))
    first = read_rgba(target / "alpha_000001.png")
    expected = next(read_frames(sound_clip)).rgb[..., 0]
    assert np.array_equal(first[..., 0], expected)
    assert (target / "alpha_000001.png").read_bytes()[25] == 0  # PNG colour type: grey


@pytest.mark.parametrize(
    ("name", "output", "preset"),
    [
        ("a.mp4", Output.COMPOSITE, Preset.H264),
        ("a.MOV", Output.ALPHA, Preset.H264),
        ("a.mkv", Output.RGBA, Preset.FFV1),
        ("a", Output.RGBA, Preset.PNG),
    ],
)
def test_the_suffix_chooses_the_preset(name: str, output: Output, preset: Preset) -> None:
    assert preset_for(Path(name), output) is preset


def test_alpha_is_never_lost_silently() -> None:
    with pytest.raises(OutputError) as caught:
        preset_for(Path("a.mp4"), Output.RGBA)
    assert "a.mp4: preset h264 carries no alpha" in str(caught.value)
    assert "ffv1" in str(caught.value)
    with pytest.raises(OutputError, match="carries no alpha"):
        check_preset(Preset.H264, Path("a.mkv"), Output.RGBA)


@pytest.mark.parametrize(
    ("preset", "name", "why"),
    [
        (Preset.FFV1, "a.mp4", "needs .mkv"),
        (Preset.PNG, "a.mp4", "writes a folder"),
        (Preset.H264, "a.webm", "needs .mp4"),
    ],
)
def test_a_preset_that_does_not_fit_is_refused(preset: Preset, name: str, why: str) -> None:
    with pytest.raises(OutputError, match=why):
        check_preset(preset, Path(name), Output.COMPOSITE)


def test_an_unknown_suffix_is_refused() -> None:
    with pytest.raises(OutputError, match="unknown clip format"):
        preset_for(Path("a.xyz"), Output.COMPOSITE)


def test_frames_of_another_size_are_refused(sound_clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    with (
        pytest.raises(OutputError, match="different sizes"),
        VideoWriter(target, probe(sound_clip), writer_settings(target)) as writer,
    ):
        for frame in (flat_frame((1, 2, 3)), flat_frame((1, 2, 3), (32, 32))):
            writer.write(frame, frame.rgb)
    assert list(tmp_path.iterdir()) == []


def test_every_preset_has_its_encoder_here() -> None:
    assert available_encoders() == [preset.value for preset in Preset]
