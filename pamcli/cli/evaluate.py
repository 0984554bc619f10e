"""`pamcli eval`: how good the mattes are."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from pamcli.cli import options as opt
from pamcli.settings import EvaluationHint, Precision, RuntimeSettings

HARDER = "Harder than the data"


def evaluate(
    dataset: Annotated[
        Path,
        typer.Argument(
            help="Folder of stills (NAME/image.png, trimap.png, alpha.png) and clips "
            "(NAME/frames.*, alpha.*, trimap.*: videos or folders of pictures)."
        ),
    ],
    cost: Annotated[
        str, typer.Option(help="Cost constraints, comma-separated.", rich_help_panel=opt.COST)
    ] = "75,70,60,39",
    each_path: Annotated[
        bool,
        typer.Option(
            "--each-path",
            help="Also force all 16 paths on each still and compare them with the chosen one.",
            rich_help_panel=opt.COST,
        ),
    ] = False,
    closed_form: Annotated[
        bool,
        typer.Option("--closed-form", help="Also closed-form matting of the stills; slow."),
    ] = False,
    hint: Annotated[
        EvaluationHint,
        typer.Option(help="Matte clips by their trimaps or by the subject found by itself."),
    ] = EvaluationHint.TRIMAP,
    coarse: Annotated[
        bool,
        typer.Option("--coarse", help="Also take the coarse subject of clips itself for alpha."),
    ] = False,
    trimap_dilate: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Widen the unknown band by N pixels; errors count in the band as it was.",
            rich_help_panel=HARDER,
        ),
    ] = 0,
    jpeg: Annotated[
        int | None,
        typer.Option(
            metavar="Q",
            help="Send the pictures through JPEG of quality Q, 1 to 100.",
            rich_help_panel=HARDER,
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write quality.png and worst.png there.",
            rich_help_panel=opt.OUTPUT,
        ),
    ] = None,
    overwrite: opt.Overwrite = False,
    precision: opt.PrecisionOption = Precision.F32,
    threads: opt.Threads = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Errors of the mattes at each C_c, beside those of alpha 0.5 in the unknown band.

    Stills: SAD, MSE, Grad and Conn in the band. Clips: MAD, MSE, Grad, Conn and dtSSD over whole
    frames.

    Example: pamcli eval stills/ --cost 75,60 --plot out/
    """
    from pamcli import evaluate as job
    from pamcli.evaluate_clip import ClipHint
    from pamcli.evaluate_data import Spoiling
    from pamcli.evaluate_report import as_record, as_text

    asked = job.EvaluateJob(
        dataset=dataset,
        constraints=tuple(dict.fromkeys(opt.parse_cost(part) for part in cost.split(","))),
        runtime=RuntimeSettings(precision=precision, threads=threads),
        spoiling=Spoiling(dilate=trimap_dilate, jpeg=jpeg),
        clip_hint=ClipHint(hint=hint, coarse=coarse),
        each_path=each_path,
        closed_form=closed_form,
        plot=plot,
        overwrite=overwrite,
    )
    with tqdm(unit="picture", disable=True if quiet else None, file=sys.stderr) as bar:

        def show(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        found = job.run(asked, show)
    opt.warn(found.notes)
    print(json.dumps(as_record(found), indent=2) if as_json else as_text(found))
