"""Who chooses C_c and scale, and what the controller is told."""

from fractions import Fraction

import pytest
from test_matting import Recorder

from pamcli.controller import Bounds, Controller
from pamcli.cost_model import Line
from pamcli.errors import InputError
from pamcli.matting import Choice, Spent
from pamcli.pacing import (
    LEAST_SLOPE,
    TRIALS,
    ControlledPace,
    FixedPace,
    bounds_of,
    network_line,
    pace_of,
)
from pamcli.path import SHORTEST_PATH
from pamcli.settings import CostSettings
from pamcli.trimap import Box

TABLE = Recorder.costs


def test_without_options_the_longest_path_may_run_at_full_size() -> None:
    assert pace_of(CostSettings(), Recorder()) == FixedPace(Choice(cost_constraint=75, scale=1.0))


def test_a_fixed_cost_is_kept_for_every_frame() -> None:
    pace = pace_of(CostSettings(constraint=60, scale=0.5), Recorder())
    boxes = (None, Box(0, 0, 10, 10), Box(0, 0, 4000, 3000))
    assert {pace.choose(number, box) for number, box in enumerate(boxes)} == {
        Choice(cost_constraint=60, scale=0.5)
    }


@pytest.mark.parametrize("cost", [CostSettings(constraint=38), CostSettings(minimum=10)])
def test_less_than_the_cheapest_path_is_refused(cost: CostSettings) -> None:
    with pytest.raises(InputError, match="too small"):
        pace_of(cost, Recorder())


def test_bounds_default_to_what_the_model_can_do() -> None:
    assert bounds_of(CostSettings(), TABLE) == Bounds(minimum=39, maximum=75, scale=None)
    assert bounds_of(CostSettings(maximum=50), TABLE).maximum == 50


def test_the_first_guess_is_measured_at_two_sizes() -> None:
    network = Recorder()
    guess = network_line(network)
    assert [trimap.shape for _, trimap, _ in network.shown] == [(128, 128)] * TRIALS + [
        (384, 384)
    ] * TRIALS
    large = 38.472 * 384 * 384 / 2**20
    assert guess.at(large) == pytest.approx(0.01)  # what the recorder says of any size
    assert guess.slope == pytest.approx(LEAST_SLOPE * 0.01 / large)


def test_the_controller_hears_of_whole_periods(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 10.5, 10.55, 10.69, 10.75])
    monkeypatch.setattr("pamcli.pacing.time.perf_counter", lambda: next(clock))
    bounds = Bounds(minimum=39, maximum=75, scale=1.0)
    controller = Controller(budget=0.1, costs=TABLE, bounds=bounds, network=Line(0.0, 0.001))
    pace = ControlledPace(controller, TABLE, warm_up=2)
    spent = Spent(path=SHORTEST_PATH, pixels=2**20, seconds=0.04)
    lateness = []
    for number in range(5):
        pace.choose(number, Box(0, 0, 1024, 1024))
        pace.spent(spent)
        lateness.append(controller.debt)
    assert lateness == pytest.approx([0.0, 0.0, 0.0, 0.04, 0.0])


def test_a_frame_without_unknown_pixels_tells_nothing_of_the_network() -> None:
    pace = pace_of(CostSettings(fps=Fraction(15)), Recorder())
    assert isinstance(pace, ControlledPace)
    before = pace.controller.model.period(38.472, 1.0, (512, 512))
    for number in range(6):
        pace.choose(number, None)
        pace.spent(Spent(path=None, pixels=0, seconds=0.0))
    assert pace.controller.model.period(38.472, 1.0, (512, 512)) == before


def test_a_rate_makes_a_controller_of_its_budget() -> None:
    pace = pace_of(CostSettings(fps=Fraction(30000, 1001)), Recorder())
    assert isinstance(pace, ControlledPace)
    assert pace.controller.budget == pytest.approx(1001 / 30000)
