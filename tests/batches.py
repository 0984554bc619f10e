"""Trees of tiny stills and clips, and what a batch says while it runs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from threading import Event

import numpy as np
from clips import Clip, write_clip

from pamcli import images
from pamcli.batch_job import BatchJob, run
from pamcli.batch_plan import Item, Trees
from pamcli.batch_report import BatchReport
from pamcli.batch_settings import BatchSettings
from pamcli.batch_state import NAME
from pamcli.batch_words import Outcome
from pamcli.frame import Rgb
from pamcli.settings import CostSettings, HintSettings, Precision, RuntimeSettings

SIZE = 48, 64
SETTINGS = BatchSettings(
    hint=HintSettings(),
    cost=CostSettings(),
    runtime=RuntimeSettings(precision=Precision.F32, threads=1),
)


def disc(number: int, height: int = SIZE[0], width: int = SIZE[1]) -> Rgb:
    """A soft red disc before stripes; each number has another one."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    alpha = np.clip((height / 4 - np.hypot(x - width / 2, y - height / 2)) / 4 + 0.5, 0, 1)
    ground = np.stack([80 + 0 * x, 90 + 30 * np.sin(x / 4 + number), 120 + 0 * x], -1)
    return np.asarray(
        ground + alpha[..., None] * (np.array((210, 40, 50), np.float32) - ground), np.uint8
    )


def write_still(target: Path, number: int = 0) -> Path:
    """A still with NAME.trimap.png beside it; returns `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    images.write_rgb(target, disc(number))
    write_trimap(target.with_name(f"{target.stem}.trimap.png"))
    return target


def write_trimap(target: Path) -> Path:
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    away = np.hypot(x - SIZE[1] / 2, y - SIZE[0] / 2)
    trimap = np.where(away < 8, 255, np.where(away > 17, 0, 128)).astype(np.uint8)
    target.parent.mkdir(parents=True, exist_ok=True)
    images.write_png(target, trimap)
    return target


def write_disc_clip(target: Path, frames: int = 5) -> Path:
    """A clip with NAME.trimap.png beside it; returns `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    write_clip(target, Clip(size=SIZE, times=range(0, frames * 3600, 3600), picture=disc))
    write_trimap(target.with_name(f"{target.stem}.trimap.png"))
    return target


def batch_job(source: Path, target: Path, **more: object) -> BatchJob:
    """Of one lane, so that one network can serve all runs of a test."""
    return BatchJob(trees=Trees(source=source, target=target), settings=SETTINGS, **more)  # type: ignore[arg-type]


def with_trees(job: BatchJob, **more: object) -> BatchJob:
    return replace(job, trees=replace(job.trees, **more))  # type: ignore[arg-type]


def with_settings(job: BatchJob, **more: object) -> BatchJob:
    return replace(job, settings=replace(job.settings, **more))  # type: ignore[arg-type]


class Heard:
    """All that a batch has told."""

    def __init__(self, then: Callable[[str], None] = lambda name: None) -> None:
        """then: called with the name of each file that ended."""
        self.planned_names: list[str] = []
        self.frames: list[int] = []
        self.ended_names: list[str] = []
        self.elsewhere: list[str] = []
        self.waited: list[list[str]] = []
        self._then = then

    def planned(self, items: Sequence[Item]) -> None:
        self.planned_names += [item.name for item in items]

    def progress(self, item: Item, frames: int, expected: int | None) -> None:
        self.frames.append(frames)

    def ended(self, item: Item, outcome: Outcome | None) -> None:
        (self.elsewhere if outcome is None else self.ended_names).append(item.name)
        self._then(item.name)

    def waiting(self, items: Sequence[Item]) -> None:
        self.waited.append([item.name for item in items])


def ran(job: BatchJob, heard: Heard | None = None, stop: Event | None = None) -> BatchReport:
    return run(job, heard or Heard(), stop or Event())


def contents(folder: Path) -> dict[str, str]:
    """Digest of every file of a target but for the state."""
    return {
        file.relative_to(folder).as_posix(): sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.name.startswith(NAME)
    }
