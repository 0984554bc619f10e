"""`pamcli batch`: a tree of stills and clips."""

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pamcli.batch_words import OnError, State
from pamcli.cli import options as opt
from pamcli.cli.batch_bars import Bars
from pamcli.cli.interrupt import first_ctrl_c
from pamcli.settings import Fit, HintSettings, Output, Precision, RuntimeSettings, Subject

if TYPE_CHECKING:
    from pamcli.batch_job import BatchJob
    from pamcli.batch_report import BatchReport

SOME_FAILED = 3
BATCH = "Batch"


def batch(
    source: Annotated[
        str, typer.Argument(metavar="FOLDER", help="Tree of stills and clips, or its URL.")
    ],
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="Folder that gets the same tree, or its URL.")
    ],
    include: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GLOB",
            help="Only files whose name, or name in the tree, matches; can be given several times.",
            rich_help_panel=BATCH,
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="No files or folders that match.", rich_help_panel=BATCH),
    ] = None,
    full_names: Annotated[
        bool,
        typer.Option(
            "--full-names",
            help="Keep the source's suffix in the target's name: a.jpg.png.",
            rich_help_panel=BATCH,
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Print the plan and end.", rich_help_panel=BATCH),
    ] = False,
    on_error: Annotated[
        OnError,
        typer.Option(
            "--on-error", help="Whether a file that fails ends the batch.", rich_help_panel=BATCH
        ),
    ] = OnError.SKIP,
    retry_failed: Annotated[
        bool,
        typer.Option("--retry-failed", help="Try again what failed before.", rich_help_panel=BATCH),
    ] = False,
    watch: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="Go on with new files, each once it has not changed for SECONDS; until Ctrl-C.",
            rich_help_panel=BATCH,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.json|.csv", help="What became of each file.", rich_help_panel=BATCH
        ),
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Have the Ray cluster that this machine is a node of do the work: auto or "
            "HOST:PORT. Needs the extra ray, and folders that all nodes see. --threads is then the "
            "cores of one task.",
            rich_help_panel=BATCH,
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Start with too little room on the disk, too.", rich_help_panel=BATCH
        ),
    ] = False,
    trimap: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Tree of trimaps with the names of FOLDER. Default: NAME.trimap.* or NAME.mask.* "
            "beside each file, where there is one.",
            rich_help_panel=opt.HINT,
        ),
    ] = None,
    mask: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Tree of coarse masks.", rich_help_panel=opt.HINT),
    ] = None,
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
    deinterlace: opt.Deinterlace = False,
    overwrite: opt.Overwrite = False,
    precision: opt.PrecisionOption = Precision.AUTO,
    threads: opt.Threads = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Matte a tree of stills and clips; run it again and it goes on where it ended.

    Stills become PNG, by default with alpha; clips become what `pamcli video` makes of them.
    NAME.trimap.* or NAME.mask.* beside a file is its hint. Processes may share a target. Either
    folder may be the URL of a storage, such as s3://bucket/shots (extra remote).
    Exit code 3: some files failed.

    Example: pamcli batch shots/ matted/ --output rgba --report matted.csv
    """
    from pamcli.batch_job import BatchJob
    from pamcli.batch_plan import Trees
    from pamcli.batch_report import check_report
    from pamcli.batch_settings import BatchSettings
    from pamcli.batch_walk import Filters
    from pamcli.remote_files import is_url
    from pamcli.remote_stage import staged

    if report is not None:
        check_report(report)
    implied = None if background is None else Output.COMPOSITE
    settings = BatchSettings(
        hint=HintSettings(
            plate=plate, key=key, subject=subject, band=band, temporal=not no_temporal
        ),
        cost=opt.cost_settings(fps, cost, min_cost, max_cost, scale),
        runtime=RuntimeSettings(precision=precision, threads=threads),
        output=output or implied,
        preset=preset,
        background=background,
        fit=fit,
        premultiplied=premultiplied,
        despill=despill,
        audio=not no_audio,
        deinterlace=deinterlace,
    )
    with staged(source, target, settings) as (from_folder, to_folder, stage):
        trees = Trees(
            source=from_folder,
            target=to_folder,
            filters=Filters(include=tuple(include or ()), exclude=tuple(exclude or ())),
            trimap=trimap,
            mask=mask,
            full_names=full_names,
        )
        job = BatchJob(
            trees=trees,
            settings=settings,
            on_error=on_error,
            retry_failed=retry_failed,
            overwrite=overwrite,
            force=force or is_url(target),  # which has room, as far as anybody can tell
            watch=watch,
            ray=ray,
            stage=stage,
        )
        if dry_run:
            _print_plan(job, as_json=as_json)
        else:
            _run(job, report, quiet=quiet, as_json=as_json)


def _print_plan(job: "BatchJob", *, as_json: bool) -> None:
    from pamcli.batch_job import already_done, planned
    from pamcli.batch_space import megabytes
    from pamcli.machine import disk_free

    plan, expected = planned(job)
    done = already_done(job, plan)
    free = disk_free(job.trees.target)
    words = job.stage.words
    opt.warn(map(words, plan.notes()))
    rows = [
        {
            "file": item.name,
            "kind": item.kind,
            "target": words(str(item.targets[0])),
            "hint": item.hint.kind,
            "problem": item.hindrance and words(item.hindrance),
            "done": item.name in done,
        }
        for item in plan.items
    ]
    if as_json:
        print(json.dumps({"items": rows, "expected_bytes": expected, "free_bytes": free}, indent=2))
        return
    for row in rows:
        mark = "\tdone" if row["done"] else ""
        print("\t".join(str(row[key]) for key in ("kind", "file", "target", "hint")) + mark)
    said = f"about {megabytes(expected)} will be needed, {megabytes(free)} are free"
    print(f"{len(plan.items)} files, {len(done)} of them done; {said}", file=sys.stderr)


def _run(job: "BatchJob", report: Path | None, *, quiet: bool, as_json: bool) -> None:
    from pamcli.batch_job import run

    with first_ctrl_c() as stop, closing(Bars(quiet=quiet, words=job.stage.words)) as bars:
        done = run(job, bars, stop)
    if report is not None:
        done.write(report)
    if as_json:
        print(done.as_json())
    _say(job, done, quiet=quiet)
    if done.error is not None:
        raise done.error
    if done.stopped:
        raise KeyboardInterrupt
    if done.failed:
        raise typer.Exit(SOME_FAILED)


def _say(job: "BatchJob", done: "BatchReport", *, quiet: bool) -> None:
    counts = {state: done.count(state) for state in State}
    target = job.stage.words(str(job.trees.target))
    left = len(done.plan.items) - counts[State.DONE] - counts[State.FAILED]
    if done.stopped:
        opt.warn([f"{target}: stopped, {left} files are left; run again to go on"])
    if not quiet:
        print(
            f"{target}: {counts[State.DONE]} files done, {counts[State.FAILED]} failed, "
            f"{left} left, {done.seconds:.1f} s",
            file=sys.stderr,
        )
