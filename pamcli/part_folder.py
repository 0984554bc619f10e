"""A target as it grows: finished parts in a hidden folder, so that an interrupted run can go on."""

import contextlib
import itertools
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from pamcli.errors import OutputError, ResumeError
from pamcli.targets import output_errors, sync

try:
    import fcntl
except ImportError:  # Windows: two runs at one target are then not told apart
    fcntl = None  # type: ignore[assignment]

FORMAT = 1
MANIFEST, LOCK = "manifest.json", "lock"

Identity = Mapping[str, str]
"""What a run stands on, name by name: a run may go on only where all of it is the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A finished stretch of frames.

    files: one for each track, names inside the folder. times: pts of its frames in the source's
    time base. notes: what a person should know.
    """

    files: tuple[str, ...]
    times: tuple[int, ...]
    notes: tuple[str, ...] = ()
    memory: str | None = None  # file of what the hint has learnt from its mattes


def folder_of(final: Path) -> Path:
    """Where the parts of `final` lie."""
    return final.parent / f".{final.name}.parts"


def identity_before(final: Path) -> Identity:
    """That of the interrupted run whose parts are kept; empty where there is none."""
    found = _read(folder_of(final) / MANIFEST)
    return dict(found.get("identity", {}))


class PartFolder:
    """The parts of one target; at most one run at a time has it.

    identity: of the run. resume: take over the parts of an interrupted run of the same identity.
    overwrite: throw them away. Raises OutputError when another run is at work there, when there
    are parts and neither is asked for, or when they come from a run of another identity.
    """

    def __init__(
        self, final: Path, identity: Identity, *, resume: bool = False, overwrite: bool = False
    ) -> None:
        self.final, self.overwrite = final, overwrite
        self.folder = folder_of(final)
        self.parts: list[Part] = []
        self._is_promised = False
        self._identity = dict(identity)
        with output_errors(final):
            if not final.parent.is_dir():
                raise OutputError(f"{final}: no such folder: {final.parent}")
            self.folder.mkdir(exist_ok=True)
            self._lock = _locked(self.folder / LOCK, final)
            try:
                self._begin(resume=resume)
            except BaseException:
                self._lock.close()
                raise

    def _begin(self, *, resume: bool) -> None:
        found = _read(self.folder / MANIFEST)
        if not found:
            self._refuse_foreign()
        if resume and found:
            self._take_over(found)
        elif not self.overwrite and (frames := sum(len(part.times) for part in self._found())):
            raise OutputError(
                f"{self.final}: {frames} frames of an interrupted run are kept: --resume goes on "
                "with them, --overwrite begins anew"
            )
        self._clear()
        self._save()

    def _refuse_foreign(self) -> None:
        """Without a manifest nothing but the lock can be ours."""
        names = sorted(entry.name for entry in self.folder.iterdir())
        foreign = [name for name in names if name not in (LOCK, f"{MANIFEST}.new")]
        if foreign:
            raise OutputError(f"{self.folder}: holds other files ({foreign[0]}); not touched")

    def _take_over(self, found: dict[str, Any]) -> None:
        if found.get("format") != FORMAT:
            raise ResumeError(f"{self.final}: its parts come from another version of pamcli")
        before = found["identity"]
        for name in sorted(self._identity.keys() | before.keys()):
            old, new = before.get(name, "none"), self._identity.get(name, "none")
            if old != new:
                raise ResumeError(
                    f"{self.final}: cannot resume: {name} was {old} and is {new} now; "
                    "--overwrite begins anew"
                )
        self.overwrite |= found["overwrite"]
        self.parts = list(self._found())

    def _found(self) -> Iterator[Part]:
        """Finished parts from the first one to the first that is missing."""
        for number in itertools.count():
            entry = _read(self.folder / record_of(number))
            if not entry or not all((self.folder / name).exists() for name in entry["files"]):
                return
            yield Part(
                files=tuple(entry["files"]),
                times=tuple(entry["times"]),
                notes=tuple(entry["notes"]),
                memory=entry["memory"],
            )

    def _clear(self) -> None:
        """Remove what no finished part needs."""
        needed = {MANIFEST, LOCK, *(name for part in self.parts for name in part.files)}
        needed |= {part.memory for part in self.parts if part.memory}
        needed |= {record_of(number) for number in range(len(self.parts))}
        for entry in self.folder.iterdir():
            if entry.name not in needed:
                remove(entry)

    @property
    def times(self) -> tuple[int, ...]:
        """pts of all frames in finished parts."""
        return tuple(pts for part in self.parts for pts in part.times)

    def add(self, part: Part) -> None:
        """Record a part whose files are whole; from then on it survives a crash."""
        with output_errors(self.final):
            for name in part.files:
                sync(self.folder / name)
            self._write(record_of(len(self.parts)), asdict(part))
        self.parts.append(part)

    def may_replace(self) -> None:
        """Let a later run that goes on replace the target, which gets its name too soon."""
        self.overwrite = self._is_promised = True
        with output_errors(self.final):
            self._save()

    def _save(self) -> None:
        content = {"format": FORMAT, "identity": self._identity, "overwrite": self.overwrite}
        self._write(MANIFEST, content)

    def _write(self, name: str, content: dict[str, Any]) -> None:
        new = self.folder / f"{name}.new"
        new.write_text(json.dumps(content), encoding="utf-8")
        sync(new)
        new.replace(self.folder / name)

    def close(self, *, keep: bool) -> None:
        """Let the next run in. keep: finished parts stay, everything else goes."""
        with contextlib.suppress(OSError):
            if keep and (self.parts or self._is_promised):
                self._clear()
            else:
                remove(self.folder)
        self._lock.close()


def _locked(file: Path, final: Path) -> IO[bytes]:
    handle = file.open("wb")
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise OutputError(f"{final}: another run is writing it") from error
    return handle


def _read(manifest: Path) -> dict[str, Any]:
    """Empty where there is none, or where it was cut short."""
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def record_of(number: int) -> str:
    """File that says what the part of this number, from 0 on, holds."""
    return f"part_{number:06d}.json"


def remove(entry: Path) -> None:
    """A file or a folder; nothing happens where there is none."""
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry, ignore_errors=True)
    else:
        entry.unlink(missing_ok=True)


def file_identity(source: Path) -> Iterator[tuple[str, str]]:
    """What tells one version of a source from another: name, size, time of its last change."""
    with contextlib.suppress(OSError):
        found = source.stat()
        yield "the source", os.fspath(source.absolute())
        yield "its size", f"{found.st_size} bytes"
        yield "its last change", f"{found.st_mtime_ns} ns"
