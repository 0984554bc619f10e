"""Trees elsewhere: stand-ins, what is brought and delivered, and nothing told that is secret."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fsspec", reason="trees elsewhere need pamcli[remote]")

from fsspec.implementations.memory import MemoryFileSystem

from pamcli.errors import InputError, OutputError
from pamcli.remote_files import Mirror, is_url, shown


@pytest.fixture
def memory() -> Iterator[Any]:
    storage = MemoryFileSystem()
    storage.store.clear()
    yield storage
    storage.store.clear()


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    (tmp_path / "mirror").mkdir()
    return Mirror("memory://shots/", tmp_path / "mirror")


def told(folder: Path) -> dict[str, int]:
    return {
        file.relative_to(folder).as_posix(): file.stat().st_size
        for file in folder.rglob("*")
        if file.is_file()
    }


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("s3://b/x", True), ("shots", False), ("C:\\shots", False), ("a:b/c", False)],
)
def test_a_url_is_told_from_a_folder(text: str, is_one: bool) -> None:
    assert is_url(text) is is_one


def test_secrets_of_a_url_are_not_shown() -> None:
    assert shown("sftp://me:word@host/a/b?signature=x") == "sftp://host/a/b"
    assert shown("s3://bucket/a") == "s3://bucket/a"


def test_stand_ins_have_the_sizes_of_the_files_and_take_no_room(
    memory: Any, mirror: Mirror
) -> None:
    memory.pipe({"/shots/a.png": b"12345", "/shots/deep/b.mp4": b"1" * 100_000})
    memory.pipe("/elsewhere/c.png", b"1")
    assert mirror.look() == 2
    assert told(mirror.folder) == {"a.png": 5, "deep/b.mp4": 100_000}
    assert (mirror.folder / "deep" / "b.mp4").stat().st_blocks == 0


def test_a_look_again_changes_what_changed_alone(memory: Any, mirror: Mirror) -> None:
    memory.pipe({"/shots/a.png": b"1", "/shots/b/b.png": b"1", "/shots/c.png": b"1"})
    mirror.look()
    (mirror.folder / ".pamcli-batch.sqlite").write_text("ours")
    before = {f.name: f.stat().st_mtime_ns for f in mirror.folder.rglob("*.png")}
    memory.rm("/shots/b/b.png")
    memory.rm("/shots/c.png")
    memory.pipe("/shots/c.png", b"2")
    mirror.look()
    after = {f.name: f.stat().st_mtime_ns for f in mirror.folder.rglob("*.png")}
    assert after.keys() == {"a.png", "c.png"}
    assert after["a.png"] == before["a.png"] and after["c.png"] != before["c.png"]
    assert not (mirror.folder / "b").exists()
    assert (mirror.folder / ".pamcli-batch.sqlite").read_text() == "ours"


def test_a_file_is_brought_and_gives_its_room_back(memory: Any, mirror: Mirror) -> None:
    memory.pipe({"/shots/a.png": b"12345" * 1000, "/shots/m.mask/1.png": b"1"})
    mirror.look()
    file = mirror.folder / "a.png"
    before = file.stat()
    mirror.fetch(file)
    assert file.read_bytes() == b"12345" * 1000
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    mirror.release(file)
    now = file.stat()
    assert (now.st_size, now.st_mtime_ns, now.st_blocks) == (5000, before.st_mtime_ns, 0)
    mirror.fetch(mirror.folder / "m.mask")
    assert (mirror.folder / "m.mask" / "1.png").read_bytes() == b"1"


def test_a_node_brings_what_it_has_never_looked_at(memory: Any, mirror: Mirror) -> None:
    memory.pipe({"/shots/d/a.png": b"12", "/shots/m.mask/1.png": b"1"})
    mirror.fetch(mirror.folder / "d" / "a.png")
    mirror.fetch(mirror.folder / "m.mask")
    assert told(mirror.folder) == {"d/a.png": 2, "m.mask/1.png": 1}


def test_what_is_delivered_stands_there_whole(memory: Any, mirror: Mirror) -> None:
    (mirror.folder / "deep").mkdir()
    file = mirror.folder / "deep" / "a.png"
    file.write_bytes(b"picture" * 1000)
    mirror.deliver(file)
    assert memory.cat("/shots/deep/a.png") == b"picture" * 1000
    assert (file.stat().st_size, file.stat().st_blocks) == (7000, 0)


def test_a_storage_that_shows_halves_gets_another_name_first(tmp_path: Path) -> None:
    (tmp_path / "mirror").mkdir()
    mirror = Mirror(f"file://{tmp_path}/there", tmp_path / "mirror")
    (mirror.folder / "a.png").write_bytes(b"picture")
    mirror.deliver(mirror.folder / "a.png")
    assert [f.name for f in (tmp_path / "there").iterdir()] == ["a.png"]
    assert mirror.look() == 1
    assert mirror.words(f"{mirror.folder / 'a.png'}: exists") == (
        f"file://{tmp_path}/there/a.png: exists"
    )


def test_what_goes_wrong_is_one_line_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: object, **more: object) -> None:
        raise RuntimeError("sftp://me:word@host/a\nmay not, me:word")

    mirror = Mirror("sftp://me:word@host/a", tmp_path)
    monkeypatch.setattr("pamcli.remote_files._opened", refuse)
    with pytest.raises(InputError) as met:
        mirror.look()
    assert str(met.value) == "sftp://host/a: sftp://host/a may not, …"
    with pytest.raises(OutputError):
        mirror.deliver(tmp_path / "b.png")


def test_a_storage_without_its_package_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*given: object) -> None:
        raise ImportError("Install s3fs to access S3", name="s3fs")

    monkeypatch.setattr("pamcli.remote_files._opened", missing)
    with pytest.raises(InputError, match=r"s3fs isn't installed: pip install 'pamcli\[remote\]'"):
        Mirror("s3://bucket/a", tmp_path).look()


def test_a_name_that_leads_out_of_the_mirror_is_refused(
    memory: Any, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {"/shots/../../etc/a.png": {"size": 1}}
    monkeypatch.setattr(MemoryFileSystem, "find", lambda *given, **more: found)
    with pytest.raises(InputError, match="no name for a file"):
        mirror.look()
    assert not list(mirror.folder.iterdir())
