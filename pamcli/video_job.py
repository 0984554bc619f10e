"""One clip: decode, hint, matte within the budget, compose, encode."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field, fields
from fractions import Fraction
from pathlib import Path
from threading import Event

from pamcli.appearance import Appearance, open_appearance
from pamcli.engine import Engine
from pamcli.frame import Alpha, Frame
from pamcli.hints import Hint, open_hint
from pamcli.models import ReleasedModel, load_files, load_model
from pamcli.pacing import ControlledPace, Pace, pace_of
from pamcli.part_folder import file_identity, identity_before
from pamcli.pixels import Pixels
from pamcli.prefetch import prefetch
from pamcli.presets import preset_for
from pamcli.replay import open_replay
from pamcli.run_record import RunRecord, open_record
from pamcli.run_watch import RunWatch
from pamcli.settings import (
    CostSettings,
    HintSettings,
    LogSettings,
    OutputSettings,
    Precision,
    RuntimeSettings,
)
from pamcli.subject_network import NAME
from pamcli.video_read import ReadReport, VideoInfo, read_frames
from pamcli.video_report import VideoReport
from pamcli.video_stages import DEPTH, Found, find_alphas, hinted_ahead, memory_of, not_done
from pamcli.video_write import VideoWriter, WriterSettings

PRECISION = "--precision"

OpenEngine = Callable[[Precision, int | None], Engine]
"""A network in a precision, with that many threads; None: all cores. Raises ModelError."""


def open_engine(precision: Precision, threads: int | None) -> Engine:
    """A network of its own for one run."""
    return Engine(load_model(), precision=precision, threads=threads)


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoJob:
    """Everything that one run over a clip was asked to do."""

    info: VideoInfo  # of the clip to matte
    hint: HintSettings
    cost: CostSettings
    output: OutputSettings
    runtime: RuntimeSettings
    log: LogSettings = field(default_factory=LogSettings)
    start: Fraction | None = None  # seconds
    end: Fraction | None = None
    rate: Fraction | None = None  # frames a second of a folder of pictures; None: the usual
    deinterlace: bool = False

    def __post_init__(self) -> None:
        self.log.check(self.cost)

    @property
    def source(self) -> Path:
        """The clip."""
        return self.info.source

    @property
    def frames(self) -> int | None:
        """How many frames the run will take, where the clip's header tells."""
        return self.info.frames if self.start is None and self.end is None else None


def run(
    job: VideoJob,
    progress: Callable[[int], None] = lambda frames: None,
    stop: Event | None = None,
    engines: OpenEngine = open_engine,
) -> VideoReport:
    """Matte a clip into its target, which appears only when it is whole.

    progress: told how many frames are written. stop: once it is set, the target gets what is done
    so far, and its parts are kept for a run that goes on. engines: whose network it uses.
    Raises InputError, ModelError or OutputError; nothing is left under the target's name then.
    """
    with open_hint(job.hint, job.source, frames=job.frames, rate=job.rate) as hint:
        engine = engines(_precision(job), job.runtime.threads)
        return _run(job, engine, hint, progress, stop or Event())


def _run(
    job: VideoJob, engine: Engine, hint: Hint, progress: Callable[[int], None], stop: Event
) -> VideoReport:
    pace = _pace(job, engine)
    watch = RunWatch(job.hint.kind)
    report = VideoReport()
    began = time.perf_counter()
    with (
        closing(appearance_of(job)) as appearance,
        VideoWriter(job.output.target, job.info, writer_settings(job, engine.precision)) as writer,
        _record(job, engine) as record,
        closing(frames_of(job, report.read)) as read,
        hinted_ahead(read, hint, watch) as known,
        closing(not_done(known, hint, writer.done_frames())) as new,
        closing(
            prefetch(find_alphas(new, engine, pace, report, hint.learn, watch), DEPTH)
        ) as found,
        closing(prefetch(_drawn(found, appearance, hint, watch), DEPTH)) as drawn,
    ):
        report.resumed = report.done = writer.resumed
        for frame, picture, memory in drawn:
            began_writing = time.perf_counter()
            writer.write(frame, picture, memory)
            record.add(watch.written(frame.pts, time.perf_counter() - began_writing))
            report.done += 1
            progress(report.done)
            if stop.is_set():
                report.stopped = writer.is_partial = True
                break
        report.hinted = [*hint.notes(), *appearance.spill.notes()]
    report.written = writer.notes
    report.seconds = time.perf_counter() - began
    report.saturated = pace.saturated if isinstance(pace, ControlledPace) else 0
    return report


