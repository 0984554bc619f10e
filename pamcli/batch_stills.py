"""The stills of a batch: several networks side by side, each with the next still read ahead."""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from itertools import islice
from threading import Lock
from typing import Protocol

import numpy as np

from pamcli.batch_plan import Item
from pamcli.batch_settings import BatchSettings
from pamcli.batch_words import Outcome, State
from pamcli.batch_work import Stage, Work, attempt, make_folder
from pamcli.engine import Engine, Inference
from pamcli.frame import Frame, Rgb, Trimap
from pamcli.hint_coarse import CoarseSource
from pamcli.hints import SUBJECT_BAND, SUBJECT_TRUST, CoarseHint, Hint, open_hint
from pamcli.image_job import matte_still
from pamcli.images import read_still, write_png
from pamcli.machine import usable_cores
from pamcli.models import load_files, load_model
from pamcli.path import NetworkPath
from pamcli.prefetch import prefetch
from pamcli.settings import HintSettings
from pamcli.still_colour import Still
from pamcli.subject import Estimate, SubjectFinder
from pamcli.subject_network import NAME, SubjectNetwork
from pamcli.tiles import Tile
from pamcli.trimap import UNKNOWN

ENGINES = 2
"""Networks side by side, each with its share of the threads: on two cores, two with one thread each
took 20 to 25 % less processor time than one with two."""

LANES_PER_ENGINE = 2
"""Stills in hand for each: while one is in the network, another is composed and written."""

WIDE = 1 << 21
"""Pixels from which on a still has the machine for itself, with all threads on one network: that
needs about 0.5 kB of memory a pixel, and then shares out well."""

WHOLE = -1  # place of the network with all threads

READ_AHEAD = 1  # stills that a lane has decoded before their turn
RESULTS = 1000  # what became of them: small, so that no lane waits for another's still

_SMALLEST = np.zeros((32, 32, 3), np.uint8), np.full((32, 32), UNKNOWN, np.uint8)

Ended = tuple[Item, Outcome]
"""A file and what became of it."""


class Counter(Protocol):
    """Where stills are taken from and what became of them is told; see Desk."""

    @property
    def stage(self) -> Stage: ...

    def take(self, item: Item) -> Work | Outcome | None: ...

    def finish(self, item: Item, outcome: Outcome) -> Outcome: ...


def matte_stills(
    items: Sequence[Item], desk: Counter, lanes: "Lanes", is_over: Callable[[], bool]
) -> Generator[Ended, None, None]:
    """Matte those that no other process has, in the order in which they are done.

    is_over: asked before each still is begun; what is in hand is finished all the same. Raises
    ModelError, and OutputError of a full disk.
    """
    waiting = deque(items)
    with ExitStack() as stack:
        streams = [
            stack.enter_context(
                closing(prefetch(_lane(waiting, desk, lanes, number, is_over), RESULTS))
            )
            for number in range(lanes.count)
        ]
        yield from _in_turns(streams)


def _in_turns(streams: Iterable[Generator[Ended, None, None]]) -> Iterator[Ended]:
    left = deque(streams)
    while left:
        stream = left.popleft()
        for ended in islice(stream, 1):
            yield ended
            left.append(stream)


def _lane(
    waiting: deque[Item], desk: Counter, lanes: "Lanes", number: int, is_over: Callable[[], bool]
) -> Generator[Ended, None, None]:
    with closing(prefetch(_read(waiting, desk, is_over), READ_AHEAD)) as found:
        for item, still in found:
            if isinstance(still, Still):
                still = desk.finish(item, attempt(partial(_make, lanes, number, item, still, desk)))
            yield item, still


def _make(lanes: "Lanes", number: int, item: Item, still: Still, desk: Counter) -> Outcome:
    outcome = lanes.matte(number, item, still)
    desk.stage.deliver(item)
    return outcome


def _read(
    waiting: deque[Item], desk: Counter, is_over: Callable[[], bool]
) -> Generator[tuple[Item, Still | Outcome], None, None]:
    while not is_over():
        try:
            item = waiting.popleft()
        except IndexError:  # another lane was quicker
            return
        taken = desk.take(item)
        if isinstance(taken, Work):
            found = attempt(partial(_fetched, item, desk))
            yield item, desk.finish(item, found) if isinstance(found, Outcome) else found
        elif taken is not None:
            yield item, taken


