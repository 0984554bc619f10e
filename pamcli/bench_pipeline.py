"""What the pipeline around the network costs: a whole run against the network alone."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np

from pamcli.bench_presets import made_info, made_pictures
from pamcli.composite import alpha_to_grey, composite
from pamcli.engine import Engine
from pamcli.frame import Alpha, Frame, Trimap
from pamcli.matting import Choice, find_alpha, region
from pamcli.models import load_model
from pamcli.pixels import Pixels, alpha_of, colours_of
from pamcli.settings import (
    CostSettings,
    HintSettings,
    Output,
    OutputSettings,
    Precision,
    Preset,
    RuntimeSettings,
)
from pamcli.trimap import BACKGROUND, FOREGROUND, UNKNOWN
from pamcli.video_job import VideoJob
from pamcli.video_job import run as run_video
from pamcli.video_read import probe, read_frames
from pamcli.video_write import VideoWriter, WriterSettings

FRAMES = 60
ROUNDS = 3
"""Both are run in turns so many times; the ratio is the median of the rounds."""

BAND = 15
"""Side of the square by which the soft edge is widened to the unknown band, pixels."""

GROUND = (40, 90, 130)

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
        clip, trimaps = _made_clip(folder, size, frames)
        runtime = RuntimeSettings(precision=precision, threads=threads)
        engine = Engine(load_model(), precision=precision, threads=threads)
        rounds = [_round(folder, clip, trimaps, engine, runtime) for _ in range(ROUNDS)]
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
    folder: Path, clip: Path, trimaps: Path, engine: Engine, runtime: RuntimeSettings
) -> dict[str, float]:
    held = [
        (frame, np.ascontiguousarray(drawn.rgb[..., 0]))
        for frame, drawn in zip(read_frames(clip), read_frames(trimaps), strict=True)
    ]
    began = time.perf_counter()
    alphas = [alpha_to_grey(alpha) for alpha in _alphas(engine, held)]
    network = time.perf_counter() - began
    began = time.perf_counter()
    _write(folder / "alone.mp4", alphas, Output.ALPHA, Preset.H264)
    encode = time.perf_counter() - began
    job = VideoJob(
        info=probe(clip),
        hint=HintSettings(trimap=trimaps),
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


def _made_clip(folder: Path, size: tuple[int, int], frames: int) -> tuple[Path, Path]:
    """A clip in H.264 before a plain ground, and its trimaps without loss."""
    pictures = list(made_pictures(size, frames))
    height, width = size
    ground = np.full((height, width, 3), GROUND, np.uint8)
    alphas = [np.multiply(alpha_of(rgba), np.float32(1 / 255)) for rgba in pictures]
    shown = [
        composite(alpha, colours_of(rgba), ground)
        for alpha, rgba in zip(alphas, pictures, strict=True)
    ]
    clip, trimaps = folder / "clip.mp4", folder / "trimaps.mkv"
    _write(clip, shown, Output.COMPOSITE, Preset.H264)
    _write(trimaps, [_trimap(alpha) for alpha in alphas], Output.ALPHA, Preset.FFV1)
    return clip, trimaps


def _trimap(alpha: Alpha) -> Trimap:
    window = np.ones((BAND, BAND), np.uint8)
    least, most = cv2.erode(alpha, window), cv2.dilate(alpha, window)
    return np.select([most == 0, least == 1], [BACKGROUND, FOREGROUND], UNKNOWN).astype(np.uint8)


def _write(target: Path, pictures: list[Pixels], output: Output, preset: Preset) -> None:
    height, width = pictures[0].shape[:2]
    info = made_info(target, (height, width), len(pictures))
    settings = WriterSettings(preset=preset, output=output, overwrite=True)
    with VideoWriter(target, info, settings) as writer:
        for number, pixels in enumerate(pictures):
            writer.write(Frame(pixels, number, info.time_base), pixels)
