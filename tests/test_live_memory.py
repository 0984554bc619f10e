"""Memory of this process."""

import platform
from pathlib import Path

import numpy as np

from pamcli.live_memory import resident_memory, share_memory

MIB = 1 << 20


def test_memory_is_what_is_touched() -> None:
    before = resident_memory()
    held = np.ones(64 * MIB, np.uint8)
    assert resident_memory() - before > 48 * MIB
    del held


def test_where_the_system_does_not_say_it_is_0(tmp_path: Path) -> None:
    assert resident_memory(tmp_path) == 0


def test_threads_share_their_memory_where_glibc_is() -> None:
    assert share_memory() is (platform.libc_ver()[0] == "glibc")
