"""A batch from end to end: everything once, whole, and told."""

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event, Timer

import pytest
from batches import (
    SETTINGS,
    Heard,
    batch_job,
    contents,
    disc,
    ran,
    with_settings,
    with_trees,
    write_disc_clip,
    write_still,
    write_trimap,
)

from pamcli import image_job, images, video_job
from pamcli.batch_job import BatchJob
from pamcli.batch_owner import this_process
from pamcli.batch_settings import file_stamp
from pamcli.batch_state import NAME
from pamcli.batch_words import OnError, State
from pamcli.batch_work import FINISHED_BEFORE
from pamcli.engine import Engine
from pamcli.errors import OutputError, UsageError
from pamcli.models import load_model
from pamcli.part_folder import folder_of
from pamcli.settings import CostSettings, HintSettings, Output, Precision, Preset, RuntimeSettings
from pamcli.video_read import probe


@pytest.fixture(scope="module")
def engine() -> Engine:
    """Compiled once for all runs of one lane."""
    return Engine(load_model(), precision=Precision.F32, threads=1)


@pytest.fixture(autouse=True)
def ready(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("batch_stills", "video_job", "image_job"):
        monkeypatch.setattr(f"pamcli.{module}.Engine", lambda model, **options: engine)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Four stills, one of them damaged, and two clips, with trimaps beside them."""
    for number, name in enumerate(("s1.png", "s2.jpg", "deep/s10.png")):
        write_still(tmp_path / "in" / name, number)
    (tmp_path / "in" / "bad.jpg").write_bytes(b"\xff\xd8\xff" + b"no jpeg" * 9)
    write_disc_clip(tmp_path / "in" / "deep" / "c1.mp4", 5)
    write_disc_clip(tmp_path / "in" / "c2.mp4", 4)
    return tmp_path / "in"


@pytest.fixture
def job(tree: Path) -> BatchJob:
    return batch_job(tree, tree.parent / "out")


def no_room(target: Path) -> None:
    try:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError as error:
        raise OutputError(f"{target}: no space left on device") from error


def test_every_file_is_matted_and_the_damaged_one_is_told(job: BatchJob) -> None:
    heard = Heard()
    report = ran(job, heard)
    assert list(report.outcomes) == ["bad.jpg", "c2.mp4", "deep/c1.mp4", "deep/s10.png",
                                     "s1.png", "s2.jpg"]  # fmt: skip
    assert heard.planned_names == list(report.outcomes)
    assert sorted(heard.ended_names) == list(report.outcomes)
    assert heard.ended_names[-2:] == ["c2.mp4", "deep/c1.mp4"]
    assert heard.frames == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5]
    bad = job.trees.source / "bad.jpg"
    assert list(report.failed) == ["bad.jpg"] and report.failed["bad.jpg"].startswith(f"{bad}: ")
    assert {n: o.frames for n, o in report.outcomes.items()} == {
        "bad.jpg": 0, "c2.mp4": 4, "deep/c1.mp4": 5, "deep/s10.png": 1, "s1.png": 1, "s2.jpg": 1,
    }  # fmt: skip
    done = [outcome for outcome in report.outcomes.values() if outcome.state is State.DONE]
    assert {outcome.cost for outcome in done} == {float(load_model().costs.maximum)}
    assert sorted(contents(job.trees.target)) == ["c2.mp4", "deep/c1.mp4", "deep/s10.png",
                                                 "s1.png", "s2.png"]  # fmt: skip
    assert not report.stopped and report.error is None


def test_a_still_is_what_pamcli_image_makes_of_it(job: BatchJob) -> None:
    ran(with_trees(job, source=job.trees.source / "deep"))
    source = job.trees.source / "deep" / "s10.png"
    hint = HintSettings(trimap=source.with_name("s10.trimap.png"))
    alone = job.settings.image_job(source, job.trees.target / "alone.png", hint)
    image_job.run(alone)
    made = contents(job.trees.target)
    assert made["s10.png"] == made["alone.png"]


def test_a_still_without_a_hint_is_what_pamcli_image_makes_of_it(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / "in").mkdir(exist_ok=True)
        images.write_rgb(tmp_path / "in" / f"{number}.png", disc(number))
    job = batch_job(tmp_path / "in", tmp_path / "out")
    ran(job)
    sources = tuple(sorted(job.trees.source.iterdir()))
    for source in sources:
        image_job.run(
            job.settings.image_job(source, tmp_path / "alone" / source.name, HintSettings())
        )
    assert contents(job.trees.target) == contents(tmp_path / "alone")


def test_a_clip_is_what_pamcli_video_makes_of_it(job: BatchJob) -> None:
    ran(job)
    source = job.trees.source / "c2.mp4"
    hint = HintSettings(trimap=source.with_name("c2.trimap.png"))
    alone = job.settings.video_job(
        probe(source), job.trees.target / "alone.mp4", hint, resume=False
    )
    video_job.run(alone)
    made = contents(job.trees.target)
    assert made["c2.mp4"] == made["alone.mp4"]


def test_one_network_serves_all_clips(
    job: BatchJob, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []

    def make(model: object, **options: object) -> Engine:
        made.append(model)
        return engine

    monkeypatch.setattr("pamcli.video_job.Engine", make)
    ran(job)
    assert len(made) == 1


def test_a_second_run_does_nothing_again(job: BatchJob) -> None:
    first = ran(job)
    before = {f: f.stat().st_mtime_ns for f in job.trees.target.rglob("*.*") if NAME not in f.name}
    heard = Heard()
    second = ran(job, heard)
    assert heard.planned_names == heard.ended_names == []
    assert second.outcomes == first.outcomes
    assert {f: f.stat().st_mtime_ns for f in before} == before


def test_what_changed_is_done_anew_and_nothing_else(job: BatchJob) -> None:
    ran(job)
    write_still(job.trees.source / "s1.png", 7)
    write_trimap(job.trees.source / "deep" / "s10.trimap.png")
    (job.trees.target / "s2.png").unlink()
    heard = Heard()
    ran(job, heard)
    assert sorted(heard.ended_names) == ["deep/s10.png", "s1.png", "s2.jpg"]
    fresh = with_trees(job, target=job.trees.target.with_name("fresh"))
    ran(fresh)
    assert contents(job.trees.target) == contents(fresh.trees.target)


def test_other_settings_do_everything_anew(job: BatchJob) -> None:
    ran(job)
    heard = Heard()
    other = with_settings(job, cost=CostSettings(constraint=70))
    report = ran(other, heard)
    assert len(heard.ended_names) == 6
    assert report.outcomes["s1.png"].cost == report.outcomes["c2.mp4"].cost == 70


def test_what_failed_is_tried_again_when_asked(job: BatchJob) -> None:
    ran(job)
    heard = Heard()
    assert list(ran(job, heard).failed) == ["bad.jpg"] and heard.ended_names == []
    again = BatchJob(trees=job.trees, settings=job.settings, retry_failed=True)
    assert list(ran(again, heard).failed) == ["bad.jpg"] and heard.ended_names == ["bad.jpg"]


def test_an_error_can_end_the_batch(job: BatchJob) -> None:
    report = ran(BatchJob(trees=job.trees, settings=job.settings, on_error=OnError.STOP))
    assert list(report.failed) == ["bad.jpg"]
    assert report.count(State.WAITING) >= 3
    assert report.count(State.RUNNING) == 0
    assert {"c2.mp4", "deep/c1.mp4"} <= {
        name for name, outcome in report.outcomes.items() if outcome.state is State.WAITING
    }


@pytest.mark.parametrize("when", ["deep/s10.png", "s1.png", "c2.mp4"])
def test_asked_to_stop_it_finishes_what_is_in_hand(job: BatchJob, when: str) -> None:
    stop = Event()
    report = ran(job, Heard(lambda name: stop.set() if name == when else None), stop)
    assert report.stopped and report.count(State.RUNNING) == 0
    left = report.count(State.WAITING)
    assert left >= 1
    heard = Heard()
    ran(job, heard)
    assert len(heard.ended_names) == left
    undisturbed = with_trees(job, target=job.trees.target.with_name("undisturbed"))
    ran(undisturbed)
    assert contents(job.trees.target) == contents(undisturbed.trees.target)


def test_interrupted_in_a_clip_it_goes_on_there(tmp_path: Path) -> None:
    write_disc_clip(tmp_path / "in" / "c.mp4", 70)
    job = batch_job(tmp_path / "in", tmp_path / "out")

    class Interrupted(Heard):
        def progress(self, item: object, frames: int, expected: int | None) -> None:
            self.frames.append(frames)
            if frames == 65:
                raise KeyboardInterrupt

    assert ran(job, Interrupted()).stopped
    assert not (tmp_path / "out" / "c.mp4").exists()
    assert folder_of(tmp_path / "out" / "c.mp4").is_dir()
    heard = Heard()
    report = ran(job, heard)
    assert heard.frames == [0, *range(61, 71)]
    assert report.outcomes["c.mp4"].frames == 70
    fresh = with_trees(job, target=tmp_path / "fresh")
    ran(fresh)
    assert contents(job.trees.target) == contents(fresh.trees.target)


def test_parts_of_other_settings_are_thrown_away(tmp_path: Path) -> None:
    write_disc_clip(tmp_path / "in" / "c.mp4", 62)
    job = batch_job(tmp_path / "in", tmp_path / "out")

    class Interrupted(Heard):
        def progress(self, item: object, frames: int, expected: int | None) -> None:
            if frames == 61:
                raise KeyboardInterrupt

    assert ran(job, Interrupted()).stopped
    heard = Heard()
    other = with_settings(job, cost=CostSettings(constraint=70))
    assert ran(other, heard).outcomes["c.mp4"].cost == 70
    assert heard.frames == list(range(63))


def test_a_full_disk_does_not_cost_the_finished_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_disc_clip(tmp_path / "in" / "c.mp4", 62)
    job = batch_job(tmp_path / "in", tmp_path / "out")

    class Interrupted(Heard):
        def progress(self, item: object, frames: int, expected: int | None) -> None:
            if frames == 61:
                raise KeyboardInterrupt

    assert ran(job, Interrupted()).stopped
    with monkeypatch.context() as patch:
        patch.setattr("pamcli.video_job.VideoWriter.write", lambda *given: no_room(tmp_path))
        assert isinstance(ran(job).error, OutputError)
    heard = Heard()
    ran(job, heard)
    assert heard.frames == [0, 61, 62]


@pytest.mark.parametrize("name", ["c2.mp4", "s1.png"])
def test_what_was_whole_when_its_run_died_is_not_done_again(job: BatchJob, name: str) -> None:
    ran(job)
    target = job.trees.target
    made = (target / name).with_suffix(".mp4" if name == "c2.mp4" else ".png")
    left = made.with_name(f".{made.name}.part-2147483000")
    left.touch()
    with closing(sqlite3.connect(target / NAME)) as database, database:
        # As a process leaves it that dies between the last rename and the record of it.
        database.execute("UPDATE runs SET host = ?, pid = 2147483000", (this_process().host,))
        database.execute(
            "UPDATE files SET state = 'running', before = 'none' WHERE name = ?", (name,)
        )
    before = made.stat().st_mtime_ns
    heard = Heard()
    report = ran(job, heard)
    assert heard.ended_names == [name] and heard.frames == []
    assert report.outcomes[name].state is State.DONE
    assert report.outcomes[name].warnings == (FINISHED_BEFORE,)
    assert made.stat().st_mtime_ns == before and not left.exists()


def test_what_died_before_its_target_appeared_is_done(job: BatchJob) -> None:
    ran(job)
    made = job.trees.target / "s1.png"
    whole = made.read_bytes()
    stamp = file_stamp(made)
    with closing(sqlite3.connect(job.trees.target / NAME)) as database, database:
        database.execute("UPDATE runs SET host = ?, pid = 2147483000", (this_process().host,))
        database.execute(
            "UPDATE files SET state = 'running', before = ? WHERE name = 's1.png'", (stamp,)
        )
    heard = Heard()
    assert ran(job, heard).outcomes["s1.png"].frames == 1
    assert heard.ended_names == ["s1.png"] and made.read_bytes() == whole


def test_a_bug_costs_one_file_and_shows_its_traceback(
    job: BatchJob, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = images.read_still

    def buggy(source: Path) -> object:
        if source.name == "s1.png":
            raise ZeroDivisionError("a bug")
        return real(source)

    monkeypatch.setattr("pamcli.batch_stills.read_still", buggy)
    report = ran(job)
    assert report.failed["s1.png"] == "ZeroDivisionError: a bug"
    assert report.count(State.DONE) == 4
    assert "in buggy" in capsys.readouterr().err


def test_a_full_disk_ends_the_batch_and_blames_no_file(
    job: BatchJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pamcli.batch_stills.write_png", lambda target, picture: no_room(target))
    report = ran(job)
    assert isinstance(report.error, OutputError) and "no space left" in str(report.error)
    assert report.count(State.WAITING) == 5 and list(report.failed) == ["bad.jpg"]
    assert contents(job.trees.target) == {}


def test_a_file_without_its_hint_fails_alone(job: BatchJob, tmp_path: Path) -> None:
    write_trimap(tmp_path / "hints" / "s1.png")
    (job.trees.source / "s2.trimap.png").unlink()
    report = ran(with_trees(job, trimap=tmp_path / "hints"))
    assert report.failed["s2.jpg"] == f"no trimap in {tmp_path / 'hints'}"
    assert report.outcomes["s1.png"].state is report.outcomes["deep/s10.png"].state is State.DONE


def test_nothing_starts_where_two_files_have_one_target(job: BatchJob) -> None:
    write_still(job.trees.source / "s1.jpg")
    with pytest.raises(OutputError, match=r"s1\.png: of both s1\.jpg and s1\.png"):
        ran(job)
    assert not job.trees.target.exists()


def test_too_little_room_is_said_before_anything_starts(
    job: BatchJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pamcli.batch_space.disk_free", lambda target: 10)
    with pytest.raises(OutputError, match=r"about 0 MB will be needed and 0 MB are free; --force"):
        ran(job)
    assert not job.trees.target.exists()
    forced = ran(BatchJob(trees=job.trees, settings=job.settings, force=True))
    assert forced.count(State.DONE) == 5


def test_new_files_are_taken_until_it_is_told_to_stop(job: BatchJob) -> None:
    stop = Event()

    def then(name: str) -> None:
        if name == "s1.png":
            (job.trees.target / "s1.png").unlink()  # fetched by somebody
        if name == "deep/c1.mp4":
            write_still(job.trees.source / "late" / "new.png")
            images.write_rgb(job.trees.source / "s2.png", disc(2))
        if name == "late/new.png":
            Timer(0.3, stop.set).start()

    heard = Heard(then)
    watching = BatchJob(trees=job.trees, settings=job.settings, watch=0.1)
    report = ran(watching, heard, stop)
    assert sorted(heard.ended_names) == ["bad.jpg", "c2.mp4", "deep/c1.mp4", "deep/s10.png",
                                         "late/new.png", "s1.png", "s2.jpg", "s2.png"]  # fmt: skip
    assert not report.stopped
    assert sorted(report.failed) == ["bad.jpg", "s2.png"]
    assert "of both s2.png and s2.jpg" in report.failed["s2.png"]
    assert report.outcomes["s2.jpg"].state is State.DONE


def test_a_time_to_settle_must_be_one() -> None:
    trees = batch_job(Path(), Path("out")).trees
    with pytest.raises(UsageError, match=r"--watch 0 is not within"):
        BatchJob(trees=trees, settings=SETTINGS, watch=0)


@pytest.mark.parametrize("wide", [1, 1 << 21])
def test_several_networks_give_the_same_pixels(
    job: BatchJob, monkeypatch: pytest.MonkeyPatch, wide: int
) -> None:
    ran(job)
    monkeypatch.setattr("pamcli.batch_stills.Engine", Engine)
    monkeypatch.setattr("pamcli.batch_stills.WIDE", wide)
    two = with_trees(job, target=job.trees.target.with_name("two"))
    ran(with_settings(two, runtime=RuntimeSettings(precision=Precision.F32, threads=2)))
    assert contents(two.trees.target) == contents(job.trees.target)


def test_composites_of_stills_and_clips_have_the_background(job: BatchJob) -> None:
    wanted = with_settings(job, output=Output.COMPOSITE, background="#0000ff")
    assert list(ran(wanted).failed) == ["bad.jpg"]
    assert images.read_rgb(job.trees.target / "s1.png")[0, 0].tolist() == [0, 0, 255]


def test_a_folder_of_pictures_is_made_of_each_clip(job: BatchJob) -> None:
    wanted = with_settings(job, preset=Preset.PNG)
    assert list(ran(wanted).failed) == ["bad.jpg"]
    made = sorted((job.trees.target / "c2").iterdir())
    assert len(made) == 4 and images.read_gray(made[0]).shape == (48, 64)
    heard = Heard()
    ran(wanted, heard)
    assert heard.ended_names == []
