"""`pamcli bench`: what this machine holds."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from pamcli.cli import options as opt
from pamcli.settings import HintSettings, Precision, RuntimeSettings

SIZE = 288, 512  # height, width
PRESETS_SIZE = 1080, 1920
PIPELINE_SIZE = 720, 1280


def bench(
    height: Annotated[
        int | None,
        typer.Option(min=32, help="Height of the test picture, pixels; 288, of presets 1080."),
    ] = None,
    width: Annotated[
        int | None,
        typer.Option(min=32, help="Width of the test picture, pixels; 512, of presets 1920."),
    ] = None,
    peak: Annotated[
        bool, typer.Option("--peak", help="Also: share of the machine's own convolution peak.")
    ] = False,
    presets: Annotated[
        bool,
        typer.Option(
            "--presets", help="Instead: what each preset keeps of alpha, its size and its time."
        ),
    ] = False,
    pipeline: Annotated[
        bool,
        typer.Option(
            "--pipeline",
            help="Instead: frames a second of a whole run against the network alone, on a made "
            "clip of 1280x720.",
        ),
    ] = False,
    track: Annotated[
        Path | None,
        typer.Option(
            metavar="SOURCE",
            help="Instead: how well --fps 5, 8, 10, 12 and 15 are held on this clip, and what a "
            "process that takes a core does to it; some minutes.",
        ),
    ] = None,
    trimap: opt.Trimap = None,
    precision: opt.PrecisionOption = Precision.AUTO,
    threads: opt.Threads = None,
    as_json: opt.Json = False,
) -> None:
    """Milliseconds of every path, and what a GMAC costs here; or what each preset does.

    Example: pamcli bench --height 720 --width 1280 --peak
    """
    if presets:
        from pamcli import bench_presets

        size = height or PRESETS_SIZE[0], width or PRESETS_SIZE[1]
        rows = bench_presets.run(size)
        print(json.dumps(rows, indent=2) if as_json else bench_presets.as_text(rows, size))
        return
    if pipeline:
        from pamcli import bench_pipeline

        size = height or PIPELINE_SIZE[0], width or PIPELINE_SIZE[1]
        share = bench_pipeline.run(size, precision=precision, threads=threads)
        print(json.dumps(share, indent=2) if as_json else bench_pipeline.as_text(share))
        return
    if track is not None:
        from pamcli import bench_tracking, tracking_figures

        wanted = bench_tracking.Tracking(
            source=track,
            hint=HintSettings(trimap=trimap),
            runtime=RuntimeSettings(precision=precision, threads=threads),
        )
        held = bench_tracking.run(wanted, lambda line: print(line, file=sys.stderr))
        print(json.dumps(held, indent=2) if as_json else tracking_figures.as_text(held))
        return
    from pamcli import bench as job

    size = height or SIZE[0], width or SIZE[1]
    figures = job.run(size, precision=precision, threads=threads, peak=peak)
    print(json.dumps(figures, indent=2) if as_json else job.as_text(figures))
