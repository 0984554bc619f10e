"""What became of a batch, for programs and for people."""

import csv
import io
import json
from pathlib import Path

import pytest
from test_batch_plan import plan_of
from test_batch_walk import touch

from pamcli.batch_report import BatchReport, check_report
from pamcli.batch_words import Outcome, State
from pamcli.errors import UsageError

OUTCOMES = {
    "a.mov": Outcome(
        state=State.DONE, frames=40, seconds=8.12345, cost=72.5, warnings=("dark", "cut, short")
    ),
    "b.jpg": Outcome(state=State.FAILED, seconds=0.1, error='b.jpg: "damaged"'),
}


@pytest.fixture
def report(tmp_path: Path) -> BatchReport:
    touch(tmp_path / "in", "a.mov", "b.jpg", "c.jpg", "notes.txt")
    return BatchReport(plan=plan_of(tmp_path), outcomes=OUTCOMES, seconds=9.5, stopped=True)


def test_files_are_counted_by_what_became_of_them(report: BatchReport) -> None:
    assert report.figures() == {
        "files": 3, "waiting": 0, "running": 0, "done": 1, "failed": 1, "frames": 40,
        "seconds": 9.5,
    }  # fmt: skip
    assert report.failed == {"b.jpg": 'b.jpg: "damaged"'}


def test_json_and_csv_say_the_same(report: BatchReport, tmp_path: Path) -> None:
    for name in ("r.json", "r.csv"):
        report.write(tmp_path / name)
    told = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    rows = list(csv.DictReader(io.StringIO((tmp_path / "r.csv").read_text(encoding="utf-8"))))
    assert told["left_out"] == ["notes.txt"] and told["done"] == 1
    assert told["items"] == [
        {
            "file": "a.mov", "target": str(tmp_path / "out" / "a.mp4"), "status": "done",
            "frames": 40, "seconds": 8.123, "mean_cost_constraint": 72.5,
            "warnings": ["dark", "cut, short"], "error": None,
        },
        {
            "file": "b.jpg", "target": str(tmp_path / "out" / "b.png"), "status": "failed",
            "frames": 0, "seconds": 0.1, "mean_cost_constraint": None, "warnings": [],
            "error": 'b.jpg: "damaged"',
        },
        {
            "file": "c.jpg", "target": str(tmp_path / "out" / "c.png"), "status": "waiting",
            "frames": 0, "seconds": 0.0, "mean_cost_constraint": None, "warnings": [],
            "error": None,
        },
    ]  # fmt: skip
    assert [row["file"] for row in rows] == ["a.mov", "b.jpg", "c.jpg"]
    assert rows[0]["warnings"] == "dark; cut, short" and rows[1]["error"] == 'b.jpg: "damaged"'
    assert rows[0]["seconds"] == "8.123" and rows[2]["mean_cost_constraint"] == ""


def test_only_json_and_csv_are_written(tmp_path: Path) -> None:
    check_report(tmp_path / "r.JSON")
    with pytest.raises(UsageError, match=r"--report .*r\.txt: the name must end in \.json or"):
        check_report(tmp_path / "r.txt")
