"""The controller against a simulated machine."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from pamcli.controller import DWELL, SCALES, Bounds, Controller
from pamcli.path import CostTable, gmac_of_frame

TABLE = CostTable(shortest=38472, savings=(8465, 6214, 3964, 17466))
PIXELS = 1280 * 720


@dataclass
class Machine:
    """A machine on which a GMAC and everything else take known, noisy times."""

    seconds_per_gmac: float
    overhead: float
    noise: float = 0.0
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))

    def frame(self, constraint: int, scale: float) -> tuple[float, float, float]:
        gmac = gmac_of_frame(TABLE.cost(TABLE.costliest(constraint)), 1, PIXELS) * scale**2
        factor = 1 + self.noise * self.random.standard_normal()
        network = gmac * self.seconds_per_gmac * max(factor, 0.2)
        return network + self.overhead, network, gmac


def simulate(
    controller: Controller, machine: Machine, frames: int
) -> list[tuple[float, int, float]]:
    """(period, C_c, scale) of each frame."""
    rows = []
    for _ in range(frames):
        constraint, scale = controller.choose(PIXELS)
        period, network, gmac = machine.frame(constraint, scale)
        controller.measured(period, network, gmac)
        rows.append((period, constraint, scale))
    return rows


def controller(fps: float, bounds: Bounds | None = None) -> Controller:
    bounds = bounds or Bounds(minimum=TABLE.minimum, maximum=TABLE.maximum)
    return Controller(budget=1 / fps, costs=TABLE, bounds=bounds)


@pytest.mark.parametrize("fps", [5, 10, 15, 24])
@pytest.mark.parametrize("seconds_per_gmac", [0.0005, 0.002, 0.008])
def test_the_rate_is_held_on_machines_of_any_speed(fps: float, seconds_per_gmac: float) -> None:
    machine = Machine(seconds_per_gmac, overhead=0.01, noise=0.05)
    rows = simulate(controller(fps), machine, 400)
    settled = np.array([row[0] for row in rows[150:]])
    assert settled.mean() <= 1.02 / fps


def test_spare_time_goes_into_quality() -> None:
    rows = simulate(controller(15), Machine(0.00078, overhead=0.01, noise=0.02), 300)
    settled = rows[100:]
    assert {scale for _, _, scale in settled} == {1.0}
    assert np.mean([period for period, _, _ in settled]) >= 0.85 / 15


def test_a_fast_machine_runs_the_full_path_at_full_size() -> None:
    rows = simulate(controller(15), Machine(0.0001, overhead=0.005), 400)
    assert {(c, s) for _, c, s in rows[300:]} == {(75, 1.0)}


def test_a_slower_machine_in_mid_stream_is_followed() -> None:
    control = controller(15)
    simulate(control, Machine(0.0005, overhead=0.01), 200)
    rows = simulate(control, Machine(0.002, overhead=0.01), 300)
    assert np.mean([period for period, _, _ in rows[60:]]) <= 1.02 / 15


def test_an_impossible_rate_is_noticed() -> None:
    control = controller(60)
    simulate(control, Machine(0.05, overhead=0.05), 50)
    assert control.saturated
    assert control.scale == SCALES[0]
    assert control.constraint == TABLE.minimum


def test_bounds_and_a_fixed_scale_are_kept() -> None:
    control = controller(15, Bounds(minimum=50, maximum=65, scale=0.5))
    rows = simulate(control, Machine(0.003, overhead=0.01, noise=0.1), 200)
    assert {scale for _, _, scale in rows} == {0.5}
    assert all(50 <= constraint <= 65 for _, constraint, _ in rows)


def test_the_scale_does_not_pump() -> None:
    rows = simulate(controller(15), Machine(0.0021, overhead=0.01, noise=0.08), 600)
    changes = [i for i in range(151, 600) if rows[i][2] != rows[i - 1][2]]
    seconds = sum(row[0] for row in rows[150:])
    assert len(changes) <= seconds / DWELL / 4
