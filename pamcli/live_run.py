"""A live run from its begin to its end; it may be watched and changed meanwhile."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from threading import Event

from pamcli.live_backdrop import check_look
from pamcli.live_controls import LiveControls
from pamcli.live_engine import open_engine
from pamcli.live_following import Follower
from pamcli.live_hint import ChangingHint
from pamcli.live_job import LiveJob
from pamcli.live_memory import resident_memory, share_memory
from pamcli.live_muxer import speechless
from pamcli.live_outlet import Outlet
from pamcli.live_pipeline import Pipeline
from pamcli.live_previews import LivePreviews
from pamcli.live_report import LiveReport
from pamcli.live_sending import Sender, slate
from pamcli.live_sound import RATE, SoundLine
from pamcli.live_source import LiveSource
from pamcli.live_stages import POLL, UNDER_WAY, Drawer, even_size
from pamcli.live_status import LiveStatus
from pamcli.live_tally import Tally
from pamcli.machine import usable_cores
from pamcli.path import path_name
from pamcli.run_record import RunRecord, open_record
from pamcli.run_watch import RunWatch
from pamcli.settings import LogSettings
from pamcli.video_frame import Upright

WARM = 10.0
"""Seconds after which memory is looked at for the first time."""

PROGRESS = 0.5
"""Seconds between two reports of progress."""

Progress = Callable[[LiveStatus], None]


@dataclass(frozen=True, slots=True, eq=False)
class _Flow:
    """What stands between source and sinks while pictures come."""

    outlet: Outlet
    pipeline: Pipeline
    sender: Sender
    watch: RunWatch | None
    record: RunRecord
    follower: Follower

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come, for whatever reason."""
        return (
            self.pipeline.done.is_over or self.outlet.is_over or self.follower.failure is not None
        )


