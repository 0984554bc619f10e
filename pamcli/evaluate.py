"""Errors of the released network on stills and clips whose alpha is known."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pamcli.engine import Engine
from pamcli.errors import InputError, OutputError
from pamcli.evaluate_clip import BY_TRIMAPS, ClipHint, clip_rows
from pamcli.evaluate_closed_form import closed_form, load_pymatting
from pamcli.evaluate_data import Dataset, Sample, Spoiling, find_dataset, read_clip, read_still
from pamcli.evaluate_paths import PathStatistics, path_statistics
from pamcli.evaluate_pictures import quality_picture, worst_picture
from pamcli.evaluate_rows import Evaluation, Row, by_way
from pamcli.evaluate_still import (
    Baseline,
    closed_form_row,
    half_row,
    network_rows,
    path_sads,
    spoilt,
)
from pamcli.images import write_png
from pamcli.matting import Network
from pamcli.models import load_model
from pamcli.path import NetworkPath, parse_path
from pamcli.settings import RuntimeSettings
from pamcli.targets import output_errors

QUALITY, WORST = "quality.png", "worst.png"

Progress = Callable[[int, int | None], None]
"""Told how many stills and frames are done, and how many there are, where that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateJob:
    """Everything that one evaluation was asked to do."""

    dataset: Path
    constraints: tuple[int, ...]  # C_c, GMAC per 1024x1024
    runtime: RuntimeSettings
    spoiling: Spoiling
    clip_hint: ClipHint = BY_TRIMAPS  # what clips are matted by; stills have their trimaps
    each_path: bool = False  # also force every path on each still
    closed_form: bool = False  # also matte each still by pymatting
    plot: Path | None = None  # folder for pictures of the result
    overwrite: bool = False


def run(job: EvaluateJob, progress: Progress = lambda done, total: None) -> Evaluation:
    """Evaluate on a dataset and write the pictures that were asked for.

    Raises InputError for a dataset that is empty or damaged, for a C_c below C_min and without
    pymatting where it is needed; OutputError before anything is measured when a picture exists.
    """
    dataset = find_dataset(job.dataset)
    if not dataset.stills and (job.each_path or job.closed_form):
        raise InputError(f"{job.dataset}: --each-path and --closed-form need stills")
    if not dataset.clips and job.clip_hint != BY_TRIMAPS:
        raise InputError(f"{job.dataset}: --hint subject and --coarse need clips")
    if job.plot is not None:
        _check_targets(job.plot, overwrite=job.overwrite)
    baseline = partial(closed_form, load_pymatting()) if job.closed_form else None
    engine = Engine(load_model(), precision=job.runtime.precision, threads=job.runtime.threads)
    evaluation = evaluate(engine, dataset, job, baseline=baseline, progress=progress)
    if job.plot is not None:
        _write_plots(engine, job, job.plot, evaluation)
    return evaluation


def evaluate(
    network: Network,
    dataset: Dataset,
    job: EvaluateJob,
    *,
    baseline: Baseline | None = None,
    progress: Progress = lambda done, total: None,
) -> Evaluation:
    """Measure `network` on everything that the dataset holds. Raises InputError."""
    for constraint in job.constraints:
        network.costs.check(constraint)
    steps = _Steps(dataset.pictures(), progress)
    stills: list[Row] = []
    notes: list[str] = []
    sads: list[dict[NetworkPath, float]] = []
    for folder in dataset.stills:
        still = read_still(folder)
        shown = spoilt(still, job.spoiling)
        stills += network_rows(network, folder.name, still, shown, job.constraints)
        stills.append(half_row(folder.name, still))
        if baseline is not None:
            stills += _baseline_rows(folder.name, still, shown, baseline, notes)
        if job.each_path:
            sads.append(path_sads(network, still, shown))
        steps.done()
    clips: list[Row] = []
    for clip in dataset.clips:
        with closing(read_clip(clip, notes)) as samples:
            counted = steps.counted(samples)
            clips += clip_rows(
                network, clip.name, counted, job.constraints, job.spoiling, job.clip_hint
            )
    paths = _path_statistics(network, job.constraints, stills, sads)
    return Evaluation(stills=tuple(stills), clips=tuple(clips), paths=paths, notes=tuple(notes))


def _baseline_rows(
    name: str, still: Sample, shown: Sample, baseline: Baseline, notes: list[str]
) -> list[Row]:
    """The baseline's row; none, and a note, where it has no solution for the still."""
    try:
        return [closed_form_row(name, still, shown, baseline)]
    except InputError as error:
        notes.append(str(error))
        return []


class _Steps:
    """Counts stills and frames for the progress."""

    def __init__(self, total: int | None, progress: Progress) -> None:
        self._total, self._progress, self._count = total, progress, 0

    def done(self) -> None:
        self._count += 1
        self._progress(self._count, self._total)

    def counted(self, samples: Iterable[Sample]) -> Iterator[Sample]:
        """The same samples, each counted once it has been used."""
        for sample in samples:
            yield sample
            self.done()


def _path_statistics(
    network: Network,
    constraints: Sequence[int],
    stills: Sequence[Row],
    sads: Sequence[Mapping[NetworkPath, float]],
) -> tuple[PathStatistics, ...]:
    """One for each C_c; none where no path was forced."""
    if not sads:
        return ()
    rows = by_way(stills)
    found = []
    for constraint in constraints:
        chosen = [parse_path(next(iter(row.paths))) for row in rows[str(constraint)]]
        found.append(path_statistics(network.costs, constraint, chosen, sads))
    return tuple(found)


def _check_targets(folder: Path, *, overwrite: bool) -> None:
    """Before an hour of work rather than after it."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is a file; a folder is needed")
    for target in (folder / QUALITY, folder / WORST):
        if target.exists() and not overwrite:
            raise OutputError(f"{target}: exists; --overwrite replaces it")


def _write_plots(network: Network, job: EvaluateJob, folder: Path, found: Evaluation) -> None:
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    write_png(folder / QUALITY, quality_picture(found, job.spoiling))
    if found.stills:
        worst = worst_picture(network, job.dataset, found.stills, job.constraints, job.spoiling)
        write_png(folder / WORST, worst)
