"""The log: rows written as they come, whole under its name, and read back as they were."""

from dataclasses import replace
from pathlib import Path

import pytest

from pamcli.errors import InputError, OutputError
from pamcli.frame_log import NAMES, FrameRow, LogFile, read_rows

ROW = FrameRow(
    pts=512,
    seconds=1.25,
    hint="subject",
    cost_constraint=75,
    scale=0.7071,
    path="0010",
    gmac=12.5,
    period_ms=66.1,
    decode_ms=4.0,
    hint_ms=9.5,
    network_ms=40.25,
    upsample_ms=3.5,
    compose_ms=12.0,
    encode_ms=9.0,
    before_network=3,
    before_compose=1,
    before_encode=0,
)
ROWS = [ROW, replace(ROW, pts=1024, path="", gmac=0.0), replace(ROW, pts=-7, scale=1.0)]


@pytest.mark.parametrize("name", ["run.csv", "run.jsonl", "RUN.CSV"])
def test_what_is_read_is_what_was_written(tmp_path: Path, name: str) -> None:
    with LogFile(tmp_path / name, overwrite=False) as log:
        for row in ROWS:
            log.add(row)
    assert list(read_rows(tmp_path / name)) == ROWS
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_table_begins_with_its_columns(tmp_path: Path) -> None:
    with LogFile(tmp_path / "run.csv", overwrite=False) as log:
        log.add(ROW)
    first, second = (tmp_path / "run.csv").read_text().splitlines()
    assert first == ",".join(NAMES)
    assert second.startswith("512,1.25,subject,75,0.7071,0010,12.5,66.1,")


def test_each_row_is_on_the_disk_at_once_but_not_under_the_final_name(tmp_path: Path) -> None:
    with LogFile(tmp_path / "run.jsonl", overwrite=False) as log:
        log.add(ROW)
        assert list(read_rows(tmp_path / "run.jsonl.part")) == [ROW]
        assert not (tmp_path / "run.jsonl").exists()


def test_what_a_failed_run_logged_is_left_beside(tmp_path: Path) -> None:
    with pytest.raises(KeyError), LogFile(tmp_path / "run.csv", overwrite=False) as log:
        log.add(ROW)
        raise KeyError("the run fails")
    assert [file.name for file in tmp_path.iterdir()] == ["run.csv.part"]
    assert list(read_rows(tmp_path / "run.csv.part")) == [ROW]


def test_a_log_is_replaced_only_when_asked(tmp_path: Path) -> None:
    (tmp_path / "run.csv").write_text("kept")
    with pytest.raises(OutputError, match="exists"):
        LogFile(tmp_path / "run.csv", overwrite=False)
    assert (tmp_path / "run.csv").read_text() == "kept"


@pytest.mark.parametrize(
    ("name", "content", "row"),
    [
        ("a.csv", "pts,scale\n1,2\n", 1),
        ("a.csv", ",".join(NAMES) + "\n" + "x," * 16 + "1\n", 1),
        ("a.jsonl", '{"pts": 1}\n', 1),
        ("a.jsonl", "no json\n", 1),
        ("a.jsonl", "[1]\n", 1),
    ],
)
def test_what_is_no_log_is_named(tmp_path: Path, name: str, content: str, row: int) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=f"{name}: row {row} is no row of a log"):
        list(read_rows(tmp_path / name))


def test_a_missing_log_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv: no such file"):
        list(read_rows(tmp_path / "none.csv"))
