"""`pamcli video`: one clip."""

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from tqdm import tqdm

from pamcli.cli import options as opt
from pamcli.cli.interrupt import first_ctrl_c
from pamcli.settings import (
    Fit,
    HintSettings,
    LogSettings,
    Output,
    OutputSettings,
    Precision,
    RuntimeSettings,
    Subject,
)

if TYPE_CHECKING:
    from pamcli.video_job import VideoJob
    from pamcli.video_report import VideoReport


def video(
    source: Annotated[Path, typer.Argument(help="Clip to matte.")],
    target: Annotated[
        Path | None,
        typer.Option("-o", "--target", help="Default: beside the source, named by the output."),
    ] = None,
    trimap: opt.Trimap = None,
    mask: opt.Mask = None,
    key_mask: opt.KeyMasks = None,
    plate: opt.Plate = None,
    key: opt.Key = None,
    subject: opt.SubjectOption = Subject.AUTO,
    band: opt.Band = 24.0,
    no_temporal: opt.NoTemporal = False,
    fps: opt.Fps = None,
    cost: opt.Cost = None,
    min_cost: opt.MinCost = None,
    max_cost: opt.MaxCost = None,
    scale: opt.Scale = opt.SCALE_AUTO,
    output: opt.OutputOption = None,
    background: opt.Background = None,
    fit: opt.FitOption = Fit.COVER,
    premultiplied: opt.Premultiplied = False,
    despill: opt.Despill = None,
    preset: opt.PresetOption = None,
    no_audio: opt.NoAudio = False,
    start: opt.Start = None,
    end: opt.End = None,
    rate: opt.Rate = None,
    deinterlace: opt.Deinterlace = False,
    overwrite: opt.Overwrite = False,
    resume: opt.Resume = False,
    precision: opt.PrecisionOption = Precision.AUTO,
    threads: opt.Threads = None,
    log: opt.Log = None,
    replay: opt.Replay = None,
    plot: opt.Plot = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Matte a clip: every frame and every timestamp of the source, with its sound.

    Example: pamcli video talk.mp4 -o talk_beach.mp4 --fps 15 --background beach.jpg
    """
    from pamcli.video_job import VideoJob, run
    from pamcli.video_read import probe

    info = probe(source, rate)
    kind = opt.output_of(output, background, Output.ALPHA)
    job = VideoJob(
        info=info,
        hint=HintSettings(
            trimap=trimap,
            mask=mask,
            key_masks=opt.key_masks(key_mask, info.average_rate),
            plate=plate,
            key=key,
            subject=subject,
            band=band,
            temporal=not no_temporal,
        ),
        cost=opt.cost_settings(fps, cost, min_cost, max_cost, scale),
        output=OutputSettings(
            output=kind,
            target=target or _default_target(source, kind),
            preset=preset,
            background=background,
            fit=fit,
            premultiplied=premultiplied,
            despill=despill,
            audio=not no_audio,
            overwrite=overwrite,
            resume=resume,
        ),
        runtime=RuntimeSettings(precision=precision, threads=threads),
        log=LogSettings(log=log, replay=replay, plot=plot),
        start=opt.moment(start, info.average_rate),
        end=opt.moment(end, info.average_rate),
        rate=rate,
        deinterlace=deinterlace,
    )
    hidden = True if quiet else None
    with (
        first_ctrl_c() as stop,
        tqdm(
            total=_expected(job, info.expected_frames),
            unit="frame",
            disable=hidden,
            file=sys.stderr,
        ) as bar,
    ):
        report = run(job, lambda frames: bar.update(frames - bar.n), stop)
    _say(job, report, quiet=quiet, as_json=as_json)
    if report.stopped:
        raise KeyboardInterrupt


def _default_target(source: Path, output: Output) -> Path:
    suffix = ".mkv" if output is Output.RGBA else ".mp4"
    return source.with_name(f"{source.stem}_{output.value}{suffix}")


def _expected(job: "VideoJob", frames: int | None) -> int | None:
    return frames if job.start is None and job.end is None else None


def _say(job: "VideoJob", report: "VideoReport", *, quiet: bool, as_json: bool) -> None:
    figures = report.figures()
    if as_json:
        print(json.dumps({"target": str(job.output.target), **figures}, indent=2))
    opt.warn(f"{job.source}: {line}" for line in report.warnings(job.cost.fps or Fraction(0)))
    if report.stopped:
        told = f"stopped after {report.done} frames; --resume goes on"
        opt.warn([f"{job.output.target}: {told}"])
    if not quiet and not as_json:
        print(
            f"{job.output.target}: {report.frames} frames in {report.seconds:.1f} s, "
            f"{report.fps:.1f} frames/s, mean C_c {figures['mean_cost_constraint']:.1f}, "
            f"mean scale {figures['mean_scale']:.2f}",
            file=sys.stderr,
        )
