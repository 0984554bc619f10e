"""What libpng and libjpeg print while they decode, caught: it would stand beside our one line."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

STDERR = 2
HARMLESS = "libpng warning"  # about profiles and the like, not about pixels
OURS = ("pamcli: ", "\r")  # a warning or a progress bar of another thread

_one_at_a_time = Lock()


@contextmanager
def decoders_words() -> Iterator[list[str]]:
    """The lines that tell of damage; filled when the block ends. Nothing of them is printed.

    The libraries know only the process's one stderr; what other threads write there meanwhile is
    passed on afterwards.
    """
    words: list[str] = []
    with _one_at_a_time, tempfile.TemporaryFile() as caught:
        try:
            kept = os.dup(STDERR)
        except OSError:  # closed: nothing can be printed
            yield words
            return
        os.dup2(caught.fileno(), STDERR)
        try:
            yield words
        finally:
            os.dup2(kept, STDERR)
            os.close(kept)
            caught.seek(0)
            words += _sorted_out(caught.read())


def _sorted_out(caught: bytes) -> list[str]:
    words = []
    for line in caught.splitlines(keepends=True):
        text = line.decode(errors="replace")
        if any(mark in text for mark in OURS):
            os.write(STDERR, line)
        elif text.strip() and not text.startswith(HARMLESS):
            words.append(text.strip())
    return words
