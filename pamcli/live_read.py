# ruff: noqa: TID251 - live sources are read here
"""One connection to a live source: its pictures and its sound as they come."""

import struct
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pamcli.errors import InputError
from pamcli.live_clock import TIME_BASE, ticks
from pamcli.live_open import ANALYSES, SourceSettings, open_live
from pamcli.live_sound import RATE, Samples

WALL_CLOCK: Final = "prft"  # FFmpeg's side data: when a packet was made, microseconds since 1970
MICROSECONDS = 1_000_000

MOST_REFUSED = 100
"""Packets in a row that the decoder refuses, after which another codec is taken to have begun."""


class SourceError(Exception):
    """A connection that has to be made anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded picture as it came."""

    frame: VideoFrame
    time: int  # in the source, ticks
    made: float | None  # seconds since 1970 at which it was captured, where the source says so


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A piece of sound as it came."""

    samples: Samples
    time: int  # in the source, ticks


class Connection:
    """An open source. `events` gives what comes until the connection ends or fails.

    Raises what FFmpeg raises, SourceError when no picture comes or nothing can be decoded any more,
    InputError when the source has no picture at all.
    """

    def __init__(self, source: SourceSettings) -> None:
        self._source = source
        self._container, self._video = _opened(source)
        self._audio = _sound_of(self._container) if source.audio else None
        self._resampler = AudioResampler(format="fltp", layout="stereo", rate=RATE)
        self._made_less_time: float | None = None  # of the last packet that carries a wall clock

    @property
    def has_sound(self) -> bool:
        """Whether sound comes along."""
        return self._audio is not None

    @property
    def words(self) -> str:
        """What it is, for a person."""
        context = self._video.codec_context
        rate = self._video.average_rate
        fps = f", {float(rate):.4g} frames/s" if rate else ""
        sound = f", {self._audio.codec_context.name} sound" if self._audio else ", no sound"
        return f"{context.name} {context.width}x{context.height}{fps}{sound}"

    def close(self) -> None:
        """End the connection."""
        self._container.close()

    def events(self) -> Generator[Picture | Piece, None, None]:
        """Everything that comes, in its order."""
        streams = [self._video, *([self._audio] if self._audio else [])]
        refused, last = 0, time.monotonic()
        for packet in self._container.demux(streams):
            is_picture = packet.stream_index == self._video.index
            try:
                frames = packet.decode()
            except av.error.FFmpegError as error:
                refused += is_picture
                if refused > MOST_REFUSED:
                    raise SourceError("its pictures cannot be decoded any more") from error
                continue
            if is_picture and frames:
                refused, last = 0, time.monotonic()
                self._note_wall_clock(packet)
            elif time.monotonic() - last > self._source.read_timeout:
                raise SourceError(f"no picture came for {self._source.read_timeout:g} s")
            for frame in frames:
                yield from self._event(frame)

    def _event(self, frame: Any) -> Iterator[Picture | Piece]:
        if frame.pts is None:
            return
        at = ticks(frame.pts * frame.time_base)
        if isinstance(frame, VideoFrame):
            made = None if self._made_less_time is None else self._made_less_time + at * TIME_BASE
            yield Picture(frame, at, None if made is None else float(made))
        elif isinstance(frame, AudioFrame):
            yield from self._pieces(frame, at)

    def _pieces(self, frame: AudioFrame, at: int) -> Iterator[Piece]:
        for made in self._resampled(frame):
            samples = np.asarray(made.to_ndarray(), np.float32)
            yield Piece(samples, at)
            at += ticks(Fraction(samples.shape[1], RATE))

    def _resampled(self, frame: AudioFrame) -> list[AudioFrame]:
        frame.pts = None  # times are counted in `_pieces`
        try:
            return self._resampler.resample(frame)
        except ValueError:  # the source's sound has changed its rate or its channels
            self._resampler = AudioResampler(format="fltp", layout="stereo", rate=RATE)
            return self._resampler.resample(frame)

    def _note_wall_clock(self, packet: "Packet[Any]") -> None:
        if packet.pts is None or not packet.has_sidedata(WALL_CLOCK):
            return
        (made,) = struct.unpack_from("q", bytes(packet.get_sidedata(WALL_CLOCK)))
        self._made_less_time = made / MICROSECONDS - float(packet.pts * packet.time_base)


def _opened(source: SourceSettings) -> tuple[InputContainer, VideoStream]:
    """With a longer look at the stream where no picture shows in a short one."""
    for analysis in ANALYSES:
        container = open_live(source, analysis)
        try:
            video = _pictures_of(container)
            if video is not None:
                return container, video
        except BaseException:
            container.close()
            raise
        container.close()
    raise InputError(f"{source.name}: no video stream")


def _pictures_of(container: InputContainer) -> VideoStream | None:
    for stream in container.streams.video:
        is_cover = stream.disposition & Disposition.attached_pic
        if stream.codec_context is not None and not is_cover and stream.codec_context.width:
            stream.thread_type = "SLICE"  # frame threads hold pictures back
            return stream
    return None


def _sound_of(container: InputContainer) -> AudioStream | None:
    for stream in container.streams.audio:
        if stream.codec_context is not None and stream.codec_context.sample_rate:
            return stream
    return None
