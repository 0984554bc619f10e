"""Nothing stands under its final name until it is whole: temporary name, fsync, rename."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pamcli.errors import OutputError

NUMBERED = re.compile(r".*_\d{6,}\.png")
"""The only files that overwriting a folder of pictures may remove."""


@contextmanager
def output_errors(target: Path) -> Iterator[None]:
    """Turn system errors inside the block into OutputError, one line that names `target`."""
    try:
        yield
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise OutputError(f"{target}: {why}") from error


def sync(file: Path) -> None:
    """Wait until a file or folder, and all in it, is on the disk. Raises OSError."""
    if file.is_dir():
        for entry in file.iterdir():
            sync(entry)
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Target:
    """A file, or a folder of numbered pictures, that is being made.

    Write to `part`, on the same file system, then call `publish`; `discard` removes what was made.
    Raises OutputError when the target exists and must not be overwritten, or when its folder cannot
    be written.
    """

    def __init__(
        self, final: Path, *, overwrite: bool, is_folder: bool = False, part: Path | None = None
    ) -> None:
        self.final = final
        self.overwrite = overwrite
        self.is_folder = is_folder
        self.part = part or final.parent / f".{final.name}.part-{os.getpid()}"
        self._check()
        with output_errors(final):
            if not final.parent.is_dir():
                raise OutputError(f"{final}: no such folder: {final.parent}")
            self.discard()
            if is_folder:
                self.part.mkdir()
            else:
                self.part.touch()

    def _check(self) -> None:
        if not self.final.name:
            raise OutputError(f"{self.final}: names no file")
        if self.is_folder and self.final.is_dir():
            self._check_folder()
        elif self.final.exists() and not self.overwrite:
            raise OutputError(f"{self.final}: exists; --overwrite replaces it")
        elif self.final.exists() and self.final.is_dir() != self.is_folder:
            kind = "a folder" if self.final.is_dir() else "a file"
            raise OutputError(f"{self.final}: is {kind}; choose another target")

    def _check_folder(self) -> None:
        with output_errors(self.final):
            present = [entry.name for entry in self.final.iterdir()]
        if present and not self.overwrite:
            raise OutputError(f"{self.final}: exists; --overwrite replaces it")
        foreign = sorted(name for name in present if not NUMBERED.fullmatch(name))
        if foreign:
            raise OutputError(f"{self.final}: holds other files ({foreign[0]}); not overwritten")

    def publish(self) -> None:
        """Give the finished part its final name, in one step for a file."""
        with output_errors(self.final):
            self._check()
            sync(self.part)
            if self.is_folder and self.final.is_dir():
                shutil.rmtree(self.final)
            self.part.replace(self.final)
            # The file stands whole; not every system can flush the name of it too.
            with suppress(OSError):
                sync(self.final.parent)

    def discard(self) -> None:
        """Remove the part; nothing happens where there is none."""
        if self.part.is_dir():
            shutil.rmtree(self.part, ignore_errors=True)
        else:
            self.part.unlink(missing_ok=True)


def write_whole(final: Path, content: bytes, *, overwrite: bool = True) -> None:
    """Write `content` to the file `final`, all of it or nothing. Raises OutputError."""
    target = Target(final, overwrite=overwrite)
    try:
        with output_errors(final):
            target.part.write_bytes(content)
        target.publish()
    finally:
        target.discard()
