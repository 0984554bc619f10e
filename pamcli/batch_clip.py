"""One clip of a batch."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from pamcli import video_job
from pamcli.batch_settings import BatchSettings
from pamcli.batch_words import Outcome, State
from pamcli.batch_work import Stage, Work, make_folder
from pamcli.errors import ResumeError
from pamcli.video_job import OpenEngine, VideoJob
from pamcli.video_read import probe
from pamcli.video_report import VideoReport

Progress = Callable[[int, int | None], None]
"""Told frames written and expected."""

MOST_ENGINES = 2
"""Networks of clips that stay loaded: one, but for a clip that goes on in another precision."""


def shared_engines() -> OpenEngine:
    """A network for clips that come one after another: none waits for its own to be loaded."""
    return lru_cache(MOST_ENGINES)(video_job.open_engine)


def matte_clip(
    settings: BatchSettings, work: Work, stage: Stage, progress: Progress, engines: OpenEngine
) -> Outcome:
    """Matte one clip. engines: not used by anybody else at the same time. Raises PamError.

    Goes on with the parts of an interrupted run where they fit, else begins anew.
    """
    item, target = work.item, work.item.targets[0]
    stage.fetch(item)
    info = probe(item.source)
    make_folder(target)
    job = settings.video_job(info, target, item.hint, resume=work.claim.resume)
    progress(0, info.expected_frames)

    def tell(frames: int) -> None:
        progress(frames, info.expected_frames)

    try:
        report = video_job.run(job, tell, engines=engines)
    except ResumeError:
        report = video_job.run(anew(job), tell, engines=engines)
    stage.deliver(item)
    return outcome_of(report, job)


def outcome_of(report: VideoReport, job: VideoJob) -> Outcome:
    """What became of a clip that was matted as a whole."""
    figures = report.figures()
    return Outcome(
        state=State.DONE,
        frames=report.done,
        seconds=report.seconds,
        cost=figures["mean_cost_constraint"] if report.frames else None,
        warnings=tuple(report.warnings(job.cost.fps or Fraction(0))),
    )


def anew(job: VideoJob) -> VideoJob:
    """The same, without going on with parts of an interrupted run."""
    return replace(job, output=replace(job.output, resume=False))
