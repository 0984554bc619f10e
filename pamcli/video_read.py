"""Clips as streams of RGB frames with their exact times."""

from collections.abc import Generator, Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pamcli.errors import InputError, UsageError
from pamcli.ffmpeg import FULL, errors_so_far, ffmpeg_errors
from pamcli.frame import Frame
from pamcli.still_folder import folder_frames, folder_info, open_folder
from pamcli.video_clock import Clock
from pamcli.video_colour import colour_notes, hdr_of, matrix_of, range_of
from pamcli.video_decode import (
    AVI,
    check_refused_size,
    check_size,
    decode,
    first_time,
    open_clip,
    video_stream,
)
from pamcli.video_deinterlace import deinterlaced
from pamcli.video_frame import Upright, orientation
from pamcli.video_info import ReadReport, VideoInfo
from pamcli.video_seek import opened_at

__all__ = ["ReadReport", "VideoInfo", "probe", "read_frames"]

MOV = "mov"  # the formats whose index lists every packet; others may count empty ones too

INTERLACED = "frames are interlaced and keep their combs: --deinterlace removes them"
DEINTERLACED = "interlaced frames were deinterlaced"


def probe(source: Path, rate: Fraction | None = None) -> VideoInfo:
    """Header and first frame of a clip, or of a folder of stills.

    rate: frames a second of a folder; None: 25. Raises InputError, one line naming the file, when
    it is missing, damaged, without a video stream or without a frame that can be decoded;
    UsageError for a rate where the file tells times itself.
    """
    _check_rate(source, rate)
    if source.is_dir():
        return folder_info(open_folder(source, rate))
    errors = errors_so_far()
    with ffmpeg_errors(InputError, source), open_clip(source) as container:
        stream = video_stream(container, source)
        frame = next(decode(container, stream, ReadReport()), None)
        if frame is None:
            check_refused_size(errors, source)
            raise InputError(f"{source}: no frame could be decoded")
        check_size(frame.width, frame.height, source)
        return _info(container, stream, frame, source)


def _check_rate(source: Path, rate: Fraction | None) -> None:
    if rate is None:
        return
    if rate <= 0:
        raise UsageError(f"{source}: a rate of {float(rate):g} frames/s; it must be above 0")
    if source.is_file():
        raise UsageError(f"{source}: tells its times itself; a rate is for a folder of pictures")


def _info(
    container: InputContainer, stream: VideoStream, frame: VideoFrame, source: Path
) -> VideoInfo:
    turns, _ = orientation(frame)
    width, height = frame.width, frame.height
    aspect = stream.sample_aspect_ratio or Fraction(1)
    if turns % 2:
        width, height, aspect = height, width, 1 / aspect
    assert stream.time_base is not None
    return VideoInfo(
        source=source,
        width=width,
        height=height,
        time_base=stream.time_base,
        average_rate=stream.average_rate or stream.guessed_rate,
        frames=_shown(container, stream),
        start=first_time(container, stream) * stream.time_base,
        duration=_duration(container, stream),
        audio=bool(container.streams.audio),
        audio_rate=container.streams.audio[0].rate if container.streams.audio else None,
        rotation=turns * 90,
        sample_aspect=aspect,
        codec=stream.codec_context.name,
        pixel_format=frame.format.name,
        matrix=matrix_of(frame),
        full_range=range_of(frame) == FULL,
        interlaced=bool(frame.interlaced_frame),
        hdr=hdr_of(frame),
    )


def _shown(container: InputContainer, stream: VideoStream) -> int | None:
    """Frames that the header promises, without those that are empty or that an edit list cuts."""
    index = stream.index_entries
    entries = [index[number] for number in range(len(index))] if stream.frames else []
    if container.format.name == AVI and entries:
        return sum(entry.size > 0 for entry in entries)
    if MOV in container.format.name and len(entries) >= stream.frames:
        return sum(not entry.is_discard for entry in entries) or None
    return stream.frames or None


def _duration(container: InputContainer, stream: VideoStream) -> Fraction | None:
    if stream.duration is not None and stream.time_base is not None:
        return stream.duration * stream.time_base
    if container.duration is not None:
        return Fraction(container.duration, av.time_base)
    return None


