# ruff: noqa: TID251 - the coded half of reading clips
"""A clip opened, and its packets made into FFmpeg's frames; what cannot be decoded is counted."""

import re
from collections.abc import Iterator
from pathlib import Path

import av
import av.error
import av.logging
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pamcli.errors import InputError
from pamcli.ffmpeg import LOCAL_ONLY, errors_so_far, local_name
from pamcli.video_clock import SortedTimes
from pamcli.video_info import ReadReport

AVI = "avi"

MOST_PER_SIDE = 16_384
MOST_PIXELS = MOST_PER_SIDE * MOST_PER_SIDE // 2
"""Of a picture: four times 8K. What a damaged header promises beyond is not even tried."""

REFUSED_SIZE = re.compile(r"Picture size (\d+)x(\d+) ")
"""FFmpeg's words for a size that it does not even begin to decode."""

WEBP_HEADER = 21  # bytes up to the flags of an extended WebP file
WEBP_IS_ANIMATED = 0x02


def open_clip(source: Path) -> InputContainer:
    """The caller closes it. Raises what FFmpeg raises, InputError for what it cannot know."""
    if source.exists() and not (source.is_file() or source.is_dir()):
        raise InputError(f"{source}: not a regular file")
    if source.is_file():
        with source.open("rb") as file:
            _check_head(file.read(WEBP_HEADER), source)
    options = {**LOCAL_ONLY, "max_pixels": str(MOST_PIXELS)}
    errors = errors_so_far()
    try:
        return av.open(local_name(source), options=options, metadata_errors="replace")
    except av.error.FFmpegError:
        check_refused_size(errors, source)
        raise


def _check_head(head: bytes, source: Path) -> None:
    if not head:
        raise InputError(f"{source}: empty file")
    extended = head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and len(head) == WEBP_HEADER
    if extended and head[-1] & WEBP_IS_ANIMATED:
        raise InputError(f"{source}: animated WebP cannot be read; make it an APNG, GIF or video")


def video_stream(container: InputContainer, source: Path) -> VideoStream:
    """The first moving picture; the cover of a song is none. Raises InputError."""
    if not container.streams:
        raise InputError(f"{source}: damaged, cut short or not a video")
    moving = (s for s in container.streams.video if not s.disposition & Disposition.attached_pic)
    stream = next(moving, None)
    if stream is None:
        raise InputError(f"{source}: no video stream")
    if stream.codec_context is None:
        raise InputError(f"{source}: no decoder for its video stream")
    check_size(stream.codec_context.width, stream.codec_context.height, source)
    # Frame threads would deliver the error of one packet with the frames of another.
    stream.thread_type = "SLICE"
    options = {"max_pixels": str(MOST_PIXELS)}
    if stream.codec_context.name == "libdav1d":
        # Nor may its threads be at work, and log, while the decoder is freed under Python's lock.
        options["max_frame_delay"] = "1"
    stream.codec_context.options = options
    return stream


def check_size(width: int, height: int, source: Path) -> None:
    """Raises InputError for a picture that no memory should be asked for."""
    if max(width, height) > MOST_PER_SIDE or width * height > MOST_PIXELS:
        raise InputError(
            f"{source}: {width}x{height} pixels; at most {MOST_PER_SIDE} a side and "
            f"{MOST_PIXELS / 1e6:.0f} million in all can be read"
        )


def check_refused_size(errors: int, source: Path) -> None:
    """Raises InputError when FFmpeg's last complaint since `errors` was of a picture's size."""
    count, last = av.logging.get_last_error()
    size = REFUSED_SIZE.match(last[2]) if last is not None and count > errors else None
    if size is not None:
        check_size(int(size[1]), int(size[2]), source)


def has_times(container: InputContainer) -> bool:
    """Whether the format stores when a picture is shown; an AVI knows only when it is decoded."""
    return container.format.name != AVI


def first_time(container: InputContainer, stream: VideoStream) -> int:
    """pts of the first frame; an AVI's is 0, whatever FFmpeg guesses."""
    return (stream.start_time or 0) if has_times(container) else 0


def decode(
    container: InputContainer, stream: VideoStream, report: ReadReport
) -> Iterator[VideoFrame]:
    """Every frame that can be decoded; what cannot is counted in `report`."""
    times = None if has_times(container) else SortedTimes()
    packets = container.demux(stream)
    while True:
        errors = errors_so_far()
        try:
            packet = next(packets, None)
        except (av.error.FFmpegError, IndexError) as error:
            # IndexError: PyAV, at the end of a file in which streams appeared on the way.
            report.container_errors += not isinstance(error, IndexError)
            yield from _timed(_rest(stream), times)
            return
        report.container_errors += errors_so_far() > errors
        if packet is None:
            return
        yield from _decode_packet(packet, times, report)


def _decode_packet(
    packet: "Packet[VideoStream]", times: SortedTimes | None, report: ReadReport
) -> list[VideoFrame]:
    report.met += packet.size > 0
    report.packets += packet.size > 0 and not packet.is_discard
    errors = errors_so_far()
    try:
        frames = packet.decode()
    except av.error.FFmpegError:
        report.skipped += 1
        return []
    report.damaged += packet.is_corrupt or errors_so_far() > errors
    report.decoded += len(frames)
    if times is not None and packet.size:
        times.push(packet.dts)
    return _timed(frames, times)


def _rest(stream: VideoStream) -> list[VideoFrame]:
    """The frames that the decoder still holds, if it wasn't asked before."""
    try:
        return stream.decode(None)
    except av.error.EOFError:
        return []


def _timed(frames: list[VideoFrame], times: SortedTimes | None) -> list[VideoFrame]:
    if times is not None:
        for frame in frames:
            frame.pts = times.pop()
    return frames
