"""A batch between trees that are kept elsewhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batches import SETTINGS, Heard, contents, ran, write_disc_clip, write_still

pytest.importorskip("fsspec", reason="trees elsewhere need pamcli[remote]")

from dataclasses import replace

from fsspec.implementations.memory import MemoryFileSystem

from pamcli.batch_job import BatchJob
from pamcli.batch_plan import Trees
from pamcli.batch_report import BatchReport
from pamcli.batch_state import NAME
from pamcli.batch_work import InPlace
from pamcli.engine import Engine
from pamcli.errors import InputError, OutputError, UsageError
from pamcli.kept_files import VARIABLE
from pamcli.models import load_model
from pamcli.remote_stage import staged
from pamcli.settings import Output, Precision, Preset

SOURCE, TARGET = "memory://shots/today", "memory://matted/today"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(load_model(), precision=Precision.F32, threads=1)


@pytest.fixture(autouse=True)
def ready(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("batch_stills", "video_job"):
        monkeypatch.setattr(f"pamcli.{module}.Engine", lambda model, **options: engine)


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Two stills, one of them damaged, and a clip, in memory; scratch files of their own."""
    storage = MemoryFileSystem()
    storage.store.clear()
    write_still(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "bad.jpg").write_bytes(b"no picture")
    write_disc_clip(tmp_path / "in" / "deep" / "c.mp4")
    for file in (tmp_path / "in").rglob("*.*"):
        storage.pipe(f"/shots/today/{file.relative_to(tmp_path / 'in')}", file.read_bytes())
    yield storage
    storage.store.clear()


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("pamcli.remote_stage.kept_folder", lambda: tmp_path / "scratch")
    return tmp_path / "scratch"


def run(source: str, target: str, heard: Heard | None = None, **more: object) -> BatchReport:
    with staged(source, target, SETTINGS) as (from_folder, to_folder, stage):
        trees = Trees(source=from_folder, target=to_folder)
        job = BatchJob(trees=trees, settings=SETTINGS, stage=stage, force=True, **more)  # type: ignore[arg-type]
        return ran(job, heard)


def there(storage: Any) -> dict[str, bytes]:
    root = "/matted/today/"
    return {
        name.removeprefix(root): storage.cat(name)
        for name in storage.find(root)
        if NAME not in name
    }


@pytest.mark.usefixtures("scratch")
def test_what_is_made_is_what_a_folder_would_get(memory: Any, tmp_path: Path) -> None:
    report = run(SOURCE, TARGET)
    assert list(report.failed) == ["bad.jpg"]
    assert report.failed["bad.jpg"].startswith("memory://shots/today/bad.jpg: ")
    rows = {row["file"]: row["target"] for row in report.rows()}
    assert rows["deep/c.mp4"] == "memory://matted/today/deep/c.mp4"
    run(str(tmp_path / "in"), str(tmp_path / "out"))
    out = tmp_path / "out"
    assert there(memory) == {name: (out / name).read_bytes() for name in contents(out)}


def test_scratch_files_are_gone_when_it_is_done(memory: Any, scratch: Path) -> None:
    run(SOURCE, TARGET)
    whole = [f.name for f in scratch.rglob("*") if f.is_file() and f.stat().st_blocks]
    assert whole == [NAME]
    assert sorted(there(memory)) == ["a.png", "deep/c.mp4"]


@pytest.mark.usefixtures("scratch")
def test_a_second_run_does_nothing_again_and_a_changed_file_anew(memory: Any) -> None:
    run(SOURCE, TARGET)
    heard = Heard()
    run(SOURCE, TARGET, heard)
    assert heard.ended_names == []
    write = memory.cat("/shots/today/a.png")
    memory.rm("/shots/today/a.png")
    memory.pipe("/shots/today/a.png", write + b"\0")
    memory.rm("/matted/today/deep/c.mp4")
    run(SOURCE, TARGET, heard)
    assert sorted(heard.ended_names) == ["a.png", "deep/c.mp4"]


def test_another_machine_knows_what_is_done(
    memory: Any, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(SOURCE, TARGET)
    monkeypatch.setattr(
        "pamcli.remote_stage.kept_folder", lambda: scratch.with_name("scratch of another")
    )
    heard = Heard()
    report = run(SOURCE, TARGET, heard)
    assert heard.ended_names == [] and report.outcomes["deep/c.mp4"].frames == 5


@pytest.mark.usefixtures("scratch")
def test_what_is_another_s_work_is_not_replaced(memory: Any) -> None:
    memory.pipe("/matted/today/a.png", b"precious")
    with pytest.raises(OutputError, match=r"^memory://matted/today/a.png: exists"):
        run(SOURCE, TARGET)
    assert memory.cat("/matted/today/a.png") == b"precious"


@pytest.mark.usefixtures("scratch", "memory")
def test_a_target_that_cannot_be_written_fails_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    real = MemoryFileSystem.put_file

    def refuse(self: Any, file: str, name: str, **more: object) -> None:
        if name.endswith("c.mp4"):
            raise PermissionError("denied")
        real(self, file, name, **more)

    monkeypatch.setattr(MemoryFileSystem, "put_file", refuse)
    failed = run(SOURCE, TARGET).failed
    assert failed["deep/c.mp4"] == "memory://matted/today/deep/c.mp4: denied"


@pytest.mark.usefixtures("scratch", "memory")
def test_one_process_at_a_time_has_a_target_in_hand() -> None:
    with (
        staged(SOURCE, TARGET, SETTINGS),
        pytest.raises(OutputError, match="another process"),
        staged(SOURCE, TARGET, SETTINGS),
    ):
        raise AssertionError


@pytest.mark.usefixtures("scratch")
@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        (SOURCE, f"{SOURCE}/matted", "is the source, or inside it"),
        (SOURCE, f"{SOURCE}/", "is the source, or inside it"),
    ],
)
def test_a_target_inside_the_source_is_wrong_usage(source: str, target: str, said: str) -> None:
    with pytest.raises(UsageError, match=said), staged(source, target, SETTINGS):
        raise AssertionError


@pytest.mark.usefixtures("scratch")
def test_a_folder_of_pictures_cannot_appear_at_once() -> None:
    png = replace(SETTINGS, preset=Preset.PNG, output=Output.RGBA)
    with pytest.raises(UsageError, match="choose another --preset"), staged(SOURCE, TARGET, png):
        raise AssertionError


@pytest.mark.usefixtures("scratch")
def test_an_empty_source_is_told(memory: Any) -> None:
    with pytest.raises(InputError, match=r"^memory://nowhere: no such folder, or nothing in it"):
        run("memory://nowhere", TARGET)


def test_without_a_cache_temporary_files_serve(
    memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "off")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "temporary"))
    run(SOURCE, TARGET)
    assert sorted(there(memory)) == ["a.png", "deep/c.mp4"]
    assert (tmp_path / "temporary" / "pamcli" / "remote").is_dir()


def test_folders_of_this_machine_are_worked_on_in_place(tmp_path: Path) -> None:
    with staged(str(tmp_path), "out", SETTINGS) as (source, target, stage):
        assert (source, target) == (tmp_path, Path("out"))
        assert stage.is_shared and stage.for_nodes() is stage
        assert type(stage) is InPlace
