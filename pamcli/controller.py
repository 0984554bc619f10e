"""C_c and scale for each frame, so that the whole pipeline holds a frame rate.

Feed-forward: what a GMAC and a pixel cost on this machine is learnt online; from it follows the
period that a choice would take. Feedback: forecasts are corrected by what the last seconds took
(integral action), and the time by which the stream is late is paid back, at most a frame's budget
of it, so that nothing winds up.

Scale goes first: it is the largest at which the cheapest path fits, and C_c whatever fits beside
it. Time that is left over at scale 1 and the highest C_c is not spent: the stream then runs as fast
as it can.
"""

from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from pamcli.cost_model import CostModel, Line, Seen, region_pixels
from pamcli.path import CostTable

OCTAVE = 24
"""Levels of the ladder from one scale to its half: a level is 6 % of the pixels, so that a target
is met to a few per cent even where the network would not use a larger C_c."""

SCALES = tuple(round(2 ** (-step / OCTAVE), 4) for step in range(2 * OCTAVE, -1, -1))
"""Ladder of processing scales, 0.25 to 1."""

MARGIN = 0.985
"""Share of the budget that is aimed at, so that noise does not leave the mean below the rate."""

REPAY = 0.03
"""Share of the lateness that one frame tries to pay back."""

DEBT_SECONDS = 3.0
"""The scale answers to the mean lateness of so many seconds, C_c to that of the moment."""

DWELL = 1.0
"""Seconds between two changes of scale."""

MISS = 1.2
"""A period this much over the budget may change the scale at once, and C_c by any amount."""

CAUTION = 0.92
"""Share of the aim that such a change leaves time for: little is known yet of the new load."""

SURE = 3
"""Frames in a row that tell a miss, or another machine load, from a single slow frame."""

DEAD_BAND = 0.03
"""C_c stays as it is while the forecast is this near to the aim."""

TIE = 0.001
"""Forecasts this near to each other are the same."""

UP, DOWN = 2, 4
"""Steps of C_c, of the 16 that the paths make, by which it rises and falls a frame at most."""

LEAST_ROOM, MOST_ROOM = 0.015, 0.12
"""The scale rises only if this share of the aim would be left; twice the share after a rise that
had to be taken back within REGRET seconds, half after one that lasted."""

DOUBTS = 1.5
"""And as many standard deviations of the forecast."""

