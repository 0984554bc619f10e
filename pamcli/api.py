"""What the commands do, for programs: a still, a stream of frames, a clip."""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import TypeVar

from pamcli.engine import Engine
from pamcli.errors import InputError, UsageError
from pamcli.frame import Frame, Matte, Rgb, Trimap
from pamcli.hints import Hint, open_hint
from pamcli.models import load_model
from pamcli.pacing import pace_of
from pamcli.settings import (
    CostSettings,
    HintSettings,
    Output,
    OutputSettings,
    Precision,
    Preset,
    RuntimeSettings,
)
from pamcli.trimap import check_trimap
from pamcli.video_clock import USUAL_RATE
from pamcli.video_job import VideoJob, run
from pamcli.video_read import probe
from pamcli.video_report import VideoReport
from pamcli.video_stages import find_alphas

STREAM = Path("frames")
"""Stands where messages name a file."""

Word = TypeVar("Word", bound=StrEnum)


def matte_image(
    rgb: Rgb,
    trimap: Trimap | None = None,
    *,
    key: str | None = None,
    band: float = 24.0,
    cost_constraint: int | None = None,
    scale: float = 1.0,
    precision: str = "auto",
    threads: int | None = None,
) -> Matte:
    """Alpha and foreground of one picture.

    rgb: uint8 (H, W, 3), RGB. trimap: uint8 (H, W), 0 background, 128 unknown, 255 foreground;
    None: made from the screen colour `key` ("#00b140", "lime", "auto"), or else the subject is
    found. band: least width of the unknown band that is made, pixels of a 1080p frame.
    cost_constraint: C_c, GMAC per 1024x1024; None: all that the longest path needs. scale:
    processing size / picture size, 0.25 to 1. precision: auto, f32 or bf16. threads: None: what
    this process may use.

    Returns a Matte: `alpha`, float32 (H, W) in [0, 1]; `foreground`, uint8 (H, W, 3), straight.
    Raises PamError: InputError for sizes that differ, UsageError for a value out of range,
    ModelError. Each call loads the model: `matte_frames` does so once for many pictures.
    """
    mattes = matte_frames(
        [rgb],
        None if trimap is None else [trimap],
        key=key,
        band=band,
        cost_constraint=cost_constraint,
        scale=scale,
        precision=precision,
        threads=threads,
    )
    return next(mattes)


def matte_frames(
    frames: Iterable[Rgb | Frame],
    trimaps: Iterable[Trimap] | None = None,
    *,
    key: str | None = None,
    band: float = 24.0,
    fps: float | Fraction | None = None,
    cost_constraint: int | None = None,
    scale: float | None = None,
    precision: str = "auto",
    threads: int | None = None,
) -> Iterator[Matte]:
    """Mattes of a stream, one for each frame, each made when it is asked for.

    frames: uint8 (H, W, 3), RGB, taken as 25 a second, or `Frame`s, which carry their times.
    trimaps: one for each frame; None: as in `matte_image`, the subject being followed from frame
    to frame. fps: frames a second to hold, by C_c and scale; None: `cost_constraint` and `scale`
    (None: 1) throughout. The rest is as in `matte_image`.

    Options are checked at once; what frames and trimaps lack is raised as InputError when the
    matte is asked for.
    """
    hint = _Given(trimaps) if trimaps is not None else _found(key, band)
    runtime = RuntimeSettings(precision=_one_of(Precision, precision), threads=threads)
    cost = CostSettings(fps=_fraction(fps), constraint=cost_constraint, scale=scale)
    engine = Engine(load_model(), precision=runtime.precision, threads=runtime.threads)
    pace = pace_of(cost, engine)
    with_trimaps = ((frame, hint.trimap(frame)) for frame in _timed(frames))
    found = find_alphas(with_trimaps, engine, pace, VideoReport(), hint.learn)
    return (one.matte() for one in found)


def matte_video(
    source: str | PathLike[str],
    target: str | PathLike[str],
    *,
    output: str = "alpha",
    trimap: str | PathLike[str] | None = None,
    mask: str | PathLike[str] | None = None,
    plate: str | PathLike[str] | None = None,
    key: str | None = None,
    band: float = 24.0,
    fps: float | Fraction | None = None,
    cost_constraint: int | None = None,
    scale: float | None = None,
    background: str | None = None,
    preset: str | None = None,
    start: float | Fraction | None = None,
    end: float | Fraction | None = None,
    rate: float | Fraction | None = None,
    deinterlace: bool = False,
    audio: bool = True,
    overwrite: bool = False,
    resume: bool = False,
    precision: str = "auto",
    threads: int | None = None,
    progress: Callable[[int], None] = lambda frames: None,
) -> VideoReport:
    """Matte a clip into `target`, as `pamcli video` does with the options of the same names.

    output: alpha, rgba, foreground or composite; `background` implies composite. start, end:
    seconds. rate: frames a second of a folder of pictures. progress: told how many frames are
    written so far.

    Returns a VideoReport: `frames`, `seconds`, `fps`, and `warnings()`, lines for a person.
    Raises PamError: InputError, OutputError, ModelError, UsageError; nothing stands under the
    target's name then.
    """
    composing = background is not None and output == "alpha"
    job = VideoJob(
        info=probe(Path(source), _fraction(rate)),
        hint=HintSettings(
            trimap=_file(trimap), mask=_file(mask), plate=_file(plate), key=key, band=band
        ),
        cost=CostSettings(fps=_fraction(fps), constraint=cost_constraint, scale=scale),
        output=OutputSettings(
            output=Output.COMPOSITE if composing else _one_of(Output, output),
            target=Path(target),
            preset=None if preset is None else _one_of(Preset, preset),
            background=background,
            audio=audio,
            overwrite=overwrite,
            resume=resume,
        ),
        runtime=RuntimeSettings(precision=_one_of(Precision, precision), threads=threads),
        start=_fraction(start),
        end=_fraction(end),
        rate=_fraction(rate),
        deinterlace=deinterlace,
    )
    return run(job, progress)


def _one_of(words: type[Word], given: str) -> Word:
    """Raises UsageError for any other."""
    try:
        return words(given)
    except ValueError as error:
        known = ", ".join(word.value for word in words)
        raise UsageError(f"{words.__name__.lower()} {given!r} is none of {known}") from error


def _fraction(value: float | Fraction | None) -> Fraction | None:
    """Exact for what is written exactly: 29.97 becomes 2997/100."""
    return None if value is None else Fraction(str(value))


def _file(name: str | PathLike[str] | None) -> Path | None:
    return None if name is None else Path(name)


def _found(key: str | None, band: float) -> Hint:
    return open_hint(HintSettings(key=key, band=band), STREAM)


def _timed(frames: Iterable[Rgb | Frame]) -> Iterator[Frame]:
    for number, frame in enumerate(frames):
        yield frame if isinstance(frame, Frame) else Frame(frame, number, 1 / USUAL_RATE)


class _Given(Hint):
    """Trimaps that come beside the frames."""

    def __init__(self, trimaps: Iterable[Trimap]) -> None:
        self._trimaps = iter(trimaps)

    def trimap(self, frame: Frame) -> Trimap:
        trimap = next(self._trimaps, None)
        if trimap is None:
            raise InputError(f"no trimap for the frame at {frame.seconds:.3f} s")
        return check_trimap(trimap, frame.size)
