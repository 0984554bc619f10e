"""A tree in any storage that fsspec reaches, and its mirror on this machine.

The mirror holds stand-ins: empty files with the size of those that they stand for, and with a time
that changes when those do. A file is brought when it is worked on and gives way to its stand-in.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pamcli.errors import InputError, OutputError, PamError

WHOLE_AT_ONCE = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "memory"})
"""Storage in which a file appears under its name only when all of it is there."""

TOLD_BY = ("size", "ETag", "LastModified", "mtime", "updated", "last_modified", "created")
"""What storages say of a file that changes with it."""

URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://.+")


def is_url(text: str) -> bool:
    """Whether this names storage elsewhere."""
    return URL.fullmatch(text) is not None


def shown(url: str) -> str:
    """A URL as it may be told: without user, password and query."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


@dataclass(frozen=True, slots=True)
class Mirror:
    """A tree elsewhere and its folder here. Raises InputError where it cannot be reached."""

    url: str
    folder: Path  # absolute

    def look(self) -> int:
        """Make the stand-ins those of what the tree holds now; how many files that are."""
        with _errors(InputError, self.url):
            storage, root = _opened(self.url)
            storage.invalidate_cache()
            found = storage.find(root, detail=True)
            names = {_name(path, root): told for path, told in found.items()}
        visible = {name: told for name, told in names.items() if _is_visible(name)}
        with _errors(InputError, self.url):
            self._forget(set(visible))
            for name, told in visible.items():
                _stand_in(self.folder / name, int(told.get("size") or 0), _time(told))
        return len(visible)

    def _forget(self, names: set[PurePosixPath]) -> None:
        """Remove from the mirror what is no longer there; hidden files are our own."""
        for file in sorted(self.folder.rglob("*"), reverse=True):
            name = PurePosixPath(file.relative_to(self.folder).as_posix())
            if not _is_visible(name) or name in names:
                continue
            if not file.is_dir():
                file.unlink()
            elif not any(file.iterdir()):
                file.rmdir()

    def holds(self, file: Path) -> bool:
        """Whether this is a file of the mirror."""
        return file.is_relative_to(self.folder)

    def fetch(self, file: Path) -> None:
        """Bring a file of the tree, or all that are in a folder of it. Raises InputError."""
        with _errors(InputError, self._named(file)):
            storage, _ = _opened(self.url)
            away = self._away(file)
            if file.is_dir() or (not file.exists() and storage.isdir(away)):
                for path in storage.find(away):
                    _bring(storage, path, file / _name(path, away))
            else:
                _bring(storage, away, file)

    def deliver(self, file: Path) -> None:
        """Bring a file of the mirror to the tree, where it appears only whole. Raises OutputError.

        Its stand-in takes its place here.
        """
        with _errors(OutputError, self._named(file)):
            storage, _ = _opened(self.url)
            away = self._away(file)
            if urlsplit(self.url).scheme in WHOLE_AT_ONCE:
                storage.put_file(str(file), away)
            else:
                folder, _, name = away.rpartition("/")
                storage.makedirs(folder, exist_ok=True)
                storage.put_file(str(file), f"{folder}/.{name}.part")
                storage.mv(f"{folder}/.{name}.part", away)
        self.release(file)

    def has(self, file: Path) -> bool:
        """Whether the tree holds a file, hidden or not. Raises InputError."""
        with _errors(InputError, self._named(file)):
            return bool(_opened(self.url)[0].exists(self._away(file)))

    def put(self, file: Path, name: str) -> None:
        """Bring a small file of this machine to the tree's top. Raises OutputError."""
        with _errors(OutputError, self.url):
            storage, root = _opened(self.url)
            storage.put_file(str(file), f"{root.rstrip('/')}/{name}")

    def release(self, file: Path) -> None:
        """Give back the room that a file takes here."""
        for whole in file.rglob("*") if file.is_dir() else (file,):
            if whole.is_file():
                status = whole.stat()
                _stand_in(whole, status.st_size, status.st_mtime_ns, is_whole=True)

    def words(self, line: str) -> str:
        """The line with the tree's own names for its files."""
        return line.replace(str(self.folder), shown(self.url).rstrip("/"))

    def _away(self, file: Path) -> str:
        name = file.relative_to(self.folder).as_posix()
        return f"{_opened(self.url)[1].rstrip('/')}/{name}"

    def _named(self, file: Path) -> str:
        return f"{self.url.rstrip('/')}/{file.relative_to(self.folder).as_posix()}"


def _opened(url: str) -> tuple[Any, str]:
    """The storage, which fsspec keeps open, and the tree's name inside it."""
    storage, root = import_module("fsspec.core").url_to_fs(url)
    return storage, str(root)


def _name(path: str, root: str) -> PurePosixPath:
    """Of a file inside the tree. Raises InputError for one that would leave it here."""
    name = PurePosixPath(path.removeprefix(root.rstrip("/")).lstrip("/"))
    if ".." in name.parts:
        raise InputError(f"{path}: no name for a file")
    return name


def _is_visible(name: PurePosixPath) -> bool:
    return bool(name.parts) and not any(part.startswith(".") for part in name.parts)


def _time(told: Mapping[str, Any]) -> int:
    """Nanoseconds that stand for a version of a file: no time, but another for another version."""
    said = "\n".join(f"{key} {told[key]}" for key in TOLD_BY if told.get(key) is not None)
    return int.from_bytes(sha256(said.encode()).digest()[:7])


def _stand_in(file: Path, size: int, time: int, *, is_whole: bool = False) -> None:
    """Put an empty file of that size there, but where one of that size and time is already."""
    with_folder(file)
    if file.is_file() and not is_whole:
        status = file.stat()
        if (status.st_size, status.st_mtime_ns) == (size, time):
            return
    new = file.with_name(f".{file.name}.new")
    with new.open("wb") as handle:
        handle.truncate(size)
    os.utime(new, ns=(time, time))
    new.replace(file)


def _bring(storage: Any, away: str, file: Path) -> None:
    """A stand-in's time stays: what has changed since it was made is told by the next look."""
    with_folder(file)
    new = file.with_name(f".{file.name}.new")
    time = file.stat().st_mtime_ns if file.exists() else _time(storage.info(away))
    try:
        storage.get_file(away, str(new))
        os.utime(new, ns=(time, time))
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)


def with_folder(file: Path) -> None:
    """Make the folders that a file is in."""
    file.parent.mkdir(parents=True, exist_ok=True)


@contextmanager
def _errors(kind: type[PamError], url: str) -> Iterator[None]:
    """Every storage has errors of its own; none of them may tell who asks."""
    try:
        yield
    except PamError:
        raise
    except ImportError as error:
        what = getattr(error, "name", None) or str(error)
        raise kind(
            f"{shown(url)}: {what} isn't installed: pip install 'pamcli[remote]' reaches s3; other "
            "storages need their own package"
        ) from error
    except Exception as error:
        secret = urlsplit(url).netloc.rpartition("@")[0]
        said = " ".join(str(error).split()) or type(error).__name__
        if secret:
            said = said.replace(f"{secret}@", "").replace(secret, "…")
        raise kind(f"{shown(url)}: {said}") from error
