# ruff: noqa: TID251 - the last step of writing clips
"""Parts of a clip into one file: packets are copied, times are those of the source again."""

import math
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.packet import Packet
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from pamcli.clip_part import add_stream
from pamcli.errors import OutputError
from pamcli.ffmpeg import local_name
from pamcli.pixels import Pixels
from pamcli.presets import Encoding, add_copy
from pamcli.sound import Sound
from pamcli.video_picture import to_picture

MAX_MOVIE_TIMESCALE = 10_000_000  # ticks per second; finer ones overflow in some players


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """When each frame of a joined clip is shown, on the source's clock."""

    times: Sequence[int]  # pts, growing
    time_base: Fraction
    step: int  # usual duration of a frame, in units of time_base
    shift: int = 0  # subtracted from every pts in the file

    def duration(self, index: int) -> int:
        """Until the next frame; the usual one for the last frame."""
        if index + 1 < len(self.times):
            return self.times[index + 1] - self.times[index]
        return self.step

    def decoding_time(self, index: int, delay: int) -> int:
        """dts of packet number `index` where decoding runs `delay` frames ahead of showing."""
        if index >= delay:
            return self.times[index - delay]
        return self.times[0] - (delay - index) * self.step


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherStreams:
    """What comes beside the pictures: everything else of `source`, between two moments."""

    source: Path
    start: Fraction | None  # seconds on the source's clock; None: from the beginning
    end: Fraction | None
    audio_rate: int | None  # samples a second


def join(
    parts: Sequence[Path],
    target: Path,
    encoding: Encoding,
    timeline: Timeline,
    others: OtherStreams | None,
) -> list[str]:
    """Write the clip whose frames, in order, are those of `parts`; returns what could not be kept.

    Each part begins with a key frame and refers to no other. encoding: of the parts. Raises
    OutputError when the parts are not what was written, and what FFmpeg raises.
    """
    orders = [_shown_order(part) for part in parts]
    count = sum(map(len, orders))
    if count != len(timeline.times):
        raise OutputError(f"{count} packets for {len(timeline.times)} frames: parts are damaged")
    options = _container_options(encoding.container, timeline, others)
    with av.open(local_name(target), "w", format=encoding.container, options=options) as container:
        stream = _stream_like(parts[0], container, timeline)
        if others is None:
            _copy(parts, orders, container, stream, timeline, None)
            return []
        sound = Sound(others.source, container, start=others.start, end=others.end)
        with closing(sound):
            sound.begin(timeline.shift * timeline.time_base)
            _copy(parts, orders, container, stream, timeline, sound)
            sound.finish()
        return sound.notes


def _copy(
    parts: Sequence[Path],
    orders: Sequence[Sequence[int]],
    container: OutputContainer,
    stream: VideoStream,
    timeline: Timeline,
    sound: Sound | None,
) -> None:
    delay = max(place - rank for order in orders for place, rank in enumerate(order))
    first = 0
    for part, order in zip(parts, orders, strict=True):
        for place, packet in enumerate(_packets(part)):
            index = first + order[place]
            if sound is not None:
                sound.advance(timeline.times[index] * timeline.time_base)
            packet.time_base = timeline.time_base
            packet.pts = timeline.times[index] - timeline.shift
            packet.dts = timeline.decoding_time(first + place, delay) - timeline.shift
            packet.duration = timeline.duration(index)
            packet.stream = stream
            container.mux(packet)
        first += len(order)


def _container_options(
    container: str, timeline: Timeline, others: OtherStreams | None
) -> dict[str, str]:
    """Times stay as they are, below 0 too; a late start is held as finely as the tracks are."""
    options = {"avoid_negative_ts": "disabled"}
    audio_rate = others.audio_rate if others is not None else None
    ticks = math.lcm(timeline.time_base.denominator, audio_rate or 1)
    if container in ("mp4", "mov") and ticks <= MAX_MOVIE_TIMESCALE:
        options["movie_timescale"] = str(ticks)
    return options


def _stream_like(part: Path, container: OutputContainer, timeline: Timeline) -> VideoStream:
    with av.open(local_name(part)) as first:
        stream = add_copy(container, first.streams.video[0])
    stream.time_base = timeline.time_base
    return stream


def _packets(part: Path) -> Iterator["Packet[VideoStream]"]:
    with av.open(local_name(part)) as container:
        for packet in container.demux(container.streams.video[0]):
            if packet.size:
                yield packet


def _shown_order(part: Path) -> list[int]:
    """For each packet, in the order in which they lie, how many frames are shown before it."""
    times = [packet.pts for packet in _packets(part)]
    ranks = {pts: rank for rank, pts in enumerate(sorted(t for t in times if t is not None))}
    if len(ranks) < len(times):
        raise OutputError(f"{part.name}: frames without times of their own")
    return [ranks[pts] for pts in times if pts is not None]


def encode_whole(
    parts: Sequence[Path], target: Path, encoding: Encoding, timeline: Timeline
) -> None:
    """Write the clip whose frames are those of lossless `parts`, encoded in one go.

    encoding: of the whole, in an RGB or grey pixel format. Raises what FFmpeg raises.
    """
    reformatter = VideoReformatter()
    with av.open(local_name(target), "w", format=encoding.container) as container:
        stream: VideoStream | None = None
        for index, pixels in enumerate(_pixels(parts, encoding.pixel_format)):
            if stream is None:
                size = pixels.shape[0], pixels.shape[1]
                stream = add_stream(container, encoding, size, timeline.time_base)
            picture = to_picture(pixels, encoding, reformatter)
            picture.pts = timeline.times[index] - timeline.shift
            picture.time_base = timeline.time_base
            picture.duration = timeline.duration(index)
            container.mux(stream.encode(picture))
        assert stream is not None
        container.mux(stream.encode(None))


def _pixels(parts: Sequence[Path], pixel_format: str) -> Iterator[Pixels]:
    for part in parts:
        with av.open(local_name(part)) as container:
            for frame in container.decode(video=0):
                yield np.asarray(frame.to_ndarray(format=pixel_format), np.uint8)
