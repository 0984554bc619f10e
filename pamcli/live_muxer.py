# ruff: noqa: TID251 - live sinks are written here
"""Copies of packets into one container, whatever it leads to."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import av.error
import av.logging
from av.container import OutputContainer
from av.stream import Stream

from pamcli.live_clock import TIME_BASE
from pamcli.live_encode import Coded

HELD_BACK = 300_000
"""Microseconds that pictures wait for sound that should stand before them, at most."""


@contextmanager
def speechless() -> Iterator[None]:
    """FFmpeg logs nothing inside the block, in which every sink lives.

    PyAV holds Python's lock while a container is closed, and so until FFmpeg's thread has ended;
    that thread would wait for the lock to hand over an error that it logs, for ever.
    """
    before = av.logging.get_level()
    av.logging.set_level(None)
    try:
        yield
    finally:
        av.logging.set_level(before)


class Muxer:
    """A container that is fed by copies of packets; its times begin at 0 with a key frame."""

    def __init__(self, container: OutputContainer, templates: Sequence[Stream]):
        self.container = container
        self._streams = [container.add_stream_from_template(stream) for stream in templates]
        self._origin: int | None = None  # ticks at which its time begins

    @property
    def has_begun(self) -> bool:
        """Whether a key frame has been written."""
        return self._origin is not None

    def write(self, coded: Coded) -> None:
        """Nothing before the first key frame. Raises what FFmpeg raises."""
        if self._origin is None:
            if coded.is_sound or not coded.is_key:
                return
            self._origin = coded.dts
        shift = round(self._origin * TIME_BASE / coded.time_base)
        if coded.dts < shift or (coded.is_sound and len(self._streams) < 2):
            return
        moved = replace(coded, pts=coded.pts - shift, dts=coded.dts - shift)
        self.container.mux(moved.packet(self._streams[coded.is_sound]))


def close_quietly(container: OutputContainer) -> None:
    """What is gone cannot be closed properly, and need not be."""
    try:
        container.close()
    except (av.error.FFmpegError, OSError):
        return
