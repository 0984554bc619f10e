"""`python -m pam render`: colours under the alpha, names, resuming, and what makes a picture."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import product
from pathlib import Path

import cv2
import numpy as np
import pytest

from pam.render import command
from pam.render.face import EYE_AT, FLESH, FLUSHED, eye, lids, skin
from pam.render.files import write_frames, write_png
from pam.render.hair import FACE, FRINGE, off_face
from pam.render.job import KINDS, Job
from pam.render.parts import Points, Subject
from pam.render.pixels import (
    Floats,
    Verdict,
    exposure,
    extend,
    judge,
    to_display,
    to_rgba,
    unpremultiply,
)
from pam.render.shapes import ball
from pam.render.shot import any_light, any_path, any_view, breathed
from pam.render.smoke import integrate, smoke
from pam.render.subjects import any_subject

ROOT = Path(__file__).resolve().parents[2]
BODIES = tuple(kind for kind in KINDS if kind != "smoke")


def bpy_missing() -> bool:
    return not command.can_draw(sys.executable)


def soft_disc(size: int = 64) -> Floats:
    """Premultiplied linear (size, size, 4): colour (0.5, 0.2, 0.1) under a soft disc."""
    y, x = np.mgrid[:size, :size]
    alpha = np.clip((size / 3 - np.hypot(x - size / 2, y - size / 2)) / 6 + 0.5, 0, 1)
    colour = np.array([0.5, 0.2, 0.1]) * alpha[..., None]
    return np.concatenate([colour, alpha[..., None]], -1).astype(np.float32)


def fake_python(folder: Path, body: str) -> str:
    """An interpreter that runs `body` in place of the worker, and seems to have bpy."""
    program = folder / "fake_python"
    script = f'import sys\nif "-c" in sys.argv:\n    sys.exit(0)\n{body}\n'
    (folder / "fake.py").write_text(script)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{folder / "fake.py"}" "$@"\n')
    program.chmod(0o755)
    return str(program)


DRAWS = """
import json, pathlib
job = json.loads(sys.argv[4])
name = f"rendered_{job['kind']}_{job['seed']:04d}_{job['number']:04d}.png"
pathlib.Path(sys.argv[3], name).write_text(str(job["attempt"]))
"""


def test_display_values_follow_the_standard() -> None:
    linear = np.array([-1, 0, 0.0031308, 0.2140, 1, 7], np.float32)
    wanted = [0, 0, 0.04045, 0.5, 1, 1]
    np.testing.assert_allclose(to_display(linear), wanted, atol=1e-3)


def test_colour_is_the_same_wherever_alpha_is_and_beyond() -> None:
    rgba = to_rgba(soft_disc())
    wanted = np.round(to_display(np.array([0.5, 0.2, 0.1], np.float32)) * 255)
    assert np.abs(rgba[..., :3].astype(float) - wanted).max() <= 1
    np.testing.assert_array_equal(rgba[..., 3], np.round(soft_disc()[..., 3] * 255))


def test_unpremultiplied_colour_times_alpha_is_what_it_was() -> None:
    picture = np.random.default_rng(1).random((9, 7, 4)).astype(np.float32)
    picture[0] = 0
    straight = unpremultiply(picture)
    np.testing.assert_allclose(straight * picture[..., 3:], picture[..., :3], atol=1e-6)
    assert not straight[0].any()


def test_a_noisy_colour_under_tiny_alpha_is_replaced_by_the_neighbours() -> None:
    picture = soft_disc()
    picture[2, 2] = [0.02, 0.02, 0.02, 0.004]  # a straight colour of 5: far too bright
    rgba = to_rgba(picture)
    assert np.abs(rgba[2, 2, :3].astype(int) - rgba[32, 32, :3].astype(int)).max() <= 4


def test_extension_keeps_what_is_known_and_stays_within_its_range() -> None:
    rng = np.random.default_rng(3)
    colour = rng.random((37, 50, 3)).astype(np.float32)
    weight = (rng.random((37, 50)) < 0.05).astype(np.float32)
    out = extend(colour, weight)
    known = weight == 1
    np.testing.assert_array_equal(out[known], colour[known])
    assert out.min() >= colour[known].min() - 1e-5
    assert out.max() <= colour[known].max() + 1e-5
    assert not extend(colour, np.zeros_like(weight)).any()


@pytest.mark.parametrize(
    ("alpha", "verdict"),
    [
        (np.zeros((50, 50)), Verdict.EMPTY),
        (np.ones((50, 50)), Verdict.FULL),
        (np.tile(np.repeat([0, 1], 25), (50, 1)), Verdict.HARD),
        (soft_disc()[..., 3], Verdict.GOOD),
    ],
)
def test_only_an_alpha_with_soft_parts_is_kept(alpha: Floats, verdict: Verdict) -> None:
    assert judge(alpha.astype(np.float32)) is verdict


def test_exposure_brings_the_subject_to_the_wanted_brightness() -> None:
    picture = soft_disc()
    for wanted in (0.2, 0.8):
        brighter = picture.copy()
        brighter[..., :3] *= exposure(picture, wanted)
        assert exposure(brighter, wanted) == pytest.approx(1, abs=1e-3)
    assert exposure(np.zeros((4, 4, 4), np.float32), 0.5) == 1


def test_names_begin_as_the_library_wants_and_survive_json() -> None:
    job = Job(kind="fur", seed=7, number=12, attempt=2, frames=3)
    assert job.name == "rendered_fur_0007_0012"
    assert job.target(Path("there")) == Path("there/rendered_fur_0007_0012")
    assert Job(kind="fur", seed=7, number=12).target(Path()).name == f"{job.name}.png"
    assert Job.from_json(job.to_json()) == job
    with pytest.raises(ValueError, match="wool"):
        Job(kind="wool", seed=1, number=1)
    with pytest.raises(ValueError, match="size"):
        Job(kind="fur", seed=1, number=1, size=8)


def test_every_picture_has_its_own_numbers() -> None:
    jobs = [
        Job(kind=kind, seed=seed, number=number, attempt=attempt)
        for kind, seed, number, attempt in product(KINDS, (1, 2), (0, 1), (0, 1))
    ]
    first = {job.generator().random() for job in jobs}
    assert len(first) == len(jobs)
    large = Job(kind="fur", seed=1, number=0, size=64)
    assert large.generator().random() == jobs[0].generator().random()


@pytest.mark.parametrize("kind", BODIES)
def test_the_same_numbers_give_the_same_subject_in_view(kind: str) -> None:
    def points(number: int) -> tuple[Subject, Points]:
        rng = Job(kind=kind, seed=3, number=number).generator()
        subject = any_subject(kind, rng)
        return subject, any_view(subject, rng).project(subject.points())

    (one, seen), (_, again) = points(0), points(0)
    np.testing.assert_array_equal(seen, again)
    low, high = np.percentile(seen, (2, 98), axis=0)
    assert 0.6 < (high - low).max() < 1.0
    assert (np.abs(seen) < 0.5).all(axis=1).mean() > 0.2
    for part in one.parts:
        assert np.isfinite(part.points).all()
        assert part.tint.min() >= 0 and part.tint.max() <= 1
        assert len(part.tint) == len(part.points)


def test_hair_hangs_beside_the_face_not_before_it() -> None:
    rng = np.random.default_rng(2)
    strand = rng.uniform(-1, 1, (200, 5, 3)) * [0.3, 0.8, 0.8]
    side = rng.choice([-1.0, 1.0], 200)
    moved = off_face(strand, side)
    before = (strand[..., 1] < -0.25) & (strand[..., 2] < FRINGE - 0.2)
    assert before.any()
    np.testing.assert_allclose(moved[before][:, 0], np.repeat(side[:, None], 5, 1)[before] * FACE)
    np.testing.assert_array_equal(moved[..., 1:], strand[..., 1:])
    free = (strand[..., 1] > -0.05) | (strand[..., 2] > FRINGE)
    np.testing.assert_array_equal(moved[free], strand[free])


def test_open_lids_leave_the_pupils_free() -> None:
    middle, flesh = EYE_AT, np.array([0.5, 0.3, 0.2])
    pupil = eye(middle, flesh, np.zeros(2))[2].points
    front = pupil[pupil[:, 1].argmin()]
    for lid in lids(middle, flesh, 1.0):
        near = np.hypot(*(lid.points - front)[:, [0, 2]].T) < 0.008
        assert not (lid.points[near, 1] < front[1]).any()


def test_skin_is_redder_where_blood_shines_through() -> None:
    flesh = np.array([0.5, 0.3, 0.2])
    cheek, chin = (
        skin(ball(np.array(place), np.full(3, 0.02), flesh, FLESH), np.random.default_rng(1))
        for place in (FLUSHED[0], [0.0, -0.3, -0.9])
    )
    redness = [part.tint[:, 0].mean() / part.tint[:, 1].mean() for part in (cheek, chin)]
    assert redness[0] > 1.2 * redness[1]
    assert redness[1] == pytest.approx(0.5 / 0.3, rel=0.01)


def test_light_and_motion_come_from_the_numbers() -> None:
    rng = np.random.default_rng(5)
    assert any_light(rng, studio=True).lamps
    assert any_path(rng, blurred=True).shutter > 0
    still = any_path(rng, blurred=False)
    assert still.shutter == 0
    assert np.abs(still.pose(3)[0]).max() < 0.5


def test_a_subject_breathes_from_its_own_shape() -> None:
    points = np.random.default_rng(1).normal(size=(50, 3))
    np.testing.assert_allclose(breathed(points, 1.0, 0, 4), points)
    moved = breathed(points, 1.0, 2, 4)
    assert 0 < np.abs(moved - points).max() < 0.5
    np.testing.assert_array_equal(breathed(points, 0.0, 2, 4), points)


def test_smoke_covers_as_its_optical_depth_says() -> None:
    rng = np.random.default_rng(1)
    depth = rng.random((8, 5, 6)).astype(np.float32)
    light = np.full_like(depth, 0.7)
    picture = integrate(depth, light)
    np.testing.assert_allclose(picture[..., 3], 1 - np.exp(-depth.sum(0)), atol=1e-5)
    np.testing.assert_allclose(picture[..., 0], 0.7 * picture[..., 3], atol=1e-5)


def test_smoke_is_reproducible_and_drifts() -> None:
    def drawn(frame: int) -> Floats:
        return smoke(np.random.default_rng(4), 64, frame)

    np.testing.assert_array_equal(drawn(0), drawn(0))
    change = np.abs(drawn(1) - drawn(0)).mean()
    assert 0 < change < 0.5 * np.abs(drawn(0)).mean()


def test_pictures_keep_their_colour_under_empty_alpha(tmp_path: Path) -> None:
    rgba = to_rgba(soft_disc())
    write_png(tmp_path / "one.png", rgba)
    read = cv2.imread(str(tmp_path / "one.png"), cv2.IMREAD_UNCHANGED)
    assert read is not None
    np.testing.assert_array_equal(read[..., [2, 1, 0, 3]], rgba)
    write_frames(tmp_path / "many", [rgba, rgba])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["many", "one.png"]
    assert sorted(p.name for p in (tmp_path / "many").iterdir()) == ["0000.png", "0001.png"]


def test_a_run_goes_on_where_it_left_off(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python, out = fake_python(tmp_path, DRAWS), tmp_path / "out"
    line = [str(out), "--seed", "2", "--kinds", "fur,net", "--python", python, "--count"]
    assert command.main([*line, "3"]) == 0
    names = sorted(path.name for path in out.iterdir())
    assert names == [
        f"rendered_{n}.png" for n in ("fur_0002_0000", "fur_0002_0002", "net_0002_0001")
    ]
    assert command.main([*line, "4"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert "1 drawn, 3 there already, 0 redrawn, 0 failed" in last


def test_a_refused_picture_is_drawn_again_with_the_next_sub_seed(tmp_path: Path) -> None:
    refusing = "import json\nif json.loads(sys.argv[4])['attempt'] < 2:\n    sys.exit(3)\n"
    counts: Counter[str] = Counter()
    job = Job(kind="net", seed=1, number=0)
    command.draw_all(tmp_path, [job], fake_python(tmp_path, refusing + DRAWS), counts)
    assert counts == {command.DRAWN: 1, command.REDRAWN: 2}
    assert job.target(tmp_path).read_text() == "2"


def test_a_crash_loses_one_picture_and_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crashing = "import json\nif json.loads(sys.argv[4])['number'] == 0:\n    sys.exit('it broke')\n"
    python = fake_python(tmp_path, crashing + DRAWS)
    line = [str(tmp_path / "out"), "--seed", "1", "--count", "2", "--python", python]
    assert command.main(line) == 1
    said = capsys.readouterr()
    assert "rendered_fur_0001_0000: failed: it broke" in said.err
    assert "1 drawn, 0 there already, 0 redrawn, 1 failed" in said.out


def test_many_failures_in_a_row_end_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python = fake_python(tmp_path, "sys.exit(139)")
    line = [str(tmp_path / "out"), "--seed", "1", "--count", "30", "--python", python]
    assert command.main(line) == 1
    said = capsys.readouterr()
    assert f"{command.FAILURES_IN_A_ROW} failed" in said.out
    assert said.err.splitlines()[-1] == "pam: error: 5 pictures in a row failed"


SLEEPS = """
import json, os, pathlib, time
folder, job = pathlib.Path(sys.argv[3]), json.loads(sys.argv[4])
if job["number"] < int(os.environ["SLEEPERS"]):
    name = f"rendered_{job['kind']}_{job['seed']:04d}_{job['number']:04d}.png"
    (folder / f".{name}.partial").write_text("half")
    (folder.parent / "pid.part").write_text(str(os.getpid()))
    (folder.parent / "pid.part").rename(folder.parent / "pid")
    time.sleep(120)
