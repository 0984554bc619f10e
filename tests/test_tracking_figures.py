"""What is said of a run that holds its rate, and of one that was disturbed."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from test_frame_log import ROW

from pamcli.frame_log import FrameRow
from pamcli.tracking_figures import as_text, disturbed, held


def rows(periods: Iterable[float], scales: Iterable[float] | None = None) -> list[FrameRow]:
    seconds, made = 0.5, []
    for period, scale in zip(periods, scales or iter(lambda: 1.0, None), strict=False):
        seconds += period
        made.append(replace(ROW, seconds=seconds, scale=scale))
    return made


def test_the_first_fifth_does_not_count() -> None:
    figures = held(rows([1.0] * 20 + [0.1] * 80), 10)
    assert figures["fps"] == pytest.approx(10.0)
    assert figures["deviation"] == pytest.approx(0.0, abs=1e-9)
    assert (figures["cost_constraint"], figures["changes"]) == (75, 0)


def test_the_worst_second_is_found() -> None:
    figures = held(rows([0.1] * 50 + [0.2] * 5 + [0.1] * 50), 10)
    assert figures["worst_second"] == pytest.approx(5.0, rel=0.2)
    assert figures["fps"] > 9


def test_a_disturbance_is_told_by_when_it_was_made_up_for() -> None:
    periods = [0.1] * 100 + [0.25] * 4 + [0.1] * 90 + [0.1] * 100
    scales = [0.8] * 104 + [0.5] * 90 + [0.5] * 10 + [0.8] * 90
    figures = disturbed(rows(periods, scales), 10, 10.0, 20.0)
    assert figures["usual_scale"] == pytest.approx(0.8)
    assert figures["loaded_scale"] == pytest.approx(0.5)
    assert figures["rate_back"] == pytest.approx(0.9, abs=0.11)
    assert figures["scale_back"] == pytest.approx(1.0, abs=0.11)
    assert figures["changes_loaded"] == {"falls": 1, "rises": 0}
    assert figures["changes_after"] == {"falls": 0, "rises": 1}


def test_what_never_came_back_is_said() -> None:
    figures = disturbed(rows([0.1] * 100 + [0.3] * 60), 10, 10.0, 20.0)
    assert figures["rate_back"] is None
    assert "rate back never" in as_text(
        {
            "source": "clip.mp4",
            "highest_quality_fps": 12.0,
            "targets": [],
            "disturbed": {"target": 10, **figures},
        }
    )
