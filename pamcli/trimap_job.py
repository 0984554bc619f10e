"""The trimaps that a run would use, written so that a person can mend them and give them back."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from pamcli.engine import Engine
from pamcli.errors import OutputError
from pamcli.frame import Frame, Rgb, Trimap
from pamcli.hints import Hint, open_hint
from pamcli.images import read_rgb, write_png
from pamcli.matting import Choice, matte_frame, region
from pamcli.models import load_model
from pamcli.prefetch import prefetch
from pamcli.presets import preset_for
from pamcli.settings import HintSettings, Output, Preset
from pamcli.still_names import is_still
from pamcli.trimap_drawing import drawn_over
from pamcli.video_read import ReadReport, VideoInfo, read_frames
from pamcli.video_write import VideoWriter, WriterSettings

DEPTH = 3
"""Frames that wait between two stages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimapJob:
    """What one run was asked to write."""

    source: Path  # a still, or the clip of `info`
    target: Path  # PNG of a still; lossless clip or folder of PNG files of a clip
    hint: HintSettings
    info: VideoInfo | None = None  # None: a still
    preview: bool = False  # the trimap drawn over the picture instead
    start: Fraction | None = None  # seconds
    end: Fraction | None = None
    rate: Fraction | None = None  # frames a second of a folder of pictures; None: the usual
    deinterlace: bool = False
    overwrite: bool = False


@dataclass(slots=True, kw_only=True)
class TrimapReport:
    """What was written, and what a person should know."""

    frames: int = 0
    notes: list[str] = field(default_factory=list)


def default_target(source: Path, *, preview: bool) -> Path:
    """Beside the source: a PNG of a still, a folder of a clip's trimaps, an mp4 of its preview."""
    name = f"{source.stem}_trimap{'_preview' if preview else ''}"
    suffix = ".png" if is_still(source) else ".mp4" if preview else ""
    return source.with_name(name + suffix)


def run(job: TrimapJob, progress: Callable[[int], None] = lambda frames: None) -> TrimapReport:
    """Write the trimaps of a still or a clip; the target appears only when it is whole.

    Trimaps of a clip keep the times of its frames, so that `--trimap` finds them again whatever
    `--start` says. Raises InputError, ModelError or OutputError.
    """
    if job.info is None:
        return _still(job)
    return _clip(job, job.info, progress)


def _still(job: TrimapJob) -> TrimapReport:
    if job.target.suffix.lower() != ".png":
        raise OutputError(f"{job.target}: the trimap of a still is written as .png")
    frame = Frame(read_rgb(job.source), 0, Fraction(1))
    with open_hint(job.hint, job.source, still=True) as hint:
        write_png(job.target, _picture(job, frame, hint.trimap(frame)), overwrite=job.overwrite)
        return TrimapReport(frames=1, notes=hint.notes())


def _clip(job: TrimapJob, info: VideoInfo, progress: Callable[[int], None]) -> TrimapReport:
    report, read = TrimapReport(), ReadReport()
    frames = read_frames(
        job.source,
        start=job.start,
        end=job.end,
        report=read,
        rate=job.rate,
        deinterlace=job.deinterlace,
    )
    count = info.frames if job.start is None and job.end is None else None
    with (
        open_hint(job.hint, job.source, frames=count, rate=job.rate) as hint,
        VideoWriter(job.target, info, _writer_settings(job)) as writer,
        closing(frames),
        closing(prefetch(_hinted(frames, hint), DEPTH)) as known,
    ):
        for frame, trimap in known:
            writer.write(frame, _picture(job, frame, trimap))
            report.frames += 1
            progress(report.frames)
        report.notes += hint.notes()
    report.notes += [*read.notes(), *writer.notes]
    return report


def _hinted(frames: Iterator[Frame], hint: Hint) -> Generator[tuple[Frame, Trimap], None, None]:
    """Each frame with its trimap; for a hint that learns from mattes they are made, at C_max."""
    engine = Engine(load_model()) if hint.learns else None
    for frame in frames:
        trimap = hint.trimap(frame)
        yield frame, trimap
        if engine is not None:
            choice = Choice(cost_constraint=engine.costs.maximum)
            matte, _ = matte_frame(engine, frame, trimap, choice, region(trimap))
            hint.learn(matte)


def _picture(job: TrimapJob, frame: Frame, trimap: Trimap) -> Rgb | Trimap:
    return drawn_over(frame.rgb, trimap) if job.preview else trimap


def _writer_settings(job: TrimapJob) -> WriterSettings:
    output = Output.COMPOSITE if job.preview else Output.ALPHA
    preset = preset_for(job.target, output)
    if not job.preview and preset is Preset.H264:
        raise OutputError(f"{job.target}: trimaps are written without loss: a .mkv or a folder")
    start = job.start if job.preview else None
    return WriterSettings(preset=preset, output=output, overwrite=job.overwrite, start=start)
