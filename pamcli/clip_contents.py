# ruff: noqa: TID251 - what a clip's container holds
"""What a clip carries beside its pictures, and pictures sampled over its length."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from pamcli.alpha_tally import Levels
from pamcli.errors import InputError
from pamcli.ffmpeg import FULL, LIMITED, ffmpeg_errors
from pamcli.frame import Rgb
from pamcli.video_alpha import alpha_of, alpha_stream, decoder_of, depth_of, has_alpha
from pamcli.video_colour import Colours
from pamcli.video_decode import first_time, open_clip, video_stream

SAMPLED = 24  # pictures of a clip
IN_ORDER = frozenset({"gif", "apng"})  # formats in which no picture stands alone
MOST_IN_ORDER = 200
PACKETS = 3000  # whose times tell whether the rate is constant

# ITU-T H.273, tables 2, 3 and 4; 2 is "not said" in each.
PRIMARIES = {1: "BT.709", 5: "BT.601 625", 6: "BT.601 525", 9: "BT.2020", 11: "DCI-P3"}
PRIMARIES |= {12: "Display P3"}
TRANSFERS = {1: "BT.709", 4: "gamma 2.2", 6: "BT.601", 8: "linear", 13: "sRGB", 14: "BT.2020"}
TRANSFERS |= {15: "BT.2020 12 bit", 16: "PQ", 18: "HLG"}
MATRICES = {0: "RGB", 1: "BT.709", 5: "BT.601", 6: "BT.601", 9: "BT.2020"}
RANGES = {LIMITED: "limited", FULL: "full"}
UNSAID = 2
UNKNOWN = frozenset({None, "und"})  # languages


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One stream of a clip."""

    kind: str  # "video", "cover", "audio", "subtitle", "data" ...
    codec: str | None
    language: str | None
    details: str  # size, or sample rate and channels


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipContents:
    """What the header of a clip, and its first picture, say beyond `VideoInfo`."""

    container: str
    tracks: tuple[Track, ...]
    chapters: int
    bits: int  # a sample
    primaries: str | None
    transfer: str | None
    matrix: str | None
    range: str | None  # "limited", "full"; None: not said
    is_constant_rate: bool | None  # None: too few frames to tell
    alpha: str | None  # "plane", "beside" each packet; None: none


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A picture as stored, not turned."""

    rgb: Rgb
    alpha: Levels | None  # (H, W)
    opaque: int  # the level of alpha that is 1
    is_exact: bool  # RGB or grey: equal channels come out equal


def clip_contents(source: Path) -> ClipContents:
    """Raises InputError, one line naming the file, where no picture can be read."""
    with ffmpeg_errors(InputError, source), open_clip(source) as container:
        stream = video_stream(container, source)
        picture = next(_decoded(container, stream), None)
        if picture is None:
            raise InputError(f"{source}: no frame could be decoded")
        carrier = alpha_stream(stream)
        return ClipContents(
            container=container.format.name,
            tracks=tuple(_track(each) for each in container.streams),
            chapters=len(container.chapters()),
            bits=max(component.bits for component in picture.format.components),
            primaries=_said(PRIMARIES, int(picture.color_primaries)),
            transfer=_said(TRANSFERS, int(picture.color_trc)),
            matrix=_said(MATRICES, int(picture.colorspace)),
            range=RANGES.get(int(picture.color_range)),
            is_constant_rate=_is_constant(source),
            alpha=None if carrier is None else carrier.value,
        )


def _said(names: dict[int, str], number: int) -> str | None:
    return None if number == UNSAID else names.get(number, f"H.273 number {number}")


def _track(stream: Stream) -> Track:
    codec = stream.codec_context
    kind: str = stream.type
    details = ""
    if isinstance(stream, VideoStream) and codec is not None:
        details = f"{stream.codec_context.width}x{stream.codec_context.height}"
        kind = "cover" if stream.disposition & Disposition.attached_pic else kind
    if isinstance(stream, AudioStream) and codec is not None:
        details = f"{stream.rate} Hz, {stream.layout.name}"
    return Track(
        kind=kind,
        codec=None if codec is None else codec.name,
        language=None if (told := stream.metadata.get("language")) in UNKNOWN else told,
        details=details,
    )


def _is_constant(source: Path) -> bool | None:
    """Whether frames are evenly spaced, but for the rounding to ticks; by the first 3000."""
    with open_clip(source) as container:
        stream = video_stream(container, source)
        times = []
        with suppress(av.error.FFmpegError, IndexError):
            for packet in islice(container.demux(stream), PACKETS):
                if packet.pts is not None and packet.size:
                    times.append(packet.pts)
    steps = [after - before for before, after in pairwise(sorted(times))]
    return max(steps) - min(steps) <= 1 if len(steps) > 1 else None


def sampled(source: Path, duration: Fraction | None, frames: int | None) -> Iterator[Sample]:
    """Pictures spread over a clip: all of a short one. Damaged ones are passed over.

    duration: seconds; frames: how many to expect. Raises InputError.
    """
    reformatter, colours = VideoReformatter(), Colours()
    with ffmpeg_errors(InputError, source), open_clip(source) as container:
        stream = video_stream(container, source)
        if container.format.name in IN_ORDER:
            pictures: Iterator[VideoFrame] = islice(_decoded(container, stream), MOST_IN_ORDER)
        elif duration is None or frames is None or frames <= SAMPLED:
            pictures = islice(_decoded(container, stream), SAMPLED)
        else:
            pictures = _spread(container, stream, duration)
        for picture in pictures:
            shows = has_alpha(picture.format)
            yield Sample(
                rgb=colours.rgb(picture),
                alpha=alpha_of(picture, reformatter) if shows else None,
                opaque=(1 << depth_of(picture.format)) - 1,
                is_exact=picture.format.is_rgb or picture.format.name.startswith(("gray", "ya")),
            )


def _spread(
    container: InputContainer, stream: VideoStream, duration: Fraction
) -> Iterator[VideoFrame]:
    assert stream.time_base is not None
    first = first_time(container, stream)
    for number in range(SAMPLED):
        ticks = first + int(duration * number / SAMPLED / stream.time_base)
        with suppress(av.error.FFmpegError):
            container.seek(ticks, stream=stream)
            picture = next(_decoded(container, stream), None)
            if picture is not None:
                yield picture


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Pictures from where the container stands, by the decoder that shows their alpha."""
    decoder = decoder_of(stream)
    with suppress(av.error.EOFError, IndexError):
        for packet in container.demux(stream):
            with suppress(av.error.InvalidDataError):
                yield from decoder.decode(packet if packet.size else None)
