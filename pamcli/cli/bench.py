"""`pamcli bench`: what this machine holds."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pamcli.cli import options as opt
from pamcli.cli.bench_modes import Asked, mode_of
from pamcli.errors import OutputError, UsageError
from pamcli.settings import HintSettings, Precision, RuntimeSettings

INSTEAD = "Measure something else instead"


def bench(
    source: Annotated[
        Path | None,
        typer.Argument(help="Clip to measure the pipeline and --rates on. Default: a made one."),
    ] = None,
    height: Annotated[
        int | None,
        typer.Option(
            min=32,
            help="Height of the test picture, pixels; 288, of presets 1080. With --rates: the only "
            "size, its shorter side.",
        ),
    ] = None,
    width: Annotated[
        int | None,
        typer.Option(min=32, help="Width of the test picture, pixels; 512, of presets 1920."),
    ] = None,
    peak: Annotated[
        bool, typer.Option("--peak", help="Also: share of the machine's own convolution peak.")
    ] = False,
    rates: Annotated[
        bool,
        typer.Option(
            "--rates",
            help="The frame rates achieved for --fps 5, 10, 15, 24 and 30 at 480p, 720p and 1080p, "
            "and the quality that they cost; some minutes.",
            rich_help_panel=INSTEAD,
        ),
    ] = False,
    paper: Annotated[
        bool,
        typer.Option(
            "--paper",
            help="The columns of the paper's Table 1: cost, parameters, seconds and memory at "
            "2048x2048.",
            rich_help_panel=INSTEAD,
        ),
    ] = False,
    presets: Annotated[
        bool,
        typer.Option(
            "--presets",
            help="What each preset keeps of alpha, its size and its time.",
            rich_help_panel=INSTEAD,
        ),
    ] = False,
    pipeline: Annotated[
        bool,
        typer.Option(
            "--pipeline",
            help="Frames a second of a whole run against the network alone, on a made clip of "
            "1280x720.",
            rich_help_panel=INSTEAD,
        ),
    ] = False,
    tiles: Annotated[
        bool,
        typer.Option(
            "--tiles",
            help="What it saves to show the network the unknown parts of a frame of 1280x720 only.",
            rich_help_panel=INSTEAD,
        ),
    ] = False,
    track: Annotated[
        Path | None,
        typer.Option(
            metavar="SOURCE",
            help="How well --fps 5, 8, 10, 12 and 15 are held on this clip, and what a process "
            "that takes a core does to it; some minutes.",
            rich_help_panel=INSTEAD,
        ),
    ] = None,
    trimap: opt.Trimap = None,
    precision: opt.PrecisionOption = Precision.AUTO,
    threads: opt.Threads = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png",
            help="Draw the table, or --rates.",
            rich_help_panel=opt.OUTPUT,
        ),
    ] = None,
    overwrite: opt.Overwrite = False,
    as_json: opt.Json = False,
) -> None:
    """What this machine can do, what every path of the network takes, and every stage around it.

    Example: pamcli bench --height 720 --width 1280 --peak
    """
    asked_for = {
        "--rates": rates,
        "--paper": paper,
        "--presets": presets,
        "--pipeline": pipeline,
        "--tiles": tiles,
        "--track": track is not None,
    }
    given = {
        "SOURCE": source is not None,
        "--height": height is not None,
        "--width": width is not None,
        "--peak": peak,
        "--trimap": trimap is not None,
        "--plot": plot is not None,
    }
    mode = mode_of(asked_for, given)
    clip = source if track is None else track
    if trimap is not None and clip is None:
        raise UsageError("--trimap needs the SOURCE that it belongs to")
    _check_plot(plot, overwrite=overwrite)
    asked = Asked(
        source=clip,
        height=height,
        width=width,
        peak=peak,
        hint=HintSettings(trimap=trimap),
        runtime=RuntimeSettings(precision=precision, threads=threads),
    )
    found = mode.measure(asked)
    print(json.dumps(found.figures, indent=2) if as_json else found.text)
    if plot is not None and found.draw is not None:
        from pamcli.images import write_png

        write_png(plot, found.draw(found.figures), overwrite=overwrite)


def _check_plot(plot: Path | None, *, overwrite: bool) -> None:
    """What would else be found only after minutes."""
    if plot is None:
        return
    if plot.suffix.lower() != ".png":
        raise UsageError(f"--plot {plot}: the name must end in .png")
    if not plot.parent.is_dir():
        raise OutputError(f"{plot}: no such folder: {plot.parent}")
    if plot.exists() and not overwrite:
        raise OutputError(f"{plot}: exists; --overwrite replaces it")
