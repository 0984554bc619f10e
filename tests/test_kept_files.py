import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pamcli import kept_files
from pamcli.kept_files import VARIABLE, kept_folder, kept_size, read_kept, write_kept


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files are kept; not there yet."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "kept"))
    return tmp_path / "kept"


def refuse() -> bytes:
    raise AssertionError("nothing can be kept: it is not to be made")


def test_what_is_written_is_read_until_it_is_replaced(folder: Path) -> None:
    assert read_kept("one") is None and kept_size() == 0
    write_kept("one", lambda: b"first")
    assert kept_size() == 32 + len(b"first")
    assert read_kept("one") == b"first"
    write_kept("one", lambda: b"second")
    write_kept("empty", lambda: b"")
    assert read_kept("one") == b"second" and read_kept("empty") == b""
    assert sorted(entry.name for entry in folder.iterdir()) == ["empty.kept", "one.kept"]


@pytest.mark.parametrize(
    "spoil", [lambda b: b[:-1] + b"?", lambda b: b[:-3], lambda b: b"", lambda b: b"short"]
)
def test_a_file_that_is_not_as_it_was_written_counts_as_none(
    folder: Path, spoil: Callable[[bytes], bytes]
) -> None:
    write_kept("one", lambda: b"content")
    entry = folder / "one.kept"
    entry.write_bytes(spoil(entry.read_bytes()))
    assert read_kept("one") is None


def test_a_folder_that_cannot_be_made_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file" / "kept"))
    write_kept("one", refuse)
    assert read_kept("one") is None


def test_a_full_disk_leaves_nothing_behind(folder: Path) -> None:
    def fail() -> bytes:
        raise OSError(28, "No space left on device")

    write_kept("one", fail)
    assert list(folder.iterdir()) == []


def test_off_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "off")
    assert kept_folder() is None
    write_kept("one", refuse)
    assert read_kept("one") is None


def test_the_users_cache_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert kept_folder() == tmp_path / "pamcli"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert kept_folder() == tmp_path / ".cache" / "pamcli"


def test_the_least_recently_used_go_first_and_other_files_stay(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_files, "MOST_FILES", 2)
    write_kept("old", lambda: b"1")
    write_kept("used", lambda: b"2")
    (folder / "notes.txt").write_text("mine")
    for age, name in enumerate(("used", "old")):
        os.utime(folder / f"{name}.kept", (age + 1, age + 1))
    assert read_kept("used") == b"2"
    write_kept("new", lambda: b"3")
    assert sorted(entry.name for entry in folder.iterdir()) == [
        "new.kept",
        "notes.txt",
        "used.kept",
    ]
