"""Clips with everything beside the pictures: sounds, subtitles, chapters, metadata, a cover."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Disposition
from av.subtitles.stream import SubtitleStream
from av.subtitles.subtitle import SubtitleSet
from av.video.stream import VideoStream
from clips import numbered

from pamcli.png_folder import encode_png

if TYPE_CHECKING:
    from av.container.core import Chapter

STYLE = (
    "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, "
    "Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, "
    "Alignment, MarginL, MarginR, MarginV, Encoding"
)
DEFAULT = "Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0"
EVENTS = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
ASS_HEADER = f"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: {STYLE}
Style: {DEFAULT}

[Events]
Format: {EVENTS}
""".encode()
MILLISECOND = Fraction(1, 1000)
LINES = ((200, 900, "Hello"), (1500, 2600, "World, here"))  # ms from, ms to, text
CHAPTERS = ((0, 1000, "One"), (1000, 3000, "Two"))  # ms from, ms to, title
SECONDS = 3
COVER = np.full((16, 16, 3), (9, 99, 200), np.uint8)


@dataclass(frozen=True, kw_only=True)
class Rich:
    """What `write_rich` makes: 75 numbered frames, two tracks of sound, the rest as said."""

    container: str = "matroska"
    video: str = "libx264"
    audio: str = "aac"
    rate: int = 44_100
    layout: str = "stereo"
    delay: int = 0  # samples by which sound begins after the pictures
    gap: tuple[int, int] | None = None  # samples of sound that are missing: from, to
    subtitles: str | None = "subrip"
    lines: tuple[tuple[int, int, str], ...] = LINES
    chapters: bool = True
    cover: bool = True
    timecode: str | None = None


def write_rich(target: Path, rich: Rich) -> Path:
    """Make the clip; returns `target`."""
    with av.open(str(target), "w", format=rich.container) as container:
        container.metadata.update(
            title="A walk", artist="Somebody", creation_time="2024-05-06T07:08:09.000000Z"
        )
        video = _video(container, rich)
        sounds = [
            _sound(container, rich, "deu", Disposition.default),
            _sound(container, rich, "eng", Disposition(0)),
        ]
        sounds[0].metadata["title"] = "Ton"
        subtitles = _subtitles(container, rich.subtitles) if rich.subtitles else None
        if rich.chapters:
            container.set_chapters([_chapter(n, *entry) for n, entry in enumerate(CHAPTERS, 1)])
        cover = _cover(container, rich) if rich.cover else None
        if cover is not None:
            _encode(container, cover, [COVER])
        if subtitles is not None:
            _write_lines(container, subtitles, rich)
        _encode(container, video, [numbered(n % 64) for n in range(SECONDS * 25)])
        for sound in sounds:
            _encode_tone(container, sound, rich)
    return target


def _video(container: OutputContainer, rich: Rich) -> VideoStream:
    stream = container.add_stream(rich.video, rate=25)
    assert isinstance(stream, VideoStream)
    stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
    stream.codec_context.time_base = Fraction(1, 25)
    stream.metadata["language"] = "fra"
    if rich.timecode:
        stream.metadata["timecode"] = rich.timecode
    return stream


def _sound(
    container: OutputContainer, rich: Rich, language: str, disposition: Disposition
) -> AudioStream:
    stream = container.add_stream(rich.audio, rate=rich.rate)
    assert isinstance(stream, AudioStream)
    stream.layout = rich.layout
    stream.metadata["language"] = language
    stream.disposition = disposition
    return stream


def _subtitles(container: OutputContainer, codec: str) -> SubtitleStream:
    stream = container.add_stream(codec)
    assert isinstance(stream, SubtitleStream)
    stream.codec_context.subtitle_header = ASS_HEADER
    stream.codec_context.time_base = MILLISECOND
    stream.time_base = MILLISECOND
    stream.metadata["language"] = "ita"
    stream.disposition = Disposition.forced
    return stream


def _chapter(number: int, start: int, end: int, title: str) -> "Chapter":
    return {
        "id": number,
        "start": start,
        "end": end,
        "time_base": MILLISECOND,
        "metadata": {"title": title},
    }


def _cover(container: OutputContainer, rich: Rich) -> VideoStream | None:
    if rich.container == "matroska":
        container.add_attachment("cover.png", "image/png", encode_png(COVER))
        return None
    stream = container.add_stream("png")
    assert isinstance(stream, VideoStream)
    stream.height, stream.width, stream.pix_fmt = 16, 16, "rgb24"
    stream.codec_context.time_base = Fraction(1, 25)
    stream.disposition = Disposition.attached_pic
    return stream


def _write_lines(container: OutputContainer, stream: SubtitleStream, rich: Rich) -> None:
    for begin, end, text in rich.lines:
        dialogue = b"0,0,Default,,0,0,0,," + text.encode()
        shown = SubtitleSet.create(dialogue, start=0, end=end - begin, pts=begin * 1000)
        packet = stream.codec_context.encode_subtitle(shown)
        packet.time_base = MILLISECOND
        packet.pts = packet.dts = begin
        packet.duration = end - begin
        packet.stream = stream
        container.mux(packet)


def _encode(container: OutputContainer, stream: VideoStream, pictures: list[np.ndarray]) -> None:
    for number, rgb in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format=stream.pix_fmt)
        frame.pts, frame.time_base = number, Fraction(1, 25)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _encode_tone(container: OutputContainer, stream: AudioStream, rich: Rich) -> None:
    """Silence but for a click of 10 samples at each half second."""
    wave = clicks(SECONDS * rich.rate, rich.rate)
    channels = stream.layout.nb_channels
    for begin in range(0, len(wave), 1024):
        if rich.gap is not None and rich.gap[0] <= begin < rich.gap[1]:
            continue
        piece = np.repeat(wave[begin : begin + 1024], channels)[np.newaxis]
        frame = av.AudioFrame.from_ndarray(piece, "s16", rich.layout)
        frame.sample_rate, frame.pts = rich.rate, begin + rich.delay
        frame.time_base = Fraction(1, rich.rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def clicks(samples: int, rate: int) -> np.ndarray:
    """int16: a click of 10 samples at each half second."""
    at = np.arange(samples)
    return np.where(at % (rate // 2) < 10, 30_000, 0).astype(np.int16)
