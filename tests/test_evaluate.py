"""`pamcli eval` as a whole: results on stdout, one line for what cannot work, pictures."""

import json
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from evaluations import FakeNetwork, write_clip_folders, write_still
from typer.testing import CliRunner

from pamcli import evaluate as job
from pamcli import images
from pamcli.cli.main import app, main
from pamcli.evaluate_closed_form import closed_form
from pamcli.evaluate_data import Spoiling, find_dataset
from pamcli.evaluate_pictures import quality_picture, worst_picture
from pamcli.settings import RuntimeSettings


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Two stills and a clip of two frames."""
    folder = tmp_path / "set"
    write_still(folder / "disc_a")
    write_still(folder / "disc_b", shift=5)
    write_clip_folders(folder / "walk", frames=2)
    return folder


def asked(dataset: Path, **more: object) -> job.EvaluateJob:
    values: dict[str, object] = {
        "dataset": dataset,
        "constraints": (81, 39),
        "runtime": RuntimeSettings(),
        "spoiling": Spoiling(),
    }
    return job.EvaluateJob(**{**values, **more})  # type: ignore[arg-type]


def test_every_way_is_measured_on_every_still_and_clip(dataset: Path) -> None:
    steps: list[tuple[int, int | None]] = []
    network = FakeNetwork()
    baseline = partial(
        closed_form,
        SimpleNamespace(estimate_alpha_cf=lambda image, trimap: trimap),  # type: ignore[arg-type]
    )
    found = job.evaluate(
        network,
        find_dataset(dataset),
        asked(dataset, each_path=True),
        baseline=baseline,
        progress=lambda done, total: steps.append((done, total)),
    )
    assert [(row.name, row.way) for row in found.stills] == [
        (name, way)
        for name in ("disc_a", "disc_b")
        for way in ("81", "39", "alpha 0.5", "closed form")
    ]
    assert [(row.name, row.way) for row in found.clips] == [
        ("walk", "81"), ("walk", "39"), ("walk", "alpha 0.5")
    ]  # fmt: skip
    full, cheap = found.paths
    assert (full.constraint, full.chosen, full.taken) == (81, 0.0, {"1111": 2})
    assert cheap.chosen == cheap.cheapest > 0 and full.oracle == 0
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_still_without_a_closed_form_is_noted_and_the_rest_goes_on(dataset: Path) -> None:
    calls: list[int] = []

    def fail_once(image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("Trimap did not contain background values")
        return trimap

    solver = SimpleNamespace(estimate_alpha_cf=fail_once)
    baseline = partial(closed_form, solver)  # type: ignore[arg-type]
    found = job.evaluate(FakeNetwork(), find_dataset(dataset), asked(dataset), baseline=baseline)
    assert [row.name for row in found.stills if row.way == "closed form"] == ["disc_b"]
    assert found.notes == ("disc_a: closed-form matting: Trimap did not contain background values",)


def test_paths_are_forced_only_when_asked_for(dataset: Path) -> None:
    network = FakeNetwork()
    found = job.evaluate(network, find_dataset(dataset), asked(dataset))
    assert found.paths == ()
    assert {path for *_, path in network.shown} == {None}


def test_the_worst_stills_come_first(dataset: Path) -> None:
    write_still(dataset / "disc_c", shift=0)
    network = FakeNetwork()
    found = job.evaluate(network, find_dataset(dataset), asked(dataset, constraints=(60,)))
    sheet = worst_picture(network, dataset, found.stills, (60,), Spoiling())
    assert sheet.ndim == 3 and sheet.shape[0] > 3 * 150
    chart = quality_picture(found, Spoiling(jpeg=50))
    assert chart.shape[2] == 3 and (chart != 255).any()


def test_clips_alone_have_a_chart(tmp_path: Path) -> None:
    write_clip_folders(tmp_path / "walk", frames=2)
    found = job.evaluate(FakeNetwork(), find_dataset(tmp_path), asked(tmp_path))
    assert not found.stills
    assert (quality_picture(found, Spoiling()) != 255).any()


def test_the_command_prints_tables_and_nothing_else(dataset: Path) -> None:
    ran = CliRunner().invoke(app, ["eval", str(dataset), "--cost", "mild,39,39"])
    assert ran.exit_code == 0, ran.output
    assert ran.stderr == ""  # no progress where nobody watches
    lines = ran.stdout.splitlines()
    assert sum(line.startswith("disc_a") for line in lines) == 3
    assert any(line.startswith("all (2)") for line in lines) and "dtSSDx1e2" in ran.stdout


def test_json_and_pictures_of_the_released_model(dataset: Path, tmp_path: Path) -> None:
    plots = tmp_path / "plots"
    ran = CliRunner().invoke(
        app,
        ["eval", str(dataset), "--cost", "75,60", "--json", "--quiet", "--plot", str(plots),
         "--each-path", "--trimap-dilate", "2", "--jpeg", "60"],
    )  # fmt: skip
    assert (ran.exit_code, ran.stderr) == (0, ""), ran.output
    record = json.loads(ran.stdout)
    assert set(record) == {"75", "60", "alpha 0.5"}
    assert record["75"]["sad"] < record["alpha 0.5"]["sad"]
    assert record["75"]["stills"]["disc_a"]["ms"] > 0
    assert record["60"]["paths"]["oracle"] <= record["60"]["paths"]["chosen"]
    assert record["60"]["clips"]["each"]["walk"]["dtssd"] >= 0
    assert {entry.name for entry in plots.iterdir()} == {"quality.png", "worst.png"}
    assert images.read_rgb(plots / "worst.png").shape[1] > 1000


def error_line(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """Exit code and the one line on stderr; stdout must be empty."""
    monkeypatch.setattr(sys, "argv", ["pamcli", "eval", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return int(ended.value.code or 0), line


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--cost", "10"], 1, "cost constraint 10 is too small"),
        (["--jpeg", "0"], 2, "--jpeg 0 is not within 1 to 100"),
        (["--trimap-dilate", "-1"], 2, "--trimap-dilate -1 is not within 0 to 1000 pixels"),
        (["--closed-form"], 1, "pip install 'pamcli[evaluate]'"),
        (["--plot", "PLOTS"], 1, "quality.png: exists; --overwrite replaces it"),
        (["--plot", "FILE"], 1, "is a file"),
    ],
)
def test_what_cannot_work_is_one_line(
    dataset: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.setitem(sys.modules, "pymatting", None)
    (tmp_path / "PLOTS").mkdir()
    (tmp_path / "PLOTS" / "quality.png").write_bytes(b"precious")
    (tmp_path / "FILE").touch()
    monkeypatch.chdir(tmp_path)
    ended, line = error_line([str(dataset), *options], monkeypatch, capsys)
    assert ended == code
    assert line.startswith("pamcli: error: ") and said in line
    assert (tmp_path / "PLOTS" / "quality.png").read_bytes() == b"precious"


@pytest.mark.parametrize("option", ["--each-path", "--closed-form"])
def test_options_for_stills_need_stills(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    option: str,
) -> None:
    write_clip_folders(tmp_path / "walk", frames=2)
    code, line = error_line([str(tmp_path), option], monkeypatch, capsys)
    assert code == 1 and "need stills" in line and str(tmp_path) in line


@pytest.mark.parametrize("damage", ["no dataset", "damaged picture", "size"])
def test_bad_data_is_one_line_that_names_it(
    dataset: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    damage: str,
) -> None:
    named = dataset / "disc_a" / "image.png"
    if damage == "no dataset":
        dataset = named = dataset / "nothing"
    elif damage == "damaged picture":
        named.write_bytes(b"no picture")
    else:
        images.write_png(named, np.zeros((9, 9, 3), np.uint8))
        named = dataset / "disc_a" / "trimap.png"
    code, line = error_line([str(dataset), "--cost", "39"], monkeypatch, capsys)
    assert code == 1 and str(named) in line
