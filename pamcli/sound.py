# ruff: noqa: TID251 - the sound half of writing clips
"""The sound of a clip on its way into another: its packets, where the container takes them."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet

from pamcli.errors import InputError
from pamcli.ffmpeg import LOCAL_ONLY, ffmpeg_errors, local_name

FALLBACK = {"mp4": "aac", "mov": "aac", "matroska": "flac"}
"""Encoder for sound that a container does not take as it is."""

AAC_BIT_RATE = 192_000  # bits per second
SEEK_MARGIN = Fraction(1)  # seconds read ahead of the cut, so that no packet of it is missed


@dataclass(slots=True)
class _Track:
    source: AudioStream
    target: AudioStream
    copied: bool
    last_dts: int | None = None
    dropped: int = 0


class Sound:
    """Feeds the audio tracks of `source` into `container`, as far as the pictures have come.

    `start` and `end` bound what is taken, seconds on the source's clock; packets are whole, so
    the cut is exact to one packet. `notes` says what could not be kept as it was.
    """

    def __init__(
        self,
        source: Path,
        container: OutputContainer,
        *,
        start: Fraction | None,
        end: Fraction | None,
    ) -> None:
        self.notes: list[str] = []
        self._source, self._container = source, container
        self._start, self._end = start, end
        self._shift = Fraction(0)
        with ffmpeg_errors(InputError, source):
            self._input = av.open(
                local_name(source), options=dict(LOCAL_ONLY), metadata_errors="replace"
            )
        self._tracks = {
            s.index: self._track(s) for s in self._input.streams.audio if s.codec_context
        }
        self._packets = self._demux()
        self._waiting: Packet[AudioStream] | None = None

    def _track(self, stream: AudioStream) -> _Track:
        try:
            return _Track(stream, self._container.add_stream_from_template(stream), copied=True)
        except ValueError:
            return _Track(stream, self._encoder(stream), copied=False)

    def _encoder(self, stream: AudioStream) -> AudioStream:
        name = FALLBACK[self._container.format.name.split(",")[0]]
        rates = av.Codec(name, "w").audio_rates
        rate = stream.rate if not rates or stream.rate in rates else 48_000
        target = self._container.add_stream(name, rate=rate)
        assert isinstance(target, AudioStream)
        target.layout = stream.layout
        if name == "aac":
            target.bit_rate = AAC_BIT_RATE
        container = self._container.format.name
        codec = stream.codec_context.name
        self.notes.append(f"sound: {container} does not take {codec}; encoded again as {name}")
        return target

    def begin(self, shift: Fraction) -> None:
        """Subtract `shift` seconds from every time from now on; call before the first `advance`."""
        self._shift = shift

    def _demux(self) -> Iterator["Packet[AudioStream]"]:
        if not self._tracks:
            return
        if self._start is not None and self._start > SEEK_MARGIN:
            # Without an index everything is read from the beginning, which only takes longer.
            with suppress(av.error.FFmpegError):
                self._input.seek(int((self._start - SEEK_MARGIN) * av.time_base))
        packets = self._input.demux(tuple(track.source for track in self._tracks.values()))
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError:
                self.notes.append("sound: the source ends early")
                return
            if packet is None:
                return
            if packet.dts is not None and self._is_wanted(packet):
                yield packet

    def _is_wanted(self, packet: "Packet[AudioStream]") -> bool:
        begin = (packet.dts or 0) * packet.time_base
        finish = begin + (packet.duration or 0) * packet.time_base
        after_start = self._start is None or finish > self._start
        return after_start and (self._end is None or begin < self._end)

    def advance(self, until: Fraction) -> None:
        """Write every packet that begins before `until`, seconds on the source's clock."""
        while (packet := self._waiting or next(self._packets, None)) is not None:
            self._waiting = packet
            if (packet.dts or 0) * packet.time_base >= until:
                return
            self._waiting = None
            self._write(packet)

    def _write(self, packet: "Packet[AudioStream]") -> None:
        track = self._tracks[packet.stream.index]
        if not track.copied:
            self._encode(track, packet)
            return
        ticks = round(self._shift / packet.time_base)
        assert packet.dts is not None
        packet.dts -= ticks
        packet.pts = packet.dts if packet.pts is None else packet.pts - ticks
        if track.last_dts is not None and packet.dts <= track.last_dts:
            track.dropped += 1
            return
        track.last_dts = packet.dts
        packet.stream = track.target
        try:
            self._container.mux(packet)
        except (av.error.InvalidDataError, av.error.ArgumentError):
            track.dropped += 1

    def _encode(self, track: _Track, packet: "Packet[AudioStream]") -> None:
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            track.dropped += 1
            return
        for frame in frames:
            if frame.pts is not None and frame.time_base is not None:
                frame.pts -= round(self._shift / frame.time_base)
            self._container.mux(track.target.encode(frame))

    def finish(self) -> None:
        """Write what is left and flush the encoders."""
        while (packet := self._waiting or next(self._packets, None)) is not None:
            self._waiting = None
            self._write(packet)
        for track in self._tracks.values():
            if not track.copied:
                self._container.mux(track.target.encode(None))
            if track.dropped:
                self.notes.append(f"sound: {track.dropped} damaged packets were dropped")

    def close(self) -> None:
        """Let go of the source."""
        self._input.close()
