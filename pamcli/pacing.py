"""Who chooses C_c and scale for each frame: a fixed setting, or the controller by the clock."""

import time
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from pamcli.controller import Bounds, Controller
from pamcli.matting import Choice, Network, Spent
from pamcli.path import CostTable, gmac_of_frame
from pamcli.settings import CostSettings
from pamcli.trimap import UNKNOWN

TRIAL_SIDE = 256
"""Pixels of the trial picture's side."""


class Pace(Protocol):
    """Chooses before a frame is matted, and is told afterwards what it took."""

    def choose(self, pixels: int) -> Choice: ...

    def spent(self, spent: Spent) -> None: ...


@dataclass(frozen=True, slots=True)
class FixedPace:
    """The same choice for every frame."""

    choice: Choice

    def choose(self, pixels: int) -> Choice:
        """`pixels`: of the region of interest, before scaling."""
        return self.choice

    def spent(self, spent: Spent) -> None:
        """Nothing to learn."""


@dataclass(slots=True)
class ControlledPace:
    """The controller, told the time between frames as the whole pipeline lets them pass.

    A frame's period runs from one `spent` to the next: it holds the waits for decoder and encoder
    too, so that whichever stage is the slowest is what the controller answers to.
    """

    controller: Controller
    costs: CostTable
    warm_up: int = 2  # frames whose time tells of filling queues and caches, not of the stream
    saturated: int = 0
    _last: float | None = field(default=None, init=False)

    def choose(self, pixels: int) -> Choice:
        """`pixels`: of the region of interest, before scaling."""
        constraint, scale = self.controller.choose(pixels)
        self.saturated += self.controller.saturated
        return Choice(cost_constraint=constraint, scale=scale)

    def spent(self, spent: Spent) -> None:
        """Learn from the frame that was just matted."""
        now = time.perf_counter()
        last, self._last = self._last, now
        if last is None or self.warm_up > 0:
            self.warm_up -= 1
            return
        gmac = 0.0
        if spent.path is not None:
            gmac = gmac_of_frame(self.costs.cost(spent.path), 1, spent.pixels)
        self.controller.measured(now - last, spent.seconds, gmac)


def bounds_of(cost: CostSettings, table: CostTable) -> Bounds:
    """The controller's bounds within what the model can do. Raises InputError below C_min."""
    minimum = table.minimum if cost.minimum is None else cost.minimum
    maximum = table.maximum if cost.maximum is None else cost.maximum
    table.check(minimum)
    table.check(maximum)
    return Bounds(minimum=min(minimum, maximum), maximum=maximum, scale=cost.scale)


def seconds_per_gmac(network: Network) -> float:
    """What a GMAC costs here, by a small picture on the shortest path: the first guess."""
    side = TRIAL_SIDE
    rgb = np.zeros((side, side, 3), np.uint8)
    trimap = np.full((side, side), UNKNOWN, np.uint8)
    constraint = network.costs.minimum
    best = min(network.infer(rgb, trimap, constraint).seconds for _ in range(3))
    path = network.costs.costliest(constraint)
    return best / gmac_of_frame(network.costs.cost(path), side, side)


def pace_of(cost: CostSettings, network: Network) -> FixedPace | ControlledPace:
    """The pace that the options ask for. Raises InputError for a constraint below C_min."""
    table = network.costs
    bounds = bounds_of(cost, table)
    if cost.fps is not None:
        budget = float(1 / cost.fps)
        guess = seconds_per_gmac(network)
        return ControlledPace(
            Controller(budget=budget, costs=table, bounds=bounds, seconds_per_gmac=guess), table
        )
    constraint = bounds.maximum if cost.constraint is None else cost.constraint
    table.check(constraint)
    return FixedPace(Choice(cost_constraint=constraint, scale=cost.scale or 1.0))
