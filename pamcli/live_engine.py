"""The network of a live run and its pace, ready to be used beside other networks."""

from collections.abc import Callable

from pamcli.engine import Engine
from pamcli.live_pace import LivePace, SteadyPace
from pamcli.matting import Choice
from pamcli.models import load_model
from pamcli.pacing import bounds_of, network_line
from pamcli.settings import CostSettings, RuntimeSettings

Pace = LivePace | SteadyPace


def open_engine(
    cost: CostSettings, runtime: RuntimeSettings, rate: Callable[[], float], together: int
) -> tuple[Engine, Pace]:
    """A network that has inferred already, and who chooses its C_c and scale.

    rate: frames a second to hold, asked before each frame. together: stages that can run at once.
    Raises ModelError, InputError for a constraint below C_min.
    """
    engine = Engine(load_model(), precision=runtime.precision, threads=runtime.threads)
    bounds = bounds_of(cost, engine.costs)
    if cost.constraint is not None:
        engine.costs.check(cost.constraint)
    line = network_line(engine)  # infers, which no two threads may do for the first time at once
    if cost.constraint is not None:
        choice = Choice(cost_constraint=cost.constraint, scale=cost.scale or 1.0)
        return engine, SteadyPace(choice, bounds)
    pace = LivePace(costs=engine.costs, bounds=bounds, network=line, rate=rate, together=together)
    return engine, pace
