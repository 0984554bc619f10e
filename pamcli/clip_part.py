# ruff: noqa: TID251 - the pictures' half of writing clips
"""Frames encoded into one small clip, without sound: a part, or a whole that cannot be joined."""

from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from pamcli.ffmpeg import local_name
from pamcli.pixels import Pixels
from pamcli.presets import Encoding
from pamcli.video_picture import to_picture

FASTEST = 500
"""Frames a second: Matroska's milliseconds still tell the frames of a part apart."""


class ClipPart:
    """A stretch of frames at an even pace: when each is shown is said when the parts are joined.

    size: (height, width). rate: frames a second, as the stream's header will have it. threads: of
    the encoder, 0 for as many as it likes. Raises what FFmpeg raises.
    """

    def __init__(
        self, file: Path, encoding: Encoding, size: tuple[int, int], rate: Fraction, threads: int
    ) -> None:
        self._encoding, self._reformatter = encoding, VideoReformatter()
        self._step = 1 / min(rate, Fraction(FASTEST))  # seconds
        self._count = 0
        self._container: OutputContainer = av.open(
            local_name(file), "w", format=encoding.part_container
        )
        self._stream = add_stream(self._container, encoding, size, self._step)
        self._stream.thread_count = threads

    def write(self, pixels: Pixels) -> None:
        """Append a picture of the part's size."""
        picture = to_picture(pixels, self._encoding, self._reformatter)
        picture.pts, picture.time_base, picture.duration = self._count, self._step, 1
        self._count += 1
        self._container.mux(self._stream.encode(picture))

    def finish(self) -> None:
        """Flush the encoder and write the container's index."""
        self._container.mux(self._stream.encode(None))
        self._container.close()

    def close(self) -> None:
        """Let go of the file, finished or not."""
        self._container.close()


def add_stream(
    container: OutputContainer, encoding: Encoding, size: tuple[int, int], time_base: Fraction
) -> VideoStream:
    """A video stream of `size` (height, width), tagged, whose times are whole `time_base`."""
    rate = min(1 / time_base, Fraction(FASTEST))
    stream = container.add_stream(encoding.encoder, rate=rate, options=dict(encoding.options))
    assert isinstance(stream, VideoStream)
    stream.height, stream.width = size
    stream.pix_fmt = encoding.pixel_format
    stream.codec_context.time_base = time_base
    stream.codec_context.sample_aspect_ratio = encoding.sample_aspect
    encoding.tag(stream)
    return stream
