"""Between trees that are kept elsewhere and a batch on this machine or on a cluster."""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from pamcli.batch_plan import Item
from pamcli.batch_settings import BatchSettings
from pamcli.batch_state import NAME
from pamcli.batch_work import InPlace, Stage
from pamcli.errors import InputError, OutputError, PamError, UsageError
from pamcli.kept_files import kept_folder
from pamcli.remote_files import Mirror, is_url, shown
from pamcli.settings import Preset
from pamcli.targets import output_errors

try:
    import fcntl
except ImportError:  # Windows: two runs at one target are then not told apart
    fcntl = None  # type: ignore[assignment]

PAUSE = 30.0
"""Seconds between two copies of the state that go to the target."""


@dataclass(slots=True)
class RemoteStage(Stage):
    """Brings a file's source and hints here, and its targets to where they belong.

    The state stays on this machine, beside the mirror; copies go to the target, so that a later
    run on another machine knows what is done. None: that tree is a folder of this machine.
    """

    source: Mirror | None
    target: Mirror | None
    _copied: float | None = field(default=None, init=False)
    _shall_keep: bool = field(default=True, init=False)

    is_shared = False

    def look(self) -> None:
        if self.source is not None and not self.source.look():
            raise InputError(f"{shown(self.source.url)}: no such folder, or nothing in it")
        if self.target is not None:
            self.target.look()
            if not (self.target.folder / NAME).exists():
                self._take_over(self.target)

    def _take_over(self, target: Mirror) -> None:
        """The state that a run on another machine has left."""
        state = target.folder / NAME
        if not target.has(state):
            return
        target.fetch(state)
        with closing(sqlite3.connect(state)) as kept, kept:
            kept.execute("UPDATE runs SET host = '', pulse = 0")
            # Whatever has appeared at the target since is that run's work.
            kept.execute("UPDATE files SET tried = '' WHERE tried IS NULL")

    def fetch(self, item: Item) -> None:
        if self.source is not None:
            for file in self._sources(self.source, item):
                self.source.fetch(file)

    def deliver(self, item: Item) -> None:
        if self.target is not None:
            for file in item.targets:
                self.target.deliver(file)

    def release(self, item: Item) -> None:
        if self.source is not None:
            for file in self._sources(self.source, item):
                self.source.release(file)

    def record(self) -> None:
        if self.target is None or not self._shall_keep:
            return
        before, now = self._copied, time.monotonic()
        if before is None:  # so that whoever goes on elsewhere knows what is this batch's
            self._copied = now
            self._copy(self.target)
        elif now - before > PAUSE:
            self._copied = now
            with suppress(OutputError):  # the next copy will have it all
                self._copy(self.target)

    def close(self) -> None:
        """Leave the last state in the target. Raises OutputError."""
        if self._copied is not None and self.target is not None:
            self._copy(self.target)

    def _copy(self, target: Mirror) -> None:
        with tempfile.TemporaryDirectory(dir=target.folder, prefix=".copy-") as name:
            copy = Path(name) / NAME
            with (
                closing(sqlite3.connect(target.folder / NAME)) as kept,
                closing(sqlite3.connect(copy)) as new,
            ):
                kept.backup(new)
            target.put(copy, NAME)

    def for_nodes(self) -> "RemoteStage":
        node = replace(self)
        node._shall_keep = False
        return node

    def words(self, line: str) -> str:
        for mirror in (self.source, self.target):
            line = line if mirror is None else mirror.words(line)
        return line

    @staticmethod
    def _sources(mirror: Mirror, item: Item) -> list[Path]:
        files = (item.source, item.hint.trimap, item.hint.mask)
        return [file for file in files if file is not None and mirror.holds(file)]


@contextmanager
def staged(source: str, target: str, settings: BatchSettings) -> Iterator[tuple[Path, Path, Stage]]:
    """Folders of this machine for what may be URLs, and what goes between.

    Raises UsageError for URLs that cannot be a batch's, OutputError where another process has the
    target in hand.
    """
    away = [text for text in (source, target) if is_url(text)]
    if not away:
        yield Path(source), Path(target), InPlace()
        return
    inside = target.rstrip("/") + "/"
    if is_url(target) and inside.startswith(source.rstrip("/") + "/"):
        raise UsageError(f"{shown(target)}: is the source, or inside it; choose another target")
    if is_url(target) and settings.preset is Preset.PNG:
        raise UsageError(
            f"{shown(target)}: a folder of PNG files cannot appear there as a whole; choose "
            "another --preset, or a folder of this machine"
        )
    mirrors = [
        Mirror(url, _folder(url) / role) if is_url(url) else None
        for url, role in ((source, "in"), (target, "out"))
    ]
    for mirror in filter(None, mirrors):
        with output_errors(mirror.folder):
            mirror.folder.mkdir(parents=True, exist_ok=True)
    stage = RemoteStage(*mirrors)
    folders = [
        Path(text) if mirror is None else mirror.folder
        for text, mirror in zip((source, target), mirrors, strict=True)
    ]
    with _alone(_folder(target if is_url(target) else source), away[-1]):
        try:
            yield folders[0], folders[1], stage
        except PamError as error:
            error.args = (stage.words(str(error)),)
            raise
        finally:
            stage.close()


def _folder(url: str) -> Path:
    """In the user's cache, or among temporary files where it is switched off."""
    name = sha256(url.rstrip("/").encode()).hexdigest()[:24]
    cache = kept_folder() or Path(tempfile.gettempdir()) / "pamcli"
    return cache.absolute() / "remote" / name


@contextmanager
def _alone(folder: Path, url: str) -> Iterator[None]:
    with (folder / "lock").open("wb") as handle:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise OutputError(
                    f"{shown(url)}: another process of this machine has it in hand"
                ) from error
        yield
