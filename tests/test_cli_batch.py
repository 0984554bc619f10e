"""`pamcli batch`: exit codes, plan, reports, and processes that share or die."""

import csv
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batches import contents, write_disc_clip, write_still, write_trimap
from command_line import Run, runner

from pamcli.batch_state import NAME
from pamcli.engine import Engine
from pamcli.models import load_model
from pamcli.settings import Precision

EXACT = ("--precision", "f32", "--threads", "1")
KILLS = 10


@pytest.fixture(scope="module")
def engine() -> Engine:
    """Compiled once for all runs in this process."""
    return Engine(load_model(), precision=Precision.F32, threads=1)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: Engine) -> Run:
    for module in ("batch_stills", "video_job"):
        monkeypatch.setattr(f"pamcli.{module}.Engine", lambda model, **options: engine)

    call = runner(monkeypatch, capsys)
    return lambda *arguments: call("batch", *arguments, *EXACT)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two stills, a clip and notes."""
    write_still(tmp_path / "in" / "a.png")
    write_still(tmp_path / "in" / "deep" / "b.jpg", 1)
    write_disc_clip(tmp_path / "in" / "deep" / "c.mp4")
    (tmp_path / "in" / "notes.txt").write_text("not for us")
    return tmp_path / "in"


def test_a_tree_is_matted_and_nothing_stands_on_stdout(run: Run, tree: Path) -> None:
    ran = run(tree, tree.parent / "out")
    assert (ran.code, ran.out) == (0, "")
    assert sorted(contents(tree.parent / "out")) == ["a.png", "deep/b.png", "deep/c.mp4"]
    assert "3 files done, 0 failed, 0 left" in ran.err


def test_some_failed_is_exit_code_3_with_a_line_each(run: Run, tree: Path) -> None:
    (tree / "bad.png").write_bytes(b"no picture")
    out, report = tree.parent / "out", tree.parent / "report.csv"
    ran = run(tree, out, "--report", report, "--json", "-q")
    assert ran.code == 3
    (line,) = ran.err.splitlines()
    assert line.startswith(f"pamcli: warning: failed: {tree / 'bad.png'}: ")
    told = json.loads(ran.out)
    assert (told["done"], told["failed"], told["left_out"]) == (3, 1, ["notes.txt"])
    with report.open(encoding="utf-8", newline="") as file:
        rows = {row["file"]: row["status"] for row in csv.DictReader(file)}
    assert rows == {"a.png": "done", "bad.png": "failed", "deep/b.jpg": "done",
                    "deep/c.mp4": "done"}  # fmt: skip
    assert run(tree, out, "-q").code == 3
    (tree / "bad.png").unlink()
    assert run(tree, out, "-q").code == 0


def test_a_dry_run_prints_the_plan_and_writes_nothing(run: Run, tree: Path) -> None:
    (tree / "deep" / "c.mask.png").touch()
    out = tree.parent / "out"
    ran = run(tree, out, "--dry-run", "--exclude", "a.*")
    assert ran.code == 0 and not out.exists()
    assert ran.out.splitlines() == [
        f"still\tdeep/b.jpg\t{out / 'deep/b.png'}\ttrimap",
        f"clip\tdeep/c.mp4\t{out / 'deep/c.mp4'}\tsubject",
    ]
    assert "c.mask.png and c.trimap.png: give one hint" in ran.err
    assert "left out: notes.txt (no still and no clip)" in ran.err
    assert "2 files, 0 of them done; about 0 MB will be needed" in ran.err
    told = json.loads(run(tree, out, "--dry-run", "--json").out)
    assert [item["file"] for item in told["items"]] == ["a.png", "deep/b.jpg", "deep/c.mp4"]
    assert told["items"][2]["problem"] is not None and told["items"][0]["problem"] is None


def test_a_dry_run_marks_what_is_done(run: Run, tree: Path) -> None:
    out = tree.parent / "out"
    assert run(tree, out).code == 0
    write_still(tree / "a.png", 5)
    (out / "deep" / "b.png").unlink()
    ran = run(tree, out, "--dry-run")
    assert [line.split("\t")[4:] for line in ran.out.splitlines()] == [[], [], ["done"]]
    assert "3 files, 1 of them done;" in ran.err
    told = json.loads(run(tree, out, "--dry-run", "--json").out)
    assert [item["done"] for item in told["items"]] == [False, False, True]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--report", "r.txt"), 2, "pamcli: error: --report r.txt: the name must end in"),
        (("--background", "blur", "--output", "alpha"), 2, "--background needs --output composite"),
        (("--watch", "-1"), 2, "--watch -1 is not within"),
        (("--trimap", "nowhere"), 2, "--trimap nowhere: a batch needs a folder"),
    ],
)
def test_wrong_usage_is_exit_code_2(
    run: Run, tree: Path, options: tuple[str, ...], code: int, said: str
) -> None:
    ran = run(tree, tree.parent / "out", *options)
    assert ran.code == code and said in ran.err
    assert not (tree.parent / "out").exists()


def test_a_collision_is_one_line_that_names_both(run: Run, tree: Path) -> None:
    write_still(tree / "a.jpg")
    out = tree.parent / "out"
    ran = run(tree, out)
    assert ran.code == 1
    assert ran.err.splitlines() == [
        f"pamcli: error: {out / 'a.png'}: of both a.jpg and a.png; --full-names tells them apart"
    ]
    assert run(tree, out, "--full-names", "--include", "a.*").code == 0
    assert sorted(contents(out)) == ["a.jpg.png", "a.png.png"]


def test_a_missing_folder_is_one_line(run: Run, tmp_path: Path) -> None:
    ran = run(tmp_path / "nowhere", tmp_path / "out")
    assert (ran.code, ran.err) == (1, f"pamcli: error: {tmp_path / 'nowhere'}: no such folder\n")


def test_a_parallel_tree_of_masks(run: Run, tree: Path) -> None:
    for name in ("a", "deep/b", "deep/c"):
        write_trimap(tree.parent / "masks" / f"{name}.png")
    assert run(tree, tree.parent / "out", "--mask", tree.parent / "masks").code == 0


LOGGED = """
import sys, time
from pathlib import Path
from pamcli import batch_job, batch_work
from pamcli.cli.main import main
log, go = Path(sys.argv.pop(1)), Path(sys.argv.pop(1))
real = batch_work.Desk.finish
def finish(self, item, outcome):
    done = real(self, item, outcome)
    with log.open("a") as file:
        file.write(item.name + chr(10))
    return done
