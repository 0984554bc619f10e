"""How well a frame rate is held: each target on one clip, and a core that another process takes."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pamcli.bench_clip import Material
from pamcli.bench_runs import Progress, Run, logged, mean_error
from pamcli.frame_log import FrameRow
from pamcli.settings import HintSettings, RuntimeSettings
from pamcli.tracking_figures import Figures, disturbed, held, rate
from pamcli.video_read import probe

TARGETS = 5, 8, 10, 12, 15
"""Frames a second."""

SECONDS = 40.0
"""Of each run, if it holds its target; the clip is taken as far as that goes."""

DISTURBED = 10.0, 20.0
"""Seconds between which another process takes a core."""

BUSY = """
import os
cores = sorted(os.sched_getaffinity(0))
os.sched_setaffinity(0, cores[-1:])
while True:
    pass
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """What is measured, and with what."""

    source: Path
    hint: HintSettings
    runtime: RuntimeSettings
    targets: Sequence[int] = TARGETS
    seconds: float = SECONDS


def run(tracking: Tracking, tell: Callable[[str], None] = lambda line: None) -> Figures:
    """Matte a clip at the highest quality, then at each target, then at the middle one disturbed.

    mad: of the mattes against those of the highest quality, in thousandths. tell: hears of each run
    before it begins. Raises InputError, ModelError or OutputError.
    """
    with tempfile.TemporaryDirectory(prefix="pamcli-") as name:
        folder = Path(name)
        tell("highest quality")
        best = _run(tracking, folder, None)
        rows = []
        for target in tracking.targets:
            tell(f"{target} frames/s")
            log = _run(tracking, folder, target)
            rows.append(
                {**held(log, target), "mad": mean_error(folder / "best.mkv", folder / "held.mkv")}
            )
        middle = tracking.targets[len(tracking.targets) // 2]
        tell(f"{middle} frames/s, a core taken from {DISTURBED[0]:g} to {DISTURBED[1]:g} s")
        with _Thief(*DISTURBED) as thief:
            log = _run(tracking, folder, middle, thief.look)
        return {
            "source": tracking.source.name,
            "highest_quality_fps": rate(best),
            "targets": rows,
            "disturbed": {"target": middle, **disturbed(log, middle, *DISTURBED)},
        }


def _run(
    tracking: Tracking,
    folder: Path,
    target: int | None,
    progress: Progress = lambda frames: None,
) -> list[FrameRow]:
    fastest = max(tracking.targets) if target is None else target
    usual = probe(tracking.source).average_rate or Fraction(25)
    run = Run(
        material=Material(clip=tracking.source, hint=tracking.hint),
        runtime=tracking.runtime,
        target=folder / ("best.mkv" if target is None else "held.mkv"),
        fps=target,
        end=Fraction(fastest) * Fraction(tracking.seconds) / usual,
    )
    return logged(run, progress)


class _Thief:
    """A process of normal priority on one core, from one moment of a run to another."""

    def __init__(self, start: float, end: float) -> None:
        self._start, self._end = start, end
        self._began: float | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def look(self, frames: int) -> None:
        """Called after each frame: begin or end when it is time."""
        now = time.perf_counter()
        self._began = now if self._began is None else self._began
        is_time = self._start <= now - self._began < self._end
        if is_time and self._process is None:
            self._process = subprocess.Popen([sys.executable, "-c", BUSY])
        elif not is_time:
            self._stop()

    def __enter__(self) -> "_Thief":
        return self

    def __exit__(self, *reason: object) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
