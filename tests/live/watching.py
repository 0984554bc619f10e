"""Reads back what a live run sends, in a thread, for as long as it is asked to."""

import time
from dataclasses import dataclass, field
from threading import Event, Thread
from types import TracebackType
from typing import Any

import av
import av.error
import numpy as np
import numpy.typing as npt

from live.signals import FPS, Seen, onsets, seen

QUICK = {"analyzeduration": "1000000"}
LISTEN = {"rtsp_flags": "listen", "listen_timeout": "10"}


@dataclass(frozen=True)
class Shown:
    """A picture that came."""

    seen: Seen
    time: float  # seconds on the stream's clock
    came: float  # time.monotonic
    size: tuple[int, int]
    corner: tuple[int, int, int]  # colour of the background


@dataclass
class Connection:
    """All that came in one connection."""

    shown: list[Shown] = field(default_factory=list)
    sound: list[tuple[float, npt.NDArray[np.float32]]] = field(default_factory=list)


class Watcher:
    """Plays a stream; connects again when it ends."""

    def __init__(
        self,
        url: str,
        drawn_at: tuple[int, int] | None = None,
        *,
        listens: bool = False,
        patience: float = 2.0,
    ) -> None:
        """drawn_at: (height, width) of the clip, where pictures are fitted into another size.
        listens: is the RTSP server to which the stream is published. patience: seconds without
        anything after which it connects again."""
        self._patience = patience
        self._options = {**QUICK, **(LISTEN if listens else {})}
        self.connections: list[Connection] = []
        self._url, self._drawn_at, self._stop = url, drawn_at, Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Watcher":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(10)

    @property
    def shown(self) -> list[Shown]:
        """All pictures so far."""
        return [one for connection in list(self.connections) for one in list(connection.shown)]

    def wait(self, count: int, since: float = 0.0, seconds: float = 30.0) -> list[Shown]:
        """At least `count` pictures that came after `since`; AssertionError when they do not."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = [one for one in self.shown if one.came > since]
            if len(found) >= count:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{len(self.shown)} pictures in all, not {count} in {seconds} s")

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._play()
            except (av.error.FFmpegError, OSError):
                self._stop.wait(0.1)

    def _play(self) -> None:
        with av.open(self._url, options=self._options, timeout=(10.0, self._patience)) as container:
            if not container.streams.video:
                return
            self.connections.append(Connection())
            now = self.connections[-1]
            for packet in container.demux():
                if self._stop.is_set():
                    return
                for frame in _decoded(packet):
                    self._note(now, frame)

    def _note(self, now: Connection, frame: object) -> None:
        if isinstance(frame, av.VideoFrame) and frame.pts is not None:
            rgb = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
            size = rgb.shape[0], rgb.shape[1]
            told = seen(rgb, self._drawn_at)
            red, green, blue = (int(mean) for mean in rgb[:8, :8].reshape(-1, 3).mean(axis=0))
            corner = red, green, blue
            now.shown.append(Shown(told, float(frame.time or 0), time.monotonic(), size, corner))
        elif isinstance(frame, av.AudioFrame) and frame.pts is not None:
            samples = np.asarray(frame.to_ndarray()[0], np.float32)
            now.sound.append((float(frame.time or 0), samples))


def _decoded(packet: Any) -> list[Any]:
    """Nothing where datagrams begin in the middle of a frame."""
    try:
        frames: list[Any] = packet.decode()
    except av.error.InvalidDataError:
        return []
    return frames


def sound_after_picture(connection: Connection) -> list[float]:
    """Seconds by which each tone comes after the picture that it belongs to."""
    numbers = [(one.time, one.seen.number) for one in connection.shown if one.seen.number]
    lag = float(np.median([at - (number or 0) / FPS for at, number in numbers]))
    return [at - lag - round(at - lag) for at in onsets(connection.sound)]
