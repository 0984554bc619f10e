# ruff: noqa: TID251 - live sinks are written here
"""Packets into network sinks that may come and go."""

from collections.abc import Callable, Sequence

import av
import av.error
from av.container import OutputContainer
from av.stream import Stream

from pamcli.ffmpeg import reason
from pamcli.live_clock import wait_after
from pamcli.live_encode import Coded
from pamcli.live_muxer import HELD_BACK, Muxer, close_quietly
from pamcli.live_sinks import LinkRecord, SinkSettings, now
from pamcli.live_status import LinkState, masked

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
            close_quietly(self._muxer.container)
        self._muxer = None
        for _, container in self._buried:
            close_quietly(container)
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
            close_quietly(self._buried.pop(0)[1])


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
