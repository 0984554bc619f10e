"""The stills of a batch: several networks side by side, each with the next still read ahead."""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from functools import partial
from itertools import islice
from threading import Lock

from pamcli.batch_plan import Item
from pamcli.batch_settings import BatchSettings
from pamcli.batch_words import Outcome, State
from pamcli.batch_work import Desk, Work, attempt, make_folder
from pamcli.engine import Engine
from pamcli.frame import Frame
from pamcli.hint_coarse import CoarseSource
from pamcli.hints import SUBJECT_BAND, SUBJECT_TRUST, CoarseHint, Hint, open_hint
from pamcli.image_job import matte_still
from pamcli.images import read_still, write_png
from pamcli.machine import usable_cores
from pamcli.models import load_files, load_model
from pamcli.prefetch import prefetch
from pamcli.settings import HintSettings
from pamcli.still_colour import Still
from pamcli.subject import Estimate, SubjectFinder
from pamcli.subject_network import NAME, SubjectNetwork

LANES = 2
"""Networks at work at the same time, each with its share of the threads."""

LARGE = 1 << 22
"""Pixels of a still from which on no two are matted at once: the network asks for gigabytes."""

READ_AHEAD = 1  # stills that a lane has decoded before their turn
RESULTS = 1000  # what became of them: small, so that no lane waits for another's still

Ended = tuple[Item, Outcome]
"""A file and what became of it."""


def matte_stills(
    items: Sequence[Item], desk: Desk, lanes: "Lanes", is_over: Callable[[], bool]
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
    waiting: deque[Item], desk: Desk, lanes: "Lanes", number: int, is_over: Callable[[], bool]
) -> Generator[Ended, None, None]:
    with closing(prefetch(_read(waiting, desk, is_over), READ_AHEAD)) as found:
        for item, still in found:
            if isinstance(still, Still):
                lane = lanes.lane(number)
                still = desk.finish(item, attempt(partial(lane.matte, item, still)))
            yield item, still


def _read(
    waiting: deque[Item], desk: Desk, is_over: Callable[[], bool]
) -> Generator[tuple[Item, Still | Outcome], None, None]:
    while not is_over():
        try:
            item = waiting.popleft()
        except IndexError:  # another lane was quicker
            return
        taken = desk.take(item)
        if isinstance(taken, Work):
            found = attempt(partial(read_still, item.source))
            yield item, desk.finish(item, found) if isinstance(found, Outcome) else found
        elif taken is not None:
            yield item, taken


class Lanes:
    """The networks, each loaded when its lane has the first still."""

    def __init__(self, settings: BatchSettings) -> None:
        threads = settings.runtime.threads or usable_cores()
        self.count = min(LANES, threads)
        self._threads = threads // self.count
        self._settings = settings
        self._precision = settings.runtime.precision
        self._loading, self._large = Lock(), Lock()
        self._lanes: dict[int, StillLane] = {}

    def lane(self, number: int) -> "StillLane":
        """number: from 0 to count - 1. All have the precision that the first found right.

        Raises ModelError.
        """
        with self._loading:
            if number not in self._lanes:
                engine = Engine(load_model(), precision=self._precision, threads=self._threads)
                self._precision = engine.precision
                self._lanes[number] = StillLane(self._settings, engine, self._large)
            return self._lanes[number]


class StillLane:
    """A network of its own for one still after the other."""

    def __init__(self, settings: BatchSettings, engine: Engine, large: Lock) -> None:
        """large: held while a large still is matted."""
        self._settings, self._engine, self._large = settings, engine, large
        self._finder: SubjectNetwork | None = None

    def matte(self, item: Item, still: Still) -> Outcome:
        """Matte and write one still. Raises PamError."""
        began = time.perf_counter()
        target = item.targets[0]
        job = self._settings.image_job(item.source, target, item.hint)
        with self._room(still), self._hint(item) as hint:
            matted = matte_still(job, self._engine, still, hint)
        make_folder(target)
        write_png(target, matted.picture)
        return Outcome(
            state=State.DONE,
            frames=1,
            seconds=time.perf_counter() - began,
            cost=matted.choice.cost_constraint,
            warnings=matted.notes,
        )

    def _room(self, still: Still) -> AbstractContextManager[object]:
        height, width = still.rgb.shape[:2]
        return self._large if height * width >= LARGE else nullcontext()

    def _hint(self, item: Item) -> Hint:
        if item.hint != HintSettings(band=item.hint.band, temporal=item.hint.temporal):
            return open_hint(item.hint, item.source, still=True)
        if self._finder is None:
            self._finder = SubjectNetwork(load_files(NAME), threads=self._engine.threads)
        source = _StillSubject(self._finder)
        return CoarseHint(source, item.hint.band, unsure=SUBJECT_BAND, trust=SUBJECT_TRUST)


class _StillSubject(CoarseSource):
    """The subject of one still, found by a network that is loaded already."""

    def __init__(self, network: SubjectNetwork) -> None:
        self._network = network

    def estimate(self, frame: Frame) -> Estimate:
        return SubjectFinder(self._network).find(frame.rgb)
