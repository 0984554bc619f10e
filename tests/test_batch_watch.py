"""New files are taken when they have stopped growing."""

from pathlib import Path

import pytest
from test_batch_plan import plan_of
from test_batch_walk import touch

from pamcli.batch_watch import Settling


def names(settling: Settling, folder: Path, now: float) -> list[str]:
    return [item.name for item in settling.settled(plan_of(folder).items, now)]


def test_a_file_is_whole_when_it_has_not_changed_for_long_enough(tmp_path: Path) -> None:
    touch(tmp_path / "in", "old.png", "growing.png")
    settling = Settling(5.0)
    assert names(settling, tmp_path, 0.0) == []
    (tmp_path / "in" / "growing.png").write_bytes(b"more")
    assert names(settling, tmp_path, 4.9) == []
    assert names(settling, tmp_path, 5.0) == ["old.png"]
    (tmp_path / "in" / "growing.png").write_bytes(b"and more")
    assert names(settling, tmp_path, 9.8) == ["old.png"]
    assert names(settling, tmp_path, 14.7) == ["old.png"]
    assert names(settling, tmp_path, 14.8) == ["growing.png", "old.png"]


def test_a_hint_that_comes_late_is_waited_for_too(tmp_path: Path) -> None:
    touch(tmp_path / "in", "a.png")
    settling = Settling(1.0)
    names(settling, tmp_path, 0.0)
    assert names(settling, tmp_path, 1.0) == ["a.png"]
    touch(tmp_path / "in", "a.mask.png")
    assert names(settling, tmp_path, 2.0) == []
    assert names(settling, tmp_path, 3.0) == ["a.png"]


def test_a_file_that_went_and_came_back_is_new(tmp_path: Path) -> None:
    touch(tmp_path / "in", "a.png", "b.png")
    settling = Settling(1.0)
    names(settling, tmp_path, 0.0)
    (tmp_path / "in" / "a.png").unlink()
    assert names(settling, tmp_path, 1.0) == ["b.png"]
    touch(tmp_path / "in", "a.png")
    assert names(settling, tmp_path, 1.5) == ["b.png"]


def test_it_looks_several_times_while_a_file_settles() -> None:
    assert Settling(8.0).pause == pytest.approx(2.0)
