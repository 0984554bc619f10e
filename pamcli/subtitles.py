# ruff: noqa: TID251 - subtitles that are written in another format
"""Text of subtitles from one format into another."""

from fractions import Fraction

import av.error
from av.container import OutputContainer
from av.subtitles.stream import SubtitleStream

from pamcli.clip_tags import Span, describe, format_of
from pamcli.stream_tracks import AnyPacket, cut_to, dropped

ENCODERS = {"mp4": "mov_text", "mov": "mov_text", "matroska": "subrip", "webm": "webvtt"}
"""For text that a container does not take as it is."""

TEXT = {"mov_text", "subrip", "srt", "ass", "ssa", "webvtt", "text"}
"""Subtitles that are text, which can be encoded again; others are pictures."""

MILLISECOND = Fraction(1, 1000)


class EncodedSubtitles:
    """Text of subtitles in another format."""

    def __init__(self, stream: SubtitleStream, container: OutputContainer, span: Span) -> None:
        name = format_of(container)
        encoder = ENCODERS[name]
        self.notes = [
            f"subtitles: {name} does not take {stream.codec_context.name}; written as {encoder}"
        ]
        self._container, self._decoder, self._span = container, stream.codec_context, span
        self._decoder.open(strict=False)
        target = container.add_stream(encoder)
        assert isinstance(target, SubtitleStream)
        self._target = target
        target.codec_context.subtitle_header = self._decoder.subtitle_header
        target.codec_context.time_base = MILLISECOND
        target.time_base = MILLISECOND
        self._dropped = 0
        describe(target, stream, name)

    def write(self, packet: AnyPacket, shift: Fraction) -> None:
        cut_to(packet, self._span)
        try:
            shown = self._decoder.decode2(packet)
            written = self._target.codec_context.encode_subtitle(shown) if shown else None
        except av.error.FFmpegError:
            self._dropped += 1
            return
        if shown is None or written is None or not written.size or not len(shown):
            return
        assert packet.pts is not None
        milliseconds = packet.duration * packet.time_base / MILLISECOND if packet.duration else 0
        written.time_base = MILLISECOND
        written.pts = written.dts = round((packet.pts * packet.time_base - shift) / MILLISECOND)
        written.duration = round(milliseconds) or shown.end_display_time
        written.stream = self._target
        self._container.mux(written)

    def finish(self) -> None:
        self.notes += dropped(self._dropped, "subtitles")
