"""Ctrl-C asks a run to finish what it has; a second one stops it at once."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType


@contextmanager
def first_ctrl_c() -> Iterator[Event]:
    """An event that the first Ctrl-C inside the block sets; the next ones interrupt as usual."""
    asked = Event()

    def handle(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        print("pamcli: finishing what is done; Ctrl-C again stops at once", file=sys.stderr)

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
