"""Presets: which one a target asks for, what is refused, what comes back from each."""

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import Clip, write_clip

from pamcli.clip_part import ClipPart
from pamcli.errors import OutputError
from pamcli.frame import Frame
from pamcli.images import read_rgba
from pamcli.pixels import Pixels, alpha_of, colours_of
from pamcli.presets import (
    CONTAINERS,
    RECIPES,
    Encoding,
    add_copy,
    available_encoders,
    check_preset,
    fill_of,
    preset_for,
    tracks,
)
from pamcli.settings import Output, Preset
from pamcli.video_alpha import alpha_stream, read_alpha_levels
from pamcli.video_read import probe, read_frames
from pamcli.video_write import VideoWriter, WriterSettings

SIZE = 48, 64
EXACT = [
    (Preset.PRORES4444, "a.mov"),
    (Preset.FFV1, "a.mkv"),
    (Preset.QTRLE, "a.mov"),
    (Preset.APNG, "a.apng"),
    (Preset.APNG, "a.png"),
]


def pictures(count: int = 3, size: tuple[int, int] = SIZE) -> Iterator[Pixels]:
    """RGBA with every level of alpha in blocks of two pixels, moving."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    levels = (columns // 2 + 32 * (rows // 2)) % 256
    colours = np.dstack([columns * 3, rows * 5, columns + rows])
    for number in range(count):
        yield np.dstack([colours, np.roll(levels, 2 * number, 1)]).astype(np.uint8)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "source.mp4", Clip(size=SIZE))


def write(
    source: Path, target: Path, preset: Preset, output: Output, count: int = 3
) -> list[Pixels]:
    """Frames as they were given to the writer."""
    given = list(pictures(count))
    info = probe(source)
    with VideoWriter(target, info, WriterSettings(preset=preset, output=output)) as writer:
        for number, rgba in enumerate(given):
            pts = number * 3600 + (number == 2)
            pixels = {Output.RGBA: rgba, Output.ALPHA: alpha_of(rgba)}.get(output, colours_of(rgba))
            writer.write(Frame(colours_of(rgba), pts, info.time_base), pixels)
    return given


def encode(file: Path, encoding: Encoding, given: Iterable[Pixels]) -> Path:
    """A clip by the encoder alone; returns `file`."""
    part = ClipPart(file, encoding, SIZE, Fraction(25), 2)
    for pixels in given:
        part.write(pixels)
    part.finish()
    return file


def packets(file: Path) -> list[bytes]:
    with av.open(str(file)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


@pytest.mark.parametrize(
    ("name", "output", "preset"),
    [
        ("a.mp4", Output.COMPOSITE, Preset.H264),
        ("a.MOV", Output.ALPHA, Preset.H264),
        ("a.mov", Output.RGBA, Preset.PRORES4444),
        ("a.mkv", Output.RGBA, Preset.FFV1),
        ("a.mkv", Output.FOREGROUND, Preset.FFV1),
        ("a.webm", Output.RGBA, Preset.WEBM),
        ("a.webm", Output.ALPHA, Preset.WEBM),
        ("a.apng", Output.RGBA, Preset.APNG),
        ("a.png", Output.COMPOSITE, Preset.APNG),
        ("a", Output.RGBA, Preset.PNG),
    ],
)
def test_the_suffix_chooses_the_preset(name: str, output: Output, preset: Preset) -> None:
    assert preset_for(Path(name), output) is preset


def test_an_existing_folder_is_for_png_files_whatever_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "takes.mov"
    folder.mkdir()
    assert preset_for(folder, Output.RGBA) is Preset.PNG


def test_alpha_into_mp4_is_refused_with_what_carries_it() -> None:
    with pytest.raises(OutputError) as caught:
        preset_for(Path("a.mp4"), Output.RGBA)
    text = str(caught.value)
    assert text.startswith("a.mp4: preset h264 carries no alpha")
    assert all(word in text for word in ("prores4444", ".webm", "ffv1", "png", "matte"))


@pytest.mark.parametrize(
    ("preset", "name", "output", "why"),
    [
        (Preset.H264, "a.mkv", Output.RGBA, "carries no alpha"),
        (Preset.H264, "a.webm", Output.COMPOSITE, r"needs \.mp4"),
        (Preset.PRORES4444, "a.mp4", Output.RGBA, r"needs \.mov"),
        (Preset.PRORES4444, "a.mkv", Output.RGBA, r"needs \.mov"),
        (Preset.FFV1, "a.mov", Output.RGBA, r"needs \.mkv"),
        (Preset.QTRLE, "a.mkv", Output.RGBA, r"needs \.mov"),
        (Preset.WEBM, "a.mp4", Output.RGBA, r"needs \.webm or \.mkv"),
        (Preset.WEBM, "a.mp4", Output.COMPOSITE, r"needs \.webm or \.mkv"),
        (Preset.APNG, "a.mov", Output.RGBA, r"needs \.apng or \.png"),
        (Preset.PNG, "a.png", Output.RGBA, "writes a folder"),
        (Preset.PNG, "a.mp4", Output.RGBA, "writes a folder"),
        (Preset.MATTE, "a.webm", Output.RGBA, r"needs \.mp4"),
        (Preset.MATTE, "a.mov", Output.ALPHA, "--output rgba"),
    ],
)
def test_what_does_not_fit_is_refused(preset: Preset, name: str, output: Output, why: str) -> None:
    with pytest.raises(OutputError, match=f"^{name}: .*{why}"):
        check_preset(preset, Path(name), output)


def test_an_unknown_suffix_is_refused_with_the_known_ones() -> None:
    with pytest.raises(OutputError, match=r"unknown clip format; use \.mp4, .*\.webm"):
        preset_for(Path("a.xyz"), Output.COMPOSITE)


def test_every_preset_has_its_encoder_here() -> None:
    assert available_encoders() == [preset.value for preset in Preset]
    assert list(RECIPES) == list(Preset)


def test_every_suffix_of_a_preset_has_a_container() -> None:
    suffixes = {suffix for recipe in RECIPES.values() for suffix in recipe.suffixes}
    assert suffixes == {*CONTAINERS, ""}


def test_matte_is_two_files_side_by_side() -> None:
    alpha, fill = tracks(Preset.MATTE, Path("out/talk.mov"), Output.RGBA, SIZE)
    assert (alpha.target, fill.target) == (Path("out/talk.mov"), Path("out/talk_fill.mov"))
    rgba = next(pictures())
    assert np.array_equal(alpha.take(rgba), rgba[..., 3])
    assert np.array_equal(fill.take(rgba), rgba[..., :3])
    assert alpha.parts.pixel_format == fill.parts.pixel_format == "yuv420p"


def test_alpha_as_luma_is_finer_than_colours() -> None:
    (colours,) = tracks(Preset.H264, Path("a.mp4"), Output.COMPOSITE, SIZE)
    (alpha,) = tracks(Preset.H264, Path("a.mp4"), Output.ALPHA, SIZE)
    assert int(alpha.parts.options["crf"]) < int(colours.parts.options["crf"])


def test_odd_sizes_are_kept_whole_by_444() -> None:
    (track,) = tracks(Preset.H264, Path("a.mp4"), Output.COMPOSITE, (49, 64))
    assert track.parts.pixel_format == "yuv444p"


def test_what_cannot_be_joined_is_kept_in_lossless_parts() -> None:
    (track,) = tracks(Preset.APNG, Path("a.apng"), Output.RGBA, SIZE, Fraction(4, 3))
    assert (track.parts.encoder, track.parts.part_container) == ("ffv1", "matroska")
    assert track.final is not None
    assert (track.final.encoder, track.final.container) == ("apng", "apng")
    assert track.parts.sample_aspect == Fraction(4, 3)


@pytest.mark.parametrize(("preset", "name"), EXACT)
def test_every_level_of_alpha_comes_back(
    source: Path, tmp_path: Path, preset: Preset, name: str
) -> None:
    given = write(source, tmp_path / name, preset, Output.RGBA)
    back = list(read_alpha_levels(tmp_path / name))
    assert all(np.array_equal(b, g[..., 3]) for b, g in zip(back, given, strict=True))


@pytest.mark.parametrize(("preset", "name"), EXACT[1:])
def test_lossless_presets_keep_colours_under_zero_alpha_too(
    source: Path, tmp_path: Path, preset: Preset, name: str
) -> None:
    given = write(source, tmp_path / name, preset, Output.RGBA)
    with av.open(str(tmp_path / name)) as container:
        back = [frame.to_ndarray(format="rgba") for frame in container.decode(video=0)]
    assert all(np.array_equal(b, g) for b, g in zip(back, given, strict=True))


def test_a_folder_of_png_files_is_exact(source: Path, tmp_path: Path) -> None:
    given = write(source, tmp_path / "frames", Preset.PNG, Output.RGBA)
    files = sorted((tmp_path / "frames").iterdir())
    assert all(np.array_equal(read_rgba(f), g) for f, g in zip(files, given, strict=True))


@pytest.mark.parametrize("name", ["a.webm", "a.mkv"])
def test_webm_carries_alpha_within_what_vp9_loses(source: Path, tmp_path: Path, name: str) -> None:
    given = write(source, tmp_path / name, Preset.WEBM, Output.RGBA)
    back = list(read_alpha_levels(tmp_path / name))
    errors = [np.abs(b.astype(int) - g[..., 3]) for b, g in zip(back, given, strict=True)]
    assert np.max(errors) <= 40
    assert np.mean(errors) <= 4


def test_vp9_without_loss_keeps_alpha_exactly(tmp_path: Path) -> None:
    (track,) = tracks(Preset.WEBM, tmp_path / "a.webm", Output.RGBA, SIZE)
    options = {name: value for name, value in track.parts.options.items() if name != "crf"}
    lossless = replace(track.parts, options={**options, "lossless": "1"})
    part = encode(tmp_path / "part.webm", lossless, pictures())
    back = read_alpha_levels(part)
    assert all(np.array_equal(b, g[..., 3]) for b, g in zip(back, pictures(), strict=True))


def test_matte_keeps_alpha_as_luma_and_the_colours_beside_it(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.mov"
    given = write(source, target, Preset.MATTE, Output.RGBA)
    alpha = [frame.rgb for frame in read_frames(target)]
    fill = [frame.rgb for frame in read_frames(fill_of(target))]
    for number, rgba in enumerate(given):
        assert np.ptp(alpha[number], axis=2).max() == 0
        assert np.abs(alpha[number][..., 0].astype(int) - rgba[..., 3]).max() <= 12
        assert np.abs(fill[number].astype(int) - rgba[..., :3]).mean() <= 4


@pytest.mark.parametrize(
    ("preset", "name", "output", "expected"),
    [
        (Preset.H264, "a.mp4", Output.COMPOSITE, ("yuv420p", 1, 1, 1, 1)),
        (Preset.H264, "a.mkv", Output.ALPHA, ("yuv420p", 1, 1, 1, 1)),
        (Preset.MATTE, "a.mov", Output.RGBA, ("yuv420p", 1, 1, 1, 1)),
        (Preset.PRORES4444, "a.mov", Output.RGBA, ("yuva444p12le", 1, 1, 1, 1)),
        (Preset.PRORES4444, "a.mov", Output.COMPOSITE, ("yuv444p12le", 1, 1, 1, 1)),
        (Preset.WEBM, "a.webm", Output.RGBA, ("yuv420p", 1, 1, 1, 1)),
        (Preset.FFV1, "a.mkv", Output.RGBA, ("bgra", 0, 1, 1, 2)),
        (Preset.QTRLE, "a.mov", Output.RGBA, ("argb", 0, 1, 1, 0)),  # RLE has no range but full
        (Preset.APNG, "a.apng", Output.RGBA, ("rgba", 0, 2, 2, 2)),
    ],
)
def test_colours_are_tagged(
    source: Path,
    tmp_path: Path,
    preset: Preset,
    name: str,
    output: Output,
    expected: tuple[str, int, int, int, int],
) -> None:
    write(source, tmp_path / name, preset, output)
    with av.open(str(tmp_path / name)) as container:
        frame = next(container.decode(video=0))
    tags = frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range
    assert (frame.format.name, *map(int, tags)) == expected


@pytest.mark.parametrize("preset", [p for p in Preset if p is not Preset.PNG])
def test_a_second_run_gives_the_same_packets(tmp_path: Path, preset: Preset) -> None:
    target = tmp_path / f"a{RECIPES[preset].suffixes[0]}"
    output = Output.ALPHA if preset is Preset.H264 else Output.RGBA
    for track in tracks(preset, target, output, SIZE):
        encoding = track.final or track.parts
        taken = [track.take(p) if output is Output.RGBA else alpha_of(p) for p in pictures()]
        one, other = (packets(encode(tmp_path / name, encoding, taken)) for name in ("1", "2"))
        assert one == other
        assert len(one) == 3


@pytest.mark.parametrize(
    ("preset", "name", "tag"),
    [
        (Preset.PRORES4444, "a.mov", "ap4h"),
        (Preset.QTRLE, "a.mov", "rle "),
        (Preset.WEBM, "a.webm", None),
        (Preset.FFV1, "a.mkv", None),
    ],
)
def test_packets_of_parts_are_decoded_the_same_after_they_are_joined(
    tmp_path: Path, preset: Preset, name: str, tag: str | None
) -> None:
    (track,) = tracks(preset, tmp_path / name, Output.RGBA, SIZE)
    part = encode(tmp_path / "part", track.parts, pictures())
    with (
        av.open(str(part)) as opened,
        av.open(str(tmp_path / name), "w", format=track.parts.container) as container,
    ):
        stream = add_copy(container, opened.streams.video[0])
        for packet in opened.demux(video=0):
            if packet.size:
                packet.stream = stream
                container.mux(packet)
    with av.open(str(part)) as before, av.open(str(tmp_path / name)) as after:
        one, other = before.streams.video[0], after.streams.video[0]
        assert alpha_stream(one) is alpha_stream(other) is not None
        assert tag is None or other.codec_context.codec_tag == tag
    for before_, after_ in zip(
        read_alpha_levels(part), read_alpha_levels(tmp_path / name), strict=True
    ):
        assert np.array_equal(before_, after_)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the ffmpeg program")
@pytest.mark.parametrize(
    ("preset", "name", "pixel_format", "decoder"),
    [
        (Preset.PRORES4444, "a.mov", "yuva444p12le", "prores"),
        (Preset.FFV1, "a.mkv", "bgra", "ffv1"),
        (Preset.QTRLE, "a.mov", "argb", "qtrle"),
        (Preset.APNG, "a.apng", "rgba", "apng"),
        (Preset.WEBM, "a.webm", "yuva420p", "libvpx-vp9"),
    ],
)
def test_another_program_reads_the_same_alpha(
    source: Path, tmp_path: Path, preset: Preset, name: str, pixel_format: str, decoder: str
) -> None:
    target = tmp_path / name
    write(source, target, preset, Output.RGBA)
    words = ["-c:v", decoder, "-i", str(target), "-f", "rawvideo", "-pix_fmt", pixel_format, "-"]
    raw = subprocess.run(["ffmpeg", "-v", "error", *words], capture_output=True, check=True).stdout
    frames = np.frombuffer(raw, np.uint8).reshape(3, -1)
    for stored, levels in zip(frames, read_alpha_levels(target), strict=True):
        assert np.array_equal(alpha_in(stored, pixel_format), levels)


def alpha_in(stored: Pixels, pixel_format: str) -> Pixels:
    """Of one raw picture, uint8 (H, W), rounded."""
    if "yuva" not in pixel_format:
        return stored[pixel_format.index("a") :: 4].reshape(SIZE)
    pixels = SIZE[0] * SIZE[1]
    if not pixel_format.endswith("le"):
        return stored[-pixels:].reshape(SIZE)
    plane = stored.view(np.uint16)[-pixels:].reshape(SIZE)
    return np.asarray(np.rint(plane * (255 / 4095)), np.uint8)
