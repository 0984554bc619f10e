"""The corpus of malformed inputs against the command line: each ends whole, or in one line."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from damage import CLIPS, cut, disguised, flipped
from malformed import EITHER, READ, REFUSED, Case, cases
from worker import Ran, Worker

from pamcli.images import read_rgba, write_png
from pamcli.video_read import read_frames

LONGEST = 20.0
"""Seconds of one run, on however busy a machine: beyond it hangs."""

CORPUS = [pytest.param(case, id=str(case)) for case in cases()]


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    with Worker() as started:
        yield started


@pytest.fixture(scope="session")
def trimap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trimap with few unknown pixels: the network has little to do."""
    known = np.zeros((48, 64), np.uint8)
    known[10:40, 20:50] = 255
    known[24, 18:22] = 128
    target = tmp_path_factory.mktemp("hints") / "trimap.png"
    write_png(target, known)
    return target


def checked(ran: Ran) -> list[str]:
    """The warnings of a run that ended as it should."""
    assert ran.code in (0, 1, 2)
    lines = ran.err.splitlines()
    errors = [line for line in lines if not line.startswith("pamcli: warning: ")]
    assert "Traceback" not in ran.err
    assert len(errors) == (ran.code != 0), ran.err
    assert all(line.startswith("pamcli: error: ") for line in errors)
    return [line for line in lines if line not in errors]


def left(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def outcome(ran: Ran) -> str:
    return READ if ran.code == 0 else REFUSED


@pytest.mark.parametrize("case", CORPUS)
def test_a_malformed_file_ends_in_a_good_target_or_in_one_line(
    worker: Worker, trimap: Path, tmp_path: Path, case: Case
) -> None:
    source, out = tmp_path / "in" / case.name, tmp_path / "out"
    source.parent.mkdir()
    out.mkdir()
    case.make(source)
    before = left(source.parent)

    clip = out / "alpha.mkv"
    ran = worker.run(
        "video", str(source), "-o", str(clip), "--trimap", str(trimap), "--scale", "1", "-q",
        seconds=LONGEST,
    )  # fmt: skip
    checked(ran)
    assert case.as_clip in (EITHER, outcome(ran)), ran.err
    if ran.code == 0:
        assert left(out) == {clip.name}
        assert sum(1 for _ in read_frames(clip)) >= 1
    else:
        assert not left(out)

    still = tmp_path / "still"
    still.mkdir()
    ran = worker.run(
        "image", "-o", str(still / "a.png"), "--trimap", str(trimap), "--scale", "1", "-q",
        "--", str(source), seconds=LONGEST,
    )  # fmt: skip
    checked(ran)
    assert case.as_still in (EITHER, outcome(ran)), ran.err
    if ran.code == 0:
        assert read_rgba(still / "a.png").shape == (48, 64, 4)
    assert left(still) == ({"a.png"} if ran.code == 0 else set())

    ran = worker.run("check", "--", str(source), seconds=LONGEST)
    checked(ran)
    assert (ran.out != "") == (ran.code == 0)
    if case.as_clip == case.as_still == REFUSED:
        assert ran.code == 1
    assert left(source.parent) == before


def test_a_file_whose_name_begins_with_a_dash_needs_the_two_dashes(worker: Worker) -> None:
    ran = worker.run("check", "-y.mkv", seconds=LONGEST)
    assert ran.code == 2 and "No such option" in ran.err


@pytest.mark.parametrize("name", sorted(CLIPS.keys() - {"last.mp4", "clip.ts"}))
def test_a_clip_that_is_cut_short_says_so(
    worker: Worker, trimap: Path, tmp_path: Path, name: str
) -> None:
    source, target = tmp_path / name, tmp_path / "alpha.mkv"
    cut(name, 0.7)(source)
    ran = worker.run(
        "video", str(source), "-o", str(target), "--trimap", str(trimap), "-q", seconds=LONGEST
    )
    assert ran.code == 0, ran.err
    assert checked(ran), "a clip cut short was read without a word"


@pytest.mark.parametrize("option", ["--trimap", "--mask", "--plate", "--background"])
def test_a_damaged_second_picture_is_one_line_that_names_it(
    worker: Worker, trimap: Path, tmp_path: Path, option: str
) -> None:
    source, second, target = tmp_path / "clip.mkv", tmp_path / "second.png", tmp_path / "out.mkv"
    disguised("clip.mkv")(source)
    cut("still.png", 0.5)(second)
    hint = () if option != "--background" else ("--trimap", str(trimap))
    ran = worker.run(
        "video", str(source), "-o", str(target), option, str(second), *hint, "-q", seconds=LONGEST
    )
    checked(ran)
    assert ran.code == 1
    assert ran.err.startswith(f"pamcli: error: {second}: ")
    assert left(tmp_path) == {source.name, second.name}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("name", CLIPS)
def test_flipped_bits_anywhere_end_in_a_good_target_or_in_one_line(
    worker: Worker, trimap: Path, tmp_path: Path, name: str, seed: int
) -> None:
    suffix = Path(name).suffix
    case = Case(f"flipped{suffix}", flipped(name, 0, 1, seed, 30), EITHER, EITHER)
    test_a_malformed_file_ends_in_a_good_target_or_in_one_line(worker, trimap, tmp_path, case)
