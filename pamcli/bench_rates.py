"""Which frame rates this machine holds at which sizes, and what quality that costs."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pamcli.bench_clip import Material, made_material, scaled_material
from pamcli.bench_runs import Run, logged, mean_error, sum_error
from pamcli.engine import Engine
from pamcli.errors import InputError
from pamcli.frame_log import FrameRow
from pamcli.models import load_model
from pamcli.settings import HintSettings, RuntimeSettings
from pamcli.tracking_figures import Figures, held, rate
from pamcli.video_read import probe

TARGETS = 5, 10, 15, 24, 30
"""Frames a second."""

SIDES = 480, 720, 1080
"""Shorter sides, pixels."""

SECONDS = 10.0
"""Of each run at a target."""

SETTLING = 0.5
"""Share of its frames in which a run looks for its C_c and scale; they do not count."""

LEAST_FRAMES = 10
"""Fewer say nothing about a rate."""

MADE_SIZE, MADE_PICTURES = (720, 1280), 60
"""Height and width of the made clip, and of how many pictures it goes there and back."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What is measured, and with what."""

    source: Path | None  # None: a made clip with its trimaps
    hint: HintSettings
    runtime: RuntimeSettings
    sides: Sequence[int] = SIDES
    targets: Sequence[int] = TARGETS
    seconds: float = SECONDS

    @property
    def frames(self) -> int:
        """As many as the fastest target takes of the clip."""
        return round(max(self.targets) * self.seconds)


def run(rates: Rates, tell: Tell = lambda line: None) -> Figures:
    """Matte a clip at each size at each target, then once at the highest quality of that size.

    Figures are of the later half of each run. mad, sad: of its mattes against those of the highest
    quality, in thousandths and in thousands a frame. tell: hears of each run before it begins.
    Raises InputError, ModelError or OutputError.
    """
    engine = Engine(load_model(), precision=rates.runtime.precision, threads=rates.runtime.threads)
    facts = {"precision": str(engine.precision), "threads": engine.threads}
    del engine
    with tempfile.TemporaryDirectory(prefix="pamcli-") as name:
        folder = Path(name)
        given = _given(rates, folder)
        return {
            "source": "made clip" if rates.source is None else rates.source.name,
            "hint": given.hint.kind,
            "seconds": rates.seconds,
            **facts,
            "sizes": [_size(rates, given, folder, side, tell) for side in rates.sides],
        }


def _given(rates: Rates, folder: Path) -> Material:
    if rates.source is None:
        return made_material(folder, MADE_SIZE, MADE_PICTURES, rates.frames)
    return Material(clip=rates.source, hint=rates.hint)


def _size(rates: Rates, given: Material, folder: Path, side: int, tell: Tell) -> Figures:
    tell(f"{side} pixels: scaling")
    material = scaled_material(given, folder, side, rates.frames)
    info = probe(material.clip)
    logs = []
    for target in rates.targets:
        tell(f"{info.width}x{info.height}, {target} frames/s")
        logs.append(_held(rates, material, folder, side, target))
    most = max(len(log) for log in logs)
    tell(f"{info.width}x{info.height}, highest quality, {most} frames")
    truth = _file(folder, side, None)
    best = logged(Run(material=material, runtime=rates.runtime, target=truth, frames=most))
    rows = []
    for target, log in zip(rates.targets, logs, strict=True):
        error = mean_error(truth, _file(folder, side, target), round(SETTLING * len(log)))
        sums = sum_error(error, (info.height, info.width))
        rows.append({**held(log, target, SETTLING), "frames": len(log), "mad": error, "sad": sums})
    return {
        "height": info.height,
        "width": info.width,
        "highest_quality": {**held(best, rate(best), SETTLING), "frames": len(best)},
        "targets": rows,
    }


def _held(rates: Rates, material: Material, folder: Path, side: int, target: int) -> list[FrameRow]:
    run = Run(
        material=material,
        runtime=rates.runtime,
        target=_file(folder, side, target),
        fps=target,
        frames=rates.frames,
        seconds=rates.seconds,
        least=LEAST_FRAMES,
    )
    log = logged(run)
    if len(log) < LEAST_FRAMES:
        raise InputError(f"{rates.source}: {len(log)} frames; {LEAST_FRAMES} are needed")
    return log


def _file(folder: Path, side: int, target: int | None) -> Path:
    return folder / f"{side}_{'best' if target is None else target}.mkv"
