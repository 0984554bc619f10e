"""One file of a batch: claimed by this process alone, brought here, tried, what became of it."""

import errno
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Protocol, TypeVar

from pamcli.batch_plan import Item
from pamcli.batch_settings import BatchSettings, file_stamp
from pamcli.batch_state import BatchState, Claim
from pamcli.batch_words import Outcome, State
from pamcli.errors import ModelError, OutputError, PamError
from pamcli.targets import output_errors

T = TypeVar("T")

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
"""Errors of the system that every further file would meet, too."""

FINISHED_BEFORE = "was whole when its run was ended; no figures are kept"


@dataclass(frozen=True, slots=True)
class Work:
    """A file that this process has claimed."""

    item: Item
    claim: Claim


class Stage(Protocol):
    """Brings files to where they are worked on, and away from there."""

    is_shared: bool
    """Whether every node of a cluster finds the same files under the same names."""

    def look(self) -> None:
        """Take note of what the trees hold now. Raises InputError."""

    def fetch(self, item: Item) -> None:
        """Have the item's source and hints here as a whole. Raises InputError."""

    def deliver(self, item: Item) -> None:
        """Bring what was written for an item to where it belongs. Raises OutputError."""

    def release(self, item: Item) -> None:
        """Nothing more is done with the item for now."""

    def record(self) -> None:
        """The state has changed. Raises OutputError."""

    def for_nodes(self) -> "Stage":
        """The same for the nodes of a cluster, which keep no state."""

    def words(self, line: str) -> str:
        """A line for a person, with the files named as that person does."""


class InPlace(Stage):
    """Files are where they are worked on."""

    is_shared = True

    def look(self) -> None:
        """The trees are read as they are."""

    def fetch(self, item: Item) -> None:
        """It is here."""

    def deliver(self, item: Item) -> None:
        """It was written there."""

    def release(self, item: Item) -> None:
        """Nothing was taken."""

    def record(self) -> None:
        """It is in the target."""

    def for_nodes(self) -> Stage:
        return self

    def words(self, line: str) -> str:
        return line


@dataclass(frozen=True, slots=True)
class Desk:
    """What every part of one run shares: the wishes, the state of the files and their stage."""

    settings: BatchSettings
    fingerprint: str  # of the settings
    state: BatchState
    stage: Stage = field(default_factory=InPlace)
    has_failed: Event = field(default_factory=Event)  # any file that this process had in hand

    def take(self, item: Item) -> Work | Outcome | None:
        """Claim a file; its outcome where that is known at once; None where another has it."""
        before = _stamps(item)
        claim = self.state.claim(item.name, item.fingerprint(self.fingerprint), before)
        if claim is None:
            return None
        if claim.dead is not None:
            _tidy(item, claim.dead.pid)
        if item.hindrance is not None:
            return self.finish(item, Outcome(state=State.FAILED, error=item.hindrance))
        if claim.dead is not None and claim.resume and _is_new(before, claim.before):
            return self.finish(item, Outcome(state=State.DONE, warnings=(FINISHED_BEFORE,)))
        return Work(item, claim)

    def finish(self, item: Item, outcome: Outcome) -> Outcome:
        """Record what became of a claimed file."""
        if outcome.state is State.FAILED:
            self.has_failed.set()
        outcome = in_words(outcome, self.stage)
        self.state.finish(item.name, outcome)
        self.stage.release(item)
        self.stage.record()
        return outcome


def in_words(outcome: Outcome, stage: Stage) -> Outcome:
    """The same, with its files named as a person does."""
    error = None if outcome.error is None else stage.words(outcome.error)
    return replace(outcome, error=error, warnings=tuple(map(stage.words, outcome.warnings)))


def _stamps(item: Item) -> str:
    return "\n".join(file_stamp(target) for target in item.targets)


def _is_new(now: str, before: str) -> bool:
    """Whether every target has appeared or been replaced: it does so only when it is whole."""
    pairs = zip(now.split("\n"), before.split("\n"), strict=True)
    return all(there not in ("none", was) for there, was in pairs)


def _tidy(item: Item, pid: int) -> None:
    """Remove what a dead process was writing under a name of its own."""
    for target in item.targets:
        with suppress(OSError):  # what remains is hidden and harms nobody
            target.with_name(f".{target.name}.part-{pid}").unlink(missing_ok=True)


def attempt(work: Callable[[], T]) -> "T | Outcome":
    """What `work` gives, or what became of the file, in one line; a bug shows its traceback, too.

    Raises what every further file would meet, too: ModelError, and OutputError of a full disk.
    """
    began = time.perf_counter()
    try:
        return work()
    except PamError as error:
        if isinstance(error, ModelError) or _no_room(error):
            raise
        line = " ".join(str(error).splitlines())
    except Exception as error:  # noqa: BLE001 - one file's bug shall not cost the night
        traceback.print_exception(error)
        line = " ".join(f"{type(error).__name__}: {error}".splitlines())
    return Outcome(state=State.FAILED, seconds=time.perf_counter() - began, error=line)


def _no_room(error: PamError) -> bool:
    cause = error.__cause__
    return isinstance(error, OutputError) and getattr(cause, "errno", None) in NO_ROOM


def make_folder(target: Path) -> None:
    """The folder of a target, with those it is in. Raises OutputError."""
    with output_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
