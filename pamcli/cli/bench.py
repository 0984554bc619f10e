"""`pamcli bench`: what this machine holds."""

import json
from typing import Annotated

import typer

from pamcli.cli import options as opt
from pamcli.settings import Precision


def bench(
    height: Annotated[int, typer.Option(min=32, help="Height of the test picture, pixels.")] = 288,
    width: Annotated[int, typer.Option(min=32, help="Width of the test picture, pixels.")] = 512,
    peak: Annotated[
        bool, typer.Option("--peak", help="Also: share of the machine's own convolution peak.")
    ] = False,
    precision: opt.PrecisionOption = Precision.AUTO,
    threads: opt.Threads = None,
    as_json: opt.Json = False,
) -> None:
    """Milliseconds of every path, and what a GMAC costs here.

    Example: pamcli bench --height 720 --width 1280 --peak
    """
    from pamcli import bench as job

    figures = job.run((height, width), precision=precision, threads=threads, peak=peak)
    print(json.dumps(figures, indent=2) if as_json else job.as_text(figures))
