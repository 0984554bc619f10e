# ruff: noqa: TID251 - the alpha half of reading clips
"""Alpha in a clip: how it is carried, and its values frame by frame."""

from collections.abc import Generator, Iterator
from enum import StrEnum
from pathlib import Path

import av
import av.error
import cv2
import numpy as np
import numpy.typing as npt
from av.codec.context import CodecContext
from av.container import InputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from pamcli.errors import InputError
from pamcli.ffmpeg import ffmpeg_errors
from pamcli.video_decode import open_clip, video_stream

AlphaPlane = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
"""(H, W) as stored, not turned; see `depth_of` for what is opaque."""

LIBVPX = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""The decoders that show alpha; FFmpeg's own ones drop it without a word."""

ALPHA_MODE = "alpha_mode"  # Matroska and WebM tag of a track whose blocks carry alpha beside them


class AlphaCarrier(StrEnum):
    """Where the alpha of a stream lies."""

    PLANE = "plane"  # a component of the pixel format
    BESIDE = "beside"  # VP8 and VP9: a second picture beside each packet


def alpha_stream(stream: VideoStream) -> AlphaCarrier | None:
    """How `stream` carries alpha, by its header; None where it has none."""
    codec = stream.codec_context
    if codec is None:
        return None
    tags = {name.lower(): value for name, value in stream.metadata.items()}
    if codec.name in (*LIBVPX, *LIBVPX.values()) and tags.get(ALPHA_MODE) == "1":
        return AlphaCarrier.BESIDE
    pixel_format = codec.pix_fmt
    if pixel_format is not None and has_alpha(VideoFormat(pixel_format)):
        return AlphaCarrier.PLANE
    return None


def has_alpha(pixel_format: VideoFormat) -> bool:
    """Whether pictures of this format hold alpha; a palette may."""
    return any(component.is_alpha for component in pixel_format.components) or (
        pixel_format.name == "pal8"
    )


def decoder_of(stream: VideoStream) -> VideoCodecContext:
    """The decoder that shows all that `stream` carries; not the stream's own one for VP8, VP9."""
    codec = stream.codec_context
    if alpha_stream(stream) is not AlphaCarrier.BESIDE:
        return codec
    decoder = CodecContext.create(LIBVPX[codec.codec.canonical_name], "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.extradata = codec.extradata
    return decoder


def read_alpha_pictures(source: Path) -> Generator[VideoFrame, None, None]:
    """Every picture of a clip with its alpha, in FFmpeg's own format, as stored, not turned.

    Damaged packets are passed over. Raises InputError, one line naming the file, where it cannot
    be read or carries no alpha.
    """
    with ffmpeg_errors(InputError, source), open_clip(source) as container:
        stream = video_stream(container, source)
        if alpha_stream(stream) is None:
            raise InputError(f"{source}: carries no alpha")
        yield from _pictures(container, stream)


def read_alpha_frames(source: Path) -> Generator[AlphaPlane, None, None]:
    """The alpha of every frame, (H, W) as stored: uint8, or uint16 where it is finer.

    Opaque is 255 for uint8 and (1 << depth) - 1 for uint16, see `depth_of`. Raises as
    `read_alpha_pictures` does.
    """
    reformatter = VideoReformatter()
    for picture in read_alpha_pictures(source):
        yield alpha_of(picture, reformatter)


def read_alpha_levels(source: Path) -> Generator[npt.NDArray[np.uint8], None, None]:
    """The alpha of every frame, uint8 (H, W) as stored, rounded to the nearest of 256 levels.

    Raises as `read_alpha_pictures` does.
    """
    reformatter = VideoReformatter()
    for picture in read_alpha_pictures(source):
        alpha = alpha_of(picture, reformatter)
        opaque = (1 << depth_of(picture.format)) - 1
        yield np.asarray(cv2.convertScaleAbs(alpha, alpha=255 / opaque), np.uint8)


def decoder_name(source: Path) -> str:
    """FFmpeg's name of the decoder by which a clip's alpha is read. Raises InputError."""
    with ffmpeg_errors(InputError, source), open_clip(source) as container:
        return decoder_of(video_stream(container, source)).codec.name


def depth_of(pixel_format: VideoFormat) -> int:
    """Bits of one alpha value; 8 for a palette."""
    bits = [component.bits for component in pixel_format.components if component.is_alpha]
    return bits[0] if bits else 8


def alpha_of(picture: VideoFrame, reformatter: VideoReformatter) -> AlphaPlane:
    """The alpha of a picture, a copy. Planes and 8-bit samples are taken as they lie."""
    name = picture.format.name
    if name in PACKED:
        step, place = PACKED[name]
        return rows_of(picture.planes[0], np.uint8)[:, place : step * picture.width : step].copy()
    planar = picture.format.is_planar and not picture.format.is_big_endian
    if planar and any(c.is_alpha for c in picture.format.components):
        kind = np.uint8 if depth_of(picture.format) <= 8 else np.uint16
        return rows_of(picture.planes[3], kind)[:, : picture.width].copy()
    deep = depth_of(picture.format) > 8
    wide = reformatter.reformat(picture, format="rgba64le" if deep else "rgba")
    kind = np.uint16 if deep else np.uint8
    return rows_of(wide.planes[0], kind)[:, 3 : 4 * picture.width : 4].copy()


PACKED = {"bgra": (4, 3), "rgba": (4, 3), "argb": (4, 0), "abgr": (4, 0), "ya8": (2, 1)}
"""Samples a pixel, and which one of them is alpha."""


def rows_of(plane: VideoPlane, kind: type[np.uint8] | type[np.uint16]) -> AlphaPlane:
    """A plane as it lies in memory, (H, samples a line with what fills it up), writable."""
    lines = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return lines.view(np.uint8) if kind is np.uint8 else lines.view(np.uint16)


def _pictures(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    decoder = decoder_of(stream)
    packets = container.demux(stream)
    while (packet := _next(packets)) is not None:
        try:
            yield from decoder.decode(packet if packet.size else None)
        except av.error.FFmpegError:
            continue
        if not packet.size:
            return


def _next(packets: Iterator["Packet[VideoStream]"]) -> "Packet[VideoStream] | None":
    try:
        return next(packets, None)
    except av.error.FFmpegError:
        return None
