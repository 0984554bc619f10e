"""Targets by size on a made clip and on a person's."""

import json
from pathlib import Path

import pytest
from clips import FRAME_TIMES, Clip, write_clip

from pamcli import bench_rates, rates_figures
from pamcli.bench_panels import HEIGHT, PANEL
from pamcli.bench_rates import Rates, run
from pamcli.errors import InputError
from pamcli.settings import HintSettings, Precision, RuntimeSettings

RUNTIME = RuntimeSettings(precision=Precision.F32)


def test_every_target_has_a_row_at_every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_rates, "MADE_SIZE", (96, 128))
    monkeypatch.setattr(bench_rates, "MADE_PICTURES", 4)
    heard: list[str] = []
    wanted = Rates(
        source=None,
        hint=HintSettings(),
        runtime=RUNTIME,
        sides=(64, 96),
        targets=(15, 40),
        seconds=1.0,
    )
    figures = run(wanted, heard.append)
    assert (figures["source"], figures["hint"], figures["precision"]) == (
        "made clip",
        "trimap",
        "f32",
    )
    assert [(size["width"], size["height"]) for size in figures["sizes"]] == [(86, 64), (128, 96)]
    for size in figures["sizes"]:
        assert [row["target"] for row in size["targets"]] == [15, 40]
        most = max(row["frames"] for row in size["targets"])
        assert size["highest_quality"]["frames"] == most <= 40
        for row in size["targets"]:
            assert row["mad"] >= 0 and row["fps"] > 0
            assert row["sad"] == pytest.approx(row["mad"] * size["height"] * size["width"] / 1e6)
    assert heard[:3] == ["64 pixels: scaling", "86x64, 15 frames/s", "86x64, 40 frames/s"]
    assert heard[3].startswith("86x64, highest quality, ")
    assert json.loads(json.dumps(figures)) == figures
    assert len(rates_figures.as_text(figures).splitlines()) == 2 + 2 * (2 + 1 + 2)


def test_a_clip_of_too_few_frames_is_refused(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "short.mp4", Clip(times=FRAME_TIMES[:9]))
    wanted = Rates(
        source=clip, hint=HintSettings(), runtime=RUNTIME, sides=(48,), targets=(9,), seconds=1.0
    )
    with pytest.raises(InputError, match=r"short\.mp4: 9 frames; 10 are needed"):
        run(wanted)


def row(target: float, fps: float, mad: float) -> dict[str, object]:
    stages = ("decode", "hint", "network", "upsample", "compose", "encode")
    return {
        "target": target,
        "fps": fps,
        "deviation": fps / target - 1,
        "worst_second": fps,
        "cost_constraint": 60.0,
        "scale": 0.5,
        "mad": mad,
        "sad": 2 * mad,
        "ms": dict.fromkeys(stages, 1.5),
    }


FIGURES = {
    "source": "clip.mp4",
    "hint": "subject",
    "precision": "int8",
    "threads": 2,
    "seconds": 8.0,
    "sizes": [
        {
            "height": 720,
            "width": 1280,
            "highest_quality": {k: v for k, v in row(6, 6, 0).items() if k not in ("mad", "sad")},
            "targets": [row(5, 5.0, 0.25), row(10, 9.0, 1.0)],
        }
    ],
}


def test_the_table_says_what_was_achieved_and_what_it_cost() -> None:
    lines = rates_figures.as_text(FIGURES).splitlines()
    assert lines[0].startswith("clip.mp4, hint subject, int8, 2 threads")
    assert lines[2] == "1280x720"
    assert lines[4].split()[:2] == ["highest", "6.00"]
    words = ["10", "9.00", "-10.0", "%", "9.00", "60", "0.500", "1.000", "2.000"]
    assert lines[6].split() == words + ["1.5"] * 6


def test_the_picture_has_rates_and_losses_side_by_side() -> None:
    assert rates_figures.draw(FIGURES).shape == (HEIGHT, 2 * PANEL, 3)
