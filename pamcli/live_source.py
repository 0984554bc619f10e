# ruff: noqa: TID251 - FFmpeg's errors end a connection
"""A live source that comes back: connect, read, and when it is gone wait and connect again."""

import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from threading import Event, Thread

import av.error
from av.video.frame import VideoFrame

from pamcli.errors import InputError
from pamcli.live_apart import read_apart
from pamcli.live_clock import TICKS, OutputClock, Thinner, captured_at, ticks, wait_after
from pamcli.live_open import SourceKind, SourceSettings, check_present, explained
from pamcli.live_read import Connection, Picture, Piece, SourceError
from pamcli.live_sound import RATE, SoundLine
from pamcli.live_status import LinkState, LinkStatus
from pamcli.live_tally import Tally
from pamcli.newest import Newest

LEAST_WAIT = 0.5
"""Seconds before the first attempt to connect again."""

LEAST_PATIENCE = 2.0
"""Seconds that the thread is given to end, beyond the source's time-out."""

MOST_EARLY = 500
"""Pieces of sound that may come before the first picture, some 10 s."""

MOST_OWED = 10
"""Dropped pictures that others make up for; what was dropped before is gone."""

LATE = 1.0
"""Seconds by which a paced source may fall behind before its pace begins anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Arrived:
    """A picture that waits to be matted."""

    frame: VideoFrame
    time: int  # on the output's timeline, ticks
    captured: float  # seconds of time.monotonic at which it was captured, or else came


class LiveSource:
    """Reads a source in a thread of its own into `pictures` and `sound`, whatever happens to it.

    fps: pictures a second that are wanted at present. say: told in one line what happens to the
    connection. `ended` is set when nothing more will come; `error` then says why, or is None.
    """

    def __init__(
        self,
        source: SourceSettings,
        *,
        fps: Callable[[], float],
        sound: SoundLine | None = None,
        tally: Tally | None = None,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        """Raises InputError for what is no source, or is not there and will not come."""
        check_present(source)
        self.pictures: Newest[Arrived] = Newest()
        self.clock = OutputClock()
        self.ended = Event()
        self.error: BaseException | None = None
        self.has_sound: bool | None = None  # None: not connected yet
        self.is_made = False  # whether the source says credibly when its pictures were captured
        self._source, self._fps, self._sound, self._say = source, fps, sound, say
        self._tally = tally or Tally()
        self._thinner, self._stop, self._began = Thinner(), Event(), time.monotonic()
        self._state, self._reconnects, self._failures = LinkState.CONNECTING, 0, 0
        self._last_error, self._gone_since = "", self._began
        self._early: deque[Piece] = deque(maxlen=MOST_EARLY)
        self._owed = 0  # pictures dropped of late that others shall make up for
        self._thread = Thread(target=self._run, name="source", daemon=True)

    @property
    def began(self) -> float:
        """time.monotonic at time 0 of the timeline."""
        return self._began

    def status(self) -> LinkStatus:
        """How the connection is."""
        return LinkStatus(
            name=self._source.name,
            state=self._state,
            reconnects=self._reconnects,
            frames=self._tally.received,
            error=self._last_error,
        )

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def close(self) -> None:
        """End the thread; one that hangs in the system is left behind."""
        self._stop.set()
        self.pictures.close()
        if self._thread.is_alive():
            self._thread.join(self._source.read_timeout + LEAST_PATIENCE)
        self._state = LinkState.CLOSED

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                is_over = self._connection()
                if is_over or self._stop.is_set() or not self._may_go_on():
                    break
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits for pictures
            self.error, self._last_error = error, str(error)
        finally:
            self._state = LinkState.CLOSED
            self.pictures.close()
            self.ended.set()

    def _connection(self) -> bool:
        """One connection from begin to end; whether the source is at its end for good."""
        self._state = LinkState.CONNECTING
        is_file, before = self._source.kind is SourceKind.FILE, self._tally.received
        try:
            connection = Connection(self._source)
            if not (is_file and before):
                self._say(f"{self._source.name}: {connection.words}")
            self.has_sound = connection.has_sound
            self.clock.reconnect()
            self._early.clear()
            patience = None if is_file else self._source.read_timeout + LEAST_PATIENCE
            with closing(self._paced(read_apart(connection, patience))) as events:
                for event in events:
                    if self._stop.is_set():
                        return True
                    self._take(event)
            if is_file and self._tally.received == before:
                raise InputError(f"{self._source.name}: no frame could be decoded")
            self._last_error = "" if is_file else "the source has ended"
        except (av.error.FFmpegError, OSError) as error:
            self._last_error = explained(error, self._source)
            self._check_mendable(error)
        except (SourceError, InputError) as error:
            self._last_error = str(error).removeprefix(f"{self._source.name}: ")
            if is_file:
                raise InputError(f"{self._source.name}: {self._last_error}") from error
        return is_file and not self._source.loop

    def _check_mendable(self, error: Exception) -> None:
        """Raises InputError where another attempt would end as this one."""
        hopeless = av.error.ProtocolNotFoundError, av.error.OptionNotFoundError
        is_file = self._source.kind is SourceKind.FILE
        if is_file or isinstance(error, hopeless):
            raise InputError(f"{self._source.name}: {self._last_error}") from error

    def _may_go_on(self) -> bool:
        """Wait before the next attempt; raises InputError when there were enough."""
        if self._source.kind is SourceKind.FILE:
            return True
        if not self._failures:
            self._say(f"{self._source.name}: {self._last_error}; reconnecting")
            self._gone_since = time.monotonic()
        self._state = LinkState.DOWN
        self._failures += 1
        if self._source.reconnects is not None and self._failures > self._source.reconnects:
            raise InputError(
                f"{self._source.name}: {self._last_error} (after {self._source.reconnects} "
                "attempts to reconnect)"
            )
        away = time.monotonic() - self._gone_since
        self._stop.wait(wait_after(away, LEAST_WAIT, self._source.longest_wait))
        return not self._stop.is_set()

    def _take(self, event: Picture | Piece) -> None:
        if isinstance(event, Piece):
            self._early.append(event)
            self._pass_on_sound()
            return
        if self._state is not LinkState.UP:
            is_file = self._source.kind is SourceKind.FILE
            self._reconnects += self._tally.received > 0 and not is_file
            self._state, self._failures = LinkState.UP, 0
        self._tally.received += 1
        now = time.monotonic()
        at = self.clock.picture(event.time, ticks(now - self._began))
        self._pass_on_sound()
        if at is None or not self._is_due(at):
            self._tally.skipped += 1
            return
        captured = None if event.made is None else captured_at(event.made, time.time(), now)
        self.is_made = captured is not None
        has_replaced = self.pictures.offer(
            Arrived(event.frame, at, now if captured is None else captured)
        )
        self._owed = min(self._owed + has_replaced, MOST_OWED)

    def _is_due(self, at: int) -> bool:
        """Whether a picture is taken: by the rate, or for a dropped one where it need not wait."""
        if self._thinner.takes(at, self._fps(), self.clock.rate):
            return True
        is_extra = self._owed > 0 and self.pictures.is_awaited
        self._owed -= is_extra
        return is_extra

    def _pass_on_sound(self) -> None:
        """What has come, as soon as a picture has told where on the timeline it stands."""
        while self._early and (at := self.clock.sound(self._early[0].time)) is not None:
            piece = self._early.popleft()
            if self._sound is not None:
                self._sound.add(at * RATE // TICKS, piece.samples)

    def _paced(
        self, events: Generator[Picture | Piece, None, None]
    ) -> Generator[Picture | Piece, None, None]:
        """The same, pictures held back until each is due where the source does not do so itself."""
        with closing(events):
            if not self._source.is_paced:
                yield from events
                return
            ahead: float | None = None  # of time.monotonic before the source's time, seconds
            for event in events:
                if isinstance(event, Piece):  # may stand far before its pictures in a file
                    yield event
                    continue
                seconds = event.time / TICKS
                now = time.monotonic()
                if ahead is None or not -LATE <= ahead + seconds - now <= 10 + LATE:
                    ahead = now - seconds
                if ahead + seconds > now:
                    self._stop.wait(ahead + seconds - now)
                yield event
