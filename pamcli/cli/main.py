"""The commands together, and the one place where errors become a line and an exit code."""

import os
import sys

import typer

from pamcli import __version__
from pamcli.cli import batch, bench, check, doctor, evaluate, image, live, models, trimap, video
from pamcli.errors import PamError, UsageError

FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130

app = typer.Typer(
    name="pamcli",
    help="Cut people and things out of video on any CPU, at the frame rate that you ask for.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(name="image")(image.image)
app.command(name="video")(video.video)
app.command(name="live")(live.live)
app.command(name="batch")(batch.batch)
app.command(name="trimap")(trimap.trimap)
app.command(name="check")(check.check)
app.command(name="eval")(evaluate.evaluate)
app.command(name="bench")(bench.bench)
app.command(name="models")(models.models)
app.command(name="doctor")(doctor.doctor)


def _version(shown: bool) -> None:
    if shown:
        print(f"pamcli {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    """Options before the command."""


def one_line(said: object) -> str:
    """For names of files that hold line breaks."""
    return " ".join(str(said).splitlines())


def main() -> None:
    """Entry point of the console script: errors that a user can mend become one line."""
    try:
        app()
    except PamError as error:
        print(f"pamcli: error: {one_line(error)}", file=sys.stderr)
        sys.exit(WRONG_USAGE if isinstance(error, UsageError) else FAILED)
    except KeyboardInterrupt:
        print("pamcli: interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader of stdout has gone; Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
