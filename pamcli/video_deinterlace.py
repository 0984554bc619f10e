# ruff: noqa: TID251 - reading clips, FFmpeg's filter
"""Interlaced pictures made whole, one for each, at their own times."""

from collections import deque
from collections.abc import Iterator
from fractions import Fraction

import av.error
from av.filter import Graph
from av.video.frame import VideoFrame

BWDIF = "mode=send_frame:parity=auto:deint=interlaced"
"""One frame a frame, by the field order that each is marked with; unmarked ones stay as they are.

https://ffmpeg.org/ffmpeg-filters.html#bwdif
"""


def deinterlaced(frames: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
    """The same frames, those marked as interlaced without combs; each with its own pts.

    All of one size and pixel format. The filter looks at the frame before and the one after.
    """
    graph: Graph | None = None
    times: deque[int | None] = deque()
    for count, frame in enumerate(frames):
        if graph is None:
            graph = _graph(frame)
        times.append(frame.pts)
        frame.pts, frame.time_base = count, Fraction(1)
        graph.push(frame)
        yield from _ready(graph, times)
    if graph is not None:
        graph.push(None)
        yield from _ready(graph, times)


def _graph(frame: VideoFrame) -> Graph:
    graph = Graph()
    graph.link_nodes(
        graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=Fraction(1),
        ),
        graph.add("bwdif", BWDIF),
        graph.add("buffersink"),
    ).configure()
    return graph


def _ready(graph: Graph, times: "deque[int | None]") -> Iterator[VideoFrame]:
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        assert isinstance(frame, VideoFrame)
        frame.pts = times.popleft()
        yield frame
