"""What the nodes of a Ray cluster run; each function is found there by its name in this package."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

from pamcli import __version__, video_job
from pamcli.batch_clip import anew, matte_clip, outcome_of, shared_engines
from pamcli.batch_plan import Item
from pamcli.batch_settings import BatchSettings
from pamcli.batch_state import Claim
from pamcli.batch_stills import Lanes, matte_stills
from pamcli.batch_stretch import Made, Stretch, matte_cut, matte_stretch
from pamcli.batch_words import Outcome, State
from pamcli.batch_work import Stage, Work, attempt, make_folder
from pamcli.errors import PamError, ResumeError
from pamcli.ray_address import load_ray
from pamcli.settings import Precision
from pamcli.video_job import VideoJob
from pamcli.video_read import probe
from pamcli.video_report import VideoReport
from pamcli.video_write import PART_FRAMES

RETRIES = 3
"""Times that a task whose worker or node has died is done again, elsewhere where need be."""

WHOLE = 2 * PART_FRAMES
"""Frames up to which a clip isn't cut: starting a second worker would take longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What all tasks of one batch share.

    settings: with a precision that is not auto, and with the cores of one task as threads. in_hand:
    stretches of one clip that are handed out at once.
    """

    settings: BatchSettings
    stage: Stage
    in_hand: int

    @property
    def cores(self) -> int:
        """Of one task."""
        return self.settings.runtime.threads or 1

    @property
    def cuts(self) -> bool:
        """Whether clips may be cut: parts lie in shared storage, and no clock chooses C_c."""
        return self.stage.is_shared and self.settings.cost.fps is None


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of the files of a task, in their order; `error` is what every other would meet.

    Nothing is raised: Ray would wrap it, and it would be no longer known by its kind.
    """

    outcomes: tuple[Outcome, ...]
    error: PamError | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """What one node would run."""

    version: str
    precision: Precision


def remote(function: Any, cores: int) -> Any:
    """A task of that many cores, which Ray does again where its worker has died."""
    return load_ray().remote(num_cpus=cores, max_retries=RETRIES)(function)


def examine(precision: Precision, cores: int) -> Node | PamError:
    """Which precision this node finds right where none is asked for."""
    try:
        return Node(__version__, _engines()(precision, cores).precision)
    except PamError as error:
        return error


@cache
def _engines() -> video_job.OpenEngine:
    """Of this worker, which Ray lets do one task after another."""
    return shared_engines()


@lru_cache(1)
def _lanes(settings: BatchSettings) -> Lanes:
    return Lanes(settings)


class _Counter:
    """Hands out what the driver has claimed, and keeps what became of it."""

    def __init__(self, order: Order) -> None:
        self.stage = order.stage
        self.outcomes: dict[str, Outcome] = {}

    def take(self, item: Item) -> Work:
        return _work(item)

    def finish(self, item: Item, outcome: Outcome) -> Outcome:
        self.outcomes[item.name] = outcome
        self.stage.release(item)
        return outcome


def _work(item: Item) -> Work:
    """Parts of an interrupted run are gone on with where their identity is the same."""
    return Work(item, Claim(item.name, resume=True, dead=None, before=""))


def matte_block(order: Order, items: Sequence[Item]) -> Ended:
    """Matte some stills."""
    counter = _Counter(order)
    error = None
    try:
        deque(matte_stills(items, counter, _lanes(order.settings), lambda: False), maxlen=0)
    except PamError as met:
        error = met
    done = counter.outcomes
    return Ended(tuple(done.get(i.name, Outcome(state=State.WAITING)) for i in items), error)


def matte_one(order: Order, item: Item) -> Ended:
    """Matte a clip, cut into stretches for all nodes where it is a long one."""
    try:
        return Ended((attempt(partial(_matte_one, order, item)),))
    except PamError as error:
        return Ended((Outcome(state=State.WAITING),), error)
    finally:
        order.stage.release(item)


def _matte_one(order: Order, item: Item) -> Outcome:
    if order.cuts:
        info = probe(item.source)
        frames = info.expected_frames
        if frames is None or frames > WHOLE:
            make_folder(item.targets[0])
            job = order.settings.video_job(info, item.targets[0], item.hint, resume=True)
            return outcome_of(_cut(order, job), job)
    return matte_clip(order.settings, _work(item), order.stage, _unheard, _engines())


def _unheard(frames: int, expected: int | None) -> None:
    """The driver counts finished parts."""


def _cut(order: Order, job: VideoJob) -> VideoReport:
    try:
        return matte_cut(job, partial(_spread, order, job))
    except ResumeError:
        fresh = anew(job)
        return matte_cut(fresh, partial(_spread, order, fresh))


def _spread(order: Order, job: VideoJob, stretches: Iterator[Stretch]) -> Iterator[Made]:
    ray = load_ray()
    task = remote(matte_part, order.cores)
    in_hand: deque[Any] = deque()
    try:
        for stretch in stretches:
            in_hand.append(task.remote(job, stretch))
            while len(in_hand) >= order.in_hand or _is_ready(ray, in_hand):
                yield _made(ray.get(in_hand.popleft()))
        while in_hand:
            yield _made(ray.get(in_hand.popleft()))
    finally:
        for left in in_hand:
            ray.cancel(left)


def _is_ready(ray: Any, in_hand: Sequence[Any]) -> bool:
    return bool(in_hand) and bool(ray.wait([in_hand[0]], timeout=0)[0])


def _made(found: Made | PamError) -> Made:
    if isinstance(found, PamError):
        raise found
    return found


def matte_part(job: VideoJob, stretch: Stretch) -> Made | PamError:
    """Matte one stretch of a clip into shared storage."""
    try:
        return matte_stretch(job, stretch, _engines())
    except PamError as error:
        return error


def anchored(item: Item) -> Item:
    """The same, with absolute files: a node's current folder is another."""
    hint = item.hint
    return replace(
        item,
        source=item.source.absolute(),
        targets=tuple(target.absolute() for target in item.targets),
        hint=replace(hint, trimap=_absolute(hint.trimap), mask=_absolute(hint.mask),
                     plate=_absolute(hint.plate)),
    )  # fmt: skip


def _absolute(file: Path | None) -> Path | None:
    return None if file is None else file.absolute()
