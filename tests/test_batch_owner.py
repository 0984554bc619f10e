"""Whether a process that had work in hand still lives."""

import subprocess
import sys
from dataclasses import replace

from pamcli.batch_owner import STALE, Owner, is_alive, this_process


def gone() -> Owner:
    """A process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return replace(this_process(), pid=process.pid)


def test_this_process_lives_however_long_it_is_silent() -> None:
    assert is_alive(this_process(), 10 * STALE)


def test_a_process_that_ended_is_dead_at_once() -> None:
    assert not is_alive(gone(), 0)


def test_a_later_process_with_the_same_number_is_another_one() -> None:
    assert not is_alive(replace(this_process(), began="1"), 0)


def test_a_zombie_is_dead() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = replace(this_process(), pid=process.pid)
    process.kill()
    assert process.stdin is not None
    process.stdin.close()
    process.wait()
    assert not is_alive(owner, 0)


def test_another_machine_is_alive_as_long_as_it_gives_signs() -> None:
    away = replace(this_process(), host="elsewhere")
    assert is_alive(away, STALE - 1) and not is_alive(away, STALE + 1)
