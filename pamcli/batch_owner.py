"""Who is at work: a process as others on this machine and elsewhere can tell whether it lives."""

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

STALE = 600.0
"""Seconds without a sign of life after which a process of another machine is taken for dead."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process; `began` tells it from a later one that has got the same number."""

    host: str
    pid: int
    began: str  # ticks since the machine started; empty where the system doesn't say


def this_process() -> Owner:
    """The process that asks."""
    return Owner(_host(), os.getpid(), _began(os.getpid()))


def is_alive(owner: Owner, silent: float) -> bool:
    """silent: seconds since its last sign of life, which counts for other machines only."""
    if owner.host != _host():
        return silent < STALE
    try:
        os.kill(owner.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # another user's
    return _began(owner.pid) == owner.began


def _host() -> str:
    """The machine, and the space in which its process numbers hold: containers have their own."""
    space = ""
    with suppress(OSError):
        space = str(Path("/proc/self/ns/pid").readlink())
    return f"{socket.gethostname()} {space}".rstrip()


def _began(pid: int) -> str:
    """Field 22 of proc(5)'s stat; a zombie, which is dead, has none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]
