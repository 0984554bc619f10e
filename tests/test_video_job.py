"""How the stages of a clip's run are tied together."""

import time
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from test_matting import Recorder

from pamcli.frame import Frame, Matte, Trimap
from pamcli.hints import Hint
from pamcli.matting import Choice
from pamcli.pacing import FixedPace
from pamcli.video_report import VideoReport
from pamcli.video_stages import find_alphas, hinted_ahead

FRAMES = 8


class Diary(Hint):
    """Writes down what it is asked and told, frame by frame."""

    def __init__(self, *, learns: bool) -> None:
        self.learns = learns
        self.lines: list[str] = []

    def trimap(self, frame: Frame) -> Trimap:
        self.lines.append(f"asked {frame.pts}")
        return np.full(frame.size, 128, np.uint8)

    def learn(self, matte: Matte) -> None:
        self.lines.append(f"told {matte.frame.pts}, {matte.alpha.mean()}")


def frames() -> Iterator[Frame]:
    for number in range(FRAMES):
        yield Frame(np.zeros((16, 16, 3), np.uint8), number, Fraction(1, 25))


def run(hint: Hint) -> list[int]:
    with hinted_ahead(frames(), hint) as known:
        pace = FixedPace(Choice(cost_constraint=75))
        mattes = find_alphas(known, Recorder(0.25), pace, VideoReport(), hint.learn)
        return [found.frame.pts for found in mattes]


def test_a_hint_that_learns_is_told_of_each_matte_before_it_is_asked_again() -> None:
    hint = Diary(learns=True)
    assert run(hint) == list(range(FRAMES))
    expected = [line for n in range(FRAMES) for line in (f"asked {n}", f"told {n}, 0.25")]
    assert hint.lines == expected


def test_any_other_hint_runs_ahead_of_the_network() -> None:
    hint = Diary(learns=False)
    with hinted_ahead(frames(), hint) as known:
        next(known)
        deadline = time.monotonic() + 5
        while len(hint.lines) < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert hint.lines[:4] == [f"asked {n}" for n in range(4)]


@pytest.mark.parametrize("said", [[], ["the hint says so"]])
def test_a_run_without_unknown_pixels_is_explained_once(said: list[str]) -> None:
    report = VideoReport(frames=2, empty=2, hinted=said)
    (line,) = report.warnings(Fraction(0))
    assert (
        line
        == (
            said or ["no frame has an unknown pixel: alpha is 0 or 1 throughout, as the hint says"]
        )[0]
    )
