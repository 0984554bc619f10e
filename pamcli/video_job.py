"""One clip: decode, hint, matte within the budget, compose, encode."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from pamcli.backdrop import open_backdrop, pixels
from pamcli.engine import Engine
from pamcli.frame import Frame, Matte, Trimap
from pamcli.hints import Hint, open_hint
from pamcli.matting import Choice, Network, Spent, matte_frame, region
from pamcli.models import load_model
from pamcli.pacing import ControlledPace, Pace, pace_of
from pamcli.prefetch import prefetch
from pamcli.settings import CostSettings, HintSettings, Output, OutputSettings, RuntimeSettings
from pamcli.video_read import ReadReport, VideoInfo, read_frames
from pamcli.video_write import VideoWriter, WriterSettings, preset_for

DEPTH = 3
"""Frames that wait between two stages."""

SATURATED_SHARE = 0.25
"""Of the frames: from there on the run is said to be too slow for its target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoJob:
    """Everything that one run over a clip was asked to do."""

    info: VideoInfo  # of the clip to matte
    hint: HintSettings
    cost: CostSettings
    output: OutputSettings
    runtime: RuntimeSettings
    start: Fraction | None = None  # seconds
    end: Fraction | None = None

    @property
    def source(self) -> Path:
        """The clip."""
        return self.info.source

    @property
    def frames(self) -> int | None:
        """How many frames the run will take, where the clip's header tells."""
        return self.info.frames if self.start is None and self.end is None else None


@dataclass(slots=True, kw_only=True)
class VideoReport:
    """What a run did, for the closing line and for `--json`."""

    frames: int = 0
    seconds: float = 0.0
    constraints: int = 0  # sum of C_c over the frames
    scales: float = 0.0  # sum of the scales
    empty: int = 0  # frames without an unknown pixel
    saturated: int = 0  # frames for which even the cheapest choice was too slow
    read: ReadReport = field(default_factory=ReadReport)
    hinted: list[str] = field(default_factory=list)  # what the hint has to say
    written: list[str] = field(default_factory=list)  # what the writer has to say

    @property
    def fps(self) -> float:
        """Frames a second over the whole run."""
        return self.frames / self.seconds if self.seconds > 0 else 0.0

    def figures(self) -> dict[str, float]:
        """The run in numbers: GMAC per 1024x1024, frames, seconds."""
        frames = max(self.frames, 1)
        return {
            "frames": self.frames,
            "seconds": self.seconds,
            "fps": self.fps,
            "mean_cost_constraint": self.constraints / frames,
            "mean_scale": self.scales / frames,
            "frames_without_unknown": self.empty,
            "frames_too_slow_at_the_least": self.saturated,
        }

    def warnings(self, target: Fraction) -> list[str]:
        """What went otherwise than asked; `target`: frames a second, 0 for none."""
        said = [*self.read.notes(), *self.hinted, *self.written]
        too_slow = self.saturated > self.frames * SATURATED_SHARE
        if target and too_slow and self.fps < target:
            said.append(
                f"{float(target):g} frames/s cannot be held even at the lowest cost and scale; "
                f"{self.fps:.1f} were reached"
            )
        if self.frames and self.empty == self.frames and not self.hinted:
            said.append(
                "no frame has an unknown pixel: alpha is 0 or 1 throughout, as the hint says"
            )
        return said

    def count(self, choice: Choice, spent: Spent) -> None:
        """Add one frame."""
        self.frames += 1
        self.constraints += choice.cost_constraint
        self.scales += choice.scale
        self.empty += spent.path is None


def hinted(frames: Iterator[Frame], hint: Hint) -> Generator[tuple[Frame, Trimap], None, None]:
    """Each frame with its trimap."""
    for frame in frames:
        yield frame, hint.trimap(frame)


@contextmanager
def hinted_ahead(
    frames: Iterator[Frame], hint: Hint
) -> Iterator[Generator[tuple[Frame, Trimap], None, None]]:
    """`hinted` in a thread ahead of the matting; a hint that learns from each matte must wait for
    it, so that only the decoding runs ahead.
    """
    if hint.learns:
        with closing(prefetch(frames, DEPTH)) as decoded:
            yield hinted(decoded, hint)
    else:
        with closing(prefetch(hinted(frames, hint), DEPTH)) as known:
            yield known


def matte_frames(
    hinted_frames: Iterator[tuple[Frame, Trimap]],
    network: Network,
    pace: Pace,
    report: VideoReport,
    learn: Callable[[Matte], None] = lambda matte: None,
) -> Generator[Matte, None, None]:
    """Matte a stream, C_c and scale chosen frame by frame; `learn` is told of each matte."""
    for frame, trimap in hinted_frames:
        box = region(trimap)
        choice = pace.choose(0 if box is None else box.height * box.width)
        matte, spent = matte_frame(network, frame, trimap, choice, box)
        pace.spent(spent)
        report.count(choice, spent)
        learn(matte)
        yield matte


def run(job: VideoJob, progress: Callable[[int], None] = lambda frames: None) -> VideoReport:
    """Matte a clip into its target, which appears only when it is whole.

    Raises InputError, ModelError or OutputError; nothing is left under the target's name then.
    """
    with open_hint(job.hint, job.source, frames=job.frames) as hint:
        return _run(job, hint, progress)


def _run(job: VideoJob, hint: Hint, progress: Callable[[int], None]) -> VideoReport:
    info = job.info
    engine = Engine(load_model(), precision=job.runtime.precision, threads=job.runtime.threads)
    pace = pace_of(job.cost, engine)
    output = job.output
    composing = output.output is Output.COMPOSITE
    size = info.height, info.width
    backdrop = open_backdrop(output.background, size) if composing else None
    report = VideoReport()
    began = time.perf_counter()
    with (
        VideoWriter(output.target, info, _writer_settings(job)) as writer,
        closing(read_frames(job.source, start=job.start, end=job.end, report=report.read)) as read,
        hinted_ahead(read, hint) as known,
        closing(prefetch(matte_frames(known, engine, pace, report, hint.learn), DEPTH)) as mattes,
    ):
        for matte in mattes:
            writer.write(matte.frame, pixels(matte, output.output, backdrop))
            progress(report.frames)
        report.hinted = hint.notes()
    report.written = writer.notes
    report.seconds = time.perf_counter() - began
    report.saturated = pace.saturated if isinstance(pace, ControlledPace) else 0
    return report


def _writer_settings(job: VideoJob) -> WriterSettings:
    output = job.output
    return WriterSettings(
        preset=output.preset or preset_for(output.target, output.output),
        output=output.output,
        overwrite=output.overwrite,
        audio_from=job.source if output.audio and job.info.audio else None,
        start=job.start,
        end=job.end,
    )