def _pace(job: VideoJob, engine: Engine) -> Pace:
    return pace_of(job.cost, engine) if job.log.replay is None else open_replay(job.log.replay)


def _record(job: VideoJob, engine: Engine) -> AbstractContextManager[RunRecord]:
    fps = None if job.cost.fps is None else float(job.cost.fps)
    title = f"{job.source.name}, {engine.precision}"
    return open_record(job.log, engine.costs, title, fps, overwrite=job.output.overwrite)


def frames_of(job: VideoJob, report: ReadReport) -> Generator[Frame, None, None]:
    """The frames that a run takes; see `read_frames`."""
    return read_frames(
        job.source,
        start=job.start,
        end=job.end,
        report=report,
        rate=job.rate,
        deinterlace=job.deinterlace,
    )


def appearance_of(job: VideoJob) -> Appearance:
    """How a run's mattes are shown. Raises InputError."""
    info = job.info
    begin = info.start + (job.start or 0)
    return open_appearance(job.output, job.hint.key, (info.height, info.width), begin)


def _drawn(
    found: Iterator[Found], appearance: Appearance, hint: Hint, watch: RunWatch
) -> Generator[tuple[Frame, Pixels, Alpha | None], None, None]:
    for one in found:
        began = time.perf_counter()
        picture = appearance.pixels(one.matte(is_coloured=appearance.is_coloured))
        watch.composing.add(one.frame.pts, time.perf_counter() - began)
        yield one.frame, picture, memory_of(hint, one.alpha, one.frame)


def writer_settings(job: VideoJob, precision: Precision) -> WriterSettings:
    """How a run in `precision` is written. Raises OutputError."""
    output = job.output
    return WriterSettings(
        preset=output.preset or preset_for(output.target, output.output),
        output=output.output,
        overwrite=output.overwrite,
        audio_from=job.source if output.audio and job.source.is_file() else None,
        start=job.start,
        end=job.end,
        resume=output.resume,
        identity=dict(identity_of(job, precision, load_model(verify=False))),
    )


def _precision(job: VideoJob) -> Precision:
    """What `auto` chose for the run that this one goes on with, as its pixels depend on it."""
    asked = job.runtime.precision
    if asked is not Precision.AUTO or not job.output.resume:
        return asked
    before = identity_before(job.output.target).get(PRECISION)
    return asked if before is None else Precision(before)


def identity_of(
    job: VideoJob, precision: Precision, model: ReleasedModel
) -> Iterator[tuple[str, str]]:
    """All that the pixels of a run depend on: an interrupted one goes on only with the same.

    Sound may differ, and the clock under `--fps` does.
    """
    yield from file_identity(job.source)
    models = [model, load_files(NAME, verify=False)] if job.hint.kind == "subject" else [model]
    for used in models:
        yield f"model {used.name}", " ".join(digest[:12] for digest in used.sha256.values())
    yield PRECISION, precision
    yield "--replay", str(job.log.replay)
    for settings in (job.hint, job.cost):
        for setting in fields(settings):
            yield f"setting {setting.name}", str(getattr(settings, setting.name))
    for name in ("output", "preset", "background", "fit", "premultiplied", "despill"):
        yield f"--{name}", str(getattr(job.output, name))
    for name in ("start", "end", "rate", "deinterlace"):
        yield f"--{name}", str(getattr(job, name))