def read_frames(
    source: Path,
    *,
    start: Fraction | None = None,
    end: Fraction | None = None,
    report: ReadReport | None = None,
    rate: Fraction | None = None,
    deinterlace: bool = False,
) -> Generator[Frame, None, None]:
    """Frames of a clip, or of a folder of stills, in the order and with the pts of their showing.

    start, end: seconds after the clip's first frame; frames with start <= time < end come.
    report: filled while frames are taken; complete once the iterator is exhausted.
    rate: frames a second of a folder; None: 25. deinterlace: frames marked as interlaced are made
    whole, one for each, where they are otherwise delivered as they are.
    Colour: 8-bit RGB by the tagged matrix and range (H.273), HDR tone-mapped (`tone_map`);
    rotation applied without loss; pixels that are not square stay so (VideoInfo.sample_aspect).
    Packets that cannot be decoded are skipped and counted. Raises InputError when the source is
    missing, damaged, without a video stream, changes its size, or when not a single frame comes
    out; UsageError for a rate where the file tells times itself.
    """
    _check_rate(source, rate)
    report = ReadReport() if report is None else report
    errors = errors_so_far()
    if source.is_dir():
        yield from folder_frames(open_folder(source, rate), start, end, report)
    else:
        with ffmpeg_errors(InputError, source):
            yield from _clip_frames(source, start, end, report, deinterlace=deinterlace)
    if not report.frames:
        check_refused_size(errors, source)
        where = "no frame in that time" if report.decoded else "no frame could be decoded"
        raise InputError(f"{source}: {where}")


def _clip_frames(
    source: Path,
    start: Fraction | None,
    end: Fraction | None,
    report: ReadReport,
    *,
    deinterlace: bool,
) -> Iterator[Frame]:
    with opened_at(source, start) as (container, stream):
        time_base, to_shown = stream.time_base, Upright()
        assert time_base is not None
        origin, seconds = first_time(container, stream), Fraction(0)
        pictures = _checked(decode(container, stream, report), source, report, deinterlace)
        if deinterlace:
            pictures = deinterlaced(pictures)
        rate = stream.average_rate or stream.guessed_rate
        clock = Clock(time_base, origin, rate, report)
        for picture in pictures:
            pts = clock.pts(picture.pts)
            seconds = (pts - origin) * time_base
            if start is not None and seconds < start:
                continue
            if end is not None and seconds >= end:
                break
            if start is not None and not report.frames:
                report.skipped = report.damaged = 0  # what happened before the start is no loss
            report.frames += 1
            yield Frame(to_shown.rgb(picture), pts, time_base)
        if start is None and end is None:
            _settle(container, stream, report, seconds)


def _checked(
    frames: Iterator[VideoFrame], source: Path, report: ReadReport, deinterlace: bool
) -> Iterator[VideoFrame]:
    """The same frames, all of one size; what a person should know of them goes into `report`."""
    size: tuple[int, int] | None = None
    for frame in frames:
        if size is None:
            check_size(frame.width, frame.height, source)
            size = frame.width, frame.height
            for line in colour_notes(frame):
                report.say_once(line)
        if size != (frame.width, frame.height):
            raise InputError(
                f"{source}: the picture changes its size from {size[0]}x{size[1]} "
                f"to {frame.width}x{frame.height} in mid-stream"
            )
        if frame.interlaced_frame and not report.interlaced:
            report.interlaced = True
            report.say_once(DEINTERLACED if deinterlace else INTERLACED)
        yield frame


def _settle(
    container: InputContainer, stream: VideoStream, report: ReadReport, last: Fraction
) -> None:
    """Compare, at the end of a whole clip, what came with what was promised.

    last: seconds from the first frame to the last one. Only MOV counts packets; an AVI counts
    periods of its rate, a packet in each or not.
    """
    if not report.interlaced:  # else each field may have come in a packet of its own
        report.lost = max(0, report.packets - report.skipped - report.decoded)
    met, tolerance = report.met, 0
    if MOV not in container.format.name:
        met = max(met, round(last * (stream.average_rate or 0)) + 1)
        tolerance = stream.frames // 20
    if met < stream.frames - tolerance:
        report.missing = stream.frames - met
