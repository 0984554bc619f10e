"""Feedback on C_c and scale, so that the whole pipeline holds a frame rate.

Feed-forward: what a GMAC costs here, and what everything else costs, are learnt online; from them
follows the period that a choice would take. Feedback: the time by which the stream is behind its
schedule is paid back over the next frames (integral action, bounded so that it cannot wind up).
"""

from bisect import bisect_right
from dataclasses import dataclass, field

from pamcli.path import CostTable, gmac_of_frame

SCALES = (0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0)
"""Ladder of processing scales."""

LEARNING_RATE = 0.2
REPAY = 0.1
"""Share of the debt that one frame tries to pay back."""

DEBT_LIMIT = 0.5
"""Seconds of lateness that are remembered; of lead, one frame's budget is."""

DWELL = 1.0
"""Seconds between two changes of scale."""

MISS = 1.2
"""A period this much over the budget may change the scale at once."""

HEADROOM = 0.85
"""The scale rises only if the cheapest path at the next scale would fit in this share."""

MARGIN = 0.97
"""Share of the budget that is aimed at, so that noise does not leave the mean below the rate."""

CLIMB = 6
"""C_c rises by at most this many GMAC a frame: no visible pumping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What the controller may choose."""

    minimum: int  # C_c, GMAC per 1024x1024
    maximum: int
    scale: float | None = None  # fixed scale; None: the ladder


@dataclass(slots=True, kw_only=True)
class Controller:
    """Chooses (C_c, scale) for each frame. Pure: it is told every duration.

    budget: seconds a frame. seconds_per_gmac and overhead are first guesses and then learnt:
    overhead is what a frame takes beside the network.
    """

    budget: float
    costs: CostTable
    bounds: Bounds
    seconds_per_gmac: float = 0.01
    overhead: float = 0.005
    constraint: int = field(init=False)
    level: int = field(init=False, default=len(SCALES) - 1)
    debt: float = field(init=False, default=0.0)
    since_change: float = field(init=False, default=DWELL)
    saturated: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.constraint = self.bounds.maximum

    @property
    def scale(self) -> float:
        """The scale in force."""
        return self.bounds.scale if self.bounds.scale is not None else SCALES[self.level]

    def _period(self, constraint: int, scale: float, pixels: int) -> float:
        """Seconds that a frame of `pixels` unscaled pixels would take."""
        cost = self.costs.cost(self.costs.costliest(constraint))
        gmac = gmac_of_frame(cost, 1, pixels) * scale * scale
        return self.overhead + gmac * self.seconds_per_gmac

    def choose(self, pixels: int) -> tuple[int, float]:
        """(C_c, scale) for a frame whose region of interest has `pixels` pixels."""
        target = max(self.budget * MARGIN - REPAY * self.debt, self.budget * 0.5)
        if self.bounds.scale is None:
            self._change_scale(target, pixels)
        steps = self._steps()
        periods = [self._period(step, self.scale, pixels) for step in steps]
        fitting = bisect_right(periods, target)
        wanted = steps[max(fitting - 1, 0)]
        nothing_smaller = self.bounds.scale is not None or self.level == 0
        self.saturated = fitting == 0 and nothing_smaller
        self.constraint = min(wanted, self.constraint + CLIMB)
        return self.constraint, self.scale

    def _steps(self) -> list[int]:
        low, high = self.bounds.minimum, self.bounds.maximum
        return sorted({low, *(step for step in self.costs.steps() if low < step < high), high})

    def _change_scale(self, target: float, pixels: int) -> None:
        cheapest = self._period(self.bounds.minimum, self.scale, pixels)
        urgent = cheapest > self.budget * MISS
        if self.since_change < DWELL and not urgent:
            return
        before = self.level
        while self.level > 0 and self._period(self.bounds.minimum, self.scale, pixels) > target:
            self.level -= 1
        if self.level == before:
            self._climb_scale(target * HEADROOM, pixels)
        if self.level != before:
            self.since_change = 0.0
            self.constraint = self.bounds.minimum

    def _climb_scale(self, target: float, pixels: int) -> None:
        for above in range(self.level + 1, len(SCALES)):
            if self._period(self.bounds.minimum, SCALES[above], pixels) > target:
                return
            self.level = above

    def measured(self, period: float, network_seconds: float, gmac: float) -> None:
        """Learn from a frame that took `period` seconds in all, of them `network_seconds` for
        `gmac` GMAC in the network (both 0 when nothing was unknown)."""
        if gmac > 0:
            seen = network_seconds / gmac
            self.seconds_per_gmac += LEARNING_RATE * (seen - self.seconds_per_gmac)
        beside = max(period - network_seconds, 0.0)
        self.overhead += LEARNING_RATE * (beside - self.overhead)
        self.debt = min(max(self.debt + period - self.budget, -self.budget), DEBT_LIMIT)
        self.since_change += period
