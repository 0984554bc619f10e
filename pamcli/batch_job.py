"""A tree of stills and clips: planned, shared with other processes, matted, reported."""

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event
from typing import Protocol

from pamcli.batch_clip import matte_clip, shared_engines
from pamcli.batch_plan import Item, Plan, Trees, check, existing, make_plan, obstacles
from pamcli.batch_report import BatchReport
from pamcli.batch_settings import BatchSettings
from pamcli.batch_space import check_space, expected_bytes
from pamcli.batch_state import BatchState, begun_before, done_before
from pamcli.batch_stills import Ended, Lanes, matte_stills
from pamcli.batch_watch import Settling
from pamcli.batch_words import Kind, OnError, Outcome, State
from pamcli.batch_work import Desk, InPlace, Stage, Work, attempt
from pamcli.errors import PamError, UsageError
from pamcli.ray_cluster import Cluster
from pamcli.targets import output_errors
from pamcli.video_job import OpenEngine

POLL = 1.0
"""Seconds between two looks at what other processes have in hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJob:
    """Everything that one run over a tree was asked to do."""

    trees: Trees
    settings: BatchSettings
    on_error: OnError = OnError.SKIP
    retry_failed: bool = False
    overwrite: bool = False  # also what is no work of this batch
    force: bool = False  # start with too little room, too
    watch: float | None = None  # seconds for which a new file must not change; None: end when done
    ray: str | None = None  # address of the cluster that does the work; None: this machine
    stage: Stage = field(default_factory=InPlace)  # between the trees and where they are kept

    def __post_init__(self) -> None:
        if self.watch is not None and not 0 < self.watch <= 86_400:
            raise UsageError(f"--watch {self.watch:g} is not within 0 to 86400 seconds")


class Listener(Protocol):
    """Is told how far a batch is, always in the thread that runs it."""

    def planned(self, items: Sequence[Item]) -> None:
        """These are to be done now."""

    def progress(self, item: Item, frames: int, expected: int | None) -> None:
        """Frames of a clip that are written."""

    def ended(self, item: Item, outcome: Outcome | None) -> None:
        """What became of a file; None where another process has it in hand or had it."""

    def waiting(self, items: Sequence[Item]) -> None:
        """Only files that other processes have in hand are left."""


def planned(job: BatchJob) -> tuple[Plan, int]:
    """What a run would do, and about how many bytes it would write. Nothing is written.

    Raises OutputError where a target is another's, InputError for a folder that cannot be read.
    """
    job.stage.look()
    plan = make_plan(job.trees, job.settings)
    there = {} if job.overwrite else existing(plan)
    begun = begun_before(job.trees.target)
    plan = obstacles(plan, there, begun)
    if job.watch is None:
        check(plan)
    new = [item for item in plan.items if begun.get(item.name) is not State.DONE]
    return plan, expected_bytes(new, job.settings)


def already_done(job: BatchJob, plan: Plan) -> frozenset[str]:
    """Names of what a run would leave as it is. Raises ModelError."""
    done, fingerprint = done_before(job.trees.target), job.settings.fingerprint()
    return frozenset(
        item.name
        for item in plan.items
        if done.get(item.name) == item.fingerprint(fingerprint)
        and all(target.exists() for target in item.targets)
    )


def run(job: BatchJob, listener: Listener, stop: Event) -> BatchReport:
    """Matte what the tree holds, until all of it is done, or with `watch` until told to stop.

    stop: once it is set, what is in hand is finished and nothing more is begun; KeyboardInterrupt
    ends it at once, with the finished parts of a clip kept.
    Raises OutputError and InputError before anything is begun, as `planned`, and where there is
    too little room. What ends it later is in the report: a full disk, a model that isn't whole.
    """
    plan, expected = planned(job)
    if not job.force:
        check_space(expected, job.trees.target)
    fingerprint = job.settings.fingerprint()
    target = job.trees.target
    with output_errors(target):
        target.mkdir(parents=True, exist_ok=True)
    with BatchState(target, fingerprint) as state, ExitStack() as stack:
        desk = Desk(job.settings, fingerprint, state, job.stage)
        cluster = None if job.ray is None else stack.enter_context(closing(_cluster(job)))
        return _Batch(job, desk, listener, stop, cluster).run(plan)


def _cluster(job: BatchJob) -> Cluster:
    assert job.ray is not None
    return Cluster(job.ray, job.settings, job.stage)


def _plans(job: BatchJob, plan: Plan, stop: Event) -> Iterator[Plan]:
    """The plan; with `watch` again and again, each time of those files that are whole."""
    if job.watch is None:
        yield plan
        return
    settling = Settling(job.watch)
    while not stop.is_set():
        yield replace(plan, items=settling.settled(plan.items, time.monotonic()))
        stop.wait(settling.pause)
        plan, _ = planned(job)


@dataclass(slots=True)
class _Batch:
    """One process at work on its share."""

    job: BatchJob
    desk: Desk
    listener: Listener
    stop: Event
    cluster: Cluster | None = None
    engines: OpenEngine = field(default_factory=shared_engines)
    met: set[str] = field(default_factory=set)  # names

    def run(self, plan: Plan) -> BatchReport:
        """Do the plan, and with `watch` those after it."""
        began = time.perf_counter()
        error: BaseException | None = None
        try:
            for ready in _plans(self.job, plan, self.stop):
                plan = ready
                self._do(ready)
                if self._is_over():
                    break
        except (PamError, KeyboardInterrupt) as met:
            error = met
            self.desk.state.let_go()
        return BatchReport(
            plan=plan,
            outcomes=self.desk.state.outcomes([item.name for item in plan.items]),
            seconds=time.perf_counter() - began,
            words=self.desk.stage.words,
            error=error if isinstance(error, PamError) else None,
            stopped=error is not None or (self.stop.is_set() and self.job.watch is None),
        )

    def _do(self, plan: Plan) -> None:
        """Do what waits, and what other processes leave; return when all is done, or told to."""
        self._expect(plan)
        self.desk.stage.record()
        todo = self._todo(plan.items)
        self.listener.planned(todo)
        while todo and not self._is_over():
            done = {item.name for item in self._round(todo)}
            before, todo = todo, self._todo(todo)
            done_or_left = done | {item.name for item in todo}
            for item in before:
                if item.name not in done_or_left:
                    self.listener.ended(item, None)
            if todo and not done and not self._is_over():
                self.listener.waiting(todo)
                self.desk.state.live()
                self.stop.wait(POLL)

    def _expect(self, plan: Plan) -> None:
        """What was met before in this run may have been taken away from the target since."""
        new, again = [], []
        for item in plan.items:
            fingerprint = item.fingerprint(self.desk.fingerprint)
            if item.name in self.met:
                again.append((item.name, fingerprint, True))
            else:
                is_there = all(target.exists() for target in item.targets)
                new.append((item.name, fingerprint, is_there))
        self.desk.state.expect(again, retry_failed=False)
        self.desk.state.expect(new, retry_failed=self.job.retry_failed)
        self.met.update(name for name, _, _ in new)

    def _todo(self, items: Sequence[Item]) -> list[Item]:
        known = self.desk.state.outcomes([item.name for item in items])
        unsettled = (State.WAITING, State.RUNNING)
        return [item for item in items if known[item.name].state in unsettled]

    def _is_over(self) -> bool:
        failed = self.desk.has_failed.is_set()
        return self.stop.is_set() or (self.job.on_error is OnError.STOP and failed)

    def _round(self, todo: Sequence[Item]) -> Iterator[Item]:
        """Stills first; their networks are let go before the clips' own is loaded."""
        with closing(self._ended(todo)) as told:
            for item, outcome in told:
                self.listener.ended(item, outcome)
                yield item

    def _ended(self, todo: Sequence[Item]) -> Generator[Ended, None, None]:
        if self.cluster is not None:
            tell = partial(partial, self._tell)
            yield from self.cluster.matte(todo, self.desk, self._is_over, tell)
            return
        stills = [item for item in todo if item.kind is Kind.STILL]
        with closing(matte_stills(stills, self.desk, Lanes(self.job.settings), self._is_over)) as e:
            yield from e
        yield from self._clips(todo)

    def _clips(self, todo: Sequence[Item]) -> Iterator[Ended]:
        for item in todo:
            if item.kind is Kind.STILL or self._is_over():
                continue
            taken = self.desk.take(item)
            if isinstance(taken, Work):
                given = self.job.settings, taken, self.desk.stage, partial(self._tell, item)
                taken = self.desk.finish(item, attempt(partial(matte_clip, *given, self.engines)))
            if taken is not None:
                yield item, taken

    def _tell(self, item: Item, frames: int, expected: int | None) -> None:
        self.desk.state.live()
        self.listener.progress(item, frames, expected)
