"""Stills: one after another, each whole or not at all."""

from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pamcli.appearance import open_appearance
from pamcli.engine import Engine
from pamcli.errors import OutputError
from pamcli.frame import Frame
from pamcli.hints import Hint, open_hint
from pamcli.images import read_still, write_png
from pamcli.matting import Choice, Network, Spent, matte_frame, region
from pamcli.models import load_model
from pamcli.pacing import pace_of
from pamcli.pixels import Pixels
from pamcli.settings import CostSettings, HintSettings, LookSettings, RuntimeSettings
from pamcli.still_colour import Still

SUFFIX = ".png"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageJob(LookSettings):
    """Everything that one run over stills was asked to do."""

    sources: tuple[Path, ...]
    target: Path | None  # a PNG file for one source, else a folder; None: beside each source
    hint: HintSettings
    cost: CostSettings
    runtime: RuntimeSettings
    overwrite: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageResult:
    """One still that was written."""

    source: Path
    target: Path
    seconds: float  # in the network
    notes: tuple[str, ...]  # what a person should know


def targets(job: ImageJob) -> dict[Path, Path]:
    """The target of each source. Raises OutputError when two collide or one exists."""
    to_folder = job.target is not None and job.target.suffix.lower() != SUFFIX
    if job.target is not None and not to_folder and len(job.sources) > 1:
        raise OutputError(f"{job.target}: a folder is needed for {len(job.sources)} stills")
    planned: dict[Path, Path] = {}
    for source in job.sources:
        beside = source.with_name(f"{source.stem}_{job.output.value}{SUFFIX}")
        target = beside
        if job.target is not None:
            target = job.target / beside.name if to_folder else job.target
        if target in planned.values():
            raise OutputError(f"{target}: two stills would be written there")
        if target.exists() and not job.overwrite:
            raise OutputError(f"{target}: exists; --overwrite replaces it")
        planned[source] = target
    return planned


def run(job: ImageJob) -> list[ImageResult]:
    """Matte every still. Raises InputError, ModelError or OutputError at the first that fails."""
    planned = targets(job)
    engine = Engine(load_model(), precision=job.runtime.precision, threads=job.runtime.threads)
    return [_matte_still(job, engine, source, target) for source, target in planned.items()]


def _matte_still(job: ImageJob, engine: Engine, source: Path, target: Path) -> ImageResult:
    still = read_still(source)
    with open_hint(job.hint, source, still=True) as hint:
        matted = matte_still(job, engine, still, hint)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_png(target, matted.picture)
    return ImageResult(
        source=source, target=target, seconds=matted.spent.seconds, notes=matted.notes
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MattedStill:
    """One still as it will be written, and what it took."""

    picture: Pixels
    choice: Choice
    spent: Spent
    notes: tuple[str, ...]  # what a person should know


def matte_still(job: ImageJob, network: Network, still: Still, hint: Hint) -> MattedStill:
    """Everything between reading and writing one still; of `job`, only how it is matted counts.

    hint: fresh, of this still alone. Raises InputError.
    """
    frame = Frame(still.rgb, 0, Fraction(1))
    choice = pace_of(job.cost, network).choose(0, None)
    trimap = hint.trimap(frame)
    matte, spent = matte_frame(network, frame, trimap, choice, region(trimap))
    with closing(open_appearance(job, job.hint.key, frame.size, Fraction(0))) as appearance:
        picture = appearance.pixels(matte)
        notes = (*still.notes, *hint.notes(), *appearance.spill.notes())
    return MattedStill(picture=picture, choice=choice, spent=spent, notes=notes)
