"""What each preset keeps of alpha, measured on a made clip."""

import json

import numpy as np
from typer.testing import CliRunner

from pamcli.bench_presets import as_text, made_pictures, run
from pamcli.cli.main import app
from pamcli.settings import Preset

SIZE = 64, 96
EXACT = {"prores4444", "ffv1", "qtrle", "png", "apng"}


def test_every_preset_has_a_row_and_the_exact_ones_lose_nothing() -> None:
    rows = {row["preset"]: row for row in run(SIZE, frames=3)}
    assert list(rows) == [preset.value for preset in Preset]
    assert {name for name, row in rows.items() if row["max_error"] == 0} == EXACT
    assert all(row["bytes"] > 100 and row["ms"] > 0 for row in rows.values())
    assert rows["webm"]["decoder"] == "libvpx-vp9"
    assert rows["matte"]["carried"] == "luma"


def test_the_made_clip_moves_and_has_soft_and_hard_alpha() -> None:
    first, second = made_pictures(SIZE, 2)
    alpha = first[..., 3]
    assert first.shape == (*SIZE, 4)
    assert {0, 255} < set(np.unique(alpha).tolist())
    assert 0.02 < np.mean((alpha > 0) & (alpha < 255)) < 0.5
    assert np.mean(alpha != second[..., 3]) > 0.001


def test_the_table_has_a_line_for_each_row() -> None:
    row = {
        "preset": "ffv1",
        "carried": "bgra",
        "max_error": 0,
        "mean_error": 0.0,
        "bytes": 1500.0,
        "ms": 12.25,
        "cpu_ms": 20.5,
        "decoder": "ffv1",
    }
    lines = as_text([row, row], SIZE).splitlines()
    assert lines[0].startswith("96x64")
    assert lines[2].split() == ["ffv1", "bgra", "0", "0.0000", "2", "12.2", "20.5", "ffv1"]
    assert lines[2] == lines[3]


def test_the_command_prints_the_rows_as_json() -> None:
    words = ["bench", "--presets", "--height", "48", "--width", "64", "--json"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert [row["preset"] for row in json.loads(result.stdout)] == [p.value for p in Preset]
