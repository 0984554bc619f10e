"""Which files of a growing tree are whole: those that have not changed for a while."""

from collections.abc import Sequence

from pamcli.batch_plan import Item

LOOKS = 4
"""Looks at the tree within the time for which a file must not change."""


class Settling:
    """Remembers when each file was last seen to change.

    quiet: seconds for which size and time of the last change must stay the same, of the file and
    of its hint.
    """

    def __init__(self, quiet: float) -> None:
        self._quiet = quiet
        self._seen: dict[str, tuple[str, float]] = {}  # what it was, since when

    @property
    def pause(self) -> float:
        """Seconds until the next look."""
        return self._quiet / LOOKS

    def settled(self, items: Sequence[Item], now: float) -> tuple[Item, ...]:
        """Those that are whole. now: seconds of a clock that never goes back."""
        seen = {item.name: (item.fingerprint(""), now) for item in items}
        for name, (state, _) in seen.items():
            before = self._seen.get(name)
            if before is not None and before[0] == state:
                seen[name] = before
        self._seen = seen
        return tuple(item for item in items if now - seen[item.name][1] >= self._quiet)
