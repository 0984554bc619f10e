# ruff: noqa: TID251 - live sinks are written here
"""Packets into network sinks that may come and go, into playlists and into files."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import av
import av.error
import av.logging
from av.container import OutputContainer
from av.stream import Stream

from pamcli.errors import OutputError
from pamcli.ffmpeg import reason
from pamcli.live_clock import TIME_BASE, wait_after
from pamcli.live_encode import Coded
from pamcli.live_sinks import LinkRecord, SinkKind, SinkSettings, now
from pamcli.live_status import LinkState, masked
from pamcli.targets import Target

TIMEOUT = 2.0
"""Seconds after which a peer that takes nothing counts as gone."""

LEAST_WAIT = 0.25

GREETING = 0.4
"""Seconds that a peer is given to take the connection before anything is sent. What waited for that
would come in one lump: whoever plays it would be late by so much for ever, or stumble over it.
"""

SETTLED = TIMEOUT + 0.5
"""Seconds without an error after which a connection counts as made: FFmpeg makes it in a thread of
its own and says nothing of it but errors."""

BURIED = 3 * TIMEOUT
"""Seconds after which that thread has surely ended. Whoever closes a container waits for it, and
the whole of Python with him."""

QUEUE = 240
"""Packets that wait for a peer, some 3 s; more are dropped up to the next key frame."""

HELD_BACK = 300_000
"""Microseconds that pictures wait for sound that should stand before them, at most."""

HLS_SECONDS, HLS_SEGMENTS = 2, 6


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


class NetworkSink:
    """A peer behind FFmpeg's `fifo`, which writes in a thread of its own.

    An error ends the connection; the next is made after a while, with a key frame.
    """

    def __init__(
        self, sink: SinkSettings, templates: Sequence[Stream], say: Callable[[str], None]
    ) -> None:
        self.record = LinkRecord(sink.name)
        self._sink, self._templates, self._say = sink, templates, say
        self._muxer: Muxer | None = None
        self._buried: list[tuple[float, OutputContainer]] = []
        self._retry_at = self._opened_at = self._gone_since = now()
        self._is_gone = False

    @property
    def wants_key(self) -> bool:
        return self._muxer is not None and not self._muxer.has_begun and self._has_greeted

    def write(self, coded: Coded) -> None:
        self._bury()
        try:
            if self._muxer is None:
                if now() < self._retry_at:
                    return
                self._open()
            assert self._muxer is not None
            if not self._has_greeted:
                return
            self._muxer.write(coded)
        except (av.error.FFmpegError, OSError) as error:
            self._lose(error)
            return
        if not self._muxer.has_begun:
            return
        self.record.frames += not coded.is_sound
        if self.record.state is not LinkState.UP and now() - self._opened_at > SETTLED:
            self._settle()

    def close(self) -> None:
        if self._muxer is not None:
            _close_quietly(self._muxer.container)
        self._muxer = None
        for _, container in self._buried:
            _close_quietly(container)
        self.record.state = LinkState.CLOSED

    @property
    def _has_greeted(self) -> bool:
        return now() - self._opened_at >= (GREETING if self._sink.answers else 0)

    def _open(self) -> None:
        container = av.open(
            _with_packets(self._sink.address),
            "w",
            format="fifo",
            options=_fifo_options(self._sink),
            container_options={"max_interleave_delta": str(HELD_BACK)},
        )
        self._muxer, self._opened_at = Muxer(container, self._templates), now()
        self.record.state = LinkState.CONNECTING
        container.start_encoding()  # FFmpeg's thread begins to connect

    def _lose(self, error: Exception) -> None:
        if self._muxer is not None:
            self._buried.append((now(), self._muxer.container))
        self._muxer = None
        self.record.error = masked(reason(error))
        self.record.state = LinkState.DOWN
        if not self._is_gone:
            self._is_gone, self._gone_since = True, now()
            self._say(f"{self.record.name}: {self.record.error}; reconnecting")
        away = now() - self._gone_since
        self._retry_at = now() + wait_after(away, LEAST_WAIT, self._sink.longest_wait)

    def _settle(self) -> None:
        self.record.state = LinkState.UP
        if self._is_gone:
            self._is_gone = False
            self.record.reconnects += 1
            self._say(f"{self.record.name}: connected again")

    def _bury(self) -> None:
        while self._buried and now() - self._buried[0][0] > BURIED:
            _close_quietly(self._buried.pop(0)[1])


class LocalSink:
    """A file or a playlist with its segments.

    A file has its final name only when it is closed. What cannot be written any more ends this
    sink for good; what is there of it stays under its temporary name.
    """

    def __init__(
        self, sink: SinkSettings, templates: Sequence[Stream], say: Callable[[str], None]
    ) -> None:
        """Raises OutputError when the file exists or its folder cannot be written."""
        self.record = LinkRecord(sink.name)
        self._sink, self._templates, self._say = sink, templates, say
        is_file = sink.kind is SinkKind.FILE
        self._target = Target(sink.file, overwrite=sink.overwrite) if is_file else None
        self._muxer: Muxer | None = None
        self._has_failed = False

    @property
    def wants_key(self) -> bool:
        return self._muxer is None and not self._has_failed

    def write(self, coded: Coded) -> None:
        if self._has_failed or (self._muxer is None and (coded.is_sound or not coded.is_key)):
            return
        try:
            if self._muxer is None:
                self._muxer = Muxer(self._opened(), self._templates)
                self.record.state = LinkState.UP
            self._muxer.write(coded)
        except (av.error.FFmpegError, OSError) as error:
            self._fail(error)
            return
        self.record.frames += not coded.is_sound

    def close(self) -> None:
        """Raises OutputError when the file cannot be finished."""
        if self._muxer is not None and not self._has_failed:
            try:
                self._muxer.container.close()
                if self._target is not None:
                    self._target.publish()
            except (av.error.FFmpegError, OSError, OutputError) as error:
                self._fail(error)
        elif self._target is not None and not self._has_failed:
            self._target.discard()
        self._muxer = None
        self.record.state = LinkState.CLOSED

    def _opened(self) -> OutputContainer:
        if self._target is None:
            options = {
                "hls_time": str(HLS_SECONDS),
                "hls_list_size": str(HLS_SEGMENTS),
                "hls_flags": "delete_segments+independent_segments+temp_file",
                **self._sink.options,
            }
            return av.open(str(self._sink.file), "w", format="hls", options=options)
        is_mov = self._sink.format in ("mp4", "mov")
        fragments = {"movflags": "frag_keyframe+empty_moov+default_base_moof"} if is_mov else {}
        options = {**fragments, **self._sink.options}
        return av.open(
            str(self._target.part.absolute()),
            "w",
            format=self._sink.format,
            options=options,
            container_options={"max_interleave_delta": str(HELD_BACK)},
        )

    def _fail(self, error: Exception) -> None:
        self._has_failed = True
        left = (
            f"; {self._target.part} holds what was written" if self._target and self._muxer else ""
        )
        why = str(error) if isinstance(error, OutputError) else reason(error)
        self.record.error, self.record.state = f"{why}{left}", LinkState.CLOSED
        self._say(f"{self.record.name}: {self.record.error}")
        if self._muxer is not None:
            _close_quietly(self._muxer.container)
        self._muxer = None


def _fifo_options(sink: SinkSettings) -> dict[str, str]:
    microseconds = round(TIMEOUT * 1_000_000)
    own = {
        "flv": {"rw_timeout": str(microseconds), "flvflags": "no_duration_filesize"},
        "rtsp": {"timeout": str(microseconds), "rtsp_transport": "tcp"},
        "mpegts": {"rw_timeout": str(microseconds)},
    }[sink.format]
    inner = {**own, **sink.options}
    return {
        "fifo_format": sink.format,
        "format_opts": ":".join(f"{key}={value}" for key, value in inner.items()),
        "attempt_recovery": "0",
        "drop_pkts_on_overflow": "1",
        "restart_with_keyframe": "1",
        "queue_size": str(QUEUE),
    }


def _with_packets(address: str) -> str:
    """Seven packets of MPEG fit into one datagram."""
    if address.startswith("udp://") and "pkt_size" not in address:
        return f"{address}{'&' if '?' in address else '?'}pkt_size=1316"
    return address


def _close_quietly(container: OutputContainer) -> None:
    """What is gone cannot be closed properly, and need not be."""
    try:
        container.close()
    except (av.error.FFmpegError, OSError):
        return
