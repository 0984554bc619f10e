"""The command line: exit codes, what stands on stdout and stderr, and nothing left behind."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command_line import Run

from pamcli import images
from pamcli.frame import Rgb, Trimap
from pamcli.video_read import probe, read_frames


def picture(height: int = 60, width: int = 84) -> tuple[Rgb, Trimap]:
    """A soft red disc before blue, and its trimap."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    alpha = np.clip((18 - np.hypot(y - 30, x - 42)) / 4 + 0.5, 0, 1)[..., None]
    rgb = alpha * (220, 40, 30) + (1 - alpha) * (20, 60, 200)
    trimap = np.where(alpha == 0, 0, np.where(alpha == 1, 255, 128))[..., 0]
    return rgb.astype(np.uint8), trimap.astype(np.uint8)


@pytest.fixture
def still(tmp_path: Path) -> Path:
    """still.png with still_trimap.png beside it."""
    rgb, trimap = picture()
    images.write_png(tmp_path / "still.png", rgb)
    images.write_png(tmp_path / "still_trimap.png", trimap)
    return tmp_path / "still.png"


def trimap_of(still: Path) -> Path:
    return still.with_name("still_trimap.png")


def left(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_a_still_becomes_a_png_with_alpha(run: Run, still: Path) -> None:
    target = still.with_name("cut.png")
    ran = run("image", still, "--trimap", trimap_of(still), "-o", target)
    assert (ran.code, ran.out) == (0, "")
    rgba = images.read_rgba(target)
    _, trimap = picture()
    assert (rgba[trimap == 255, 3] == 255).all() and (rgba[trimap == 0, 3] == 0).all()
    truth = np.clip((18 - np.hypot(*(np.mgrid[0:60, 0:84] - [[[30]], [[42]]]))) / 4 + 0.5, 0, 1)
    assert np.abs(rgba[..., 3] / 255 - truth).mean() < 0.03


def test_a_composite_stands_on_the_new_background(run: Run, still: Path) -> None:
    target = still.with_name("out.png")
    ran = run("image", still, "--trimap", trimap_of(still), "-o", target, "--background", "#00ff00")
    assert ran.code == 0
    rgb = images.read_rgb(target)
    assert tuple(rgb[0, 0]) == (0, 255, 0)
    assert np.abs(rgb[30, 42].astype(int) - (220, 40, 30)).max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (33, 31)])