REGRET = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What the controller may choose."""

    minimum: int  # C_c, GMAC per 1024x1024
    maximum: int
    scale: float | None = None  # fixed scale; None: the ladder


Box = tuple[int, int]
"""(height, width) of a region of interest, pixels before scaling."""


@dataclass(slots=True, kw_only=True)
class Controller:
    """Chooses (C_c, scale) for each frame. Pure: it is told every duration.

    budget: seconds a frame. network: seconds of the network by GMAC, the first guess.
    """

    budget: float
    costs: CostTable
    bounds: Bounds
    network: Line
    constraint: int = field(init=False)
    level: int = field(init=False, default=len(SCALES) - 1)
    debt: float = field(init=False, default=0.0)  # seconds late, 0 to the budget
    usual_debt: float = field(init=False, default=0.0)  # the mean of the last seconds
    saturated: bool = field(init=False, default=False)  # even the cheapest choice is too slow
    model: CostModel = field(init=False)
    _steps: list[int] = field(init=False)
    _boxes: deque[Box] = field(init=False)
    _since_change: float = field(init=False, default=DWELL)
    _frames_since_change: int = field(init=False, default=SURE)
    _since_rise: float = field(init=False, default=REGRET)
    _room: float = field(init=False, default=LEAST_ROOM)

    def __post_init__(self) -> None:
        low, high = self.bounds.minimum, self.bounds.maximum
        self._steps = sorted({low, *(step for step in self.costs.steps() if low < step <= high)})
        self.constraint = self._steps[-1]
        self.model = CostModel(self.costs, self.network)
        self._boxes = deque(maxlen=max(SURE, round(DWELL / self.budget)))

    @property
    def scale(self) -> float:
        """The scale in force."""
        return self.bounds.scale if self.bounds.scale is not None else SCALES[self.level]

    def choose(self, height: int, width: int) -> tuple[int, float]:
        """(C_c, scale) for a frame whose region of interest has this size; 0 for none."""
        if height and width:
            self._boxes.append((height, width))
            is_urgent = self._is_urgent()
            boxes = Counter(self._last_boxes() if is_urgent else self._boxes)
            may_change = self._since_change >= DWELL and not self.model.is_turning
            if self.bounds.scale is None and (is_urgent or may_change):
                self._choose_scale(boxes, CAUTION if is_urgent else 1.0)
            self._choose_constraint(boxes)
            lowest = self.bounds.scale is not None or self.level == 0
            least = self._forecast(self._steps[0], self.scale, boxes)
            self.saturated = lowest and least > self.budget
        return self.constraint, self.scale

    def measured(
        self, period: float, network: float, cost: float | None, pixels: int | None = None
    ) -> None:
        """Learn from the frame last chosen for, which took `period` seconds in all.

        network: seconds of it in the network, whose path cost `cost` GMAC per 1024x1024; None: no
        pixel was unknown, nothing ran. pixels: that the network saw; None: those of the region.
        """
        if cost is not None:
            box = self._boxes[-1]
            seen = Seen(
                period=period,
                network=network,
                cost=cost,
                constraint=self.constraint,
                scale=self.scale,
                box=box,
                share=1.0 if pixels is None else pixels / region_pixels(self.scale, box),
            )
            self.model.learn(seen)
        self.debt = min(max(self.debt + period - self.budget, 0.0), self.budget)
        self.usual_debt += min(period / DEBT_SECONDS, 1.0) * (self.debt - self.usual_debt)
        self._since_change += period
        self._frames_since_change += 1
        self._since_rise += period

    def _last_boxes(self) -> Iterable[Box]:
        return islice(reversed(self._boxes), SURE)

    def _forecast(self, constraint: int, scale: float, boxes: Counter[Box]) -> float:
        """Mean seconds of a frame over `boxes`."""
        cost = self.model.cost(constraint)
        total = sum(n * self.model.period(cost, scale, box) for box, n in boxes.items())
        return total / boxes.total()

    def _aim(self, debt: float) -> float:
        return self.budget * MARGIN - REPAY * debt

    def _is_urgent(self) -> bool:
        if self._frames_since_change < SURE:
            return False
        cost = self.model.cost(self._steps[0])
        limit = self.budget * MISS
        return all(self.model.period(cost, self.scale, box) > limit for box in self._last_boxes())

    def _choose_scale(self, boxes: Counter[Box], caution: float) -> None:
        def seconds(level: int) -> float:
            return self._forecast(self._steps[0], SCALES[level], boxes)

        before, aim = self.level, self._aim(self.usual_debt)
        if seconds(before) > aim / MARGIN:
            self.level = max(bisect_right(range(before), aim * caution, key=seconds) - 1, 0)
        else:
            above = range(before + 1, len(SCALES))
            room = self._room + DOUBTS * self.model.doubt
            self.level += bisect_right(above, aim * (1 - room), key=seconds)
        if self.level != before:
            self._changed(rises=self.level > before)

    def _changed(self, *, rises: bool) -> None:
        self._since_change, self._frames_since_change = 0.0, 0
        if rises:
            lasted = self._since_rise > REGRET
            self._room = max(self._room / 2, LEAST_ROOM) if lasted else self._room
            self._since_rise = 0.0
        elif self._since_rise < REGRET and not self.model.has_turned:
            self._room = min(self._room * 2, MOST_ROOM)

    def _choose_constraint(self, boxes: Counter[Box]) -> None:
        def seconds(step: int) -> float:
            return self._forecast(step, self.scale, boxes)

        steps, aim, least = self._steps, self._aim(self.debt), seconds(self._steps[0])
        free = least * (1 + TIE)  # what the network would not take costs nothing
        now, most = steps.index(self.constraint), max(aim, least * (1 + DEAD_BAND))
        wanted = bisect_right(steps, most, key=seconds) - 1
        if wanted > now and seconds(steps[now + 1]) <= max(aim * (1 - DEAD_BAND), free):
            self.constraint = steps[min(wanted, now + UP)]
        elif wanted < now and seconds(steps[now]) > self.budget * MISS:
            self.constraint = steps[wanted]
        elif wanted < now and seconds(steps[now]) > most * (1 + DEAD_BAND):
            self.constraint = steps[max(wanted, now - DOWN)]
