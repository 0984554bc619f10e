"""Makes tiny clips: every frame carries its own number in its pixels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.filter import Graph
from av.video.stream import VideoStream

from pamcli.frame import Rgb

BIT_PIXELS = 8
BITS = 6
SAMPLE_RATE = 44_100
FRAME_TIMES = tuple(range(0, 20 * 3600, 3600))  # 20 frames, 25 a second at 1/90000
VFR_TIMES = (0, 3000, 5500, 9100, 12000, 15003, 18500, 21000, 24100, 27007, 36000, 36001, 50000)


def numbered(number: int, height: int = 48, width: int = 64) -> Rgb:
    """A smooth picture whose top left blocks are white or black: the bits of `number`."""
    rows, columns = np.mgrid[0:height, 0:width]
    red = 60 + 120 * columns // max(width - 1, 1)
    green = 60 + 120 * rows // max(height - 1, 1)
    rgb = np.stack([red, green, np.full_like(red, 90)], axis=-1).astype(np.uint8)
    for bit in range(BITS):
        rgb[:BIT_PIXELS, bit * BIT_PIXELS : (bit + 1) * BIT_PIXELS] = 255 * (number >> bit & 1)
    return rgb


def number_of(rgb: Rgb) -> int:
    """The inverse of `numbered`, also after a lossy codec."""
    middle = BIT_PIXELS // 2
    bits = [rgb[middle, bit * BIT_PIXELS + middle].mean() > 127 for bit in range(BITS)]
    return sum(1 << bit for bit, is_set in enumerate(bits) if is_set)


@dataclass(frozen=True, kw_only=True)
class Clip:
    """What `make_clip` makes; times in units of time_base."""

    times: Sequence[int] = FRAME_TIMES
    time_base: Fraction = Fraction(1, 90_000)
    rate: Fraction = Fraction(25)  # frames a second, as the header says
    size: tuple[int, int] = (48, 64)  # height, width
    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    audio: str | None = None
    rotation: int = 0  # degrees counter-clockwise
    sample_aspect: Fraction = Fraction(1)
    matrix: int = 2  # H.273; 2: not said
    transfer: int = 2  # H.273; 2: not said, 16: PQ, 18: HLG
    color_range: int = 0  # 0: not said, 1: limited, 2: full
    gop: int = 8
    container: str | None = None
    movflags: str = ""
    picture: Callable[[int, int, int], Rgb] = numbered
    options: Mapping[str, str] = field(default_factory=dict)  # of the encoder
    fields: str = ""  # "tff" or "bff": marked as interlaced, with the top or bottom field first
    display_matrix: tuple[int, ...] = ()  # nine numbers, as an MP4 track header holds them


def _video(container: OutputContainer, clip: Clip) -> VideoStream:
    stream = container.add_stream(clip.codec, rate=clip.rate)
    assert isinstance(stream, VideoStream)
    stream.height, stream.width = clip.size
    stream.pix_fmt = clip.pixel_format
    stream.gop_size = clip.gop
    stream.codec_context.time_base = clip.time_base
    stream.codec_context.sample_aspect_ratio = clip.sample_aspect
    if clip.matrix != 2:
        stream.colorspace = clip.matrix
    if clip.transfer != 2:
        stream.codec_context.color_trc = clip.transfer
    if clip.color_range:
        stream.color_range = clip.color_range
    if clip.codec == "libx264":
        stream.options = {"crf": "10", "preset": "veryfast"}
    if clip.fields:
        stream.options = {**stream.options, "flags": "+ilme+ildct"}
    stream.options = {**stream.options, **clip.options}
    if clip.display_matrix:
        stream.set_display_matrix(clip.display_matrix)
    if clip.rotation:
        stream.set_display_rotation(clip.rotation)
    return stream


def marked_interlaced(frame: av.VideoFrame, fields: str) -> av.VideoFrame:
    """The frame, said to be of two fields; PyAV alone cannot say so."""
    graph = Graph()
    graph.link_nodes(
        graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1)
        ),
        graph.add("setfield", fields),
        graph.add("buffersink"),
    ).configure()
    graph.push(frame)
    marked = graph.pull()
    assert isinstance(marked, av.VideoFrame)
    return marked


def _encode_pictures(container: OutputContainer, stream: VideoStream, clip: Clip) -> None:
    matrix = {2: 5, 6: 5}.get(clip.matrix, clip.matrix)
    for number, pts in enumerate(clip.times):
        rgb = av.VideoFrame.from_ndarray(clip.picture(number, *clip.size), "rgb24")
        if stream.format.is_rgb:
            frame = rgb.reformat(format=clip.pixel_format)
        else:
            frame = rgb.reformat(
                format=clip.pixel_format,
                dst_colorspace=matrix,
                src_color_range=2,
                dst_color_range=clip.color_range or 1,
            )
        if clip.fields:
            frame = marked_interlaced(frame, clip.fields)
        frame.pts, frame.time_base = pts, clip.time_base
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _sound(container: OutputContainer, codec: str) -> AudioStream:
    stream = container.add_stream(codec, rate=SAMPLE_RATE)
    assert isinstance(stream, AudioStream)
    stream.layout = "stereo"
    return stream


def _encode_tone(container: OutputContainer, stream: AudioStream, seconds: float) -> None:
    """440 Hz, 1024 samples a frame, in the encoder's own format."""
    samples = int(seconds * SAMPLE_RATE)
    wave = np.sin(2 * np.pi * 440 * np.arange(samples) / SAMPLE_RATE)
    for begin in range(0, samples, 1024):
        mono = (wave[begin : begin + 1024] * 20_000).astype(np.int16)
        stereo = np.repeat(mono, 2)[np.newaxis]
        frame = av.AudioFrame.from_ndarray(stereo, "s16", "stereo")
        frame.sample_rate, frame.pts = SAMPLE_RATE, begin
        frame.time_base = Fraction(1, SAMPLE_RATE)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def write_clip(target: Path, clip: Clip) -> Path:
    """Encode `clip` into `target`; returns `target`."""
    options = {"movflags": clip.movflags} if clip.movflags else {}
    with av.open(str(target), "w", format=clip.container, options=options) as container:
        video = _video(container, clip) if clip.times else None
        sound = _sound(container, clip.audio) if clip.audio is not None else None
        if video is not None:
            _encode_pictures(container, video, clip)
        if sound is not None:
            seconds = float(clip.times[-1] * clip.time_base) if clip.times else 1.0
            _encode_tone(container, sound, seconds)
    return target


def edited(source: Path, target: Path, *, skipped: int, shown: int) -> Path:
    """An MP4 whose edit list shows a part only; returns `target`.

    skipped, shown: in the units of the track's and of the movie's time (milliseconds).
    """
    content = bytearray(source.read_bytes())
    entry = content.find(b"elst") + 12  # behind name, version and count: one edit of version 0
    media_time = int.from_bytes(content[entry + 4 : entry + 8], "big", signed=True)
    content[entry : entry + 4] = shown.to_bytes(4, "big")
    content[entry + 4 : entry + 8] = (media_time + skipped).to_bytes(4, "big", signed=True)
    target.write_bytes(content)
    return target


def turned(source: Path, target: Path, rotation: int) -> Path:
    """The packets of `source`, to be shown turned by `rotation` degrees; returns `target`."""
    with av.open(str(source)) as container, av.open(str(target), "w") as out:
        stream = out.add_stream_from_template(container.streams.video[0])
        assert isinstance(stream, VideoStream)
        stream.set_display_rotation(rotation)
        for packet in container.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    return target
