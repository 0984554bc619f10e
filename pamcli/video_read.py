"""Clips as streams of RGB frames with their exact times. PyAV ends here."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pamcli.errors import InputError
from pamcli.ffmpeg import FULL, LOCAL_ONLY, errors_so_far, ffmpeg_errors, local_name
from pamcli.frame import Frame, Rgb
from pamcli.video_frame import Upright, matrix_of, orientation, range_of

MOV = "mov"  # the formats whose index lists every packet; others may count empty ones too
HDR_TRANSFERS = {16: "PQ", 18: "HLG"}  # AVCOL_TRC numbers of H.273


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoInfo:
    """What a clip is, as far as its header and its first frame tell."""

    source: Path
    width: int  # pixels, as shown: after rotation
    height: int
    time_base: Fraction  # seconds per unit of pts
    average_rate: Fraction | None  # frames per second
    frames: int | None  # as the header promises
    start: Fraction  # presentation time of the first frame, seconds
    duration: Fraction | None  # seconds
    audio: bool
    audio_rate: int | None  # samples per second of the first audio stream
    rotation: int  # degrees counter-clockwise by which a stored frame is turned to be shown
    sample_aspect: Fraction  # width / height of one pixel, as shown
    codec: str
    pixel_format: str
    matrix: int  # H.273 numbers as swscale takes them: 1 BT.709, 5 BT.601, 9 BT.2020
    full_range: bool
    interlaced: bool
    hdr: str | None  # "PQ" or "HLG": read as if it were SDR

    @property
    def expected_frames(self) -> int | None:
        """How many frames to expect, for a progress bar: promised, else duration x rate."""
        if self.frames is not None or self.duration is None or self.average_rate is None:
            return self.frames
        return round(self.duration * self.average_rate)


@dataclass(slots=True)
class ReadReport:
    """What was read and what was not; a reader fills it, the job says it at the end."""

    frames: int = 0  # frames delivered
    met: int = 0  # coded packets met
    packets: int = 0  # those among them that should each give a frame
    decoded: int = 0  # frames decoded, also those before the start
    skipped: int = 0  # packets that the decoder refused
    damaged: int = 0  # packets that the decoder complained about but made a frame of
    retimed: int = 0  # frames whose time was missing or did not grow, derived from the rate
    missing: int = 0  # packets that the header promises and the file does not hold
    lost: int = 0  # packets that were decoded without a complaint and gave no frame
    container_errors: int = 0  # complaints of the demuxer, such as an end in mid-stream
    others: list[str] = field(default_factory=list)

    def notes(self) -> list[str]:
        """One line for each thing that a person should know; empty after a clean read."""
        lines = list(self.others)
        if self.skipped:
            lines.append(f"{self.skipped} damaged packets were skipped")
        if self.damaged:
            lines.append(f"{self.damaged} frames may be partly damaged: the decoder complained")
        if self.retimed:
            lines.append(f"{self.retimed} frames had no usable time; derived from the frame rate")
        if self.lost:
            lines.append(f"{self.lost} packets gave no frame")
        if self.missing:
            lines.append(f"the clip ends early: {self.missing} promised frames are missing")
        elif self.container_errors:
            lines.append("the file is damaged or cut short: frames may be missing")
        return lines


def _open(source: Path) -> InputContainer:
    """The caller closes it. Raises what FFmpeg raises, InputError for an empty file."""
    if source.is_file() and source.stat().st_size == 0:
        raise InputError(f"{source}: empty file")
    return av.open(local_name(source), options=dict(LOCAL_ONLY), metadata_errors="replace")


def _video_stream(container: InputContainer, source: Path) -> VideoStream:
    """The first moving picture; the cover of a song is none."""
    if not container.streams:
        raise InputError(f"{source}: damaged, cut short or not a video")
    moving = (s for s in container.streams.video if not s.disposition & Disposition.attached_pic)
    stream = next(moving, None)
    if stream is None:
        raise InputError(f"{source}: no video stream")
    if stream.codec_context is None:
        raise InputError(f"{source}: no decoder for its video stream")
    # Frame threads would deliver the error of one packet with the frames of another.
    stream.thread_type = "SLICE"
    if stream.codec_context.name == "libdav1d":
        # Nor may its threads be at work, and log, while the decoder is freed under Python's lock.
        stream.codec_context.options = {"max_frame_delay": "1"}
    return stream


def _decode(
    container: InputContainer, stream: VideoStream, report: ReadReport
) -> Iterator[VideoFrame]:
    """Every frame that can be decoded; what cannot is counted in `report`."""
    packets = container.demux(stream)
    while True:
        errors = errors_so_far()
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            report.container_errors += 1
            yield from stream.decode(None)
            return
        report.container_errors += errors_so_far() > errors
        if packet is None:
            return
        yield from _decode_packet(packet, report)


def _decode_packet(packet: "Packet[VideoStream]", report: ReadReport) -> list[VideoFrame]:
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
    return frames


def _info(
    container: InputContainer, stream: VideoStream, frame: VideoFrame, source: Path
) -> VideoInfo:
    turns, _ = orientation(frame)
    width, height = frame.width, frame.height
    aspect = stream.sample_aspect_ratio or Fraction(1)
    if turns % 2:
        width, height, aspect = height, width, 1 / aspect
    assert stream.time_base is not None
    duration = None
    if stream.duration is not None:
        duration = stream.duration * stream.time_base
    elif container.duration is not None:
        duration = Fraction(container.duration, av.time_base)
    return VideoInfo(
        source=source,
        width=width,
        height=height,
        time_base=stream.time_base,
        average_rate=stream.average_rate or stream.guessed_rate,
        frames=stream.frames or None,
        start=(stream.start_time or 0) * stream.time_base,
        duration=duration,
        audio=bool(container.streams.audio),
        audio_rate=container.streams.audio[0].rate if container.streams.audio else None,
        rotation=turns * 90,
        sample_aspect=aspect,
        codec=stream.codec_context.name,
        pixel_format=frame.format.name,
        matrix=matrix_of(frame),
        full_range=range_of(frame) == FULL,
        interlaced=bool(frame.interlaced_frame),
        hdr=HDR_TRANSFERS.get(int(frame.color_trc)),
    )


def probe(source: Path) -> VideoInfo:
    """Header and first frame of a clip.

    Raises InputError, one line naming the file, when it is missing, damaged, without a video
    stream or without a frame that can be decoded.
    """
    with ffmpeg_errors(InputError, source), _open(source) as container:
        stream = _video_stream(container, source)
        frame = next(_decode(container, stream, ReadReport()), None)
        if frame is None:
            raise InputError(f"{source}: no frame could be decoded")
        return _info(container, stream, frame, source)


class _Clock:
    """Gives each frame a time that grows: its own, by the rate where it has none."""

    def __init__(self, stream: VideoStream, report: ReadReport) -> None:
        assert stream.time_base is not None
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        self.step = max(Fraction(1), 1 / (rate * stream.time_base))
        self.next = Fraction(stream.start_time or 0)
        self.last: int | None = None
        self.report = report

    def pts(self, frame: VideoFrame) -> int:
        pts = frame.pts
        if pts is None:
            self.report.retimed += 1
            pts = round(self.next)
            self.next += self.step
        else:
            self.next = pts + self.step
        if self.last is not None and pts <= self.last:
            self.report.retimed += frame.pts is not None
            pts = self.last + 1
        self.last = pts
        return pts


def _from_key_frame(
    container: InputContainer, stream: VideoStream, start_pts: int, report: ReadReport
) -> Iterator[VideoFrame]:
    """Frames from the key frame before `start_pts` on; from the beginning where none is found."""
    if stream.start_time is not None and start_pts > stream.start_time:
        container.seek(start_pts, stream=stream)
        frames = _decode(container, stream, report)
        first = next(frames, None)
        if first is not None and first.pts is not None and first.pts <= start_pts:
            yield first
            yield from frames
            return
        container.seek(stream.start_time, stream=stream)
    yield from _decode(container, stream, report)


def _check_size(rgb: Rgb, size: tuple[int, int] | None, source: Path) -> tuple[int, int]:
    if size is not None and rgb.shape[:2] != size:
        raise InputError(
            f"{source}: the picture changes its size from {size[1]}x{size[0]} "
            f"to {rgb.shape[1]}x{rgb.shape[0]} in mid-stream"
        )
    return rgb.shape[0], rgb.shape[1]


def _settle(container: InputContainer, stream: VideoStream, report: ReadReport) -> None:
    """Compare, at the end of a whole clip, what came with what was promised."""
    report.lost = max(0, report.packets - report.skipped - report.decoded)
    tolerance = 0 if MOV in container.format.name else stream.frames // 20
    if report.met < stream.frames - tolerance:
        report.missing = stream.frames - report.met


def read_frames(
    source: Path,
    *,
    start: Fraction | None = None,
    end: Fraction | None = None,
    report: ReadReport | None = None,
) -> Generator[Frame, None, None]:
    """Frames of a clip in the order and with the pts of their presentation.

    start, end: seconds after the clip's first frame; frames with start <= time < end come.
    report: filled while frames are taken; complete once the iterator is exhausted.
    Colour: 8-bit RGB by the tagged matrix and range (H.273); rotation applied without loss;
    pixels that are not square stay so (VideoInfo.sample_aspect).
    Packets that cannot be decoded are skipped and counted. Raises InputError when the file is
    missing, damaged, without a video stream, or when not a single frame comes out.
    """
    report = ReadReport() if report is None else report
    with ffmpeg_errors(InputError, source), _open(source) as container:
        stream = _video_stream(container, source)
        time_base = stream.time_base
        assert time_base is not None
        origin = stream.start_time or 0
        clock, to_shown, size = _Clock(stream, report), Upright(), None
        start_pts = origin + int((start or 0) / time_base)
        for picture in _from_key_frame(container, stream, start_pts, report):
            pts = clock.pts(picture)
            seconds = (pts - origin) * time_base
            if start is not None and seconds < start:
                continue
            if end is not None and seconds >= end:
                break
            rgb = to_shown.rgb(picture)
            size = _check_size(rgb, size, source)
            if start is not None and not report.frames:
                report.skipped = report.damaged = 0  # what happened before the start is no loss
            report.frames += 1
            yield Frame(rgb, pts, time_base)
        if start is None and end is None:
            _settle(container, stream, report)
    if not report.frames:
        where = "no frame could be decoded" if clock.last is None else "no frame in that time"
        raise InputError(f"{source}: {where}")
