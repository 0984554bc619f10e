"""C_c and scale of a live stream: what its busiest stage takes, not what it waits for."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from pamcli.controller import Bounds, Controller
from pamcli.cost_model import Line
from pamcli.matting import Choice, Spent
from pamcli.path import CostTable
from pamcli.trimap import Box


@dataclass(slots=True)
class LivePace:
    """The controller, told how long a frame keeps the stream busy.

    A live stream waits for its source: of the time between two frames that part tells nothing of
    what they cost. What counts is the rest, but at least the slowest stage and, as the stages share
    the cores, the time of all of them over the number that can run at once: while a stream waits,
    its stages hardly overlap.

    rate: the target, frames a second, asked for before each frame. network: the first guess.
    together: stages that can run at once.
    """

    costs: CostTable
    bounds: Bounds
    network: Line
    rate: Callable[[], float]
    together: int
    warm_up: int = 2  # frames whose time tells of empty caches
    saturated: int = 0
    choice: Choice = field(init=False)  # the last one
    spent_last: Spent | None = field(default=None, init=False)
    _controller: Controller = field(init=False)
    _chooser: Controller = field(init=False)  # of the last choice
    _stages: dict[str, float] = field(default_factory=dict, init=False)
    _began: float = field(default=0.0, init=False)
    _last: float = field(default=0.0, init=False)
    _waited: float = field(default=0.0, init=False)  # for the source since the last frame
    _lock: Lock = field(default_factory=Lock, init=False)

    def __post_init__(self) -> None:
        self._controller = self._chooser = self._new(self.bounds)
        self.choice = Choice(
            cost_constraint=self._controller.constraint, scale=self._controller.scale
        )

    def choose(self, pts: int, box: Box | None) -> Choice:
        """`box`: the region of interest, before scaling."""
        height, width = (0, 0) if box is None else (box.height, box.width)
        with self._lock:
            self._chooser = self._controller
            self._controller.budget = 1 / self.rate()
            constraint, scale = self._controller.choose(height, width)
            self.saturated += self._controller.saturated
        self.choice = Choice(cost_constraint=constraint, scale=scale)
        self._began = time.perf_counter()
        return self.choice

    def spent(self, spent: Spent) -> None:
        """Learn from the frame that was just matted."""
        self.spent_last = spent
        now = time.perf_counter()
        seconds, since = now - self._began, now - self._last
        self._last = now
        with self._lock:
            working, self._waited = since - self._waited, 0.0
        if self.warm_up > 0:
            self.warm_up -= 1
            return
        others = list(self._stages.values())
        period = max(seconds, *others, (seconds + sum(others)) / self.together, working)
        cost = None if spent.path is None else self.costs.cost(spent.path)
        with self._lock:
            if self._chooser is self._controller:  # else the bounds have changed since
                self._controller.measured(period, spent.seconds, cost, spent.pixels)

    def stage(self, name: str, seconds: float) -> None:
        """What another stage took for its last frame."""
        self._stages[name] = seconds

    def taken(self, waited: float, seconds: float) -> None:
        """A frame came after so many seconds of waiting, and took `seconds` to convert."""
        self.stage("convert", seconds)
        with self._lock:
            self._waited += waited

    def rebound(self, bounds: Bounds) -> None:
        """Other bounds from now on; what was learnt of the machine is kept."""
        with self._lock:
            before, self.bounds = self._controller, bounds
            self._controller = self._new(bounds)
            self._controller.model, self._controller.level = before.model, before.level

    def _new(self, bounds: Bounds) -> Controller:
        return Controller(
            budget=1 / self.rate(), costs=self.costs, bounds=bounds, network=self.network
        )


@dataclass(slots=True)
class SteadyPace:
    """The same choice for every frame, whatever it takes."""

    choice: Choice
    bounds: Bounds
    saturated: int = 0
    spent_last: Spent | None = field(default=None, init=False)

    def choose(self, pts: int, box: Box | None) -> Choice:
        """`box`: the region of interest, before scaling."""
        return self.choice

    def spent(self, spent: Spent) -> None:
        """Remember the path for the status."""
        self.spent_last = spent

    def stage(self, name: str, seconds: float) -> None:
        """Nothing to learn."""

    def taken(self, waited: float, seconds: float) -> None:
        """Nothing to learn."""

    def rebound(self, bounds: Bounds) -> None:
        """Fixed is fixed."""
