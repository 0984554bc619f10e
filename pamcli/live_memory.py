"""How much memory this process holds at present, and how it is kept from holding ever more."""

import ctypes
import os
import sys
from contextlib import suppress
from pathlib import Path

ROOT = Path("/")

M_ARENA_MAX, ARENAS = -8, 2
"""The parameter of glibc's mallopt, and what it is set to."""


def share_memory() -> bool:
    """Have all threads take their memory from a few places; whether this system can.

    glibc gives each thread a place of its own, up to eight a core, and what one thread frees of
    another's stays there: with a reader begun anew at each connection a run grew by 200 MB.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            return bool(ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS))
    return False


def resident_memory(root: Path = ROOT) -> int:
    """Bytes; 0 where the system does not say."""
    try:
        pages = (root / "proc/self/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
