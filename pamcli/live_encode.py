# ruff: noqa: TID251 - pictures and sound of a live job become packets here
"""H.264 and AAC for live sinks, encoded once for all of them."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import PictureType
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from pamcli.live_clock import TICKS, TIME_BASE
from pamcli.live_sound import RATE, Samples
from pamcli.pixels import Pixels
from pamcli.presets import Encoding
from pamcli.video_picture import to_picture

KEY_SECONDS = 2
"""Seconds between two key frames at most: what streaming services ask for."""

BITS_720P = 4_000_000
"""Bits a second at most for 1280x720; other sizes in proportion to their pixels."""

LEAST_BITS, MOST_BITS = 500_000, 20_000_000
PIXELS_720P = 1280 * 720

SOUND_BITS = 128_000
QUALITY = "21"  # x264's constant rate factor, as far as the bits reach

GLOBAL_HEADER = {"flags": "+global_header"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """One packet, to be copied into any number of containers."""

    payload: bytes
    pts: int  # units of time_base
    dts: int
    time_base: Fraction
    is_sound: bool
    is_key: bool

    def packet(self, stream: Stream) -> "Packet[Stream]":
        """A packet of its own for `stream`."""
        # FFmpeg's own memory: Python's is freed under its lock, which whoever closes a container
        # holds while FFmpeg's thread frees the last packets: both would wait for ever.
        packet: Packet[Stream] = Packet(len(self.payload))
        packet.update(self.payload)
        packet.stream, packet.time_base = stream, self.time_base
        packet.pts, packet.dts, packet.is_keyframe = self.pts, self.dts, self.is_key
        return packet


def bit_rate_for(size: tuple[int, int]) -> int:
    """Bits a second at most for pictures of `size` (height, width)."""
    wanted = BITS_720P * size[0] * size[1] // PIXELS_720P
    return min(max(wanted, LEAST_BITS), MOST_BITS)


class Encoder:
    """Pictures of one size, with times in ticks, and the frames of a SoundLine, into packets.

    size: (height, width), both even. fps: about how many pictures a second will come.
    bit_rate: bits a second of the pictures at most; None: by the size.
    """

    def __init__(
        self, size: tuple[int, int], fps: float, *, sound: bool, bit_rate: int | None = None
    ) -> None:
        self._container = av.open(os.devnull, "w", format="null")
        bits = bit_rate or bit_rate_for(size)
        self._video = _picture_stream(self._container, size, fps, bits)
        self._audio = _sound_stream(self._container) if sound else None
        self._container.start_encoding()
        self._encoding = Encoding(
            encoder="libx264", options={}, pixel_format="yuv420p", container="null"
        )
        self._reformatter = VideoReformatter()
        self._last_key: int | None = None

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Templates for a container's streams: pictures, and sound where there is any."""
        return (self._video,) if self._audio is None else (self._video, self._audio)

    def picture(self, pixels: Pixels, time: int, *, key: bool = False) -> list[Coded]:
        """uint8 (H, W) or (H, W, 3). key: a key frame is needed now; else as often as usual."""
        frame = to_picture(pixels, self._encoding, self._reformatter)
        frame.pts, frame.time_base = time, TIME_BASE
        is_due = self._last_key is None or time - self._last_key >= KEY_SECONDS * TICKS
        if key or is_due:
            frame.pict_type, self._last_key = PictureType.I, time
        return list(_coded(self._video.encode(frame), is_sound=False))

    def sound(self, frames: Sequence[tuple[int, Samples]]) -> list[Coded]:
        """What `SoundLine.take` gave."""
        assert self._audio is not None
        packets = []
        for begin, samples in frames:
            frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", "stereo")
            frame.sample_rate, frame.pts, frame.time_base = RATE, begin, Fraction(1, RATE)
            packets += self._audio.encode(frame)
        return list(_coded(packets, is_sound=True))

    def finish(self) -> list[Coded]:
        """What the encoders still hold."""
        last = list(_coded(self._video.encode(None), is_sound=False))
        if self._audio is not None:
            last += _coded(self._audio.encode(None), is_sound=True)
        return last

    def close(self) -> None:
        """Let go of the encoders."""
        self._container.close()


def _picture_stream(
    container: OutputContainer, size: tuple[int, int], fps: float, bits: int
) -> VideoStream:
    options = {
        **GLOBAL_HEADER,
        "preset": "superfast",
        "tune": "zerolatency",
        "crf": QUALITY,
        "maxrate": str(bits),
        "bufsize": str(bits),
        "forced-idr": "1",
        "sc_threshold": "0",
        "g": str(round(1000 * KEY_SECONDS)),  # times decide, not counts
    }
    rate = Fraction(fps).limit_denominator(1001)
    stream = container.add_stream("libx264", rate=rate, options=options)
    assert isinstance(stream, VideoStream)
    stream.height, stream.width = size
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = TIME_BASE
    Encoding(encoder="", options={}, pixel_format="yuv420p", container="").tag(stream)
    return stream


def _sound_stream(container: OutputContainer) -> AudioStream:
    stream = container.add_stream("aac", rate=RATE, options=dict(GLOBAL_HEADER))
    assert isinstance(stream, AudioStream)
    stream.layout, stream.bit_rate = "stereo", SOUND_BITS
    return stream


def _coded(
    packets: Sequence["Packet[VideoStream] | Packet[AudioStream]"], *, is_sound: bool
) -> Iterator[Coded]:
    for packet in packets:
        assert packet.pts is not None
        yield Coded(
            payload=bytes(packet),
            pts=packet.pts,
            dts=packet.pts if packet.dts is None else packet.dts,
            time_base=packet.time_base,
            is_sound=is_sound,
            is_key=packet.is_keyframe,
        )
