"""What became of each file of a batch, in the target, for several processes and later runs."""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType

from pamcli.batch_owner import Owner, is_alive, this_process
from pamcli.batch_words import Outcome, State
from pamcli.errors import OutputError

NAME = ".pamcli-batch.sqlite"
FORMAT = 1

PULSE = 5.0
"""Seconds between two signs of life."""

PATIENCE = 60.0
"""Seconds to wait for another process that is writing."""

TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY, host TEXT, pid INTEGER, began TEXT, pulse REAL, settings TEXT);
CREATE TABLE IF NOT EXISTS files (
    name TEXT PRIMARY KEY, identity TEXT, state TEXT, run INTEGER, attempts INTEGER DEFAULT 0,
    tried TEXT, before TEXT, frames INTEGER DEFAULT 0, seconds REAL DEFAULT 0, cost REAL,
    warnings TEXT DEFAULT '[]', error TEXT);
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A file that this process alone may work on now.

    resume: whether it was begun before, from the same source with the same settings. dead: the
    process that had it and died. before: what stood at its target when that one began.
    """

    name: str
    resume: bool
    dead: Owner | None
    before: str


class BatchState:
    """The state of all files in a target, shared with other processes of the same settings.

    A claim is one transaction, so that no file is had twice. Kept by SQLite with a write-ahead
    log, which needs all processes on one machine, and survives the death of any of them. Raises
    OutputError where it cannot be kept, or where a live process works there with other settings.
    """

    def __init__(self, target: Path, settings: str) -> None:
        self._target, self._lock, self._pulse = target, Lock(), 0.0
        with _state_errors(target):
            self._database = sqlite3.connect(
                target / NAME, timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
            try:
                self._run = self._begin(settings)
            except BaseException:
                self._database.close()
                raise

    def _begin(self, settings: str) -> int:
        _log_ahead(self._database)
        self._database.execute("PRAGMA synchronous=NORMAL")
        with self._transaction() as database:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version not in (0, FORMAT):
                raise OutputError(f"{self._target}: begun by another version of pamcli")
            for statement in filter(str.strip, TABLES.split(";")):
                database.execute(statement)
            database.execute(f"PRAGMA user_version={FORMAT}")
            self._refuse_others(settings)
            me = this_process()
            row = (me.host, me.pid, me.began, time.time(), settings)
            added = database.execute(
                "INSERT INTO runs (host, pid, began, pulse, settings) VALUES (?, ?, ?, ?, ?)", row
            )
            assert added.lastrowid is not None
            return added.lastrowid

    def _refuse_others(self, settings: str) -> None:
        for _, owner, wanted in self._living():
            if wanted != settings:
                raise OutputError(
                    f"{self._target}: process {owner.pid} is at work there with other settings"
                )

    def _living(self) -> Iterator[tuple[int, Owner, str]]:
        rows = self._database.execute("SELECT id, host, pid, began, pulse, settings FROM runs")
        for run, host, pid, began, pulse, settings in rows.fetchall():
            owner = Owner(host, pid, began)
            if is_alive(owner, time.time() - pulse):
                yield run, owner, settings

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _state_errors(self._target):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def expect(self, wanted: Iterable[tuple[str, str, bool]], *, retry_failed: bool) -> None:
        """Take in what shall be done: (name, fingerprint, whether its targets exist).

        Done anew is what has changed, what was done and has lost its target, and what failed if
        `retry_failed`. Nothing that another process has in hand is touched.
        """
        with self._transaction() as database:
            rows = database.execute("SELECT name, identity, state FROM files").fetchall()
            known = {name: (identity, state) for name, identity, state in rows}
            for name, identity, exists in wanted:
                before, state = known.get(name, ("", ""))
                lost = state == State.DONE and not exists
                if state == State.RUNNING:
                    continue
                if before != identity:
                    database.execute(
                        "INSERT INTO files (name, identity, state) VALUES (?1, ?2, ?3) ON CONFLICT "
                        "DO UPDATE SET identity = ?2, state = ?3, error = NULL",
                        (name, identity, State.WAITING),
                    )
                elif lost or (state == State.FAILED and retry_failed):
                    database.execute(
                        "UPDATE files SET state = ?, error = NULL WHERE name = ?",
                        (State.WAITING, name),
                    )

    def claim(self, name: str, identity: str, before: str) -> Claim | None:
        """Take a file that waits, or whose process has died; None where there is nothing to take.

        identity: its fingerprint now. before: what stands at its targets now.
        """
        self.live()
        with self._transaction() as database:
            row = database.execute(
                "SELECT state, run, tried, before FROM files WHERE name = ?", (name,)
            ).fetchone()
            if row is None:
                return None
            state, run, tried, was = row
            dead = self._dead(run) if state == State.RUNNING else None
            if state != State.WAITING and dead is None:
                return None
            resume = tried == identity
            kept = was if dead is not None and resume else before
            database.execute(
                "UPDATE files SET state = ?1, identity = ?2, tried = ?2, run = ?3, before = ?4, "
                "attempts = attempts + 1 WHERE name = ?5",
                (State.RUNNING, identity, self._run, kept, name),
            )
        return Claim(name, resume, dead, kept)

    def _dead(self, run: int) -> Owner | None:
        if run in (living for living, _, _ in self._living()):
            return None
        found = self._database.execute("SELECT host, pid, began FROM runs WHERE id = ?", (run,))
        return Owner(*(found.fetchone() or ("", 0, "")))

    def live(self) -> None:
        """Give a sign of life, at most every PULSE seconds."""
        now = time.time()
        if now - self._pulse >= PULSE:
            self._pulse = now
            with self._transaction() as database:
                database.execute("UPDATE runs SET pulse = ? WHERE id = ?", (now, self._run))

    def finish(self, name: str, outcome: Outcome) -> None:
        """Record what became of a claimed file, or that it waits again."""
        row = (
            outcome.state,
            outcome.frames,
            outcome.seconds,
            outcome.cost,
            json.dumps(outcome.warnings, ensure_ascii=False),
            outcome.error,
        )
        with self._transaction() as database:
            database.execute(
                "UPDATE files SET state = ?, frames = ?, seconds = ?, cost = ?, warnings = ?, "
                "error = ? WHERE name = ? AND run = ?",
                (*row, name, self._run),
            )

    def let_go(self) -> None:
        """Whatever this process has in hand waits again."""
        with self._transaction() as database:
            database.execute(
                "UPDATE files SET state = ? WHERE state = ? AND run = ?",
                (State.WAITING, State.RUNNING, self._run),
            )

    def outcomes(self, names: Sequence[str]) -> dict[str, Outcome]:
        """Of those files that are known, in the order of `names`."""
        with self._transaction() as database:
            rows = database.execute(
                "SELECT name, state, frames, seconds, cost, warnings, error FROM files"
            ).fetchall()
        found = {
            name: Outcome(
                state=State(state),
                frames=frames,
                seconds=seconds,
                cost=cost,
                warnings=tuple(json.loads(warnings)),
                error=error,
            )
            for name, state, frames, seconds, cost, warnings, error in rows
        }
        return {name: found[name] for name in names if name in found}

    def __enter__(self) -> "BatchState":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.let_go()
            with self._transaction() as database:
                database.execute("UPDATE runs SET host = '', pulse = 0 WHERE id = ?", (self._run,))
        finally:
            self._database.close()


@contextmanager
def _state_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise OutputError(f"{target / NAME}: cannot be kept ({error})") from error


def _log_ahead(database: sqlite3.Connection) -> None:
    """SQLite doesn't wait for others here: two that begin at the same time would meet an error."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            database.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def begun_before(target: Path) -> dict[str, State]:
    """The files of a target that a batch ever had in hand; nothing is written. Raises OutputError.

    Only what stands there is asked: a process that had a file in hand may have died.
    """
    rows = _kept_rows(target, "SELECT name, state FROM files WHERE tried IS NOT NULL")
    return {name: State(state) for name, state in rows}


def done_before(target: Path) -> dict[str, str]:
    """Fingerprints of those files of a target that are done; as `begun_before`."""
    return dict(_kept_rows(target, "SELECT name, identity FROM files WHERE state = 'done'"))


def _kept_rows(target: Path, question: str) -> list[tuple[str, str]]:
    if not (target / NAME).is_file():
        return []
    with _state_errors(target), closing(sqlite3.connect(target / NAME, timeout=PATIENCE)) as kept:
        if kept.execute("PRAGMA user_version").fetchone() == (0,):
            return []  # another process is just beginning
        return kept.execute(question).fetchall()