def test_any_size_of_still_is_taken(run: Run, tmp_path: Path, size: tuple[int, int]) -> None:
    images.write_png(tmp_path / "small.png", np.full((*size, 3), 90, np.uint8))
    images.write_png(tmp_path / "trimap.png", np.full(size, 128, np.uint8))
    target = tmp_path / "alpha.png"
    ran = run(
        "image", tmp_path / "small.png", "--trimap", tmp_path / "trimap.png",
        "-o", target, "--output", "alpha",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert images.read_gray(target).shape == size


def test_a_clip_keeps_every_frame_time_and_its_sound(
    run: Run, sound_clip: Path, tmp_path: Path
) -> None:
    height, width = probe(sound_clip).height, probe(sound_clip).width
    trimap = np.zeros((height, width), np.uint8)
    trimap[8:40, 8:50], trimap[16:32, 16:42] = 128, 255
    images.write_png(tmp_path / "trimap.png", trimap)
    target = tmp_path / "out.mkv"
    ran = run(
        "video", sound_clip, "--trimap", tmp_path / "trimap.png", "-o", target,
        "--output", "alpha", "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    before, after = list(read_frames(sound_clip)), list(read_frames(target))
    assert json.loads(ran.out)["frames"] == len(before) == len(after)
    for source, written in zip(before, after, strict=True):
        assert abs(written.pts * written.time_base - source.pts * source.time_base) < 0.001
        assert (written.rgb[trimap == 255] == 255).all()
        assert (written.rgb[trimap == 0] == 0).all()
    assert probe(target).audio


def test_fps_holds_a_clip_whose_subject_is_found_by_itself(
    run: Run, sound_clip: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out.mp4"
    ran = run("video", sound_clip, "-o", target, "--fps", "4", "--background", "white")
    assert ran.code == 0, ran.err
    assert probe(target).frames == 20
    assert ran.out == ""


def bad(name: str, sound_clip: Path, clips: Path, folder: Path) -> list[str | Path]:
    """Arguments that cannot work, and the files that they need."""
    images.write_png(folder / "small_trimap.png", np.full((20, 30), 128, np.uint8))
    images.write_png(folder / "known.png", np.full((60, 84), 255, np.uint8))
    target = folder / "target.mp4"
    to_target: list[str | Path] = ["-o", target, "--output", "alpha"]
    (folder / "exists.mp4").write_bytes(b"precious")
    cases: dict[str, list[str | Path]] = {
        "missing": ["video", folder / "none.mp4", *to_target],
        "no video": ["video", clips / "audio.mp4", *to_target],
        "truncated": ["video", clips / "truncated.mp4", *to_target],
        "size": ["video", sound_clip, "--trimap", folder / "small_trimap.png", *to_target],
        "no folder": ["video", sound_clip, "-o", folder / "no/such/out.mp4"],
        "exists": ["video", sound_clip, "-o", folder / "exists.mp4", "--output", "alpha"],
        "cheap": ["video", sound_clip, "--cost", "10", *to_target],
        "alpha lost": ["video", sound_clip, "-o", target, "--output", "rgba"],
        "two hints": ["video", sound_clip, "--key", "auto", "--mask", folder, *to_target],
        "fps and cost": ["video", sound_clip, "--fps", "5", "--cost", "60", *to_target],
        "background": ["video", sound_clip, "-o", target, "--background", "no such colour"],
    }
    return cases[name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing", "none.mp4"),
        ("no video", "no video stream"),
        ("truncated", "truncated.mp4"),
        ("size", "30x20, but the frame is 64x48"),
        ("no folder", "no such folder"),
        ("exists", "--overwrite replaces it"),
        ("cheap", "10 is too small: the cheapest path needs 39 GMAC"),
        ("alpha lost", "alpha"),
        ("background", "neither a colour, a picture, a clip nor blur:N"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    run: Run,
    sound_clip: Path,
    audio_only: Path,
    truncated_clip: Path,
    tmp_path: Path,
    name: str,
    said: str,
) -> None:
    arguments = bad(name, sound_clip, sound_clip.parent, tmp_path)
    before = left(tmp_path)
    ran = run(*arguments)
    assert (ran.code, ran.out) == (1, "")
    (line,) = ran.err.strip().splitlines()
    assert line.startswith("pamcli: error: ") and said in line
    assert left(tmp_path) == before
    assert (tmp_path / "exists.mp4").read_bytes() == b"precious"


@pytest.mark.parametrize("name", ["two hints", "fps and cost"])
def test_options_that_contradict_each_other_are_wrong_usage(
    run: Run, sound_clip: Path, tmp_path: Path, name: str
) -> None:
    ran = run(*bad(name, sound_clip, sound_clip.parent, tmp_path))
    assert (ran.code, ran.out) == (2, "")
    (line,) = ran.err.strip().splitlines()
    assert "exclude each other" in line


def test_a_trimap_without_unknown_pixels_is_refused_for_a_still(run: Run, still: Path) -> None:
    images.write_png(still.with_name("known.png"), np.full((60, 84), 255, np.uint8))
    before = left(still.parent)
    ran = run("image", still, "--trimap", still.with_name("known.png"))
    assert ran.code == 1 and "no unknown pixel" in ran.err
    assert left(still.parent) == before


def test_a_trimap_video_that_ends_early_is_named(
    run: Run, sound_clip: Path, odd_clip: Path, tmp_path: Path
) -> None:
    short = tmp_path / "short.mkv"
    made = run(
        "video", sound_clip, "-o", short, "--output", "alpha", "--end", "0.2", "--key", "red"
    )
    assert made.code == 0, made.err
    ran = run("video", sound_clip, "--trimap", short, "-o", tmp_path / "out.mp4")
    assert ran.code == 1
    assert "short.mkv" in ran.err and "sound.mp4" in ran.err
    assert left(tmp_path) == {"short.mkv"}


@pytest.mark.parametrize(
    "arguments",
    [["video"], ["nonsense"], ["video", "a.mp4", "--fps", "fast"], ["image", "a", "--output", "x"]],
)
def test_wrong_usage_is_exit_code_two(run: Run, arguments: list[str]) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err


def test_models_are_listed_and_verified(run: Run) -> None:
    ran = run("models", "--verify")
    assert ran.code == 0
    assert "C_c from 39 to 75" in ran.out and ran.out.count("  path ") == 16


def test_doctor_finds_nothing_wrong_here(run: Run) -> None:
    ran = run("doctor", "--json")
    assert ran.code == 0, ran.out
    assert json.loads(ran.out)["problems"] == []


def test_eval_reports_each_budget_beside_the_reference(run: Run, still: Path) -> None:
    rgb, trimap = picture()
    truth = np.clip((18 - np.hypot(*(np.mgrid[0:60, 0:84] - [[[30]], [[42]]]))) / 4 + 0.5, 0, 1)
    folder = still.parent / "stills" / "disc"
    folder.mkdir(parents=True)
    images.write_png(folder / "image.png", rgb)
    images.write_png(folder / "trimap.png", trimap)
    images.write_png(folder / "alpha.png", np.rint(truth * 255).astype(np.uint8))
    ran = run("eval", folder.parent, "--cost", "mild,39", "--json")
    assert ran.code == 0, ran.err
    table = json.loads(ran.out)
    assert set(table) == {"75", "39", "alpha 0.5"}
    assert table["75"]["sad"] < table["alpha 0.5"]["sad"] / 2


STOP_AFTER_3 = (
    "import pamcli.video_job as job\n"
    "whole = job.run\n"
    "def stopped(asked, progress, stop):\n"
    "    return whole(asked, lambda frames: stop.set() if frames >= 3 else None, stop)\n"
    "job.run = stopped\n"
    "from pamcli.cli.main import main\n"
    "main()\n"
)
INTERRUPTED_AT_3 = (
    "import os, signal, pamcli.video_job as job\n"
    "whole = job.run\n"
    "def interrupted(asked, progress, stop):\n"
    "    def twice(frames):\n"
    "        if frames == 3:\n"
    "            os.kill(os.getpid(), signal.SIGINT)\n"
    "            os.kill(os.getpid(), signal.SIGINT)\n"
    "    return whole(asked, twice, stop)\n"
    "job.run = interrupted\n"
    "from pamcli.cli.main import main\n"
    "main()\n"
)


def interrupted(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_ctrl_c_finishes_the_file_and_a_resumed_run_completes_it(
    run: Run, sound_clip: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out.mp4"
    ended = interrupted(STOP_AFTER_3, "video", sound_clip, "-o", target)
    assert ended.returncode == 130, ended.stderr
    assert f"{target}: stopped after 3 frames; --resume goes on" in ended.stderr
    assert len(list(read_frames(target))) == 3
    ran = run("video", sound_clip, "-o", target, "--resume", "-q")
    assert ran.code == 0, ran.err
    assert [f.pts for f in read_frames(target)] == [f.pts for f in read_frames(sound_clip)]
    assert left(tmp_path) == {"out.mp4"}


def test_a_second_ctrl_c_stops_at_once_and_leaves_nothing(sound_clip: Path, tmp_path: Path) -> None:
    ended = interrupted(INTERRUPTED_AT_3, "video", sound_clip, "-o", tmp_path / "out.mp4")
    assert ended.returncode == 130, ended.stderr
    (line,) = ended.stderr.strip().splitlines()
    assert line == "pamcli: finishing what is done; Ctrl-C again stops at once"
    assert left(tmp_path) == set()