"""


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("send", "sent"),
    [(os.killpg, signal.SIGINT), (os.kill, signal.SIGINT), (os.kill, signal.SIGTERM)],
    ids=["ctrl_c_in_a_terminal", "sigint_alone", "sigterm"],
)
def test_an_interrupt_ends_the_worker_and_leaves_no_half_picture(
    send: Callable[[int, int], None], sent: signal.Signals, tmp_path: Path
) -> None:
    python, out = fake_python(tmp_path, SLEEPS + DRAWS), tmp_path / "out"
    line = ["render", str(out), "--count", "3", "--seed", "1", "--python", python]
    started = subprocess.Popen(
        [sys.executable, "-m", "pam", *line],
        cwd=ROOT,
        env={**os.environ, "SLEEPERS": "3"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while not (tmp_path / "pid").exists() and time.monotonic() < until:
        time.sleep(0.02)
    worker = int((tmp_path / "pid").read_text())
    assert is_running(worker)
    send(started.pid, sent)
    said, complaint = started.communicate(timeout=60)
    assert started.returncode == 130
    assert not is_running(worker)
    assert list(out.iterdir()) == []
    assert said == f"{out}: 0 drawn, 0 there already, 0 redrawn, 0 failed\n"
    assert complaint == ""


def test_a_picture_that_takes_too_long_is_told_and_the_rest_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "PATIENCE", 2)
    monkeypatch.setenv("SLEEPERS", "1")
    python, out = fake_python(tmp_path, SLEEPS + DRAWS), tmp_path / "out"
    line = [str(out), "--count", "2", "--seed", "1", "--kinds", "fur", "--python", python]
    assert command.main(line) == 1
    said = capsys.readouterr()
    assert said.err.splitlines()[0] == "rendered_fur_0001_0000: failed: took too long"
    assert said.out == f"{out}: 1 drawn, 0 there already, 0 redrawn, 1 failed\n"
    assert [picture.name for picture in out.iterdir()] == ["rendered_fur_0001_0001.png"]
    assert not is_running(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize("python", ["/bin/false", "/no/such/python"])
def test_without_bpy_one_line_names_what_to_install(python: str, tmp_path: Path) -> None:
    line = ["render", str(tmp_path / "out"), "--count", "1", "--seed", "1", "--python", python]
    done = subprocess.run(
        [sys.executable, "-m", "pam", *line], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "pip install 'bpy==4.5.*'" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_wrong_kind_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as raised:
        command.main([str(tmp_path), "--count", "1", "--seed", "1", "--kinds", "wool"])
    assert raised.value.code == 2


def test_the_command_needs_neither_bpy_nor_torch() -> None:
    program = "import json, sys, pam.render.command; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not set(json.loads(done.stdout)) & {"bpy", "torch", "cv2", "mathutils"}


@pytest.mark.slow
@pytest.mark.skipif(bpy_missing(), reason="needs bpy: pip install 'bpy==4.5.*' (Python 3.11)")
def test_blender_draws_every_kind(tmp_path: Path) -> None:
    line = [str(tmp_path), "--seed", "1", "--size", "64", "--samples", "4"]
    assert command.main([*line, "--count", str(len(KINDS))]) == 0
    for picture in tmp_path.glob("*.png"):
        rgba = cv2.imread(str(picture), cv2.IMREAD_UNCHANGED)
        assert rgba is not None and rgba.shape == (64, 64, 4)
        assert judge((rgba[..., 3] / 255).astype(np.float32)) is Verdict.GOOD
    assert command.main([*line, "--count", "1", "--frames", "2"]) == 0
    assert len(list((tmp_path / "rendered_fur_0001_0000").iterdir())) == 2
