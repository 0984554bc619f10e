"""Finished parts survive; nothing else does."""

from pathlib import Path

import pytest

from pamcli.errors import OutputError
from pamcli.part_folder import Part, PartFolder, file_identity, folder_of

IDENTITY = {"--output": "alpha", "the model": "abc"}


def part(parts: PartFolder, number: int) -> Part:
    """A part of two frames whose file is whole."""
    name = f"part_{number}.mkv"
    (parts.folder / name).write_bytes(b"frames")
    return Part(files=(name,), times=(2 * number, 2 * number + 1))


def interrupted(final: Path, count: int = 2) -> None:
    parts = PartFolder(final, IDENTITY)
    for number in range(count):
        parts.add(part(parts, number))
    (parts.folder / "part_2.mkv").write_bytes(b"half of the nex")
    parts._lock.close()  # as the system does when the process dies


def test_a_run_goes_on_with_what_was_finished(tmp_path: Path) -> None:
    interrupted(tmp_path / "a.mkv")
    parts = PartFolder(tmp_path / "a.mkv", IDENTITY, resume=True)
    assert parts.times == (0, 1, 2, 3)
    assert not (parts.folder / "part_2.mkv").exists()
    parts.add(part(parts, 2))
    parts.close(keep=True)
    assert PartFolder(tmp_path / "a.mkv", IDENTITY, resume=True).times == (0, 1, 2, 3, 4, 5)


def test_parts_are_not_thrown_away_unasked(tmp_path: Path) -> None:
    interrupted(tmp_path / "a.mkv")
    with pytest.raises(OutputError, match=r"a\.mkv: 4 frames of an interrupted run are kept"):
        PartFolder(tmp_path / "a.mkv", IDENTITY)
    assert PartFolder(tmp_path / "a.mkv", IDENTITY, overwrite=True).times == ()


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({**IDENTITY, "--output": "rgba"}, "--output was alpha and is rgba now"),
        ({"--output": "alpha"}, "the model was abc and is none now"),
        ({**IDENTITY, "--key": "auto"}, "--key was none and is auto now"),
    ],
)
def test_another_run_cannot_go_on(tmp_path: Path, now: dict[str, str], said: str) -> None:
    interrupted(tmp_path / "a.mkv")
    with pytest.raises(OutputError) as caught:
        PartFolder(tmp_path / "a.mkv", now, resume=True)
    assert str(caught.value) == (
        f"{tmp_path / 'a.mkv'}: cannot resume: {said}; --overwrite begins anew"
    )
    assert PartFolder(tmp_path / "a.mkv", IDENTITY, resume=True).times == (0, 1, 2, 3)


def test_two_runs_never_write_one_target(tmp_path: Path) -> None:
    first = PartFolder(tmp_path / "a.mkv", IDENTITY)
    for resume in (False, True):
        with pytest.raises(OutputError, match="another run is writing it"):
            PartFolder(tmp_path / "a.mkv", IDENTITY, resume=resume, overwrite=True)
    first.close(keep=False)
    PartFolder(tmp_path / "a.mkv", IDENTITY).close(keep=False)


def test_what_lies_behind_a_lost_part_is_made_again(tmp_path: Path) -> None:
    interrupted(tmp_path / "a.mkv", count=3)
    (folder_of(tmp_path / "a.mkv") / "part_1.mkv").unlink()
    parts = PartFolder(tmp_path / "a.mkv", IDENTITY, resume=True)
    assert parts.times == (0, 1)
    assert sorted(entry.name for entry in parts.folder.iterdir()) == [
        "lock",
        "manifest.json",
        "part_0.mkv",
        "part_000000.json",
    ]


@pytest.mark.parametrize("torn", ["", '{"files": ["part_1.mk', "[]"])
def test_a_record_that_was_cut_short_counts_as_none(tmp_path: Path, torn: str) -> None:
    interrupted(tmp_path / "a.mkv")
    (folder_of(tmp_path / "a.mkv") / "part_000001.json").write_text(torn)
    assert PartFolder(tmp_path / "a.mkv", IDENTITY, resume=True).times == (0, 1)


def test_permission_to_replace_the_target_is_remembered(tmp_path: Path) -> None:
    parts = PartFolder(tmp_path / "a.mkv", IDENTITY)
    assert not parts.overwrite
    parts.add(part(parts, 0))
    parts.may_replace()
    parts.close(keep=True)
    assert PartFolder(tmp_path / "a.mkv", IDENTITY, resume=True).overwrite


def test_nothing_stays_where_nothing_was_finished(tmp_path: Path) -> None:
    PartFolder(tmp_path / "a.mkv", IDENTITY).close(keep=True)
    parts = PartFolder(tmp_path / "b.mkv", IDENTITY)
    parts.add(part(parts, 0))
    parts.close(keep=False)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_someone_else_is_not_touched(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a.mkv")
    folder.mkdir()
    (folder / "holiday.jpg").write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"holds other files \(holiday.jpg\)"):
        PartFolder(tmp_path / "a.mkv", IDENTITY, resume=True, overwrite=True)
    assert (folder / "holiday.jpg").read_bytes() == b"mine"


def test_a_changed_source_has_another_identity(tmp_path: Path) -> None:
    source = tmp_path / "a.mp4"
    source.write_bytes(b"one")
    before = dict(file_identity(source))
    source.write_bytes(b"three")
    after = dict(file_identity(source))
    assert before["its size"] == "3 bytes" and after["its size"] == "5 bytes"
    assert before["the source"] == after["the source"]
