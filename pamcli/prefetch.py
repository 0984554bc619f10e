"""The only hand-off between threads: a producer that runs ahead of its consumer by a few items."""

from collections.abc import Generator, Iterable, Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

T = TypeVar("T")

POLL = 0.05
"""Seconds between two looks at the stop flag while the queue is full."""


class SilenceError(Exception):
    """No item within the consumer's patience."""


class _Message(Generic[T]):
    """An item, or the end of all items with the error that ended them."""

    __slots__ = ("error", "is_end", "item")

    def __init__(self, item: T | None, *, is_end: bool = False, error: BaseException | None = None):
        self.item, self.is_end, self.error = item, is_end, error


def _put(queue: "Queue[_Message[T]]", message: "_Message[T]", stop: Event) -> bool:
    """False when the consumer has gone."""
    while not stop.is_set():
        try:
            queue.put(message, timeout=POLL)
        except Full:
            continue
        return True
    return False


def _produce(items: Iterable[T], queue: "Queue[_Message[T]]", stop: Event) -> None:
    """Fill the queue until the items or the consumer end; close the iterator in this thread."""
    error: BaseException | None = None
    iterator: Iterator[T] | None = None
    try:
        iterator = iter(items)
        for item in iterator:
            if not _put(queue, _Message(item), stop):
                break
    except BaseException as caught:  # noqa: BLE001 - raised again in the consumer's thread
        error = caught
    try:
        close = getattr(iterator, "close", None)
        if close is not None:
            close()
    except BaseException as caught:  # noqa: BLE001 - raised again in the consumer's thread
        error = error or caught
    _put(queue, _Message(None, is_end=True, error=error), stop)


def _drain(queue: "Queue[_Message[T]]") -> None:
    while True:
        try:
            queue.get_nowait()
        except Empty:
            return


def _take(queue: "Queue[_Message[T]]", patience: float | None) -> "_Message[T]":
    try:
        return queue.get(timeout=patience)
    except Empty:
        raise SilenceError from None


def prefetch(
    items: Iterable[T],
    depth: int,
    *,
    patience: float | None = None,
    farewell: float | None = None,
) -> Generator[T, None, None]:
    """The same items in the same order, made up to `depth` ahead in a thread of their own.

    At most depth + 2 items exist at once: in the queue, in the producer's hand, in the
    consumer's. An error of `items` is raised here after the items before it. When the consumer
    stops early (closes or drops the generator), the thread ends and is joined, and a generator
    given as `items` is closed in that thread. Raises ValueError for depth < 1.

    patience: seconds to wait for an item before SilenceError is raised. farewell: seconds to wait
    for the thread at the end; one that hangs is left behind. None: without end.
    """
    if depth < 1:
        raise ValueError(f"depth {depth} is not at least 1")
    return _consume(items, depth, patience, farewell)


def _consume(
    items: Iterable[T], depth: int, patience: float | None, farewell: float | None
) -> Generator[T, None, None]:
    queue: Queue[_Message[T]] = Queue(depth)
    stop = Event()
    thread = Thread(target=_produce, args=(items, queue, stop), name="prefetch", daemon=True)
    thread.start()
    try:
        while not (message := _take(queue, patience)).is_end:
            yield message.item  # type: ignore[misc]
        if message.error is not None:
            raise message.error
    finally:
        stop.set()
        _drain(queue)
        thread.join(farewell)
