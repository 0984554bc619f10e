"""C_c and scale by what the stages take, not by what they wait for."""

import time

from test_matting import Recorder

from pamcli.controller import Bounds
from pamcli.cost_model import Line
from pamcli.live_pace import LivePace
from pamcli.matting import Spent
from pamcli.path import FULL_PATH
from pamcli.trimap import Box

TABLE = Recorder.costs
BOX = Box(0, 0, 640, 640)


def pace(rate: float = 10.0) -> LivePace:
    return LivePace(
        costs=TABLE,
        bounds=Bounds(minimum=TABLE.minimum, maximum=TABLE.maximum),
        network=Line(0.0, 0.001),
        rate=lambda: rate,
        together=2,
    )


def run(pace: LivePace, frames: int, *, network: float = 0.001, wait: float = 0.0) -> None:
    for number in range(frames):
        time.sleep(wait)
        pace.taken(wait, 0.0)
        pace.choose(number, BOX)
        pace.spent(Spent(path=FULL_PATH, pixels=640 * 640, seconds=network))


def test_waiting_for_the_source_costs_nothing() -> None:
    waiting = pace(rate=20.0)
    run(waiting, 20, wait=0.07)
    assert waiting.choice.scale == 1.0 and waiting.choice.cost_constraint == TABLE.maximum
    assert waiting.saturated == 0


def test_a_slow_stage_beside_the_network_is_answered_to() -> None:
    slow = pace()
    slow.stage("draw", 0.25)
    run(slow, 40)
    assert slow.choice.scale < 1.0


def test_stages_that_share_the_cores_count_together() -> None:
    slow = pace()
    for name in ("hint", "draw", "send"):
        slow.stage(name, 0.09)  # each within the budget, 0.135 s a frame together
    run(slow, 40)
    assert slow.choice.scale < 1.0


def test_other_bounds_hold_from_the_next_frame_on() -> None:
    held = pace()
    run(held, 5)
    held.choose(5, BOX)
    held.rebound(Bounds(minimum=TABLE.minimum, maximum=50))
    held.spent(Spent(path=FULL_PATH, pixels=640 * 640, seconds=0.001))
    run(held, 5)
    assert held.choice.cost_constraint <= 50


def test_a_stream_that_never_waits_is_as_slow_as_it_is() -> None:
    busy = pace(rate=50.0)
    for number in range(40):
        busy.taken(0.0, 0.001)
        busy.choose(number, BOX)
        busy.spent(Spent(path=FULL_PATH, pixels=640 * 640, seconds=0.001))
        time.sleep(0.03)  # somewhere between two frames
    assert busy.choice.scale < 1.0
