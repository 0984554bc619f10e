# ruff: noqa: TID251 - sound that is encoded again
"""Sound in another format, to the sample where it was."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer

from pamcli.clip_tags import Span, describe, format_of
from pamcli.stream_tracks import AnyPacket, dropped

ENCODERS = {"mp4": "aac", "mov": "aac", "matroska": "flac", "webm": "libopus"}
"""For sound that a container does not take as it is."""

BIT_RATES = {"aac": 96_000, "libopus": 96_000}  # bits per second and channel
STEREO = "stereo"
USUAL = {1: "mono", 2: STEREO, 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""How so many channels are arranged, where the source does not say."""

TOLERANCE = Fraction(1, 25)  # seconds by which times of sound may tremble without being a gap


class EncodedSound:
    """Sound encoded again; gaps are filled with silence, so that it keeps to the pictures."""

    def __init__(self, stream: AudioStream, container: OutputContainer, span: Span) -> None:
        name = format_of(container)
        encoder = ENCODERS[name]
        self.notes = [
            f"sound: {name} does not take {stream.codec_context.name}; "
            f"encoded again as {encoder.removeprefix('lib')}"
        ]
        self._container, self._span = container, span
        self._target = _sound_stream(stream, container, encoder)
        channels, left = stream.layout.nb_channels, self._target.layout.nb_channels
        if left < channels:
            self.notes.append(f"sound: {channels} channels were mixed to {left}")
        self._next: int | None = None  # sample with which the next frame should begin
        self._dropped = 0
        describe(self._target, stream, format_of(container))

    def write(self, packet: AnyPacket, shift: Fraction) -> None:
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            self._dropped += 1
            return
        for frame in frames:
            assert isinstance(frame, AudioFrame)
            for whole in self._without_gaps(frame, shift):
                self._container.mux(self._target.encode(whole))

    def _without_gaps(self, frame: AudioFrame, shift: Fraction) -> Iterator[AudioFrame]:
        """What of the frame lies in the span, after silence where it begins late."""
        rate = frame.sample_rate
        begin = self._next or 0
        if frame.pts is not None and frame.time_base is not None:
            begin = round((frame.pts * frame.time_base - shift) * rate)
        first, last = (
            None if cut is None else round((cut - shift) * rate)
            for cut in (self._span.start, self._span.end)
        )
        skipped = 0 if first is None else max(first - begin, 0)
        ends = frame.samples if last is None else min(last - begin, frame.samples)
        self._next = begin + skipped if self._next is None else self._next
        late = begin + skipped - self._next
        if skipped >= ends:
            return
        if late < -TOLERANCE * rate:
            self._dropped += 1
            return
        if late > TOLERANCE * rate:
            yield self._at_next(_silence(frame, late))
        yield self._at_next(_piece(frame, skipped, ends))

    def _at_next(self, frame: AudioFrame) -> AudioFrame:
        assert self._next is not None
        frame.pts, frame.time_base = self._next, Fraction(1, frame.sample_rate)
        self._next += frame.samples
        return frame

    def finish(self) -> None:
        self._container.mux(self._target.encode(None))
        self.notes += dropped(self._dropped, "sound")


def _sound_stream(stream: AudioStream, container: OutputContainer, encoder: str) -> AudioStream:
    rates = av.Codec(encoder, "w").audio_rates
    rate = stream.rate if not rates or stream.rate in rates else 48_000
    target = container.add_stream(encoder, rate=rate)
    assert isinstance(target, AudioStream)
    wanted = (stream.layout.name, USUAL.get(stream.layout.nb_channels, STEREO))
    target.layout = next((name for name in wanted if _opens(encoder, rate, name)), STEREO)
    if encoder in BIT_RATES:
        target.bit_rate = BIT_RATES[encoder] * target.layout.nb_channels
    return target


def _opens(encoder: str, rate: int, layout: str) -> bool:
    """Whether the encoder takes this arrangement of channels."""
    trial = av.CodecContext.create(encoder, "w")
    assert isinstance(trial, av.AudioCodecContext)
    formats = trial.codec.audio_formats
    trial.rate, trial.format = rate, formats[0] if formats else "s16"
    try:
        trial.layout = layout
        trial.open()
    except (ValueError, av.error.FFmpegError):
        return False
    return True


def _piece(frame: AudioFrame, begin: int, end: int) -> AudioFrame:
    """Samples begin to end of a frame."""
    if (begin, end) == (0, frame.samples):
        return frame
    step = 1 if frame.format.is_planar else frame.layout.nb_channels
    samples: Any = np.ascontiguousarray(frame.to_ndarray()[:, begin * step : end * step])
    piece = AudioFrame.from_ndarray(samples, frame.format.name, frame.layout.name)
    piece.sample_rate = frame.sample_rate
    return piece


def _silence(like: AudioFrame, samples: int) -> AudioFrame:
    frame = AudioFrame(like.format.name, like.layout.name, samples)
    frame.sample_rate = like.sample_rate
    level = b"\x80" if like.format.name.startswith("u8") else b"\0"
    for plane in frame.planes:
        plane.update(level * plane.buffer_size)
    return frame
