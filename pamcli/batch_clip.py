"""One clip of a batch."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from pamcli import video_job
from pamcli.batch_settings import BatchSettings
from pamcli.batch_words import Outcome, State
from pamcli.batch_work import Work, make_folder
from pamcli.errors import ResumeError
from pamcli.video_job import VideoJob
from pamcli.video_read import probe


def matte_clip(
    settings: BatchSettings, work: Work, progress: Callable[[int, int | None], None]
) -> Outcome:
    """Matte one clip. progress: told frames written and expected. Raises PamError.

    Goes on with the parts of an interrupted run where they fit, else begins anew.
    """
    item, target = work.item, work.item.targets[0]
    info = probe(item.source)
    make_folder(target)
    job = settings.video_job(info, target, item.hint, resume=work.claim.resume)
    progress(0, info.expected_frames)

    def tell(frames: int) -> None:
        progress(frames, info.expected_frames)

    try:
        report = video_job.run(job, tell)
    except ResumeError:
        report = video_job.run(_anew(job), tell)
    figures = report.figures()
    return Outcome(
        state=State.DONE,
        frames=report.done,
        seconds=report.seconds,
        cost=figures["mean_cost_constraint"] if report.frames else None,
        warnings=tuple(report.warnings(job.cost.fps or Fraction(0))),
    )


def _anew(job: VideoJob) -> VideoJob:
    return replace(job, output=replace(job.output, resume=False))
