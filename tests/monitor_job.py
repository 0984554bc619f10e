"""A live job without streams: its pictures move, and what it says follows what it is asked for.

python tests/monitor_job.py --port 8090 [--host HOST --token TOKEN]
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from threading import Event, Lock, Thread

import numpy as np

from pamcli.backdrop import Backdrop, open_backdrop
from pamcli.composite import composite
from pamcli.errors import InputError
from pamcli.frame import Alpha, Frame, Matte, Rgb, Trimap
from pamcli.live_controls import LiveControls, LiveWish
from pamcli.live_previews import LivePreviews
from pamcli.live_status import LinkState, LinkStatus, LiveStatus
from pamcli.monitor import Monitor, serve
from pamcli.settings import HintSettings

SIZE = 180, 320
COSTS = 40, 90
SUBJECT_COLOUR = 220, 60, 40


class FakeJob:
    """Mattes a disc that moves, at the rate that is asked for; a source and two sinks."""

    def __init__(self, background: str = "#00b140") -> None:
        wish = LiveWish(fps=15, hint=HintSettings(), background=background)
        self.controls = LiveControls(wish, costs=COSTS)
        self.previews = LivePreviews()
        self.source_state = LinkState.UP
        self.is_sending = True
        self.shown = 0  # frames that were given to the previews
        self._lock = Lock()
        self._version = -1
        self._began = time.monotonic()
        self._frames = self._sent = 0
        self._background = background
        self._backdrop: Backdrop = open_backdrop(background, SIZE)

    def status(self) -> LiveStatus:
        """Of this moment; C_c follows the target: 90 up to 10 frames a second, 40 from 60 on."""
        with self._lock:
            wish, frames, sent = self.controls.wish, self._frames, self._sent
            least, most = wish.min_cost or COSTS[0], wish.max_cost or COSTS[1]
            cost = round(min(max(90 - (wish.fps - 10), least), most))
            wobble = np.sin(frames / 30)
            source = LinkStatus(
                name="rtsp://anna:secret@camera.local/1",
                state=self.source_state,
                reconnects=1,
                frames=frames,
                error=""
                if self.source_state is LinkState.UP
                else "rtsp://anna:secret@camera: reset",
            )
            sinks = (
                LinkStatus(name="rtmp://host/live/key", state=LinkState.UP, frames=sent),
                LinkStatus(name="out.mp4", state=LinkState.UP, frames=sent),
            )
            return LiveStatus(
                uptime=time.monotonic() - self._began,
                source=source,
                sinks=sinks,
                width=SIZE[1],
                height=SIZE[0],
                target_fps=wish.fps,
                fps=wish.fps * (1 - 0.02 * abs(wobble)),
                cost_constraint=cost,
                scale=1.0 if wish.fps <= 20 else 0.5,
                path="1111" if cost > 80 else "1010" if cost > 60 else "1000",
                latency_ms=80 + 10 * wobble,
                latency_p50_ms=80,
                latency_p95_ms=95 + 5 * wobble,
                latency_p99_ms=120 + 8 * wobble,
                received=frames,
                matted=frames,
                dropped=frames // 40,
                repeated=frames // 100,
                memory_bytes=412_000_000,
                background=self._background,
                hint=wish.hint.kind,
                min_cost=least,
                max_cost=most,
            )

    def run(self, stop: Event) -> None:
        """Go on until told to stop."""
        while not stop.is_set():
            if self._version != self.controls.version:
                self._follow()
            if self.previews.watched:
                self._show()
            with self._lock:
                self._frames += 1
                self._sent += self.is_sending
            stop.wait(1 / min(self.controls.wish.fps, 30))

    def _follow(self) -> None:
        self._version = self.controls.version
        background = self.controls.wish.background or "#00b140"
        if background == self._background:
            return
        try:
            self._backdrop = open_backdrop(background, SIZE)
        except InputError as error:
            self.controls.refused(str(error))
        else:
            self._background = background

    def _show(self) -> None:
        rgb, trimap, alpha = _pictures(self._frames)
        frame = Frame(rgb, self._frames, Fraction(1, 25))
        behind = self._backdrop.at(Matte(frame, alpha, rgb))
        self.previews.show(rgb, trimap, alpha, composite(alpha, rgb, behind))
        self.shown += 1


def _pictures(number: int) -> tuple[Rgb, Trimap, Alpha]:
    """Source, trimap and alpha of a disc that goes round in 60 frames, before a grey slope."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    angle = 2 * np.pi * number / 60
    centre = SIZE[0] / 2 + 30 * np.sin(angle), SIZE[1] / 2 + 90 * np.cos(angle)
    distance = np.hypot(rows - centre[0], columns - centre[1])
    alpha = np.clip((46 - distance) / 4, 0, 1).astype(np.float32)
    trimap = np.select([distance < 38, distance > 50], [255, 0], 128).astype(np.uint8)
    slope = np.repeat((columns * 255 // SIZE[1]).astype(np.uint8)[..., None], 3, axis=2)
    rgb = composite(alpha, np.full_like(slope, SUBJECT_COLOUR), slope)
    return rgb, trimap, alpha


@contextmanager
def running(job: FakeJob) -> Iterator[None]:
    """The job at work in a thread of its own."""
    stop = Event()
    thread = Thread(target=job.run, args=(stop,), name="fake job")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def monitored(
    job: FakeJob,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    token: str | None = None,
    backgrounds: tuple[Path, ...] = (),
) -> Iterator[Monitor]:
    """The job at work with its monitor."""
    serving = serve(
        job.status,
        job.controls,
        job.previews,
        host=host,
        port=port,
        token=token,
        backgrounds=backgrounds,
    )
    with running(job), serving as monitor:
        yield monitor


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--token")
    given = parser.parse_args()
    with monitored(FakeJob(), host=given.host, port=given.port, token=given.token) as monitor:
        print(monitor.url)
        Event().wait()


if __name__ == "__main__":
    main()
