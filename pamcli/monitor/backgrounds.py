"""Which backgrounds may be asked for on the page."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pamcli.backdrop import BLUR, open_backdrop
from pamcli.batch_walk import kind_of
from pamcli.composite import parse_colour
from pamcli.errors import InputError, UsageError

TRIED_AT = 16, 16
"""(height, width) at which a background is opened to see whether it can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backgrounds:
    """Colours, blur, the files of some folders, and where only this machine asks, all else."""

    folders: tuple[Path, ...] = ()
    is_local: bool
    first: str | None = None  # that the job began with

    def __post_init__(self) -> None:
        for folder in self.folders:
            if not folder.is_dir():
                raise UsageError(f"--monitor-backgrounds {folder}: no such folder")

    def files(self) -> dict[str, Path]:
        """Pictures and clips of the folders, by name; of two of one name the first folder's."""
        found: dict[str, Path] = {}
        for folder in filter(Path.is_dir, self.folders):
            for file in sorted(folder.iterdir()):
                is_known = file.name.isprintable() and kind_of(PurePosixPath(file.name))
                if is_known and file.is_file():
                    found.setdefault(file.name, file)
        return found

    def chosen(self, name: str) -> str:
        """What the job is asked for. Raises InputError, one line, for what may not or cannot be.

        Addresses of streams are left to the job, which goes on trying to reach them.
        """
        if name == self.first:
            return name
        file = self.files().get(name)
        if file is None and not self.is_local and not _is_drawn(name):
            raise UsageError(f"{name}: neither a colour, blur:N nor a file of the folders offered")
        source = name if file is None else str(file)
        if "://" not in source:
            open_backdrop(source, TRIED_AT).close()
        return source


def _is_drawn(name: str) -> bool:
    """Whether it is made from nothing but its name."""
    if name == BLUR or name.startswith(f"{BLUR}:"):
        return True
    try:
        parse_colour(name)
    except InputError:
        return False
    return True