class LiveRun:
    """Opens what a job needs; `go` runs it.

    say: told in one line whatever a person should know while it runs, from any thread.
    Raises InputError, ModelError, OutputError for what is seen to be wrong before anything runs.
    """

    def __init__(self, job: LiveJob, say: Callable[[str], None] = lambda line: None) -> None:
        share_memory()
        self._job, self._say = job, say
        self.controls, self.previews = LiveControls(job.wish), LivePreviews()
        self._tally, self._sound = Tally(), SoundLine()
        self._source = LiveSource(
            job.source,
            fps=lambda: self.controls.wish.fps,
            sound=self._sound if job.source.audio else None,
            tally=self._tally,
            say=say,
        )
        self._engine, self._pace = open_engine(
            job.cost, job.runtime, self.target, min(UNDER_WAY, usable_cores())
        )
        self.controls.costs = self._engine.costs.minimum, self._engine.costs.maximum
        check_look(job.look, job.hint.key)
        self._follower = Follower(job, self.controls, self._engine, self._pace, say)
        self._began, self._memory = time.monotonic(), 0
        self._size: tuple[int, int] | None = job.size
        self._flow: _Flow | None = None

    def target(self) -> float:
        """Frames a second to hold: what was asked for, or all that the source gives."""
        wanted, rate = self.controls.wish.fps, self._source.clock.rate
        return wanted if rate is None else min(wanted, rate)

    def status(self) -> LiveStatus:
        """How the run is; may be asked from any thread."""
        now = time.monotonic()
        p50, p95, p99 = self._tally.latencies(now)
        choice, spent = self._pace.choice, self._pace.spent_last
        height, width = self._size or (0, 0)
        return LiveStatus(
            uptime=now - self._began,
            source=self._source.status(),
            sinks=() if self._flow is None else self._flow.outlet.statuses(),
            width=width,
            height=height,
            target_fps=self.target(),
            fps=self._tally.rate(now),
            cost_constraint=choice.cost_constraint,
            scale=choice.scale,
            path="" if spent is None or spent.path is None else path_name(spent.path),
            latency_ms=self._tally.latency_ms,
            latency_p50_ms=p50,
            latency_p95_ms=p95,
            latency_p99_ms=p99,
            received=self._tally.received,
            matted=self._tally.matted,
            dropped=self._dropped,
            repeated=self._tally.repeated,
            memory_bytes=resident_memory(),
            background=self._follower.background,
            hint=self._follower.hint,
            min_cost=self._pace.bounds.minimum,
            max_cost=self._pace.bounds.maximum,
        )

    @property
    def _dropped(self) -> int:
        return self._source.pictures.dropped + self._tally.overtaken

    def go(
        self,
        stop: Event,
        progress: Progress = lambda status: None,
        ending: Callable[[], None] = lambda: None,
    ) -> LiveReport:
        """Run until `stop` is set, the duration is over or the source is at its end.

        progress: told twice a second how the run is. ending: called when the sinks begin to be
        closed, which is done properly however the run ends.
        Raises InputError when the source is gone for good, OutputError when no sink is left.
        """
        self._began = time.monotonic()
        with speechless(), closing(self._follower.hints), closing(self._source):
            self._source.start()
            is_given = self._size is not None
            if not is_given:
                self._size = self._await_size(stop)
            if self._size is not None:
                with self._flowing(self._size, has_slate=is_given) as self._flow:
                    try:
                        self._pump(self._flow, stop, progress)
                    finally:
                        ending()
        if self._source.error is not None:
            raise self._source.error
        return self._report()

    def _await_size(self, stop: Event) -> tuple[int, int] | None:
        """That of the first picture; it stays where it is, as a newer one may come meanwhile."""
        while not (stop.is_set() or self._is_over() or self._source.pictures.is_over):
            arrived = self._source.pictures.peek(POLL)
            if arrived is not None:
                return even_size(Upright().rgb(arrived.frame))
        return None

    def _is_over(self) -> bool:
        duration = self._job.duration
        return duration is not None and time.monotonic() - self._began >= duration

    @contextmanager
    def _flowing(self, size: tuple[int, int], *, has_slate: bool) -> Iterator[_Flow]:
        """Everything between source and sinks, for as long as the block runs."""
        job, pace, follower = self._job, self._pace, self._follower
        with ExitStack() as stack:
            outlet = stack.enter_context(closing(self._open_outlet(size)))
            looks = stack.enter_context(closing(follower.open_looks(size)))
            drawer = Drawer(
                looks,
                lambda: follower.plain_look(size, drawer.time),
                self.previews,
                follower.refused,
                lambda seconds: pace.stage("draw", seconds),
            )
            record = stack.enter_context(
                open_record(
                    job.log, self._engine.costs, job.source.name, job.fps, overwrite=job.overwrite
                )
            )
            watch = RunWatch(follower.hint) if job.log != LogSettings() else None
            hint = ChangingHint(follower.hints, lambda seconds: pace.stage("hint", seconds))
            pipeline = Pipeline(self._source, size, hint, self._engine, pace, drawer, watch)
            stack.enter_context(closing(pipeline))
            waiting = slate(size) if has_slate else None
            sender = Sender(outlet, self._source.clock, self._tally, self.target, first=waiting)
            stack.enter_context(follower.following(looks, size, lambda: drawer.time))
            pipeline.start()
            yield _Flow(outlet, pipeline, sender, watch, record, follower)

    def _open_outlet(self, size: tuple[int, int]) -> Outlet:
        has_sound = self._job.source.audio and self._source.has_sound is not False
        return Outlet(
            self._job.sinks,
            size,
            self.target(),
            sound=self._sound if has_sound else None,
            bit_rate=self._job.bit_rate,
            say=self._say,
        )

    def _pump(self, flow: _Flow, stop: Event, progress: Progress) -> None:
        """Send what is done, until there is an end."""
        told = 0.0
        while not (stop.is_set() or self._is_over() or flow.is_over):
            self._send_next(flow)
            now = time.monotonic()
            if now - told >= PROGRESS:
                told = now
                self._look_at_memory(now)
                progress(self.status())
        failure = flow.pipeline.failure or flow.follower.failure
        if failure is not None:
            raise failure

    def _send_next(self, flow: _Flow) -> None:
        drawn = flow.pipeline.done.take(min(flow.sender.patience(), POLL))
        if drawn is None:
            flow.sender.repeat()
            return
        began = time.perf_counter()
        flow.sender.send(drawn)
        seconds = time.perf_counter() - began
        self._pace.stage("send", seconds)
        flow.pipeline.sent()
        if flow.watch is not None:
            flow.watch.hint = flow.follower.hint
            flow.record.add(flow.watch.written(drawn.frame.pts, seconds))

    def _look_at_memory(self, now: float) -> None:
        if not self._memory and now - self._began >= WARM:
            self._memory = resident_memory()

    def _report(self) -> LiveReport:
        counts = None if self._flow is None else self._flow.pipeline.report
        height, width = self._size or (0, 0)
        frames = max(0 if counts is None else counts.frames, 1)
        return LiveReport(
            seconds=time.monotonic() - self._began,
            width=width,
            height=height,
            received=self._tally.received,
            skipped=self._tally.skipped,
            dropped=self._dropped,
            matted=self._tally.matted,
            repeated=self._tally.repeated,
            target_fps=self.target(),
            fps=self._tally.mean_rate,
            latency_ms=self._tally.all_latencies(),
            latency_from="capture" if self._source.is_made else "arrival",
            mean_cost_constraint=0.0 if counts is None else counts.constraints / frames,
            mean_scale=0.0 if counts is None else counts.scales / frames,
            too_slow_at_the_least=self._pace.saturated,
            jumps=self._source.clock.jumps,
            silence_lost=self._sound.lost / RATE,
            memory_at_start=self._memory,
            memory_at_end=resident_memory(),
            source=self._source.status(),
            sinks=() if self._flow is None else self._flow.outlet.statuses(),
        )
