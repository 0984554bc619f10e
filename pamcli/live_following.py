"""What a person changes while a live run runs, carried out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from threading import Event, Lock, Thread
from typing import Unpack

from pamcli.appearance import Appearance
from pamcli.engine import Engine
from pamcli.errors import PamError
from pamcli.hints import Hint
from pamcli.live_backdrop import open_look
from pamcli.live_changing import Changing
from pamcli.live_clock import TIME_BASE
from pamcli.live_controls import LiveChange, LiveControls, LiveWish
from pamcli.live_engine import Pace
from pamcli.live_hint import open_live_hint
from pamcli.live_job import LiveJob
from pamcli.live_status import masked
from pamcli.pacing import bounds_of

LOOK = 0.05
"""Seconds between two looks at what is asked for."""


class Follower:
    """Holds the hint and the look in use, and brings what is asked for into use.

    It does so in a thread of its own: to open a clip or to compile a network takes seconds.
    What cannot be had is refused in one line, which the controls and `say` are told; what was
    before stays. Raises InputError, ModelError for what the job itself asks for.
    """

    def __init__(
        self,
        job: LiveJob,
        controls: LiveControls,
        engine: Engine,
        pace: Pace,
        say: Callable[[str], None],
    ) -> None:
        self._job, self._controls, self._engine, self._pace = job, controls, engine, pace
        self._say = say
        self._version, self._wish = controls.version, controls.wish
        self._lock = Lock()  # of `_wish`
        self.failure: BaseException | None = None  # nobody asked for this one
        self.hints: Changing[Hint] = Changing(
            open_live_hint(self._wish.hint, job.source.name), self.refused
        )

    @property
    def hint(self) -> str:
        """Kind of hint in force."""
        return self._wish.hint.kind

    @property
    def background(self) -> str:
        """The background in force, to show to a person."""
        return masked(self._wish.background or "")

    def open_looks(self, size: tuple[int, int]) -> Changing[Appearance]:
        """The look of frames of `size` (height, width). Raises InputError for no background."""
        return Changing(self._look(self._wish, size, 0), self.refused)

    def plain_look(self, size: tuple[int, int], time: int) -> Appearance:
        """The look where the background fails that was in use."""
        with self._lock:
            self._wish = replace(self._wish, background=None)
        return self._look(self._wish, size, time)

    @contextmanager
    def following(
        self, looks: Changing[Appearance], size: tuple[int, int], time: Callable[[], int]
    ) -> Iterator[None]:
        """Follow for as long as the block runs. time: the background's at present, ticks."""
        stop = Event()

        def follow() -> None:
            try:
                while not stop.wait(LOOK):
                    self._follow(looks, size, time)
            except BaseException as error:  # noqa: BLE001 - raised again by whoever sends
                self.failure = error

        thread = Thread(target=follow, name="wishes", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _follow(
        self, looks: Changing[Appearance], size: tuple[int, int], time: Callable[[], int]
    ) -> None:
        version = self._controls.version
        if version == self._version:
            return
        self._version, before, wish = version, self._wish, self._controls.wish
        self._note(fps=wish.fps)
        self._try(lambda: self._take_bounds(wish))
        if wish.hint != before.hint:
            self._try(lambda: self._take_hint(wish))
        if (wish.background, wish.hint.key) != (before.background, before.hint.key):
            self._try(lambda: self._take_look(wish, looks, size, time()))

    def _note(self, **fields: Unpack[LiveChange]) -> None:
        """These are in force from now on."""
        with self._lock:
            self._wish = replace(self._wish, **fields)

    def refused(self, why: str) -> None:
        """Say in one line why something was not done."""
        self._controls.refused(masked(why))
        self._say(masked(why))

    def _try(self, change: Callable[[], None]) -> None:
        try:
            change()
        except PamError as error:
            self.refused(str(error))

    def _take_bounds(self, wish: LiveWish) -> None:
        asked = replace(self._job.cost, fps=None, minimum=wish.min_cost, maximum=wish.max_cost)
        bounds = bounds_of(asked, self._engine.costs)
        if bounds != self._pace.bounds:
            self._pace.rebound(bounds)
        self._note(min_cost=wish.min_cost, max_cost=wish.max_cost)

    def _take_hint(self, wish: LiveWish) -> None:
        self.hints.change(open_live_hint(wish.hint, self._job.source.name))
        self._note(hint=wish.hint)

    def _take_look(
        self, wish: LiveWish, looks: Changing[Appearance], size: tuple[int, int], time: int
    ) -> None:
        looks.change(self._look(wish, size, time))
        self._note(background=wish.background)

    def _look(self, wish: LiveWish, size: tuple[int, int], time: int) -> Appearance:
        look = replace(self._job.look, background=wish.background)
        return open_look(look, wish.hint.key, size, Fraction(time * TIME_BASE), self._say)
