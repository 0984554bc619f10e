"""Draws one picture or sequence in a process of its own: `python -m pam.render.worker FOLDER JOB`.

JOB is the JSON of pam.render.job.Job. Exit code 0: written; REFUSED: alpha not worth training on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pam.render import stage
from pam.render.files import write_frames, write_png
from pam.render.job import REFUSED, Job
from pam.render.pixels import TRUSTED, TRUSTED_SMOOTH, Floats, Verdict, exposure, judge, to_rgba
from pam.render.shot import any_light, any_path, any_view, breathed
from pam.render.smoke import smoke
from pam.render.subjects import any_subject

EFFORT = {"glass": 3, "motion": 2}  # times the samples
SMOOTH = ("glass", "motion")  # kinds whose alpha is denoised; smoke has no noise
BOUNCES = {"hair": 2, "motion": 2, "glass": 12}


def drawn(job: Job) -> Iterator[Floats]:
    """Frames, linear premultiplied (H, W, 4), rendered one after the other."""
    rng = job.generator()
    subject = any_subject(job.kind, rng)
    view, light = any_view(subject, rng), any_light(rng, studio=subject.studio)
    swing = any_path(rng, blurred=job.kind == "motion")
    seed = int(rng.integers(1 << 30))
    points = subject.points()
    centre = (points.min(0) + points.max(0)) / 2
    size = float(np.ptp(points, axis=0).max())
    effort = stage.Effort(
        size=job.size,
        samples=job.samples * EFFORT.get(job.kind, 1),
        seed=seed % 10_000,
        bounces=BOUNCES.get(job.kind, 4),
        smooth_alpha=job.kind in SMOOTH,
    )
    for time in range(job.frames):
        scene = stage.empty_scene(effort)
        bent = (
            part.moved(breathed(part.points.reshape(-1, 3), subject.give, time, seed))
            for part in subject.parts
        )
        things = [stage.add_part(scene, part) for part in bent]
        stage.add_camera(scene, view)
        stage.add_light(scene, light, centre, size)
        stage.set_moving(scene, things, swing, time, centre, size)
        yield stage.render(scene, effort)


def smoked(job: Job) -> Iterator[Floats]:
    """Frames of smoke, linear premultiplied (H, W, 4)."""
    for time in range(job.frames):
        yield smoke(job.generator(), job.size, time)


def main(folder: Path, job: Job) -> int:
    """Draw, judge, write; returns the exit code."""
    wanted = np.random.default_rng([job.seed, job.number, 99]).uniform(0.3, 0.95)
    trusted = TRUSTED_SMOOTH if job.kind in ("glass", "smoke") else TRUSTED
    gain, done = 0.0, []
    for picture in smoked(job) if job.kind == "smoke" else drawn(job):
        if judge(picture[..., 3]) is not Verdict.GOOD:
            return REFUSED
        gain = gain or exposure(picture, wanted)
        done.append(to_rgba(picture, gain, trusted))
    if job.frames > 1:
        write_frames(job.target(folder), done)
    else:
        write_png(job.target(folder), done[0])
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Job.from_json(sys.argv[2])))
