"""A connection read in a thread of its own, which can be left behind where FFmpeg hangs."""

from collections.abc import Generator
from contextlib import closing
from typing import Protocol

from pamcli.live_read import Picture, Piece, SourceError
from pamcli.prefetch import SilenceError, prefetch

DEPTH = 16
"""Pictures and pieces of sound that are read ahead."""

FAREWELL = 0.5
"""Seconds that the thread is given to end; then it ends whenever FFmpeg lets it."""

Heard = Picture | Piece


class Readable(Protocol):
    """An open source."""

    def events(self) -> Generator[Heard, None, None]:
        """Everything that comes, in its order."""

    def close(self) -> None:
        """End the connection."""


def read_apart(connection: Readable, patience: float | None) -> Generator[Heard, None, None]:
    """The events of a connection, which is closed at their end, as soon as it can be.

    patience: seconds without any event, however often FFmpeg reads, after which SourceError is
    raised: it passes over all that belongs to a stream that was not there at first, such as another
    codec's. None: without end. Raises what the connection raises.
    """
    events = prefetch(_events(connection), DEPTH, patience=patience, farewell=FAREWELL)
    try:
        yield from events
    except SilenceError:
        raise SourceError(f"no picture came for {patience:g} s") from None


def _events(connection: Readable) -> Generator[Heard, None, None]:
    with closing(connection):
        yield from connection.events()
