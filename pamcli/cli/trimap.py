"""`pamcli trimap`: what the hint makes of a still or a clip."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from pamcli.cli import options as opt
from pamcli.errors import UsageError
from pamcli.settings import HintSettings, Subject


def trimap(
    source: Annotated[Path, typer.Argument(help="Still or clip.")],
    target: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--target",
            help="PNG of a still; folder of PNG files or lossless .mkv of a clip; preview also "
            ".mp4. Default: beside the source.",
        ),
    ] = None,
    trimap: opt.Trimap = None,
    mask: opt.Mask = None,
    key_mask: opt.KeyMasks = None,
    plate: opt.Plate = None,
    key: opt.Key = None,
    subject: opt.SubjectOption = Subject.AUTO,
    band: opt.Band = 24.0,
    no_temporal: opt.NoTemporal = False,
    preview: Annotated[
        bool,
        typer.Option(
            "--preview",
            help="Draw the trimap over the picture, to look at.",
            rich_help_panel=opt.OUTPUT,
        ),
    ] = False,
    start: opt.Start = None,
    end: opt.End = None,
    rate: opt.Rate = None,
    deinterlace: opt.Deinterlace = False,
    overwrite: opt.Overwrite = False,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Write the trimaps that a run would use: look, mend, and give them back by --trimap.

    Example: pamcli trimap talk.mp4 -o trimaps/ --preview
    """
    from pamcli import trimap_job as job
    from pamcli.still_names import is_still
    from pamcli.video_read import probe

    info = None if is_still(source) else probe(source, rate)
    average = None if info is None else info.average_rate
    if info is None and (key_mask or start or end):
        raise UsageError(f"{source}: --key-mask, --start and --end are for clips")
    asked = job.TrimapJob(
        source=source,
        info=info,
        target=target or job.default_target(source, preview=preview),
        hint=HintSettings(
            trimap=trimap,
            mask=mask,
            key_masks=opt.key_masks(key_mask, average),
            plate=plate,
            key=key,
            subject=subject,
            band=band,
            temporal=not no_temporal,
        ),
        preview=preview,
        start=opt.moment(start, average),
        end=opt.moment(end, average),
        rate=rate,
        deinterlace=deinterlace,
        overwrite=overwrite,
    )
    with tqdm(unit="frame", disable=True if quiet else None, file=sys.stderr) as bar:
        report = job.run(asked, lambda frames: bar.update(frames - bar.n))
    opt.warn(f"{source}: {note}" for note in report.notes)
    if as_json:
        print(json.dumps({"target": str(asked.target), "frames": report.frames}, indent=2))
    elif not quiet:
        print(f"{asked.target}: {report.frames} trimaps", file=sys.stderr)
