# ruff: noqa: TID251 - where reading clips begins
"""Where in a clip to begin decoding, so that a given frame comes as it comes in a whole run."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av.error
from av.container import InputContainer
from av.video.stream import VideoStream

from pamcli.video_clock import USUAL_RATE
from pamcli.video_decode import decode, first_time, has_times, open_clip, video_stream
from pamcli.video_info import ReadReport

MARGINS = (Fraction(0), Fraction(1), Fraction(5), Fraction(20))
"""Seconds before the wanted frame at which a key frame is looked for, one after the other.

An MPEG transport stream has no index: a seek lands anywhere near, also behind the key frame.
"""

FRAMES_BEFORE = 2
"""That a frame may depend on beyond its key frame: deinterlacing looks at the one before."""


@contextmanager
def opened_at(source: Path, start: Fraction | None) -> Iterator[tuple[InputContainer, VideoStream]]:
    """A clip that will give frames from a key frame before `start` on, else from its beginning.

    start: seconds after the first frame. Raises what FFmpeg raises, and InputError.
    """
    with open_clip(source) as container:
        stream = video_stream(container, source)
        if start is None or _seek_before(container, stream, start):
            yield container, stream
            return
    with open_clip(source) as container:  # anew: what seeking left behind is no beginning
        yield container, video_stream(container, source)


def _seek_before(container: InputContainer, stream: VideoStream, start: Fraction) -> bool:
    """Whether the container now stands before a key frame that is early enough for `start`."""
    assert stream.time_base is not None
    is_shuffled = not has_times(container) and stream.codec_context.has_b_frames
    if stream.start_time is None or is_shuffled:
        return False
    first = first_time(container, stream)
    rate = stream.average_rate or stream.guessed_rate or USUAL_RATE
    wanted = first + int((start - FRAMES_BEFORE / rate) / stream.time_base)
    for margin in MARGINS:
        target = wanted - int(margin / stream.time_base)
        if target <= first:
            return False
        if _is_key_at(container, stream, target, wanted):
            container.seek(target, stream=stream)
            return True
    return False


def _is_key_at(container: InputContainer, stream: VideoStream, target: int, wanted: int) -> bool:
    """Whether decoding from `target` begins with a whole picture at or before `wanted`."""
    try:
        container.seek(target, stream=stream)
        frame = next(decode(container, stream, ReadReport()), None)
    except av.error.FFmpegError:
        return False
    return frame is not None and frame.key_frame and frame.pts is not None and frame.pts <= wanted
