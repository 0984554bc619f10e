"""Options of `pamcli live` alone, and how their words become settings."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from pamcli.cli.times import parse_time
from pamcli.errors import UsageError

LINKS, MONITOR = "Source and sinks", "Monitor"

Loop = Annotated[
    bool, typer.Option("--loop", help="Begin a file again at its end.", rich_help_panel=LINKS)
]
Duration = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Stop after seconds or hh:mm:ss. Default: when it is stopped.",
        rich_help_panel=LINKS,
    ),
]
Size = Annotated[
    str | None,
    typer.Option(
        metavar="WxH",
        help="Size of what is sent; sinks then begin before the source does. Default: the size of "
        "the source's first picture.",
        rich_help_panel=LINKS,
    ),
]
BitRate = Annotated[
    str | None,
    typer.Option(
        metavar="N|Nk|NM",
        help="Bits a second of the sent pictures at most. Default: 4M for 1280x720, else by size.",
        rich_help_panel=LINKS,
    ),
]
MaxReconnects = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Attempts in a row to reach the source again before giving up. Default: without end.",
        rich_help_panel=LINKS,
    ),
]
ReconnectWait = Annotated[
    float,
    typer.Option(
        min=0.5,
        max=60.0,
        help="Seconds between two attempts to reach a source or sink again, at most.",
        rich_help_panel=LINKS,
    ),
]
Patience = Annotated[
    float,
    typer.Option(
        min=0.5,
        max=60.0,
        help="Seconds without a picture after which the source counts as gone; HLS: at least 15.",
        rich_help_panel=LINKS,
    ),
]
SourceOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--source-option",
        metavar="NAME=VALUE",
        help="FFmpeg's option for the source, such as video_size=1280x720 of a camera; can be "
        "given several times.",
        rich_help_panel=LINKS,
    ),
]
NoAudio = Annotated[
    bool, typer.Option("--no-audio", help="Leave sound out.", rich_help_panel=LINKS)
]
Port = Annotated[
    int | None,
    typer.Option(
        "--monitor",
        metavar="PORT",
        help="Serve a page to watch and to control the stream on; 0 takes a free port.",
        rich_help_panel=MONITOR,
    ),
]
Host = Annotated[
    str,
    typer.Option(
        "--monitor-host",
        help="Address of the page; any but this machine's own needs a token.",
        rich_help_panel=MONITOR,
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        "--monitor-token",
        envvar="PAMCLI_MONITOR_TOKEN",
        show_envvar=True,
        help="What the page asks for.",
        rich_help_panel=MONITOR,
    ),
]
Folders = Annotated[
    list[Path] | None,
    typer.Option(
        "--monitor-backgrounds",
        metavar="FOLDER",
        help="Folder whose files the page offers as backgrounds; can be given several times.",
        rich_help_panel=MONITOR,
    ),
]


def pairs(given: list[str] | None) -> dict[str, str]:
    """Names and values of "NAME=VALUE". Raises UsageError for anything else."""
    found = {}
    for text in given or ():
        name, separator, value = text.partition("=")
        if not (name and separator):
            raise UsageError(f"--source-option {text}: not of the form NAME=VALUE")
        found[name] = value
    return found


def size_of(text: str | None) -> tuple[int, int] | None:
    """(height, width) of "WxH". Raises UsageError for anything else."""
    if text is None:
        return None
    sides = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if sides is None:
        raise UsageError(f"--size {text}: not of the form WxH, such as 1280x720")
    return int(sides[2]), int(sides[1])


FACTORS = {"": 1, "k": 1000, "M": 1_000_000}
LEAST_BITS = 50_000


def bit_rate_of(text: str | None) -> int | None:
    """Bits a second of "2500k", "4M" or "4000000". Raises UsageError for anything else."""
    if text is None:
        return None
    number = re.fullmatch(r"(\d{1,9}(?:\.\d+)?)([kM]?)", text)
    bits = 0 if number is None else round(float(number[1]) * FACTORS[number[2]])
    if not LEAST_BITS <= bits <= 1000 * FACTORS["M"]:
        raise UsageError(f"--bit-rate {text}: no number of bits a second, such as 2500k or 4M")
    return bits


def duration_of(text: str | None) -> Fraction | None:
    """Seconds. Raises UsageError for what is no time, or 0."""
    if text is None:
        return None
    seconds = parse_time(text, None)
    if seconds <= 0:
        raise UsageError(f"--duration {text}: must be above 0")
    return seconds
