"""`pamcli check`: what files carry."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from pamcli.cli import options as opt
from pamcli.errors import InputError


def check(
    sources: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Stills, clips or folders of stills.")
    ],
    as_json: opt.Json = False,
) -> None:
    """Tell what files carry: streams, times, colours, and whether their alpha is real.

    Exit code 1 when one of them cannot be read. Example: pamcli check cutout.mov
    """
    from pamcli import check_job, check_words

    records, failed = list[check_words.Record](), False
    for source in sources:
        try:
            checked = check_job.check(source)
        except InputError as error:
            print("pamcli: error:", *str(error).splitlines(), file=sys.stderr)
            failed = True
            continue
        if as_json:
            records.append(check_words.record(checked))
        else:
            print("\n".join(check_words.lines(checked)))
    if as_json:
        print(json.dumps(records, indent=2))
    if failed:
        raise typer.Exit(1)
