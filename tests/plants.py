"""A simulated machine for the controller: stages that overlap on two cores, noise, load."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pamcli.controller import Bounds, Controller
from pamcli.cost_model import Line, frame_gmac
from pamcli.path import CostTable

TABLE = CostTable(shortest=38472, savings=(8465, 6214, 3964, 17466))
CORES = 2
BOX = (704, 512)

Rows = npt.NDArray[np.float64]
"""(frames, 4): end of the frame in seconds, period, C_c, scale."""


@dataclass(kw_only=True)
class Plant:
    """Seconds of each stage on both cores, and what the network would like to spend."""

    per_gmac: float = 0.002
    network_fixed: float = 0.004
    per_mega: float = 0.005  # beside the network in its own thread, for a million pixels
    own: float = 0.002
    other: float = 0.012  # slowest of the stages in other threads
    noise: float = 0.0  # standard deviation of a frame's factor
    spikes: float = 0.0  # share of the frames that take twice as long
    appetite: float = 39.0  # GMAC per 1024x1024
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))

    def path_cost(self, constraint: int) -> float:
        wish = self.appetite + 25 * self.noise * self.random.standard_normal()
        wanted = min(max(wish, TABLE.minimum), constraint)
        return TABLE.cost(TABLE.costliest(int(wanted)))

    def frame(
        self, cost: float, scale: float, box: tuple[int, int], cores: float
    ) -> tuple[float, float]:
        """(period, seconds in the network)."""
        network = self.network_fixed + self.per_gmac * frame_gmac(cost, scale, box)
        own = self.own + self.per_mega * box[0] * box[1] / 1e6
        work = (network * CORES + own + self.other) / cores
        period = max(network + own, self.other, work)
        factor = np.exp(self.noise * self.random.standard_normal())
        if self.random.random() < self.spikes:
            factor *= 2
        network_bound = work >= self.other or network + own >= self.other
        seen = max(period - own * CORES / cores, network) if network_bound else network
        return float(period * factor), float(min(seen, period) * factor)


def run(
    controller: Controller,
    plant: Plant,
    seconds: float,
    cores: Callable[[float], float] = lambda time: CORES,
    box: Callable[[float], tuple[int, int]] = lambda time: BOX,
) -> Rows:
    rows, time = [], 0.0
    while time < seconds:
        constraint, scale = controller.choose(*box(time))
        cost = plant.path_cost(constraint)
        period, network = plant.frame(cost, scale, box(time), cores(time))
        controller.measured(period, network, cost)
        time += period
        rows.append((time, period, constraint, scale))
    return np.array(rows)


def controller(fps: float, bounds: Bounds | None = None, guess: Line | None = None) -> Controller:
    return Controller(
        budget=1 / fps,
        costs=TABLE,
        bounds=bounds or Bounds(minimum=TABLE.minimum, maximum=TABLE.maximum),
        network=guess or Line(0.004, 0.002),
    )


def between(rows: Rows, start: float, end: float) -> Rows:
    """The rows of the frames that ended within [start, end) seconds."""
    return rows[(rows[:, 0] >= start) & (rows[:, 0] < end)]


def rate(rows: Rows) -> float:
    """Frames a second."""
    return float(1 / rows[:, 1].mean())


def changes(rows: Rows) -> tuple[int, int]:
    """How often the scale falls and rises."""
    steps = np.diff(rows[:, 3])
    return int((steps < 0).sum()), int((steps > 0).sum())


def random_plant(seed: int) -> tuple[Plant, float]:
    """A machine, and a rate that it can hold somewhere within its bounds."""
    random = np.random.default_rng(seed)
    plant = Plant(
        per_gmac=10 ** random.uniform(-3.2, -2.0),
        network_fixed=random.uniform(0.001, 0.012),
        per_mega=random.uniform(0.001, 0.02),
        own=random.uniform(0.0005, 0.006),
        other=random.uniform(0.002, 0.03),
        noise=random.uniform(0.0, 0.08),
        spikes=random.choice([0.0, 0.005]),
        appetite=random.choice([39.0, 75.0, random.uniform(39, 75)]),
        random=random,
    )
    plant.noise, noise = 0.0, plant.noise
    slow = plant.frame(TABLE.cost(TABLE.costliest(75)), 1.0, BOX, CORES)[0]
    fast = plant.frame(TABLE.cost(TABLE.costliest(39)), 0.25, BOX, CORES)[0]
    plant.noise = noise
    share = random.uniform(0.15, 1.2)
    return plant, float(1 / (fast * 1.1 + share * max(slow - fast * 1.1, 0.0)))
