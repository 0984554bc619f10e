"""What every stage of a run takes, at the highest quality."""

import tempfile
from pathlib import Path
from typing import Any

from pamcli.bench_clip import Material, made_material
from pamcli.bench_runs import Run, logged
from pamcli.engine import Engine
from pamcli.errors import InputError
from pamcli.models import load_model
from pamcli.settings import HintSettings, Output, Preset, RuntimeSettings
from pamcli.tracking_figures import held, rate
from pamcli.video_read import probe

FRAMES, LEAST_FRAMES = 40, 4
"""As many as are run, and without which nothing can be said."""

MADE_SIZE = 720, 1280
"""Height and width of the made clip."""

BACKGROUND = "green"

Figures = dict[str, Any]


def run(
    source: Path | None,
    *,
    hint: HintSettings,
    runtime: RuntimeSettings,
    size: tuple[int, int] = MADE_SIZE,
    frames: int = FRAMES,
) -> Figures:
    """Milliseconds of every stage while a clip is put before another background.

    source: None for a made clip of `size` (height, width) with its trimaps; of any other the first
    `frames`. ms: means a frame of the stages, which run side by side; period_ms: from frame to
    frame. The first fifth of the frames does not count.
    Raises InputError, ModelError or OutputError.
    """
    with tempfile.TemporaryDirectory(prefix="pamcli-") as name:
        folder = Path(name)
        if source is None:
            material = made_material(folder, size, frames, frames)
        else:
            material = Material(clip=source, hint=hint)
        info = probe(material.clip)
        rows = logged(_run(material, runtime, folder / "out.mp4", frames))
    if len(rows) < LEAST_FRAMES:
        raise InputError(f"{material.clip}: {len(rows)} frames; {LEAST_FRAMES} are needed")
    found = held(rows, rate(rows))
    engine = Engine(load_model(), precision=runtime.precision, threads=runtime.threads)
    return {
        "source": "a made clip" if source is None else source.name,
        "height": info.height,
        "width": info.width,
        "hint": material.hint.kind,
        "precision": str(engine.precision),
        "frames": len(rows),
        "fps": found["fps"],
        "period_ms": 1e3 / found["fps"],
        "ms": found["ms"],
    }


def _run(material: Material, runtime: RuntimeSettings, target: Path, frames: int) -> Run:
    return Run(
        material=material,
        runtime=runtime,
        target=target,
        output=Output.COMPOSITE,
        preset=Preset.H264,
        background=BACKGROUND,
        frames=frames,
    )
