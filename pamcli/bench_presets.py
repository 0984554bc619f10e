"""What each preset keeps of alpha, and what it costs: a made clip, written and read back."""

import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pamcli.frame import Frame
from pamcli.images import read_rgba
from pamcli.pixels import Pixels, alpha_of
from pamcli.presets import RECIPES, RGBA, available_encoders
from pamcli.settings import Output, Preset
from pamcli.video_alpha import decoder_name, read_alpha_levels
from pamcli.video_info import VideoInfo
from pamcli.video_read import read_frames
from pamcli.video_write import VideoWriter, WriterSettings

FRAMES = 24
RATE = Fraction(25)
EDGE = 12  # pixels from alpha 0 to 1 on the disc's edge
STRAND = 2.0  # pixels, about the width of a strand
STRANDS = 40
NOISE = 3.0  # standard deviation of the colours, levels
SPEED = 5  # pixels a frame

Figures = dict[str, Any]


def run(size: tuple[int, int], frames: int = FRAMES) -> list[Figures]:
    """A row for each preset, for a clip of `size` (height, width).

    max_error, mean_error: of alpha, levels of 255. bytes: a frame. ms, cpu_ms: a frame, from pixels
    to the finished file, by the clock and over all processor cores. decoder: by which alpha was
    read back.
    """
    with tempfile.TemporaryDirectory(prefix="pamcli-") as folder:
        return [_row(Preset(name), size, frames, Path(folder)) for name in available_encoders()]


def as_text(rows: list[Figures], size: tuple[int, int]) -> str:
    """The rows of `run`, to show to a person."""
    lines = [
        f"{size[1]}x{size[0]}, a soft disc and thin strands; alpha in levels of 255",
        "preset      alpha as      max error  mean error  kB a frame  ms a frame  CPU ms  decoder",
    ]
    lines += [
        "{preset:11} {carried:13} {max_error:9d}  {mean_error:10.4f}  {kilobytes:10.0f}  "
        "{ms:10.1f}  {cpu_ms:6.1f}  {decoder}".format(kilobytes=row["bytes"] / 1000, **row)
        for row in rows
    ]
    return "\n".join(lines)


def made_pictures(size: tuple[int, int], frames: int) -> Iterator[Pixels]:
    """uint8 (H, W, 4), straight: a soft disc with strands around it that moves over noise."""
    height, width = size
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    rng = np.random.default_rng(0)
    scale = height / 1080
    for number in range(frames):
        x, y = columns - width / 2 - SPEED * number * scale, rows - height / 2
        distance, angle = np.hypot(x, y), np.arctan2(y, x)
        alpha = np.clip((0.28 * height - distance) / (EDGE * scale) + 0.5, 0, 1)
        across = np.abs(np.sin(angle * STRANDS / 2 + distance / height)) * distance * 2 / STRANDS
        strands = np.clip(STRAND - across, 0, 1) * (distance < 0.42 * height)
        alpha = np.maximum(alpha, strands * np.float32(0.8))
        colours = np.dstack([columns / width, rows / height, 0.5 + x / width / 2]) * 255
        noise = rng.normal(0, NOISE, colours.shape).astype(np.float32)
        rgba = np.dstack([colours + noise, alpha * 255])
        yield np.clip(np.rint(rgba), 0, 255).astype(np.uint8)


def _row(preset: Preset, size: tuple[int, int], frames: int, folder: Path) -> Figures:
    target = folder / f"{preset}{RECIPES[preset].suffixes[0]}"
    is_luma = RGBA not in RECIPES[preset].formats
    output = Output.ALPHA if preset is Preset.H264 else Output.RGBA
    pictures = list(made_pictures(size, frames))
    seconds, cpu_seconds = _write(preset, output, target, pictures)
    errors = [
        np.abs(read.astype(np.int16) - alpha_of(made))
        for read, made in zip(_read(target, is_luma=is_luma), pictures, strict=True)
    ]
    files = [file for file in folder.rglob("*") if file.is_file()]
    figures = {
        "preset": str(preset),
        "carried": "luma" if is_luma else RECIPES[preset].formats[RGBA],
        "max_error": int(max(error.max() for error in errors)),
        "mean_error": float(np.mean([error.mean() for error in errors])),
        "bytes": sum(file.stat().st_size for file in files) / frames,
        "ms": seconds / frames * 1e3,
        "cpu_ms": cpu_seconds / frames * 1e3,
        "decoder": decoder_name(target) if target.is_file() else "OpenCV",
    }
    for file in files:
        file.unlink()
    return figures


def _write(
    preset: Preset, output: Output, target: Path, pictures: list[Pixels]
) -> tuple[float, float]:
    """Seconds that it took, by the clock and of all cores."""
    settings = WriterSettings(preset=preset, output=output)
    height, width = pictures[0].shape[:2]
    info = made_info(target, (height, width), len(pictures))
    began, began_cpu = time.perf_counter(), time.process_time()
    with VideoWriter(target, info, settings) as writer:
        for number, rgba in enumerate(pictures):
            frame = Frame(rgba[..., :3], number, info.time_base)
            writer.write(frame, alpha_of(rgba) if output is Output.ALPHA else rgba)
    return time.perf_counter() - began, time.process_time() - began_cpu


def made_info(target: Path, size: tuple[int, int], frames: int) -> VideoInfo:
    """Of a made clip of `size` (height, width)."""
    return VideoInfo(
        source=target,
        width=size[1],
        height=size[0],
        time_base=1 / RATE,
        average_rate=RATE,
        frames=frames,
        start=Fraction(0),
        duration=frames / RATE,
        audio=False,
        audio_rate=None,
        rotation=0,
        sample_aspect=Fraction(1),
        codec="made",
        pixel_format="rgba",
        matrix=0,
        full_range=True,
        interlaced=False,
        hdr=None,
    )


def _read(target: Path, *, is_luma: bool) -> Iterator[npt.NDArray[np.uint8]]:
    """Alpha of the written frames, uint8 (H, W)."""
    if target.is_dir():
        for file in sorted(target.iterdir()):
            yield alpha_of(read_rgba(file))
    elif is_luma:
        for frame in read_frames(target):
            yield frame.rgb[..., 0]
    else:
        yield from read_alpha_levels(target)
