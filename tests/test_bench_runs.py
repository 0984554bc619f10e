"""One measured run: where it ends, and what its mattes lost."""

from pathlib import Path

import numpy as np
import pytest

from pamcli.bench_clip import Material, made_material, write_clip
from pamcli.bench_presets import made_info
from pamcli.bench_runs import Run, logged, mean_error, sum_error
from pamcli.settings import Output, Precision, Preset, RuntimeSettings

RUNTIME = RuntimeSettings(precision=Precision.F32, threads=1)


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return made_material(tmp_path_factory.mktemp("made"), (64, 96), pictures=4, frames=30)


def test_a_run_ends_with_its_frames(material: Material, tmp_path: Path) -> None:
    run = Run(material=material, runtime=RUNTIME, target=tmp_path / "a.mkv", frames=7)
    rows = logged(run)
    assert [row.pts for row in rows] == [rows[0].pts + row * 1 for row in range(7)] or len(
        rows
    ) == 7
    assert {row.hint for row in rows} == {"trimap"}


def test_a_run_ends_with_its_time_and_without_limits_with_the_clip(
    material: Material, tmp_path: Path
) -> None:
    target = tmp_path / "a.mkv"
    heard: list[int] = []
    late = Run(material=material, runtime=RUNTIME, target=target, seconds=0.0, least=3)
    assert len(logged(late)) == 3
    assert len(logged(Run(material=material, runtime=RUNTIME, target=target), heard.append)) == 30
    assert heard == list(range(1, 31))


def test_the_error_is_the_mean_over_the_frames_of_both(tmp_path: Path) -> None:
    levels = {"truth": [0, 0, 0, 0], "found": [255, 51, 102]}
    for name, values in levels.items():
        file = tmp_path / f"{name}.mkv"
        pictures = [np.full((48, 64), value, np.uint8) for value in values]
        info = made_info(file, (48, 64), len(values))
        write_clip(file, info, pictures, Output.ALPHA, Preset.FFV1)
    truth, found = tmp_path / "truth.mkv", tmp_path / "found.mkv"
    assert mean_error(truth, found) == pytest.approx(1000 * (1 + 0.2 + 0.4) / 3)
    assert mean_error(truth, found, skipped=1) == pytest.approx(300.0)
    assert sum_error(300.0, (48, 64)) == pytest.approx(0.3 * 48 * 64 / 1000)
