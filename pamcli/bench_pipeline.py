"""What the pipeline around the network costs: a whole run against the network alone."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from pamcli.bench_clip import Material, made_material, write_clip
from pamcli.bench_presets import made_info
from pamcli.composite import alpha_to_grey
from pamcli.engine import Engine
from pamcli.frame import Alpha, Frame, Trimap
from pamcli.matting import Choice, find_alpha, region
from pamcli.models import load_model
from pamcli.settings import (
    CostSettings,
    Output,
    OutputSettings,
    Precision,
    Preset,
    RuntimeSettings,
)
from pamcli.video_job import VideoJob
from pamcli.video_job import run as run_video
from pamcli.video_read import probe, read_frames

FRAMES = 60
ROUNDS = 3
"""Both are run in turns so many times; the ratio is the median of the rounds."""

Figures = dict[str, Any]


def run(
    size: tuple[int, int],
    *,
    precision: Precision = Precision.AUTO,
    threads: int | None = None,
    frames: int = FRAMES,
) -> Figures:
    """A made clip of `size` (height, width) with its trimaps: network alone, then `pamcli video`.

    The network alone has every frame and trimap in memory and keeps nothing. encode_share: of the
    whole run's time, what writing the same mattes takes by itself. C_c: all that a path needs.
    """
    with tempfile.TemporaryDirectory(prefix="pamcli-") as name:
        folder = Path(name)
        material = made_material(folder, size, frames, frames)
        runtime = RuntimeSettings(precision=precision, threads=threads)
        engine = Engine(load_model(), precision=precision, threads=threads)
        rounds = [_round(folder, material, engine, runtime) for _ in range(ROUNDS)]
    ratios = [one["network_seconds"] / one["pipeline_seconds"] for one in rounds]
    best = min(rounds, key=lambda one: one["pipeline_seconds"])
    return {
        "height": size[0],
        "width": size[1],
        "frames": frames,
        "precision": str(engine.precision),
        "network_fps": frames / min(one["network_seconds"] for one in rounds),
        "pipeline_fps": frames / best["pipeline_seconds"],
        "ratio": median(ratios),
        "encode_share": best["encode_seconds"] / best["pipeline_seconds"],
    }


def as_text(figures: Figures) -> str:
    """The figures of `run`, to show to a person."""
    return (
        "{width}x{height}, {frames} frames, {precision}: network alone {network_fps:.2f} frames/s, "
        "pamcli video {pipeline_fps:.2f}, ratio {ratio:.3f}; encoding alone takes {share:.0f} %"
    ).format(share=100 * figures["encode_share"], **figures)


def _round(
    folder: Path, material: Material, engine: Engine, runtime: RuntimeSettings
) -> dict[str, float]:
    assert material.hint.trimap is not None
    clip, trimaps = read_frames(material.clip), read_frames(material.hint.trimap)
    held = [
        (frame, np.ascontiguousarray(drawn.rgb[..., 0]))
        for frame, drawn in zip(clip, trimaps, strict=True)
    ]
    began = time.perf_counter()
    alphas = [alpha_to_grey(alpha) for alpha in _alphas(engine, held)]
    network = time.perf_counter() - began
    began = time.perf_counter()
    alone = folder / "alone.mp4"
    info = made_info(alone, alphas[0].shape[:2], len(alphas))
    write_clip(alone, info, alphas, Output.ALPHA, Preset.H264)
    encode = time.perf_counter() - began
    job = VideoJob(
        info=probe(material.clip),
        hint=material.hint,
        cost=CostSettings(constraint=engine.costs.maximum),
        output=OutputSettings(
            output=Output.ALPHA, target=folder / "out.mp4", preset=Preset.H264, overwrite=True
        ),
        runtime=runtime,
    )
    return {
        "network_seconds": network,
        "encode_seconds": encode,
        "pipeline_seconds": run_video(job).seconds,
    }


def _alphas(engine: Engine, held: list[tuple[Frame, Trimap]]) -> Iterator[Alpha]:
    choice = Choice(cost_constraint=engine.costs.maximum)
    for frame, trimap in held:
        yield find_alpha(engine, frame, trimap, choice, region(trimap))[0]
