"""A connection read in a thread of its own, which can be left behind where FFmpeg hangs."""

from collections.abc import Generator, Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Protocol

from pamcli.live_read import Picture, Piece, SourceError

DEPTH = 16
"""Pictures and pieces of sound that are read ahead."""

POLL = 0.1
"""Seconds between two looks at whether anyone still wants them."""

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
    queue: Queue[Heard | BaseException | None] = Queue(DEPTH)
    unwanted = Event()
    thread = Thread(target=_read, args=(connection, queue, unwanted), name="reader", daemon=True)
    thread.start()
    try:
        yield from _received(queue, patience)
    finally:
        unwanted.set()
        thread.join(FAREWELL)


def _read(
    connection: Readable, queue: "Queue[Heard | BaseException | None]", unwanted: Event
) -> None:
    try:
        for event in connection.events():
            _put(event, queue, unwanted)
            if unwanted.is_set():
                break
        _put(None, queue, unwanted)
    except BaseException as error:  # noqa: BLE001 - raised again by whoever takes the events
        _put(error, queue, unwanted)
    finally:
        connection.close()


def _put(
    item: Heard | BaseException | None,
    queue: "Queue[Heard | BaseException | None]",
    unwanted: Event,
) -> None:
    while not unwanted.is_set():
        try:
            queue.put(item, timeout=POLL)
            return
        except Full:
            continue


def _received(
    queue: "Queue[Heard | BaseException | None]", patience: float | None
) -> Iterator[Heard]:
    while True:
        try:
            item = queue.get(timeout=patience)
        except Empty:
            raise SourceError(f"no picture came for {patience:g} s") from None
        if item is None:
            return
        if isinstance(item, BaseException):
            raise item
        yield item
