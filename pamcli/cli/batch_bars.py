"""What a person sees of a batch while it runs: all files, the clip in hand, the time left."""

import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tqdm import tqdm

from pamcli.batch_eta import Eta
from pamcli.batch_words import Kind, Outcome, State
from pamcli.cli.options import warn

if TYPE_CHECKING:
    from pamcli.batch_plan import Item

TOTAL = "{desc}{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}{postfix}]"


class Bars:
    """Two bars on stderr, silent when that is no terminal; warnings and failures in any case."""

    def __init__(self, *, quiet: bool, words: Callable[[str], str] = str) -> None:
        """words: names files as a person does."""
        self._words = words
        self._hidden = True if quiet else None
        self._total = self._bar(0, "files", TOTAL)
        self._clip: tqdm | None = None
        self._shown = ""  # name of the clip that has the second bar
        self._eta = Eta((), 0.0)
        self._counted: dict[str, float] = {}  # bytes of the clips in hand that are done, by name
        self._is_told = False

    def _bar(self, total: int | None, unit: str, form: str | None = None) -> tqdm:
        hidden, place = self._hidden, 0 if form else 1
        return tqdm(
            total=total, unit=unit, disable=hidden, file=sys.stderr, bar_format=form, position=place
        )

    def planned(self, items: "Sequence[Item]") -> None:
        """Counts what is to be done now on top of what was."""
        if items:
            sizes = [(item.kind, _size(item)) for item in items]
            self._eta = Eta(sizes, time.monotonic())
            self._total.total = self._total.n + len(items)
            self._total.refresh()

    def progress(self, item: "Item", frames: int, expected: int | None) -> None:
        """Shows a clip in hand, of several the one that was told of first."""
        if self._clip is None:
            self._clip, self._shown = self._bar(expected, "frame"), item.name
            self._clip.set_description(item.source.name)
        if self._shown == item.name:
            self._clip.update(frames - self._clip.n)
        if expected:
            done = _size(item) * min(frames / expected, 1.0)
            self._pass(Kind.CLIP, done - self._counted.get(item.name, 0.0))
            self._counted[item.name] = done

    def ended(self, item: "Item", outcome: Outcome | None) -> None:
        """Says what a person should know of the file."""
        counted = self._counted.pop(item.name, 0.0)
        if self._clip is not None and self._shown == item.name:
            self._clip.close()
            self._clip = None
        self._pass(item.kind, _size(item) - counted)
        self._total.update()
        if outcome is not None:
            with tqdm.external_write_mode(file=sys.stderr):
                warn(f"{self._words(str(item.source))}: {note}" for note in outcome.warnings)
                if outcome.state is State.FAILED:
                    warn([f"failed: {outcome.error}"])

    def waiting(self, items: "Sequence[Item]") -> None:
        """Said once."""
        if not self._is_told and not self._hidden:
            said = f"pamcli: waiting for {len(items)} that other processes have in hand"
            print(said, file=sys.stderr)
        self._is_told = True

    def close(self) -> None:
        """Leave the total standing."""
        if self._clip is not None:
            self._clip.close()
        self._total.close()

    def _pass(self, kind: Kind, size: float) -> None:
        self._eta.passed(kind, size, time.monotonic())
        left = self._eta.seconds()
        said = "?" if left is None else tqdm.format_interval(left)
        self._total.set_postfix_str(f"{said} left", refresh=False)


def _size(item: "Item") -> int:
    try:
        return item.source.stat().st_size
    except OSError:  # removed in the meantime
        return 0
