"""How long a batch will still take, by what stills and clips have taken so far."""

from collections.abc import Iterable

from pamcli.batch_words import Kind


class Eta:
    """Bytes of the sources against the clock, stills and clips apart.

    Nothing is said while files of a kind are left of which none has been seen at work.
    """

    def __init__(self, sizes: Iterable[tuple[Kind, int]], now: float) -> None:
        """sizes: bytes of every source. now: seconds of a clock that never goes back."""
        self._left = dict.fromkeys(Kind, 0.0)
        self._done = dict.fromkeys(Kind, 0.0)
        self._took = dict.fromkeys(Kind, 0.0)
        self._last = now
        self._is_warm = dict.fromkeys(Kind, False)
        for kind, size in sizes:
            self._left[kind] += size

    def passed(self, kind: Kind, size: float, now: float) -> None:
        """That many more bytes are done. The first of a kind tells of loading, not of speed."""
        self._left[kind] = max(self._left[kind] - size, 0.0)
        if self._is_warm[kind]:
            self._done[kind] += size
            self._took[kind] += now - self._last
        self._is_warm[kind] = True
        self._last = now

    def seconds(self) -> float | None:
        """Left to go; None while it cannot be told."""
        kinds = [kind for kind in Kind if self._left[kind]]
        if any(not self._done[kind] for kind in kinds):
            return None
        return sum(self._left[kind] * self._took[kind] / self._done[kind] for kind in kinds)
