# ruff: noqa: TID251 - the streams beside the pictures, one by one
"""One stream of sound or subtitles on its way into a container: copied, or encoded again."""

import io
from contextlib import suppress
from fractions import Fraction
from typing import Any, Protocol, TypeAlias

import av
import av.error
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.subtitles.stream import SubtitleStream
from av.video.stream import VideoStream

from pamcli.clip_tags import Span, describe, format_of

Stream = AudioStream | SubtitleStream
AnyPacket: TypeAlias = "Packet[Any]"
"""Of any of the two: PyAV says of none whose it is when streams are read together."""

NOTHING = b"\0\0"  # mov_text that shows nothing; who writes it puts it where it is needed


class Track(Protocol):
    """Takes the packets of one stream; `notes` says what was lost of it."""

    notes: list[str]

    def write(self, packet: AnyPacket, shift: Fraction) -> None:
        """Write a packet `shift` seconds earlier."""

    def finish(self) -> None:
        """Write what is pending; complete `notes`."""


def time_of(packet: AnyPacket) -> int | None:
    """When it is decoded, else shown, in units of its time_base."""
    return packet.pts if packet.dts is None else packet.dts


def takes(name: str, stream: Stream) -> bool:
    """Whether a container of that format takes the packets of `stream`.

    PCM in MP4, though allowed of late, is silent in most players, and counts as not taken.
    """
    return not (name == "mp4" and stream.codec_context.name.startswith("pcm_")) and accepts(
        name, stream
    )


def accepts(name: str, stream: AudioStream | SubtitleStream | VideoStream) -> bool:
    """Whether a file of that format can begin with such a stream in it: tried in memory."""
    with suppress(av.error.FFmpegError), av.open(io.BytesIO(), "w", format=name) as trial:
        try:
            trial.add_stream_from_template(stream)
            trial.start_encoding()
        except (ValueError, av.error.FFmpegError):
            return False
    return True


class Copied:
    """The packets themselves."""

    def __init__(self, stream: Stream, container: OutputContainer, span: Span) -> None:
        self.notes: list[str] = []
        self._container, self._span = container, span
        self._is_text = isinstance(stream, SubtitleStream)
        self._target: Stream = container.add_stream_from_template(stream)
        self._last: int | None = None
        self._dropped = 0
        describe(self._target, stream, format_of(container))

    def write(self, packet: AnyPacket, shift: Fraction) -> None:
        if self._is_text:
            if bytes(packet) == NOTHING:
                return
            cut_to(packet, self._span)
        ticks = round(shift / packet.time_base)
        time = time_of(packet)
        assert time is not None
        packet.dts = time - ticks
        packet.pts = packet.dts if packet.pts is None else packet.pts - ticks
        if self._last is not None and packet.dts <= self._last and not self._is_text:
            self._dropped += 1
            return
        self._last = packet.dts
        packet.stream = self._target
        try:
            self._container.mux(packet)
        except (av.error.InvalidDataError, av.error.ArgumentError):
            self._dropped += 1

    def finish(self) -> None:
        self.notes += dropped(self._dropped, "subtitles" if self._is_text else "sound")


def dropped(count: int, what: str) -> list[str]:
    """The line that says so, if there is anything to say."""
    packets = "packet was" if count == 1 else "packets were"
    return [f"{what}: {count} damaged {packets} dropped"] if count else []


def cut_to(packet: AnyPacket, span: Span) -> None:
    """Shorten what is shown before the span's start or after its end."""
    unit = packet.time_base
    begin = packet.pts if packet.pts is not None else packet.dts or 0
    finish = begin + (packet.duration or 0)
    if span.start is not None and begin * unit < span.start:
        begin = round(span.start / unit)
    if span.end is not None:
        finish = min(finish, round(span.end / unit))
    packet.pts = packet.dts = begin
    if packet.duration:
        packet.duration = max(finish - begin, 1)
