# ruff: noqa: TID251 - the sound half of writing clips
"""What a clip holds beside its pictures, on its way into another: packets, where they are taken."""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.audio.stream import AudioStream
from av.container import OutputContainer

from pamcli.clip_covers import copy_attachments, copy_covers
from pamcli.clip_tags import Span, chapters_within, copy_description, format_of, left_out
from pamcli.errors import InputError
from pamcli.ffmpeg import LOCAL_ONLY, ffmpeg_errors, local_name
from pamcli.sound_encoding import EncodedSound
from pamcli.stream_tracks import AnyPacket, Copied, Stream, Track, takes, time_of
from pamcli.subtitles import TEXT, EncodedSubtitles

SEEK_MARGIN = Fraction(1)  # seconds read ahead of the cut, so that no packet of it is missed
SUBTITLE_MARGIN = Fraction(30)  # the same, where a subtitle may have begun long before

HELD_BACK = "max_interleave_delta"
LONGEST_HELD = 1  # seconds of pictures that wait in memory for a stream that is silent; usually 10


class Sound:
    """Feeds sound, subtitles and the rest of `source` into `container`, after its video stream.

    `start` and `end` bound what is taken, seconds on the source's clock; packets are whole, so
    the cut is exact to one packet. Metadata, dispositions, chapters, covers and attached files
    come too. `notes` says what could not be kept as it was.
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
        self._span = Span(start=start, end=end)
        self._shift = Fraction(0)
        with ffmpeg_errors(InputError, source):
            self._input = av.open(
                local_name(source), options=dict(LOCAL_ONLY), metadata_errors="replace"
            )
        container.container_options[HELD_BACK] = str(LONGEST_HELD * av.time_base)
        self._tracks = dict(self._open_tracks())
        self._packets = self._demux()
        self._waiting: AnyPacket | None = None
        self.notes += copy_description(self._input, container, self._span)
        self.notes += left_out(self._input)
        name = format_of(container)
        self.notes += copy_attachments(self._input, container, name)
        self._covers = list(copy_covers(source, container, name, self.notes))

    def _open_tracks(self) -> Iterator[tuple[int, Track]]:
        streams: tuple[Stream, ...] = (
            *self._input.streams.audio,
            *self._input.streams.subtitles,
        )
        for stream in streams:
            track = self._track(stream)
            if track is not None:
                yield stream.index, track

    def _track(self, stream: Stream) -> Track | None:
        name = format_of(self._container)
        if stream.codec_context is None:
            self.notes.append(f"left out: a stream of {stream.type} in an unknown format")
            return None
        if takes(name, stream):
            return Copied(stream, self._container, self._span)
        if isinstance(stream, AudioStream):
            return EncodedSound(stream, self._container, self._span)
        codec = stream.codec_context.name
        if codec in TEXT:
            return EncodedSubtitles(stream, self._container, self._span)
        self.notes.append(f"left out: subtitles as pictures ({codec}), which {name} does not take")
        return None

    def begin(self, shift: Fraction) -> None:
        """Subtract `shift` seconds from every time from now on; call before the first `advance`."""
        self._shift = shift
        chapters = chapters_within(self._input.chapters(), self._span, shift)
        if chapters:
            self._container.set_chapters(chapters)

    def _demux(self) -> Iterator[AnyPacket]:
        if not self._tracks:
            return
        start = self._span.start
        margin = SUBTITLE_MARGIN if self._input.streams.subtitles else SEEK_MARGIN
        if start is not None and start > margin:
            # Without an index everything is read from the beginning, which only takes longer.
            with suppress(av.error.FFmpegError):
                self._input.seek(int((start - margin) * av.time_base))
        packets = self._input.demux(*(self._input.streams[index] for index in self._tracks))
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError:
                self.notes.append("sound: the source ends early")
                return
            if packet is None:
                return
            if time_of(packet) is not None and packet.size and self._is_wanted(packet):
                yield packet

    def _is_wanted(self, packet: AnyPacket) -> bool:
        begin = (time_of(packet) or 0) * packet.time_base
        finish = begin + (packet.duration or 0) * packet.time_base
        after_start = self._span.start is None or finish > self._span.start
        return after_start and (self._span.end is None or begin < self._span.end)

    def advance(self, until: Fraction) -> None:
        """Write every packet that begins before `until`, seconds on the source's clock."""
        self._write_covers()
        while (packet := self._waiting or next(self._packets, None)) is not None:
            self._waiting = packet
            if (time_of(packet) or 0) * packet.time_base >= until:
                return
            self._waiting = None
            self._tracks[packet.stream.index].write(packet, self._shift)

    def _write_covers(self) -> None:
        for cover in self._covers:
            self._container.mux(cover)
        self._covers = []

    def finish(self) -> None:
        """Write what is left and flush the encoders."""
        self._write_covers()
        while (packet := self._waiting or next(self._packets, None)) is not None:
            self._waiting = None
            self._tracks[packet.stream.index].write(packet, self._shift)
        for track in self._tracks.values():
            track.finish()
            self.notes += [line for line in track.notes if line not in self.notes]

    def close(self) -> None:
        """Let go of the source."""
        self._input.close()