def _fetched(item: Item, desk: Counter) -> Still:
    desk.stage.fetch(item)
    return read_still(item.source)


class Lanes:
    """The stills in hand, and the networks that they share; each is loaded when first needed."""

    def __init__(self, settings: BatchSettings) -> None:
        self._settings = settings
        self._threads = settings.runtime.threads or usable_cores()
        self._turns = [Lock() for _ in range(min(ENGINES, self._threads))]
        self._loading, self._finding = Lock(), Lock()
        self._finder: SubjectNetwork | None = None
        self._loaded: dict[int, Engine] = {}  # by place, or WHOLE
        self._precision = settings.runtime.precision
        self.count = LANES_PER_ENGINE * len(self._turns)

    def matte(self, number: int, item: Item, still: Still) -> Outcome:
        """Matte and write one still. number: of the lane, below count. Raises PamError."""
        began = time.perf_counter()
        target = item.targets[0]
        lane = _Lane(self, number % len(self._turns))
        job = self._settings.image_job(item.source, target, item.hint)
        with lane.hint(item) as hint:
            matted = matte_still(job, lane, still, hint)
        make_folder(target)
        write_png(target, matted.picture)
        return Outcome(
            state=State.DONE,
            frames=1,
            seconds=time.perf_counter() - began,
            cost=matted.choice.cost_constraint,
            warnings=matted.notes,
        )

    @contextmanager
    def turn(self, place: int, pixels: int) -> Iterator[Engine]:
        """A network for one still, and none besides it for a large one. Raises ModelError."""
        is_wide = pixels >= WIDE
        with ExitStack() as stack:
            for turn in self._turns if is_wide else self._turns[place : place + 1]:
                stack.enter_context(turn)
            yield self.engine(WHOLE if is_wide else place)

    def engine(self, place: int) -> Engine:
        """All have the precision that the first found right. Raises ModelError.

        Each runs once before another thread may use any: OpenVINO's Python binding sets something
        up in its first inference, and two first ones at the same time wait for each other forever.
        """
        alone = place == WHOLE or len(self._turns) == 1
        with self._loading:
            if place not in self._loaded:
                threads = self._threads if alone else self._threads // len(self._turns)
                engine = Engine(load_model(), precision=self._precision, threads=threads)
                engine.infer(*_SMALLEST, engine.costs.minimum)
                self._precision, self._loaded[place] = engine.precision, engine
            return self._loaded[place]

    def find(self, rgb: Rgb) -> Estimate:
        """The subject of one still, by a network that serves one lane at a time. Raises ModelError.

        It has all threads, as it would alone: its rounding must not depend on the lanes.
        """
        with self._finding:
            if self._finder is None:
                self._finder = SubjectNetwork(load_files(NAME), threads=self._threads)
            return SubjectFinder(self._finder).find(rgb)


class _Lane:
    """What matting one still needs of the shared networks."""

    def __init__(self, lanes: Lanes, place: int) -> None:
        self._lanes, self._place = lanes, place
        self.costs = lanes.engine(place).costs

    def infer(
        self,
        rgb: Rgb,
        trimap: Trimap,
        cost_constraint: int,
        path: NetworkPath | None = None,
        tiles: Sequence[Tile] = (),
    ) -> Inference:
        """As `Engine.infer`."""
        with self._lanes.turn(self._place, trimap.size) as engine:
            return engine.infer(rgb, trimap, cost_constraint, path, tiles)

    def hint(self, item: Item) -> Hint:
        """The item's hint; the subject is found by a network that stays loaded. Raises PamError."""
        if item.hint != HintSettings(band=item.hint.band, temporal=item.hint.temporal):
            return open_hint(item.hint, item.source, still=True)
        source = _StillSubject(self._lanes.find)
        return CoarseHint(source, item.hint.band, unsure=SUBJECT_BAND, trust=SUBJECT_TRUST)


class _StillSubject(CoarseSource):
    """The subject of one still."""

    def __init__(self, find: Callable[[Rgb], Estimate]) -> None:
        self._find = find

    def estimate(self, frame: Frame) -> Estimate:
        return self._find(frame.rgb)
