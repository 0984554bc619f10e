"""Every target on one clip."""

from fractions import Fraction
from pathlib import Path

import pytest
from clips import Clip, write_clip
from test_replay import disc

from pamcli import bench_tracking
from pamcli.bench_tracking import Tracking, run
from pamcli.settings import HintSettings, Precision, RuntimeSettings
from pamcli.tracking_figures import as_text


def test_a_clip_is_run_at_every_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_tracking, "DISTURBED", (0.1, 0.3))
    times = tuple(3600 * number for number in range(40))
    clip = Clip(size=(96, 128), times=times, picture=disc, rate=Fraction(25))
    tracking = Tracking(
        source=write_clip(tmp_path / "disc.mp4", clip),
        hint=HintSettings(),
        runtime=RuntimeSettings(precision=Precision.F32),
        targets=(20, 40),
        seconds=0.8,
    )
    heard: list[str] = []
    figures = run(tracking, heard.append)
    assert [row["target"] for row in figures["targets"]] == [20, 40]
    assert all(row["mad"] >= 0 for row in figures["targets"])
    assert figures["disturbed"]["target"] == 40
    assert heard[:3] == ["highest quality", "20 frames/s", "40 frames/s"]
    assert as_text(figures).count("\n") == 4
