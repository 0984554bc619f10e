"""Who chooses C_c and scale for each frame: a fixed setting, or the controller by the clock."""

import time
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from pamcli.controller import Bounds, Controller
from pamcli.cost_model import Line, frame_gmac
from pamcli.matting import Choice, Network, Spent
from pamcli.path import CostTable
from pamcli.settings import CostSettings
from pamcli.trimap import UNKNOWN, Box

TRIAL_SIDES = 128, 384
"""Pixels of the trial pictures' sides."""

TRIALS = 3

LEAST_SLOPE = 0.3
"""Share of the larger trial's time that at least grows with the picture, however noisy both are."""


class Pace(Protocol):
    """Chooses before a frame is matted, and is told afterwards what it took."""

    def choose(self, pts: int, box: Box | None) -> Choice: ...

    def spent(self, spent: Spent) -> None: ...


@dataclass(frozen=True, slots=True)
class FixedPace:
    """The same choice for every frame."""

    choice: Choice

    def choose(self, pts: int, box: Box | None) -> Choice:
        """`box`: the region of interest, before scaling."""
        return self.choice

    def spent(self, spent: Spent) -> None:
        """Nothing to learn."""


@dataclass(slots=True)
class ControlledPace:
    """The controller, told the time between frames as the whole pipeline lets them pass.

    A frame's period runs from one `spent` to the next: it holds the waits for decoder and encoder
    too, so that whichever stage is the slowest is what the controller answers to, and what overlaps
    is counted once.
    """

    controller: Controller
    costs: CostTable
    warm_up: int = 2  # frames whose time tells of filling queues and caches, not of the stream
    saturated: int = 0
    _last: float | None = field(default=None, init=False)

    def choose(self, pts: int, box: Box | None) -> Choice:
        """`box`: the region of interest, before scaling."""
        height, width = (0, 0) if box is None else (box.height, box.width)
        constraint, scale = self.controller.choose(height, width)
        self.saturated += self.controller.saturated
        return Choice(cost_constraint=constraint, scale=scale)

    def spent(self, spent: Spent) -> None:
        """Learn from the frame that was just matted."""
        now = time.perf_counter()
        last, self._last = self._last, now
        if last is None or self.warm_up > 0:
            self.warm_up -= 1
            return
        cost = None if spent.path is None else self.costs.cost(spent.path)
        self.controller.measured(now - last, spent.seconds, cost, spent.pixels)


def bounds_of(cost: CostSettings, table: CostTable) -> Bounds:
    """The controller's bounds within what the model can do. Raises InputError below C_min."""
    minimum = table.minimum if cost.minimum is None else cost.minimum
    maximum = table.maximum if cost.maximum is None else cost.maximum
    table.check(minimum)
    table.check(maximum)
    return Bounds(minimum=min(minimum, maximum), maximum=maximum, scale=cost.scale)


def network_line(network: Network) -> Line:
    """Seconds of the network by GMAC, from two small pictures on the shortest path: the first
    guess."""
    cost = network.costs.cost(network.costs.costliest(network.costs.minimum))
    small, large = (frame_gmac(cost, 1.0, (side, side)) for side in TRIAL_SIDES)
    fast, slow = (_trial(network, side) for side in TRIAL_SIDES)
    slope = max((slow - fast) / (large - small), LEAST_SLOPE * slow / large)
    return Line(max(slow - slope * large, 0.0), slope)


def _trial(network: Network, side: int) -> float:
    rgb = np.zeros((side, side, 3), np.uint8)
    trimap = np.full((side, side), UNKNOWN, np.uint8)
    constraint = network.costs.minimum
    return min(network.infer(rgb, trimap, constraint).seconds for _ in range(TRIALS))


def pace_of(cost: CostSettings, network: Network) -> FixedPace | ControlledPace:
    """The pace that the options ask for. Raises InputError for a constraint below C_min."""
    table = network.costs
    bounds = bounds_of(cost, table)
    if cost.fps is not None:
        controller = Controller(
            budget=float(1 / cost.fps), costs=table, bounds=bounds, network=network_line(network)
        )
        return ControlledPace(controller, table)
    constraint = bounds.maximum if cost.constraint is None else cost.constraint
    table.check(constraint)
    return FixedPace(Choice(cost_constraint=constraint, scale=cost.scale or 1.0))
