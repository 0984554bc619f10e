"""What is asked for while a live run runs: opened beside it, refused in one line."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from pamcli import live_following
from pamcli.engine import Engine
from pamcli.live_controls import LiveControls
from pamcli.live_engine import Pace
from pamcli.live_following import Follower
from pamcli.live_job import LiveJob
from pamcli.live_open import SourceSettings
from pamcli.live_sinks import SinkSettings
from pamcli.matting import Choice
from pamcli.models import load_model
from pamcli.pacing import bounds_of
from pamcli.path import CostTable
from pamcli.settings import CostSettings, HintSettings, LookSettings, Output

SIZE = 48, 64


@dataclass(slots=True)
class FakePace:
    """Remembers its bounds."""

    bounds: object
    choice: Choice

    def rebound(self, bounds: object) -> None:
        self.bounds = bounds


@dataclass(frozen=True)
class FakeEngine:
    costs: CostTable


@dataclass
class Run:
    """A follower at work, with what it was given and what it said."""

    follower: Follower
    controls: LiveControls
    pace: FakePace
    said: list[str]

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + 5
        while not condition():
            assert time.monotonic() < end, self.said
            time.sleep(0.01)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """With the hint lime and the usual background."""
    job = LiveJob(
        source=SourceSettings(address="camera.mp4"),
        sinks=(SinkSettings(address=str(tmp_path / "o.mkv")),),
        hint=HintSettings(key="lime"),
        cost=CostSettings(),
        look=LookSettings(output=Output.COMPOSITE),
    )
    controls, said = LiveControls(job.wish), list[str]()
    costs = load_model().costs
    pace = FakePace(bounds_of(job.cost, costs), Choice(cost_constraint=75, scale=1.0))
    engine = cast("Engine", FakeEngine(costs))
    follower = Follower(job, controls, engine, cast("Pace", pace), said.append)
    with (
        closing(follower.hints),
        closing(follower.open_looks(SIZE)) as looks,
        follower.following(looks, SIZE, lambda: 0),
    ):
        yield Run(follower, controls, pace, said)


def test_a_background_is_taken_over(run: Run) -> None:
    run.controls.change(background="red")
    run.until(lambda: run.follower.background == "red")
    assert run.said == [] and run.controls.error == ""


def test_what_cannot_be_had_is_refused_and_the_one_before_stays(run: Run) -> None:
    run.controls.change(background="red")
    run.until(lambda: run.follower.background == "red")
    run.controls.change(background="missing.mp4")
    run.until(lambda: run.controls.error)
    assert "missing.mp4" in run.controls.error and run.said == [run.controls.error]
    assert run.follower.background == "red"
    run.controls.change(background="blue")
    run.until(lambda: run.follower.background == "blue")
    assert run.controls.error == ""


def test_a_hint_and_its_look_are_taken_over(run: Run) -> None:
    before = run.follower.hints.use(lambda hint: hint)
    run.controls.change(hint=HintSettings(key="blue"))
    run.until(lambda: run.follower.hints.use(lambda hint: hint) is not before)
    assert run.follower.hint == "key" and run.said == []


def test_bounds_are_taken_over(run: Run) -> None:
    before = run.pace.bounds
    run.controls.change(max_cost=60)
    run.until(lambda: run.pace.bounds != before)
    assert run.said == []


def test_a_fault_of_ours_is_not_swallowed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(live_following, "open_look", broken)
    run.controls.change(background="red")
    run.until(lambda: run.follower.failure is not None)
    assert isinstance(run.follower.failure, ZeroDivisionError)
