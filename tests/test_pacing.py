"""Who chooses C_c and scale, and what the controller is told."""

from fractions import Fraction

import pytest
from test_matting import Recorder

from pamcli.controller import Bounds, Controller
from pamcli.errors import InputError
from pamcli.matting import Choice, Spent
from pamcli.pacing import ControlledPace, FixedPace, bounds_of, pace_of, seconds_per_gmac
from pamcli.path import SHORTEST_PATH
from pamcli.settings import CostSettings

TABLE = Recorder.costs


def test_without_options_the_longest_path_may_run_at_full_size() -> None:
    assert pace_of(CostSettings(), Recorder()) == FixedPace(Choice(cost_constraint=75, scale=1.0))


def test_a_fixed_cost_is_kept_for_every_frame() -> None:
    pace = pace_of(CostSettings(constraint=60, scale=0.5), Recorder())
    assert {pace.choose(pixels) for pixels in (0, 100, 10**7)} == {
        Choice(cost_constraint=60, scale=0.5)
    }


@pytest.mark.parametrize("cost", [CostSettings(constraint=38), CostSettings(minimum=10)])
def test_less_than_the_cheapest_path_is_refused(cost: CostSettings) -> None:
    with pytest.raises(InputError, match="too small"):
        pace_of(cost, Recorder())


def test_bounds_default_to_what_the_model_can_do() -> None:
    assert bounds_of(CostSettings(), TABLE) == Bounds(minimum=39, maximum=75, scale=None)
    assert bounds_of(CostSettings(maximum=50), TABLE).maximum == 50


def test_the_first_guess_is_measured() -> None:
    network = Recorder()
    guess = seconds_per_gmac(network)
    assert len(network.shown) > 1
    assert guess == pytest.approx(0.01 / (38.472 * 256 * 256 / 2**20))


def test_the_controller_hears_of_whole_periods(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 10.5, 11.0, 11.2])
    monkeypatch.setattr("pamcli.pacing.time.perf_counter", lambda: next(clock))
    bounds = Bounds(minimum=39, maximum=75)
    controller = Controller(budget=0.1, costs=TABLE, bounds=bounds, overhead=0.0)
    pace = ControlledPace(controller, TABLE, warm_up=2)
    spent = Spent(path=SHORTEST_PATH, pixels=2**20, seconds=0.05)
    for _ in range(3):
        pace.spent(spent)
    assert controller.debt == pytest.approx(0.4)
    before = controller.overhead
    pace.spent(spent)
    assert controller.overhead > before * 0.8
    assert controller.debt == pytest.approx(0.5)


def test_a_rate_makes_a_controller_of_its_budget() -> None:
    pace = pace_of(CostSettings(fps=Fraction(30000, 1001)), Recorder())
    assert isinstance(pace, ControlledPace)
    assert pace.controller.budget == pytest.approx(1001 / 30000)