batch_work.Desk.finish = finish
log.touch()
while not go.exists():
    time.sleep(0.005)
main()
"""
"""pamcli, which writes a line for each file once it is recorded, and waits for a sign to start."""


def start(log: Path, go: Path, *arguments: str | Path) -> "subprocess.Popen[str]":
    words = [log, go, "batch", *arguments, *EXACT, "-q"]
    return subprocess.Popen(
        [sys.executable, "-c", LOGGED, *map(str, words)], stderr=subprocess.PIPE, text=True
    )


def logged(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def test_two_processes_share_the_work_and_do_no_file_twice(run: Run, tmp_path: Path) -> None:
    for number in range(16):
        write_still(tmp_path / "in" / f"{number % 3}" / f"{number}.png", number)
    for number in range(2):
        write_disc_clip(tmp_path / "in" / f"c{number}.mp4", 3 + number)
    logs = [tmp_path / "log_a", tmp_path / "log_b"]
    both = [start(log, tmp_path / "go", tmp_path / "in", tmp_path / "out") for log in logs]
    while not all(log.exists() for log in logs):
        time.sleep(0.01)
    (tmp_path / "go").touch()
    assert [process.communicate(timeout=120)[1] for process in both] == ["", ""]
    assert [process.returncode for process in both] == [0, 0]
    did = [logged(log) for log in logs]
    assert did[0] and did[1]
    assert len(did[0] + did[1]) == len({*did[0], *did[1]}) == 18
    assert run(tmp_path / "in", tmp_path / "alone").code == 0
    assert contents(tmp_path / "out") == contents(tmp_path / "alone")


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_killed_again_and_again_it_ends_as_undisturbed(tmp_path: Path) -> None:
    for number in range(60):
        write_still(tmp_path / "in" / f"{number % 3}" / f"{number}.jpg", number)
    for number in range(3):
        write_disc_clip(tmp_path / "in" / f"c{number}.mp4", 240)
    (tmp_path / "in" / "bad.jpg").write_bytes(b"no picture")
    (tmp_path / "go").touch()
    began = time.monotonic()
    whole = start(tmp_path / "whole", tmp_path / "go", tmp_path / "in", tmp_path / "undisturbed")
    whole.communicate()
    lasted = time.monotonic() - began
    assert whole.returncode == 3
    chance = random.Random(7)
    log = tmp_path / "log"
    interrupted = 0
    for _ in range(KILLS):
        running = start(log, tmp_path / "go", tmp_path / "in", tmp_path / "out")
        time.sleep(chance.uniform(0.05, 0.35) * lasted)
        interrupted += running.poll() is None
        running.kill()
        running.communicate()
    last = start(log, tmp_path / "go", tmp_path / "in", tmp_path / "out")
    last.communicate()
    assert last.returncode == 3 and interrupted >= KILLS // 2
    assert len(logged(log)) == len(set(logged(log)))
    assert contents(tmp_path / "out") == contents(tmp_path / "undisturbed")
    hidden = [f.name for f in (tmp_path / "out").rglob(".*") if not f.name.startswith(NAME)]
    assert hidden == []
