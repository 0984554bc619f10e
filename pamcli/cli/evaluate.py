"""`pamcli eval`: how good the mattes are."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pamcli.cli import options as opt
from pamcli.settings import CostSettings, Precision, RuntimeSettings


def evaluate(
    dataset: Annotated[
        Path, typer.Argument(help="Folder of stills: NAME/image.png, trimap.png, alpha.png.")
    ],
    cost: Annotated[
        str, typer.Option(help="Cost constraints, comma-separated.", rich_help_panel=opt.COST)
    ] = "75,70,60,39",
    precision: opt.PrecisionOption = Precision.F32,
    threads: opt.Threads = None,
    as_json: opt.Json = False,
) -> None:
    """SAD, MSE, Grad and Conn in the unknown band, mean over the stills, for each C_c.

    Example: pamcli eval stills/ --cost 75,60
    """
    from pamcli import evaluate as job

    constraints = [opt.parse_cost(part) for part in cost.split(",")]
    for constraint in constraints:
        CostSettings(constraint=constraint)
    table = job.run(dataset, constraints, RuntimeSettings(precision=precision, threads=threads))
    print(json.dumps(table, indent=2) if as_json else job.as_text(table))
