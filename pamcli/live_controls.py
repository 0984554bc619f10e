"""What a person may change while a live job runs, handed from whoever asks to the job."""

from dataclasses import dataclass, replace
from fractions import Fraction
from threading import Lock
from typing import TypedDict, Unpack

from pamcli.errors import UsageError
from pamcli.settings import CostSettings, HintSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveWish:
    """What a live job shall do from now on."""

    fps: float  # processed frames a second to hold
    hint: HintSettings
    background: str | None = None  # as `--background` takes it; None: the usual one
    min_cost: int | None = None  # bounds of C_c, GMAC per 1024x1024; None: the model's
    max_cost: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.fps <= 1000:  # also what is no number
            raise UsageError(f"--fps {self.fps:g} is not within 0 to 1000")
        CostSettings(fps=Fraction(self.fps), minimum=self.min_cost, maximum=self.max_cost)


class LiveChange(TypedDict, total=False):
    """Some fields of a LiveWish."""

    fps: float
    hint: HintSettings
    background: str | None
    min_cost: int | None
    max_cost: int | None


class LiveControls:
    """The wish in force. The job looks at `version` all the time and, if it grew, at `wish`.

    costs: least and most C_c that the model can be held to, GMAC per 1024x1024; None: unbounded.
    Every method may be called from any thread.
    """

    def __init__(self, wish: LiveWish, costs: tuple[int, int] | None = None) -> None:
        self._lock = Lock()
        self._wish, self._version, self._error = wish, 0, ""
        self.costs = costs

    @property
    def wish(self) -> LiveWish:
        """What was asked for last."""
        with self._lock:
            return self._wish

    @property
    def version(self) -> int:
        """How often the wish has changed. Read before `wish`, it misses no change."""
        with self._lock:
            return self._version

    @property
    def error(self) -> str:
        """Why the job could not follow the last change; "" when it could, or has not tried yet."""
        with self._lock:
            return self._error

    def change(self, **fields: Unpack[LiveChange]) -> LiveWish:
        """The new wish: the old one with these fields. Forgets the last refusal.

        Raises UsageError, and keeps the old wish, where a value is out of its range.
        """
        with self._lock:
            wish = replace(self._wish, **fields)
            self._check_costs(wish)
            self._version += wish != self._wish
            self._wish, self._error = wish, ""
            return wish

    def refused(self, message: str) -> None:
        """The job says in one line why it kept what it had, such as a background.

        The wish stays as it was asked for; what is in force stands in the job's status.
        """
        with self._lock:
            self._error = message

    def _check_costs(self, wish: LiveWish) -> None:
        if self.costs is None:
            return
        least, most = self.costs
        given = {"--min-cost": wish.min_cost, "--max-cost": wish.max_cost}
        for option, cost in given.items():
            if cost is not None and not least <= cost <= most:
                raise UsageError(f"{option} {cost} is not within {least} to {most} GMAC")
