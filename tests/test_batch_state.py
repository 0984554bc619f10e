"""What is kept of a batch, between processes and between runs."""

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pamcli.batch_owner import STALE
from pamcli.batch_state import NAME, BatchState, begun_before
from pamcli.batch_words import Outcome, State
from pamcli.errors import OutputError

DONE = Outcome(state=State.DONE, frames=3, seconds=1.5, cost=70.5, warnings=("dark", "ä"))
FAILED = Outcome(state=State.FAILED, error="a.png: damaged")


def expect(state: BatchState, *names: str, identity: str = "1", retry: bool = False) -> None:
    state.expect([(name, identity, True) for name in names], retry_failed=retry)


def state_of(state: BatchState, name: str) -> State:
    return state.outcomes([name])[name].state


def test_a_file_is_claimed_once(tmp_path: Path) -> None:
    with BatchState(tmp_path, "s") as one, BatchState(tmp_path, "s") as two:
        expect(one, "a", "b")
        expect(two, "a", "b")
        first = one.claim("a", "1", "none")
        assert first is not None and not first.resume and first.dead is None
        assert two.claim("a", "1", "none") is None and one.claim("a", "1", "none") is None
        assert two.claim("b", "1", "none") is not None
        assert one.claim("c", "1", "none") is None


def test_what_became_of_a_file_is_kept(tmp_path: Path) -> None:
    with BatchState(tmp_path, "s") as state:
        expect(state, "a", "b", "c")
        state.claim("a", "1", "none")
        state.finish("a", DONE)
        state.claim("b", "1", "none")
        state.finish("b", FAILED)
    with BatchState(tmp_path, "s") as state:
        waiting = Outcome(state=State.WAITING)
        assert state.outcomes(["c", "b", "a", "z"]) == {"c": waiting, "b": FAILED, "a": DONE}
        assert list(state.outcomes(["c", "b", "a"])) == ["c", "b", "a"]
    assert begun_before(tmp_path) == {"a": State.DONE, "b": State.FAILED}


def test_nothing_was_begun_where_nothing_is(tmp_path: Path) -> None:
    assert begun_before(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


def test_only_what_changed_or_lost_its_target_is_done_anew(tmp_path: Path) -> None:
    with BatchState(tmp_path, "s") as state:
        expect(state, "same", "changed", "lost")
        for name in ("same", "changed", "lost"):
            state.claim(name, "1", "none")
            state.finish(name, DONE)
        wanted = [("same", "1", True), ("changed", "2", True), ("lost", "1", False)]
        state.expect(wanted, retry_failed=True)
        assert state_of(state, "same") is State.DONE
        changed, lost = state.claim("changed", "2", "x"), state.claim("lost", "1", "x")
        assert state.claim("same", "1", "x") is None
        assert changed is not None and not changed.resume
        assert lost is not None and lost.resume


def test_what_failed_waits_for_a_change_or_a_word(tmp_path: Path) -> None:
    with BatchState(tmp_path, "s") as state:
        expect(state, "a")
        state.claim("a", "1", "none")
        state.finish("a", FAILED)
        expect(state, "a")
        assert state.claim("a", "1", "none") is None
        expect(state, "a", retry=True)
        again = state.claim("a", "1", "none")
        assert again is not None and again.resume
        state.finish("a", FAILED)
        expect(state, "a", identity="2")
        assert state.claim("a", "2", "none") is not None


CRASHING = """
import os, sys
from pathlib import Path
from pamcli.batch_state import BatchState
state = BatchState(Path(sys.argv[1]), "s")
state.expect([("a", "1", True)], retry_failed=False)
assert state.claim("a", "1", "as it was")
os._exit(9)
"""


def test_the_claim_of_a_dead_process_is_taken_over(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", CRASHING, str(tmp_path)])
    assert process.wait() == 9
    with BatchState(tmp_path, "others may differ, it is dead") as state:
        assert state_of(state, "a") is State.RUNNING
        claim = state.claim("a", "1", "as it is")
        assert claim is not None and claim.dead is not None
        assert (claim.dead.pid, claim.resume, claim.before) == (process.pid, True, "as it was")


def test_of_another_source_a_dead_claim_is_no_beginning(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", CRASHING, str(tmp_path)], check=False)
    with BatchState(tmp_path, "s") as state:
        claim = state.claim("a", "2", "as it is")
        assert claim is not None and (claim.resume, claim.before) == (False, "as it is")


@pytest.mark.parametrize(("silent", "is_taken"), [(STALE / 2, False), (2 * STALE, True)])
def test_a_claim_from_elsewhere_is_taken_when_it_falls_silent(
    tmp_path: Path, silent: float, is_taken: bool
) -> None:
    with BatchState(tmp_path, "s") as here, BatchState(tmp_path, "s") as there:
        expect(here, "a")
        there.claim("a", "1", "none")
        with sqlite3.connect(tmp_path / NAME) as database:
            database.execute(
                "UPDATE runs SET host = 'elsewhere', pulse = ? WHERE id = 2",
                (time.time() - silent,),
            )
        assert (here.claim("a", "1", "none") is not None) is is_taken


def test_what_is_in_hand_waits_again_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError), BatchState(tmp_path, "s") as state:
        expect(state, "a")
        state.claim("a", "1", "none")
        raise KeyError
    with BatchState(tmp_path, "t") as state:
        assert state_of(state, "a") is State.WAITING


def test_two_processes_with_other_settings_exclude_each_other(tmp_path: Path) -> None:
    with BatchState(tmp_path, "s"):
        with pytest.raises(OutputError, match=r"process \d+ is at work there with other settings"):
            BatchState(tmp_path, "t")
        BatchState(tmp_path, "s").__exit__(None, None, None)
    BatchState(tmp_path, "t").__exit__(None, None, None)


def test_a_file_that_is_no_state_is_said_by_its_name(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"no database" * 1000)
    with pytest.raises(OutputError, match=r"pamcli-batch.sqlite: cannot be kept"):
        BatchState(tmp_path, "s")


def test_a_state_of_another_version_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / NAME) as database:
        database.execute("PRAGMA user_version=99")
    with pytest.raises(OutputError, match="another version of pamcli"):
        BatchState(tmp_path, "s")
