"""`python -m pam render`: as many training foregrounds as wanted, each by a process of its own.

The interpreter that draws needs bpy, numpy and OpenCV, not PyTorch. It may be another than this
one: bpy asks for Python 3.11 and an older numpy than the runtime does.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pam.render.job import KINDS, REFUSED, Job

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("bpy", "cv2", "numpy")
PACKAGES = "'bpy==4.5.*' numpy opencv-python-headless"
PROBE = f"import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, {NEEDED!r})))"
ATTEMPTS = 8  # sub-seeds tried before a picture is given up
PATIENCE = 1200  # seconds per frame
FAILURES_IN_A_ROW = 5  # then something is wrong with the interpreter, not with a picture
DRAWN, THERE, REDRAWN, FAILED = "drawn", "there already", "redrawn", "failed"


def main(argv: Sequence[str]) -> int:
    """Draw what is missing; returns the exit code: 1 when a picture failed or bpy is missing, 130
    on Ctrl-C or SIGTERM, after the worker has ended.
    """
    options = parser().parse_args(argv)
    try:
        jobs = list(planned(options))
    except ValueError as error:
        parser().error(str(error))
    if not can_draw(options.python):
        install = f"{options.python} -m pip install {PACKAGES}"
        print(f"pam: error: {options.python}: no bpy; with Python 3.11: {install}", file=sys.stderr)
        return 1
    options.folder.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # no worker stays behind
    try:
        draw_all(options.folder, jobs, options.python, counts)
    except KeyboardInterrupt:
        print(summary(options.folder, counts))
        return 130
    finally:
        signal.signal(signal.SIGTERM, before)
    print(summary(options.folder, counts))
    return 1 if counts[FAILED] else 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m pam render", description=__doc__)
    made.add_argument("folder", type=Path, help="where the pictures go; those there are kept")
    made.add_argument("--count", type=int, required=True, help="pictures (or sequences) in all")
    made.add_argument("--seed", type=int, default=1, help="another seed, other pictures")
    made.add_argument("--size", type=int, default=512, help="pixels a side")
    made.add_argument("--samples", type=int, default=28, help="light paths per pixel")
    made.add_argument("--kinds", default=",".join(KINDS), help="in turn: %(default)s")
    made.add_argument("--frames", type=int, default=1, help="more than 1: short sequences")
    made.add_argument("--python", default=sys.executable, help="an interpreter that has bpy")
    return made


def planned(options: argparse.Namespace) -> Iterator[Job]:
    """The kinds in turn, numbered from 0. Raises ValueError for an unknown kind or number."""
    kinds = options.kinds.split(",")
    for number in range(options.count):
        yield Job(
            kind=kinds[number % len(kinds)],
            seed=options.seed,
            number=number,
            size=options.size,
            samples=options.samples,
            frames=options.frames,
        )


def can_draw(python: str) -> bool:
    """Whether an interpreter is there and has what the worker needs."""
    try:
        return subprocess.run([python, "-c", PROBE], capture_output=True).returncode == 0
    except OSError:
        return False


def draw_all(folder: Path, jobs: Sequence[Job], python: str, counts: Counter[str]) -> None:
    """Draw the jobs that have no file yet. Stops when several in a row fail."""
    in_a_row = 0
    for job in jobs:
        if job.target(folder).exists():
            counts[THERE] += 1
            continue
        started = time.monotonic()
        try:
            fault = draw(folder, job, python, counts)
        finally:
            discard(job.partial(folder))
        counts[FAILED if fault else DRAWN] += 1
        in_a_row = in_a_row + 1 if fault else 0
        said = fault or f"{time.monotonic() - started:.1f} s"
        print(f"{job.name}: {said}", file=sys.stderr)
        if in_a_row == FAILURES_IN_A_ROW:
            print(f"pam: error: {in_a_row} pictures in a row failed", file=sys.stderr)
            return


def discard(part: Path) -> None:
    """Remove what a worker that was stopped has left half-written, a file or a folder."""
    if part.is_dir():
        shutil.rmtree(part)
    else:
        part.unlink(missing_ok=True)


def draw(folder: Path, job: Job, python: str, counts: Counter[str]) -> str:
    """One picture with the first sub-seed that is not refused; returns what went wrong, or ""."""
    for attempt in range(ATTEMPTS):
        tried = replace(job, attempt=attempt)
        command = [python, "-m", "pam.render.worker", str(folder.resolve()), tried.to_json()]
        try:
            code, said = finished(command, PATIENCE * job.frames)
        except subprocess.TimeoutExpired:
            return "failed: took too long"
        if code != REFUSED:
            last = (said.strip().splitlines() or [f"exit code {code}"])[-1]
            return f"failed: {last}" if code else ""
        counts[REDRAWN] += 1
    return f"failed: refused {ATTEMPTS} times"


def finished(command: list[str], seconds: float) -> tuple[int, str]:
    """Exit code and stderr of a worker, which is gone for good however this ends.

    `subprocess.run` does not wait for what it kills on Ctrl-C, so that it might still write.
    Raises TimeoutExpired after `seconds`.
    """
    inside = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, env=inside, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as worker:
        try:
            _, said = worker.communicate(timeout=seconds)
        finally:
            worker.kill()
            worker.wait()
    return worker.returncode, said


def summary(folder: Path, counts: Counter[str]) -> str:
    """One line of all counts."""
    parts = ", ".join(f"{counts[name]} {name}" for name in (DRAWN, THERE, REDRAWN, FAILED))
    return f"{folder}: {parts}"
