"""The files of a tree in natural order: stills, clips, and the hints that lie beside them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from pamcli.batch_words import Kind
from pamcli.errors import InputError
from pamcli.still_names import is_still, natural_order

CLIPS = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mts", ".m2ts", ".ts", ".mpg", ".mpeg"}
    | {".wmv", ".flv", ".ogv", ".3gp", ".mxf", ".gif", ".apng", ".y4m"}
)
"""Suffixes of clips; what else FFmpeg reads is matted by name, with `pamcli video`."""

ROLES = ("trimap", "mask")
"""`name.trimap.png`, `name.mask.mkv` or a folder `name.trimap` is a hint for `name`, no input."""


def kind_of(name: PurePosixPath) -> Kind | None:
    """By the suffix; None for what is neither."""
    if is_still(Path(name)):
        return Kind.STILL
    return Kind.CLIP if name.suffix.lower() in CLIPS else None


def split_role(name: str, *, is_folder: bool) -> tuple[str, str] | None:
    """(name it is for, role) of a hint's name; None where it is no hint."""
    stem = name if is_folder else PurePosixPath(name).stem
    owner, _, role = stem.rpartition(".")
    return (owner, role.lower()) if owner and role.lower() in ROLES else None


@dataclass(frozen=True, slots=True)
class Entry:
    """A file, or a folder of hints, inside a tree."""

    name: PurePosixPath  # relative to the tree
    is_folder: bool = False

    @property
    def hint(self) -> tuple[str, str] | None:
        """(name it is for, role) where this is a hint."""
        return split_role(self.name.name, is_folder=self.is_folder)


def walk(tree: Path, left_out: Collection[Path] = ()) -> Iterator[Entry]:
    """All files below `tree`, folder by folder in natural order; hidden ones are left out.

    left_out: resolved folders that are not entered. Links are followed, but not to a folder that
    one is already inside of; a link that leads nowhere is told as a file. Raises InputError for a
    folder that cannot be read.
    """
    yield from _inside(tree, PurePosixPath(), frozenset(), left_out)


def _inside(
    folder: Path,
    inside: PurePosixPath,
    above: frozenset[tuple[int, int] | None],
    left_out: Collection[Path],
) -> Iterator[Entry]:
    above |= {_identity(folder)}
    for entry in _visible(folder, is_top=not inside.name):
        name = inside / entry.name
        if not entry.is_dir():
            if entry.is_file() or entry.is_symlink():
                yield Entry(name)
        elif entry.resolve() in left_out:
            continue
        elif split_role(entry.name, is_folder=True):
            yield Entry(name, is_folder=True)
        elif _identity(entry) not in above:
            yield from _inside(entry, name, above, left_out)


def _visible(folder: Path, *, is_top: bool) -> list[Path]:
    try:
        found = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    except FileNotFoundError:
        if is_top:
            raise InputError(f"{folder}: no such folder") from None
        return []  # removed since its parent was read
    except OSError as error:
        raise InputError(f"{folder}: {(error.strerror or str(error)).lower()}") from error
    return sorted(found, key=natural_order)


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        status = folder.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which files of a tree are taken.

    Globs are compared with the names of a file and of the folders it is in, alone and inside the
    tree; `*` also stands for `/`.
    """

    include: tuple[str, ...] = ()  # none: all
    exclude: tuple[str, ...] = ()

    def takes(self, name: PurePosixPath) -> bool:
        """name: relative to the tree."""
        wanted = not self.include or _matches(name, self.include)
        return wanted and not _matches(name, self.exclude)


def _matches(name: PurePosixPath, globs: tuple[str, ...]) -> bool:
    tried = {*name.parts, *(str(part) for part in (name, *name.parents) if part.name)}
    return any(fnmatchcase(text, glob) for text in tried for glob in globs)
