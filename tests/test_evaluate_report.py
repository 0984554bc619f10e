"""Means, groups, the table and the record."""

import json

import pytest

from pamcli.evaluate_paths import PathStatistics
from pamcli.evaluate_report import as_record, as_text
from pamcli.evaluate_rows import (
    CLOSED_FORM,
    HALF,
    Evaluation,
    Row,
    by_group,
    by_way,
    mean,
    ratios,
)


def still(name: str, way: str, sad: float, **more: float) -> Row:
    figures = {"sad": sad, "mse": 2 * sad, "grad": 0.0, "conn": sad / 2, **more}
    return Row(name=name, way=way, figures=figures, paths={"1011": 1} if more else {})


STILLS = (
    still("hair_1", "75", 1.0, gmac=10.0, ms=100.0),
    still("hair_1", HALF, 9.0),
    still("leaf_1", "75", 2.0, gmac=10.0, ms=100.0),
    still("leaf_1", HALF, 7.0),
    still("hair_2", "75", 6.0, gmac=40.0, ms=400.0),
    still("hair_2", HALF, 5.0),
)
CLIP = Row(
    name="walk",
    way="75",
    figures={
        "mad": 3.0, "mse": 1.0, "grad": 0.5, "conn": 0.25, "dtssd": 1.5, "gmac": 8.0, "ms": 90.0
    },
    paths={"1011": 20, "0000": 4},
)  # fmt: skip
PATHS = PathStatistics(
    constraint=75, taken={"1011": 3}, chosen=3.0, cheapest=4.0, random=3.5, oracle=2.0,
    static=2.5, static_path="0111", each={"0000": 4.0, "0111": 2.5},
)  # fmt: skip


def found(*, clips: tuple[Row, ...] = (), paths: tuple[PathStatistics, ...] = ()) -> Evaluation:
    return Evaluation(stills=STILLS, clips=clips, paths=paths, notes=())


def test_means_are_per_way_and_per_group() -> None:
    ways = by_way(STILLS)
    assert list(ways) == ["75", HALF]
    assert mean(ways["75"])["sad"] == pytest.approx(3.0)
    groups = by_group(ways["75"])
    assert {name: len(rows) for name, rows in groups.items()} == {"hair": 2, "leaf": 1}
    assert mean(groups["hair"]) == {
        "sad": 3.5, "mse": 7.0, "grad": 0.0, "conn": 1.75, "gmac": 25.0, "ms": 250.0
    }  # fmt: skip


def test_the_record_holds_everything_and_is_json() -> None:
    record = as_record(found(clips=(CLIP,), paths=(PATHS,)))
    assert json.loads(json.dumps(record)) == record
    assert list(record) == ["75", HALF]
    assert record["75"]["sad"] == pytest.approx(3.0)
    assert record["75"]["groups"]["hair"]["count"] == 2
    assert record["75"]["stills"]["hair_2"]["paths"] == {"1011": 1}
    assert record["75"]["clips"]["dtssd"] == 1.5
    assert record["75"]["clips"]["each"]["walk"]["paths"] == {"1011": 20, "0000": 4}
    assert record["75"]["paths"]["oracle"] == 2.0
    assert "ms" not in record[HALF] and "clips" not in record[HALF]


def test_the_text_has_a_line_for_each_still_group_and_way() -> None:
    lines = as_text(found()).splitlines()
    assert lines[0].split() == [
        "still", "C_c", "SAD/1e3", "MSEx1e3", "Grad/1e3", "Conn/1e3", "GMAC", "ms", "path"
    ]  # fmt: skip
    assert lines[1].split() == [
        "hair_1", "75", "1.000", "2.000", "0.000", "0.500", "10.000", "100.000", "1011"
    ]  # fmt: skip
    starts = [line.split(")")[0] for line in lines if "(" in line]
    assert starts == ["hair (2", "hair (2", "leaf (1", "leaf (1", "all (3", "all (3"]
    figures = {line[8:20].strip(): line for line in lines if line.startswith("all")}
    assert figures["75"].split()[3] == "3.000" and figures[HALF].split()[4] == "7.000"
    assert len({len(line.rstrip()) for line in lines if line.startswith("all")}) == 2


def test_clips_and_paths_have_tables_of_their_own() -> None:
    text = as_text(found(clips=(CLIP,), paths=(PATHS,)))
    stills, clips, paths = (text.split("\n\n")[n] for n in (0, 2, 4))
    assert stills.startswith("still") and "dtSSDx1e2" in clips
    assert "1011 x20, 0000 x4" in clips
    assert paths.splitlines()[2].split() == [
        "75", "3.000", "4.000", "3.500", "2.500", "2.000", "0111;", "1011", "x3"
    ]  # fmt: skip


def test_clips_alone_make_a_report() -> None:
    evaluation = Evaluation(stills=(), clips=(CLIP,), paths=(), notes=())
    assert as_text(evaluation).startswith("clip")
    assert set(as_record(evaluation)["75"]) == {"clips"}


def test_a_single_group_is_not_said_twice() -> None:
    hair = tuple(row for row in STILLS if row.group == "hair")
    text = as_text(Evaluation(stills=hair, clips=(), paths=(), notes=()))
    assert "all (2)" in text and "hair (2)" not in text


def test_ratios_are_of_the_stills_that_both_ways_have() -> None:
    solved = (still("hair_1", CLOSED_FORM, 2.0), still("leaf_1", CLOSED_FORM, 4.0))
    found = ratios((*STILLS, *solved), CLOSED_FORM)
    assert list(found) == ["75", HALF]
    assert found["75"] == {"count": 2, "sad": 0.5, "mse": 0.5, "conn": 0.5}  # Grad's would be 0 / 0
    assert ratios(STILLS, CLOSED_FORM) == {}


def test_ratios_are_told_in_text_and_record() -> None:
    rows = (*STILLS, still("leaf_1", CLOSED_FORM, 4.0))
    evaluation = Evaluation(stills=rows, clips=(), paths=(), notes=())
    assert as_record(evaluation)["75"]["of_closed_form"]["sad"] == 0.5
    lines = as_text(evaluation).splitlines()
    title = lines.index("means over closed-form matting's")
    assert lines[title + 1].split() == ["C_c", "SAD", "MSE", "Grad", "Conn", "stills"]
    assert lines[title + 2].split() == ["75", "0.500", "0.500", "0.500", "1"]
