"""What the repository and the wheel hold, and what they must not."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import pamcli

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("pamcli", "pam", "convert")
LONGEST_FILE = 300

OF_THIS_MACHINE = ("/work" + "/", "/root" + "/", ".." + "/shared", "~" + "/.cache")
REGISTRIES = ("pypi" + ".org", "pythonhosted" + ".org", "download.pytorch" + ".org")
"""Written in two halves, so that this file passes its own check."""


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Files that git knows and that are there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built)


def pyproject() -> dict[str, dict[str, object]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("room", ROOMS)
def test_no_source_file_is_too_long(room: str) -> None:
    sources = list((ROOT / room).rglob("*.py"))
    assert sources
    lines = {source.name: len(source.read_text().splitlines()) for source in sources}
    assert not {name: count for name, count in lines.items() if count > LONGEST_FILE}


@pytest.mark.parametrize("word", OF_THIS_MACHINE + REGISTRIES)
def test_no_file_names_a_machine_or_a_registry(word: str, tracked: list[Path]) -> None:
    assert tracked
    found = [source for source in tracked if word.encode() in source.read_bytes()]
    assert not found


def test_every_make_target_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(
        re.findall(r"(?:^ {4}|`)make ([a-z-]+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    )
    assert {"sample", "test"} <= named
    assert named <= targets


def test_the_changelog_names_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert "## [Unreleased]" in changelog
    assert re.search(rf"(?<![\d.]){re.escape(pamcli.__version__)}(?![\d])", changelog)


def test_running_needs_no_torch() -> None:
    needed = pyproject()["project"]["dependencies"]
    assert isinstance(needed, list)
    names = {re.split(r"[^A-Za-z0-9_-]", line)[0] for line in needed}
    assert "openvino" in names
    assert not names & {"torch", "torchvision", "nncf"}


def released_files(*more: str) -> set[str]:
    """Of every released model, in the wheel."""
    parts = {"pam": ("pam", "pam_int8"), "subject": ("subject",)}
    return {
        f"pamcli/released/{model}/{name}"
        for model, names in parts.items()
        for name in (
            *(f"{n}.{end}" for n in names for end in ("xml", "bin")),
            "manifest.json",
            *more,
        )
    }


def test_the_wheel_holds_the_runtime_and_its_models(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    runtime = {source.relative_to(ROOT).as_posix() for source in (ROOT / "pamcli").rglob("*.py")}
    page = {f.relative_to(ROOT).as_posix() for f in (ROOT / "pamcli/monitor/page").iterdir()}
    assert "pamcli/monitor/page/index.html" in page
    assert runtime | page | released_files() <= names


def test_the_wheel_holds_nothing_of_training(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"pamcli"}
    released = {name for name in names if name.startswith("pamcli/released/")}
    assert released <= released_files("MODEL_CARD.md")
