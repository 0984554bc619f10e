"""Options that several commands share, and how their words become settings."""

import re
import sys
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from pamcli.cli.times import parse_time
from pamcli.errors import UsageError
from pamcli.settings import CostSettings, Fit, KeyMask, Output, Precision, Preset, Subject

COSTS = {"mild": 75, "moderate": 70, "aggressive": 60}
"""Budgets of the paper, GMAC per 1024x1024."""

HINT, COST, OUTPUT, RUNTIME = "Who is the subject", "Cost", "Output", "Runtime"


def _fps(text: str) -> Fraction:
    """A positive number or fraction, such as 15, 29.97 or 30000/1001."""
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise typer.BadParameter(f"{text!r} is no frame rate") from error
    if rate <= 0:
        raise typer.BadParameter(f"{text!r} is not above 0")
    return rate


def parse_cost(text: str) -> int:
    """Whole GMAC, or a word for it."""
    if text in COSTS:
        return COSTS[text]
    if not re.fullmatch(r"\d{1,6}", text):
        raise typer.BadParameter(f"{text!r}: a whole number of GMAC, or {', '.join(COSTS)}")
    return int(text)


def _scale(text: str) -> float | None:
    if text == "auto":
        return None
    try:
        return float(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is neither auto nor a number") from error


SCALE_AUTO = "auto"

Trimap = Annotated[
    Path | None,
    typer.Option(help="Still, folder or video of trimaps.", rich_help_panel=HINT),
]
Mask = Annotated[
    Path | None,
    typer.Option(help="Still, folder or video of coarse masks.", rich_help_panel=HINT),
]
KeyMasks = Annotated[
    list[str] | None,
    typer.Option(
        "--key-mask",
        metavar="TIME=FILE",
        help="Mask at a moment of the clip (seconds, hh:mm:ss.mmm or 120f), carried through it; "
        "can be given several times.",
        rich_help_panel=HINT,
    ),
]
Plate = Annotated[
    Path | None,
    typer.Option(help="Picture of the background without the subject.", rich_help_panel=HINT),
]
Key = Annotated[
    str | None,
    typer.Option(
        help='Colour of a screen: a name, "#rrggbb" or "auto".',
        metavar="COLOUR",
        rich_help_panel=HINT,
    ),
]
SubjectOption = Annotated[
    Subject,
    typer.Option("--subject", help="Find the subject without a hint.", rich_help_panel=HINT),
]
Band = Annotated[
    float,
    typer.Option(help="Width of the unknown band, pixels of a 1080p frame.", rich_help_panel=HINT),
]
NoTemporal = Annotated[
    bool,
    typer.Option(
        "--no-temporal",
        help="Take what masks, a plate or a key say of each frame as it is, not steadied in time.",
        rich_help_panel=HINT,
    ),
]
Start = Annotated[str | None, typer.Option(help="First moment: seconds, hh:mm:ss.mmm or 120f.")]
End = Annotated[str | None, typer.Option(help="Moment to stop before.")]
Rate = Annotated[
    Fraction | None,
    typer.Option(
        "--rate",
        parser=_fps,
        metavar="N",
        help="Frames a second of a folder of pictures. Default: 25.",
    ),
]
Deinterlace = Annotated[
    bool,
    typer.Option("--deinterlace", help="Make whole frames of the fields of interlaced ones."),
]
Fps = Annotated[
    Fraction | None,
    typer.Option(
        "--fps",
        parser=_fps,
        metavar="N",
        help="Hold N processed frames a second: C_c and scale follow the clock. A stream that is "
        "faster at the highest quality runs as fast as it can.",
        rich_help_panel=COST,
    ),
]
Cost = Annotated[
    int | None,
    typer.Option(
        "--cost",
        parser=parse_cost,
        metavar="N|mild|moderate|aggressive",
        help="Fixed C_c, GMAC per 1024x1024 (75, 70, 60). Default: the highest quality.",
        rich_help_panel=COST,
    ),
]
MinCost = Annotated[
    int | None, typer.Option(help="Least C_c that --fps may choose.", rich_help_panel=COST)
]
MaxCost = Annotated[
    int | None, typer.Option(help="Most C_c that --fps may choose.", rich_help_panel=COST)
]
Scale = Annotated[
    str,
    typer.Option(
        help="Processing size / frame size: auto or 0.25 to 1.",
        metavar="auto|0.25…1",
        rich_help_panel=COST,
    ),
]
OutputOption = Annotated[
    Output | None, typer.Option("--output", help="What is written.", rich_help_panel=OUTPUT)
]
Background = Annotated[
    str | None,
    typer.Option(
        help="New background: a colour, a picture, a clip, or the frame itself blurred by N pixels "
        "of a 1080p frame. Implies --output composite.",
        metavar="COLOUR|FILE|blur[:N]",
        rich_help_panel=OUTPUT,
    ),
]
FitOption = Annotated[
    Fit,
    typer.Option(
        "--fit", help="How a background of another shape fills the frame.", rich_help_panel=OUTPUT
    ),
]
Premultiplied = Annotated[
    bool,
    typer.Option(
        "--premultiplied",
        help="Multiply the colours of rgba by alpha. Default: straight.",
        rich_help_panel=OUTPUT,
    ),
]
Despill = Annotated[
    float | None,
    typer.Option(
        help="How much of a screen's light is taken off the foreground, 0 to 1. Default: 0.8 with "
        "--key, else 0.",
        rich_help_panel=OUTPUT,
    ),
]
NoAudio = Annotated[
    bool,
    typer.Option("--no-audio", help="Leave sound and subtitles out.", rich_help_panel=OUTPUT),
]
PresetOption = Annotated[
    Preset | None,
    typer.Option("--preset", help="Default: from the target's suffix.", rich_help_panel=OUTPUT),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace a target that exists.", rich_help_panel=OUTPUT),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Go on where an interrupted run of the same options ended.",
        rich_help_panel=OUTPUT,
    ),
]
PrecisionOption = Annotated[
    Precision,
    typer.Option("--precision", help="Arithmetic of the network.", rich_help_panel=RUNTIME),
]
Threads = Annotated[
    int | None,
    typer.Option(
        help="Default: what the affinity mask and cgroup quota allow.", rich_help_panel=RUNTIME
    ),
]
Log = Annotated[
    Path | None,
    typer.Option(
        help="One row a frame: C_c, scale, path, milliseconds of every stage.",
        metavar="FILE.csv|.jsonl",
        rich_help_panel=RUNTIME,
    ),
]
Replay = Annotated[
    Path | None,
    typer.Option(
        help="Take C_c, scale and path of each frame from a log: the same pixels.",
        metavar="FILE",
        rich_help_panel=RUNTIME,
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option(
        help="Draw the run: frames a second, C_c, scale, path, milliseconds of every stage.",
        metavar="FILE.png",
        rich_help_panel=RUNTIME,
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no closing line.")]
Json = Annotated[bool, typer.Option("--json", help="Results on stdout as JSON.")]


def key_masks(given: list[str] | None, rate: Fraction | None) -> tuple[KeyMask, ...]:
    """Times and files of "TIME=FILE". rate: of the clip, for times such as 120f.

    Raises UsageError for anything else, InputError for frames where the clip has no rate.
    """
    return tuple(_key_mask(text, rate) for text in given or ())


def _key_mask(text: str, rate: Fraction | None) -> KeyMask:
    time, separator, file = text.partition("=")
    if not (time and separator and file):
        raise UsageError(f"--key-mask {text}: not of the form TIME=FILE")
    return parse_time(time, rate), Path(file)


def moment(text: str | None, rate: Fraction | None) -> Fraction | None:
    """`--start` or `--end` in seconds; None where it isn't given. Raises InputError."""
    return None if text is None else parse_time(text, rate)


def warn(lines: Iterable[str]) -> None:
    """A line on stderr for each thing that a person should know."""
    for line in lines:
        print(f"pamcli: warning: {' '.join(line.splitlines())}", file=sys.stderr)


def cost_settings(
    fps: Fraction | None, cost: int | None, min_cost: int | None, max_cost: int | None, scale: str
) -> CostSettings:
    """The cost options together. Raises UsageError where they contradict each other."""
    return CostSettings(
        fps=fps, constraint=cost, minimum=min_cost, maximum=max_cost, scale=_scale(scale)
    )


def output_of(output: Output | None, background: str | None, default: Output) -> Output:
    """`--background` implies a composite. Raises UsageError where another output is asked for."""
    if background is None:
        return output or default
    if output not in (None, Output.COMPOSITE):
        raise UsageError(f"--background makes a composite; --output {output} does not")
    return Output.COMPOSITE
