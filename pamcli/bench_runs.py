"""One measured run of `pamcli video` over a clip: its log, and what its mattes lost."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from statistics import fmean
from threading import Event

import numpy as np

from pamcli.bench_clip import Material
from pamcli.frame import Alpha
from pamcli.frame_log import FrameRow, read_rows
from pamcli.metrics import mad
from pamcli.settings import (
    CostSettings,
    LogSettings,
    Output,
    OutputSettings,
    Preset,
    RuntimeSettings,
)
from pamcli.video_job import VideoJob
from pamcli.video_job import run as run_video
from pamcli.video_read import probe, read_frames

PIXELS_PER_SAD = 1e6
"""Pixels for which a mean error in thousandths is the same number as a sum in thousands."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is run; it ends with the clip, or before at the first of three limits."""

    material: Material
    runtime: RuntimeSettings
    target: Path
    fps: int | None = None  # frames a second to hold; None: the highest quality
    output: Output = Output.ALPHA
    preset: Preset = Preset.FFV1
    background: str | None = None
    end: Fraction | None = None  # seconds of the clip
    frames: int | None = None
    seconds: float | None = None  # of the run, from its first frame on
    least: int = 1  # frames without which it does not end for being late


def logged(run: Run, progress: Progress = lambda frames: None) -> list[FrameRow]:
    """Run, and read the log. Raises InputError, ModelError or OutputError."""
    log, stop = run.target.with_suffix(".jsonl"), Event()
    job = VideoJob(
        info=probe(run.material.clip),
        hint=run.material.hint,
        cost=CostSettings(fps=None if run.fps is None else Fraction(run.fps)),
        output=OutputSettings(
            output=run.output,
            target=run.target,
            preset=run.preset,
            background=run.background,
            audio=False,
            overwrite=True,
        ),
        runtime=run.runtime,
        log=LogSettings(log=log),
        end=run.end,
    )
    run_video(job, _limited(run, stop, progress), stop)
    return list(read_rows(log))


def _limited(run: Run, stop: Event, progress: Progress) -> Progress:
    """`progress` that also ends the run at its limits."""
    began: list[float] = []

    def told(frames: int) -> None:
        began.append(time.perf_counter())
        is_late = run.seconds is not None and began[-1] - began[0] >= run.seconds
        is_last = run.frames is not None and frames >= run.frames
        if is_last or (is_late and frames >= run.least):
            stop.set()
        del began[1:]
        progress(frames)

    return told


def mean_error(truth: Path, found: Path, skipped: int = 0) -> float:
    """Mean absolute difference of two clips of alpha, in thousandths, over the frames of both but
    for the first `skipped`.
    """
    pairs = zip(_alphas(truth), _alphas(found), strict=False)
    return fmean(mad(one, other) for other, one in islice(pairs, skipped, None))


def sum_error(mean: float, size: tuple[int, int]) -> float:
    """The same as the sum over a frame of `size` (height, width), in thousands."""
    return mean * size[0] * size[1] / PIXELS_PER_SAD


def _alphas(source: Path) -> Iterator[Alpha]:
    for frame in read_frames(source):
        yield frame.rgb[..., 0].astype(np.float32) / np.float32(255)
