"""From the newest picture of a source to what is sent: hint, network and look, each in a thread."""

from contextlib import closing
from threading import Event, Semaphore, Thread

from pamcli.engine import Engine
from pamcli.hints import Hint
from pamcli.live_engine import Pace
from pamcli.live_source import LiveSource
from pamcli.live_stages import UNDER_WAY, Drawer, Drawn, taken
from pamcli.newest import Newest
from pamcli.prefetch import prefetch
from pamcli.run_watch import RunWatch
from pamcli.video_report import VideoReport
from pamcli.video_stages import find_alphas, hinted_ahead


class Pipeline:
    """Frames under way between `source` and `done`, UNDER_WAY of them at once.

    Whoever takes one of `done` says so by `sent`. When nothing more will come, `done` is over and
    `failure` says why, unless the source is at its end. watch: None where nothing is logged.
    """

    def __init__(
        self,
        source: LiveSource,
        size: tuple[int, int],
        hint: Hint,
        engine: Engine,
        pace: Pace,
        drawer: Drawer,
        watch: RunWatch | None,
    ) -> None:
        """size: (height, width) of the frames."""
        self.done: Newest[Drawn] = Newest(UNDER_WAY)
        self.failure: BaseException | None = None
        self.report = VideoReport()
        self._source, self._size, self._hint, self._drawer = source, size, hint, drawer
        self._engine, self._pace, self._watch = engine, pace, watch
        self._window, self._halt = Semaphore(UNDER_WAY), Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = Thread(target=self._run, name="look", daemon=True)
        self._thread.start()

    def sent(self) -> None:
        """One of `done` has been sent, or left out: another may be taken from the source."""
        self._window.release()

    def close(self) -> None:
        """End the threads."""
        self._halt.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            self._flow()
        except BaseException as error:  # noqa: BLE001 - raised again in the sender's thread
            self.failure = error
        finally:
            self.done.close()

    def _flow(self) -> None:
        pictures, halt = self._source.pictures, self._halt
        with (
            closing(taken(pictures, self._size, self._window, halt, self._taken)) as frames,
            hinted_ahead(frames, self._hint, self._watch) as known,
            closing(
                prefetch(
                    find_alphas(known, self._engine, self._pace, self.report, watch=self._watch), 1
                )
            ) as found,
        ):
            for drawn in self._drawer.drawn(found, self._watch):
                self.done.offer(drawn)

    def _taken(self, waited: float, seconds: float) -> None:
        self._pace.taken(waited, seconds)
        if self._watch is not None:
            self._watch.took = seconds
