# ruff: noqa: TID251 - live sinks are written here
"""Packets into playlists and files."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Full, Queue
from threading import Thread

import av
import av.error
from av.container import OutputContainer
from av.stream import Stream

from pamcli.errors import OutputError
from pamcli.ffmpeg import reason
from pamcli.live_encode import Coded
from pamcli.live_muxer import HELD_BACK, Muxer, close_quietly
from pamcli.live_sinks import LinkRecord, SinkKind, SinkSettings
from pamcli.live_status import LinkState
from pamcli.targets import Target

HLS_SECONDS, HLS_SEGMENTS = 2, 6

WAITING = 4000
"""Packets that wait for a disk, about a minute of them."""

LAST_WAIT = 10.0
"""Seconds that a disk is given at the end to take what waits."""


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
            close_quietly(self._muxer.container)
        self._muxer = None


class ApartSink:
    """A local sink that is fed in a thread of its own, so that a disk that stalls stops nobody.

    What it does not take within WAITING packets is left out up to a key frame.
    """

    def __init__(self, sink: LocalSink, say: Callable[[str], None]) -> None:
        self.record = sink.record
        self._sink, self._say = sink, say
        self._queue: Queue[Coded | None] = Queue(WAITING)
        self._lacks_key = False
        self._thread = Thread(target=self._run, name="local sink", daemon=True)
        self._thread.start()

    @property
    def wants_key(self) -> bool:
        return (self._lacks_key and not self._queue.full()) or self._sink.wants_key

    def write(self, coded: Coded) -> None:
        if self._lacks_key and (coded.is_sound or not coded.is_key):
            return
        try:
            self._queue.put_nowait(coded)
        except Full:
            self._lacks_key = True
        else:
            self._lacks_key = False

    def close(self) -> None:
        """A disk that stalls for good is not waited for: the file keeps its temporary name."""
        with suppress(Full):
            self._queue.put(None, timeout=LAST_WAIT)
        self._thread.join(LAST_WAIT)
        if self._thread.is_alive():
            self.record.error, self.record.state = "takes nothing any more", LinkState.CLOSED
            self._say(f"{self.record.name}: {self.record.error}")

    def _run(self) -> None:
        while (coded := self._queue.get()) is not None:
            self._sink.write(coded)
        self._sink.close()
