"""The decisions of a run that was logged, taken once more."""

from dataclasses import dataclass
from pathlib import Path

from pamcli.errors import InputError
from pamcli.frame_log import read_rows
from pamcli.matting import Choice, Spent
from pamcli.path import parse_path
from pamcli.trimap import Box


@dataclass(frozen=True, slots=True)
class ReplayPace:
    """C_c, scale and path of each frame as a log has them, found by pts.

    On the same machine and build, and with the same hint and precision, the mattes come out bit
    for bit as in the run that wrote it.
    """

    source: Path
    choices: dict[int, Choice]

    def choose(self, pts: int, box: Box | None) -> Choice:
        """Raises InputError for a frame that the log does not have."""
        choice = self.choices.get(pts)
        if choice is None:
            raise InputError(f"{self.source}: no row for the frame at pts {pts}")
        if box is not None and choice.path is None:
            raise InputError(
                f"{self.source}: nothing was unknown in the frame at pts {pts}; with this hint "
                "something is"
            )
        return choice

    def spent(self, spent: Spent) -> None:
        """Nothing to learn."""


def open_replay(source: Path) -> ReplayPace:
    """Raises InputError for what is no log."""
    choices = {
        row.pts: Choice(
            cost_constraint=row.cost_constraint,
            scale=row.scale,
            path=parse_path(row.path) if row.path else None,
        )
        for row in read_rows(source)
    }
    return ReplayPace(source, choices)
