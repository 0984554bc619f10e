"""Alpha in a clip: how it is carried, and every value of it."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from clips import Clip, write_clip

from pamcli.clip_part import ClipPart
from pamcli.errors import InputError
from pamcli.presets import Encoding
from pamcli.video_alpha import (
    AlphaCarrier,
    alpha_of,
    alpha_stream,
    decoder_name,
    depth_of,
    has_alpha,
    read_alpha_frames,
    read_alpha_levels,
)

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)
VP9 = {"lossless": "1", "auto-alt-ref": "0"}


def clip_of_ramps(file: Path, encoder: str, pixel_format: str, container: str) -> Path:
    """Three frames of every level of alpha, each shifted by one column."""
    encoding = Encoding(
        encoder=encoder,
        options={"g": "1", **(VP9 if encoder == "libvpx-vp9" else {})},
        pixel_format=pixel_format,
        container=container,
    )
    part = ClipPart(file, encoding, (16, 16), Fraction(25), 1)
    for number in range(3):
        alpha = np.roll(RAMP, number, 1)
        part.write(np.dstack([alpha, 255 - alpha, alpha, alpha]))
    part.finish()
    return file


CARRIERS = [
    ("ffv1", "bgra", "matroska", AlphaCarrier.PLANE, "ffv1"),
    ("ffv1", "yuva444p", "matroska", AlphaCarrier.PLANE, "ffv1"),
    ("ffv1", "yuva420p", "matroska", AlphaCarrier.PLANE, "ffv1"),
    ("ffv1", "yuva444p10le", "matroska", AlphaCarrier.PLANE, "ffv1"),
    ("ffv1", "yuva444p12le", "matroska", AlphaCarrier.PLANE, "ffv1"),
    ("prores_ks", "yuva444p10le", "mov", AlphaCarrier.PLANE, "prores"),
    ("qtrle", "argb", "mov", AlphaCarrier.PLANE, "qtrle"),
    ("apng", "rgba", "apng", AlphaCarrier.PLANE, "apng"),
    ("libvpx-vp9", "yuva420p", "webm", AlphaCarrier.BESIDE, "libvpx-vp9"),
    ("libvpx-vp9", "yuva420p", "matroska", AlphaCarrier.BESIDE, "libvpx-vp9"),
]


@pytest.mark.parametrize(("encoder", "pixel_format", "container", "carrier", "decoder"), CARRIERS)
def test_alpha_is_found_and_every_level_is_read(
    tmp_path: Path,
    encoder: str,
    pixel_format: str,
    container: str,
    carrier: AlphaCarrier,
    decoder: str,
) -> None:
    file = clip_of_ramps(tmp_path / "clip", encoder, pixel_format, container)
    with av.open(str(file)) as opened:
        assert alpha_stream(opened.streams.video[0]) is carrier
    assert decoder_name(file) == decoder
    for number, levels in enumerate(read_alpha_levels(file)):
        assert np.array_equal(levels, np.roll(RAMP, number, 1))
    assert number == 2


def test_the_usual_decoder_of_vp9_drops_alpha(tmp_path: Path) -> None:
    file = clip_of_ramps(tmp_path / "a.webm", "libvpx-vp9", "yuva420p", "webm")
    with av.open(str(file)) as container:
        assert next(container.decode(video=0)).format.name == "yuv420p"
    assert len({a.tobytes() for a in read_alpha_frames(file)}) == 3


def test_finer_alpha_is_read_as_it_is_stored(tmp_path: Path) -> None:
    file = clip_of_ramps(tmp_path / "a.mkv", "ffv1", "yuva444p10le", "matroska")
    first = next(read_alpha_frames(file))
    assert first.dtype == np.uint16
    assert np.array_equal(first, np.rint(RAMP * (1023 / 255)))


@pytest.mark.parametrize("codec", ["libx264", "libvpx-vp9", "ffv1"])
def test_a_clip_without_alpha_says_so(tmp_path: Path, codec: str) -> None:
    file = write_clip(tmp_path / "plain.mkv", Clip(codec=codec, time_base=Fraction(1, 1000)))
    with av.open(str(file)) as container:
        assert alpha_stream(container.streams.video[0]) is None
    with pytest.raises(InputError, match=r"plain\.mkv: carries no alpha"):
        next(read_alpha_frames(file))


def test_a_damaged_packet_is_passed_over(tmp_path: Path) -> None:
    file = clip_of_ramps(tmp_path / "a.mkv", "ffv1", "bgra", "matroska")
    with av.open(str(file)) as container:
        second = [bytes(packet) for packet in container.demux(video=0)][1]
    content = file.read_bytes()
    at = content.index(second)
    file.write_bytes(content[:at] + b"\xff" * len(second) + content[at + len(second) :])
    frames = list(read_alpha_levels(file))
    assert np.array_equal(frames[0], RAMP)
    assert np.array_equal(frames[-1], np.roll(RAMP, 2, 1))


@pytest.mark.parametrize("name", ["rgba64be", "gbrap", "gbrap10le", "ya16le", "rgba64le"])
def test_any_format_with_alpha_is_understood(name: str) -> None:
    opaque = (1 << depth_of(VideoFormat(name))) - 1
    rgba = np.dstack([RAMP] * 4)
    picture = VideoReformatter().reformat(VideoFrame.from_ndarray(rgba, "rgba"), format=name)
    levels = alpha_of(picture, VideoReformatter()) * (255 / opaque)
    assert np.abs(levels - RAMP).max() <= 1  # what FFmpeg loses on the way into the format


@pytest.mark.parametrize(
    ("name", "expected"),
    [("yuv420p", False), ("bgr0", False), ("yuva420p", True), ("pal8", True), ("gray", False)],
)
def test_which_formats_hold_alpha(name: str, expected: bool) -> None:
    assert has_alpha(VideoFormat(name)) is expected
