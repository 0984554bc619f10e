"""The columns of Table 1: measured in processes of their own, and as a table."""

import json
import os

import pytest

from pamcli import bench_paper
from pamcli.bench_paper import in_fresh_process, measure, parameters, run
from pamcli.errors import ModelError
from pamcli.models import load_model
from pamcli.paper_figures import as_text
from pamcli.path import FULL_PATH, NetworkPath
from pamcli.settings import Precision, RuntimeSettings


def test_the_model_has_the_weights_of_the_paper() -> None:
    assert parameters(load_model()) == pytest.approx(7.1e6, rel=0.02)


def test_a_fresh_process_measures_its_own_memory_alone() -> None:
    ballast = bytearray(os.urandom(1 << 20) * 400)
    here = measure(Precision.F32, FULL_PATH, 1, 64, 2)
    there = in_fresh_process(Precision.F32, FULL_PATH, 1, 64, 2)
    assert 0 < there["best"] <= there["first"]
    if here["memory"] is None:
        pytest.skip("this system does not tell a process's peak memory")
    assert there["memory"] < here["memory"] - 0.9 * len(ballast) / 1e9


def _ended(*arguments: object) -> None:
    os._exit(9)


def test_a_process_that_is_ended_is_said_to_lack_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_paper, "measure", _ended)
    with pytest.raises(ModelError, match="64x64 in f32: the process was ended"):
        in_fresh_process(Precision.F32, FULL_PATH, 1, 64, 1)


def test_each_constraint_runs_the_costliest_path_within_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran: list[NetworkPath] = []

    def pretend(
        precision: Precision, path: NetworkPath, threads: int, side: int, runs: int
    ) -> dict[str, float | None]:
        ran.append(path)
        return {"first": 4.0, "best": 3.5, "memory": 2.25}

    monkeypatch.setattr(bench_paper, "in_fresh_process", pretend)
    figures = run(RuntimeSettings(precision=Precision.F32, threads=1))
    costs = load_model().costs
    assert ran == [costs.costliest(constraint) for constraint in (75, 70, 60, costs.minimum)]
    assert [row["gmac"] for row in figures["rows"]] == [costs.cost(path) for path in ran]
    assert [row["paper_seconds"] for row in figures["rows"]] == [6.25, 5.58, 5.23, None]
    assert json.loads(json.dumps(figures)) == figures
    lines = as_text(figures).splitlines()
    assert "1 threads; a picture of 2048x2048" in lines[0] and "12 cores" in lines[2]
    assert lines[3].split()[:3] == ["75", "1111", "74.6"]
    assert lines[3].endswith("4.00 / 3.50 s, 2.25 GB  6.25 s, 8 GB")
    assert lines[6].endswith("2.25 GB  -")
