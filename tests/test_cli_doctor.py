"""`pamcli doctor`: what was picked, and why."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pamcli.cli.doctor import _cache
from pamcli.cli.main import app
from pamcli.kept_files import VARIABLE


def facts() -> dict[str, str]:
    ran = CliRunner().invoke(app, ["doctor", "--json"])
    assert ran.exit_code == 0, ran.output
    found: dict[str, str] = json.loads(ran.stdout)
    return found


def test_doctor_says_what_was_picked_and_why() -> None:
    found = facts()
    assert "chosen, " in found["precision"] and found["cache"].endswith(" MB")
    chosen = found["precision"].split()[0]
    trials = found["self-check"].split("; ")
    names = [trial.split()[0] for trial in trials]
    assert [name for name in names if name != "bf16"] == ["f32", "int8"]
    assert chosen in {trial.split()[0] for trial in trials if "refused" not in trial}


def test_doctor_says_where_compiled_models_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file" / "cache"))
    assert _cache() == f"{tmp_path / 'file' / 'cache'}, nothing can be kept there"
    monkeypatch.setenv(VARIABLE, "off")
    assert _cache() == "off (PAMCLI_CACHE)"


def test_doctor_names_a_model_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pamcli.models.models_folder", lambda: tmp_path)
    ran = CliRunner().invoke(app, ["doctor"])
    assert ran.exit_code == 1
    assert "PROBLEM            precision: broken: model pam: not found" in ran.stdout
