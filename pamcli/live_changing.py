"""Something that a live job uses for each frame, and that may be replaced while it runs."""

from collections.abc import Callable
from threading import Lock
from typing import Generic, Protocol, TypeVar

from pamcli.errors import InputError


class Closable(Protocol):
    """Holds something open."""

    def close(self) -> None:
        """Let go of it."""


C = TypeVar("C", bound=Closable)
R = TypeVar("R")


class Changing(Generic[C]):
    """What is in use. `use` is called from one thread, `change` from any.

    A new one takes over with the next use. When it fails at once, the one before stays, and
    `refused` is told why; only what has worked lets go of what was before.
    """

    def __init__(self, first: C, refused: Callable[[str], None] = lambda line: None) -> None:
        self._lock = Lock()
        self._used, self._refused = first, refused
        self._wanted: C | None = None

    def change(self, wanted: C) -> None:
        """From the next use on."""
        with self._lock:
            unused, self._wanted = self._wanted, wanted
        if unused is not None:
            unused.close()

    def use(self, do: Callable[[C], R]) -> R:
        """What `do` gives of it. Raises InputError when what has worked before fails."""
        with self._lock:
            wanted, self._wanted = self._wanted, None
        if wanted is None:
            return do(self._used)
        try:
            done = do(wanted)
        except InputError as error:
            wanted.close()
            self._refused(str(error))
            return do(self._used)
        self._used.close()
        self._used = wanted
        return done

    def close(self) -> None:
        """Let go of all."""
        with self._lock:
            unused, self._wanted = self._wanted, None
        for one in (unused, self._used):
            if one is not None:
                one.close()
