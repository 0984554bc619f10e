"""`pamcli image`: stills."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pamcli.cli import options as opt
from pamcli.settings import Fit, HintSettings, Output, Precision, RuntimeSettings, Subject


def image(
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE…", help="Stills to matte.")],
    target: Annotated[
        Path | None,
        typer.Option(
            "-o", "--target", help="A .png file, or a folder. Default: beside each source."
        ),
    ] = None,
    trimap: opt.Trimap = None,
    mask: opt.Mask = None,
    plate: opt.Plate = None,
    key: opt.Key = None,
    subject: opt.SubjectOption = Subject.AUTO,
    band: opt.Band = 24.0,
    cost: opt.Cost = None,
    scale: opt.Scale = opt.SCALE_AUTO,
    output: opt.OutputOption = None,
    background: opt.Background = None,
    fit: opt.FitOption = Fit.COVER,
    premultiplied: opt.Premultiplied = False,
    despill: opt.Despill = None,
    overwrite: opt.Overwrite = False,
    precision: opt.PrecisionOption = Precision.AUTO,
    threads: opt.Threads = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Matte stills into PNG with alpha, alpha alone, foreground or composite.

    Example: pamcli image cat.jpg --trimap cat_trimap.png -o cat.png
    """
    from pamcli import image_job

    job = image_job.ImageJob(
        sources=tuple(sources),
        target=target,
        output=opt.output_of(output, background, Output.RGBA),
        hint=HintSettings(
            trimap=trimap, mask=mask, plate=plate, key=key, subject=subject, band=band
        ),
        cost=opt.cost_settings(None, cost, None, None, scale),
        runtime=RuntimeSettings(precision=precision, threads=threads),
        background=background,
        fit=fit,
        premultiplied=premultiplied,
        despill=despill,
        overwrite=overwrite,
    )
    results = image_job.run(job)
    for result in results:
        opt.warn(f"{result.source}: {note}" for note in result.notes)
    if as_json:
        rows = [
            {"source": str(r.source), "target": str(r.target), "network_seconds": r.seconds}
            for r in results
        ]
        print(json.dumps(rows, indent=2))
    elif not quiet:
        for result in results:
            typer.echo(f"{result.target}", err=True)
