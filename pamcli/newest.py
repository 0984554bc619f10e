"""The hand-off of a live stream: who is late finds what is newest; what it missed is counted."""

from collections import deque
from threading import Condition
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """At most `depth` items wait, in their order; one more drops the oldest of them.

    Every method may be called from any thread. Raises ValueError for depth < 1.
    """

    def __init__(self, depth: int = 1) -> None:
        if depth < 1:
            raise ValueError(f"depth {depth} is not at least 1")
        self._waiting: deque[T] = deque()
        self._depth = depth
        self._changed = Condition()
        self._is_closed = False
        self._dropped = 0
        self._takers = 0

    @property
    def dropped(self) -> int:
        """Items that nobody took in time."""
        with self._changed:
            return self._dropped

    @property
    def is_awaited(self) -> bool:
        """Whether someone waits for an item at this moment."""
        with self._changed:
            return self._takers > 0 and not self._waiting

    @property
    def is_over(self) -> bool:
        """Whether nothing waits and nothing more will come."""
        with self._changed:
            return self._is_closed and not self._waiting

    def offer(self, item: T) -> bool:
        """Put an item; after `close` it is forgotten. Whether another one was dropped for it."""
        with self._changed:
            if self._is_closed:
                return False
            is_full = len(self._waiting) == self._depth
            if is_full:
                self._waiting.popleft()
                self._dropped += 1
            self._waiting.append(item)
            self._changed.notify()
            return is_full

    def take(self, seconds: float) -> T | None:
        """The oldest item that waits; None where none comes within `seconds`, or ever again."""
        with self._changed:
            self._takers += 1
            self._changed.wait_for(lambda: self._waiting or self._is_closed, seconds)
            self._takers -= 1
            return self._waiting.popleft() if self._waiting else None

    def peek(self, seconds: float) -> T | None:
        """The same, but it goes on waiting; something newer may still take its place."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closed, seconds)
            return self._waiting[0] if self._waiting else None

    def close(self) -> None:
        """Nothing more will come; what waits can still be taken, and takers are woken."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
