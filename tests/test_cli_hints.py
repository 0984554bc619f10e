"""Hints on the command line: each kind through a whole run, each misuse as one clear line."""

import json
from pathlib import Path

import numpy as np
import pytest
from clips import Clip, write_clip
from command_line import Run
from evaluations import write_clip_folders, write_still
from scenes import OTHER_WALL, SIZE, WALL, truth, walk, with_noise

from pamcli.frame import Rgb
from pamcli.images import read_gray, read_rgb, read_rgba, write_png
from pamcli.video_read import probe, read_frames

FRAMES = 6


def scene(number: int, height: int, width: int) -> Rgb:
    return walk(number)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip, its plate, a plate of another view, a mask of frame 2, and a still."""
    here = tmp_path_factory.mktemp("hints")
    times = tuple(3600 * n for n in range(FRAMES))
    write_clip(here / "walk.mp4", Clip(times=times, size=SIZE, picture=scene))
    write_png(here / "plate.png", with_noise(WALL, 900))
    write_png(here / "other.png", with_noise(OTHER_WALL, 901))
    write_png(here / "small.png", np.zeros((30, 40), np.uint8))
    write_png(here / "key.png", np.rint(truth(2) * 255).astype(np.uint8))
    write_png(here / "still.png", walk(2))
    return here


@pytest.mark.parametrize(
    "hint",
    [
        ["--key-mask", "2f={}/key.png", "--start", "0.04"],
        ["--plate", "{}/plate.png", "--no-temporal"],
    ],
)
def test_a_clip_is_matted_by_the_hint(
    run: Run, folder: Path, tmp_path: Path, hint: list[str]
) -> None:
    arguments = [each.format(folder) for each in hint]
    target = tmp_path / "alpha.mkv"
    code, out, err = run("video", folder / "walk.mp4", "-o", target, "--json", *arguments)
    assert (code, "warning" in err) == (0, False), err
    first = 1 if "--start" in hint else 0
    alphas = [frame.rgb[..., 0] / 255 for frame in read_frames(target)]
    assert json.loads(out)["frames"] == len(alphas) == FRAMES - first
    for number, alpha in enumerate(alphas, first):
        assert np.abs(alpha - truth(number)).mean() < 0.03


def test_a_still_is_matted_by_its_plate(run: Run, folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "cut.png"
    code, _, err = run("image", folder / "still.png", "--plate", folder / "plate.png", "-o", target)
    assert code == 0, err
    assert np.abs(read_rgba(target)[..., 3] / 255 - truth(2)).mean() < 0.03


def test_a_still_without_a_subject_is_empty_and_said(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    write_png(tmp_path / "bare.png", np.full((90, 120, 3), 140, np.uint8))
    write_png(tmp_path / "nobody.png", np.zeros((90, 120), np.uint8))
    code, out, err = run(
        "image", tmp_path / "bare.png", "--mask", tmp_path / "nobody.png", "-o", tmp_path / "o.png"
    )
    assert (code, out) == (0, "")
    assert not read_rgba(tmp_path / "o.png")[..., 3].any()
    assert "bare.png: no subject was found: the matte is empty" in err


def test_trimaps_are_written_mended_and_given_back(run: Run, folder: Path, tmp_path: Path) -> None:
    clip, trimaps = folder / "walk.mp4", tmp_path / "trimaps"
    code, out, _ = run("trimap", clip, "-o", trimaps, "--plate", folder / "plate.png", "--json")
    assert (code, json.loads(out)) == (0, {"target": str(trimaps), "frames": FRAMES})
    pictures = sorted(trimaps.iterdir())
    mended = read_gray(pictures[3])
    mended[:20, -20:] = 255
    write_png(pictures[3], mended)
    code, _, err = run("video", clip, "--trimap", trimaps, "-o", tmp_path / "alpha.mkv")
    assert code == 0, err
    corners = [frame.rgb[:20, -20:].mean() for frame in read_frames(tmp_path / "alpha.mkv")]
    assert corners == [0, 0, 0, 255, 0, 0]


def test_a_preview_is_a_clip_or_a_still(run: Run, folder: Path, tmp_path: Path) -> None:
    clip = folder / "walk.mp4"
    code, _, err = run("trimap", clip, "-o", tmp_path / "look.mp4", "--preview")
    assert (code, probe(tmp_path / "look.mp4").frames) == (0, FRAMES), err
    code, _, err = run("trimap", folder / "still.png", "-o", tmp_path / "look.png", "--preview")
    assert (code, read_rgb(tmp_path / "look.png").shape) == (0, (*SIZE, 3)), err


WRONG_USAGE = {
    "no time": (["--key-mask", "key.png"], "--key-mask key.png: not of the form TIME=FILE"),
    "no file": (["--key-mask", "2="], "--key-mask 2=: not of the form TIME=FILE"),
    "one time twice": (
        ["--key-mask", "2f=a.png", "--key-mask", "0.08=b.png"],
        "--key-mask: two masks are given for one time",
    ),
    "two hints": (
        ["--key-mask", "0={}/key.png", "--plate", "{}/plate.png"],
        "--key-mask and --plate exclude each other: give one hint",
    ),
    "bad time": (["--key-mask", "soon={}/key.png"], "'soon' is no time"),
    "narrow band": (["--band", "0"], "--band 0 is not within 1 to 400 pixels"),
}

WRONG_INPUT = {
    "late": (["--key-mask", "10={}/key.png"], "given for 0:10.000, but"),
    "key mask size": (["--key-mask", "0={}/small.png"], "40x30, but the frame is 256x144"),
    "no key mask": (["--key-mask", "0={}/gone.png"], "gone.png: no such file"),
    "plate size": (["--plate", "{}/small.png"], "40x30, but the frame is 256x144"),
    "no plate": (["--plate", "{}/gone.png"], "gone.png: no such file"),
    "other plate": (["--plate", "{}/other.png"], "other.png: has nothing in common with the frame"),
}


@pytest.mark.parametrize("name", [*WRONG_USAGE, *WRONG_INPUT])
def test_a_misused_hint_is_one_line_and_leaves_nothing(
    run: Run, folder: Path, tmp_path: Path, name: str
) -> None:
    command = "trimap" if "plate" in name else "video"  # without a network where frames are seen
    arguments, said = (WRONG_USAGE | WRONG_INPUT)[name]
    given = [each.format(folder) for each in arguments]
    code, out, err = run(command, folder / "walk.mp4", "-o", tmp_path / "out.mkv", *given)
    assert (code, out) == (2 if name in WRONG_USAGE else 1, "")
    (line,) = err.strip().splitlines()
    assert line.startswith("pamcli: error: ") and said in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", [["--key-mask", "0=a.png"], ["--start", "1"], ["--end", "1"]])
def test_options_of_clips_are_wrong_usage_for_a_still(
    run: Run, folder: Path, option: list[str]
) -> None:
    code, _, err = run("trimap", folder / "still.png", *option)
    assert code == 2
    assert err.strip().endswith("still.png: --key-mask, --start and --end are for clips")


def test_eval_mattes_clips_end_to_end_and_measures_the_coarse_subject(
    run: Run, tmp_path: Path
) -> None:
    write_clip_folders(tmp_path / "clips" / "disc", 2, trimaps=True)
    by_trimaps = run("eval", tmp_path / "clips", "--cost", "39", "--json", "--coarse")
    by_subject = run("eval", tmp_path / "clips", "--cost", "39", "--json", "--hint", "subject")
    tables = [json.loads(out) for code, out, _ in (by_trimaps, by_subject) if code == 0]
    assert [set(table) for table in tables] == [
        {"39", "alpha 0.5", "coarse mask"},
        {"39", "alpha 0.5"},
    ]
    assert tables[0]["39"]["clips"]["mad"] != tables[1]["39"]["clips"]["mad"]
    assert tables[0]["coarse mask"]["clips"]["mad"] > 0


def test_stills_alone_cannot_be_evaluated_end_to_end(run: Run, tmp_path: Path) -> None:
    write_still(tmp_path / "stills" / "disc")
    code, out, err = run("eval", tmp_path / "stills", "--hint", "subject")
    assert (code, out) == (1, "")
    assert err.strip().endswith("stills: --hint subject and --coarse need clips")
