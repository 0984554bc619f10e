"""Clips to measure on: one that is made, and any clip brought to another size."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path

import cv2
import numpy as np

from pamcli.bench_presets import made_info, made_pictures
from pamcli.composite import composite
from pamcli.frame import Alpha, Frame, Rgb, Trimap
from pamcli.hint_sources import open_pictures
from pamcli.matting import shrink_trimap
from pamcli.pixels import Pixels, alpha_of, colours_of
from pamcli.settings import HintSettings, Output, Preset
from pamcli.trimap import BACKGROUND, FOREGROUND, UNKNOWN
from pamcli.video_info import VideoInfo
from pamcli.video_read import probe, read_frames
from pamcli.video_write import VideoWriter, WriterSettings

BAND = 15
"""Side of the square by which a made clip's soft edge is widened to the unknown band, pixels."""

GROUND = (40, 90, 130)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A clip, and who its subject is."""

    clip: Path
    hint: HintSettings


def made_material(folder: Path, size: tuple[int, int], pictures: int, frames: int) -> Material:
    """A clip of `size` (height, width) in H.264 before a plain ground, with exact trimaps.

    pictures: how many are drawn; the clip shows them there and back until it has its frames.
    """
    drawn = [_made(rgba) for rgba in made_pictures(size, pictures)]
    shown = list(islice(cycle([*drawn, *drawn[-2:0:-1]]), frames))
    clip, trimaps = folder / "clip.mp4", folder / "trimaps.mkv"
    info = made_info(clip, size, frames)
    write_clip(clip, info, (rgb for rgb, _ in shown), Output.COMPOSITE, Preset.H264)
    write_clip(trimaps, info, (trimap for _, trimap in shown), Output.ALPHA, Preset.FFV1)
    return Material(clip=clip, hint=HintSettings(trimap=trimaps))


def _made(rgba: Pixels) -> tuple[Rgb, Trimap]:
    alpha: Alpha = np.multiply(alpha_of(rgba), np.float32(1 / 255))
    ground = np.full((*alpha.shape, 3), GROUND, np.uint8)
    return composite(alpha, colours_of(rgba), ground), _trimap(alpha)


def _trimap(alpha: Alpha) -> Trimap:
    window = np.ones((BAND, BAND), np.uint8)
    least, most = cv2.erode(alpha, window), cv2.dilate(alpha, window)
    return np.select([most == 0, least == 1], [BACKGROUND, FOREGROUND], UNKNOWN).astype(np.uint8)


def write_clip(
    target: Path, info: VideoInfo, pictures: Iterable[Pixels], output: Output, preset: Preset
) -> None:
    """Pictures at the even rate of a made clip."""
    settings = WriterSettings(preset=preset, output=output, overwrite=True)
    with VideoWriter(target, info, settings) as writer:
        for number, pixels in enumerate(pictures):
            writer.write(Frame(pixels, number, info.time_base), pixels)


def scaled_size(info: VideoInfo, side: int) -> tuple[int, int]:
    """(height, width) of a clip whose shorter side is brought to `side`; both even."""
    share = Fraction(side, min(info.height, info.width))
    return 2 * round(info.height * share / 2), 2 * round(info.width * share / 2)


def scaled_material(given: Material, folder: Path, side: int, frames: int) -> Material:
    """The first `frames` of a clip and of its trimaps with a shorter side of `side` pixels.

    A clip that has this size is taken as it is. A still of a trimap becomes a clip of trimaps.
    Raises InputError when they cannot be read.
    """
    info = probe(given.clip)
    size = scaled_size(info, side)
    if size == (info.height, info.width):
        return given
    clip, trimaps = folder / f"clip{side}.mp4", folder / f"trimaps{side}.mkv"
    _write_scaled(clip, info, size, islice(_shown(info), frames))
    if given.hint.trimap is None:
        return Material(clip=clip, hint=given.hint)
    _write_scaled(trimaps, info, size, islice(_trimaps(info, given.hint.trimap), frames))
    return Material(clip=clip, hint=replace(given.hint, trimap=trimaps))


Timed = tuple[Frame, Pixels]
"""Pixels at the time of a frame."""


def _shown(info: VideoInfo) -> Iterator[Timed]:
    for frame in read_frames(info.source):
        yield frame, frame.rgb


def _trimaps(info: VideoInfo, source: Path) -> Iterator[Timed]:
    with closing(open_pictures(source, info.source, None)) as pictures:
        for frame in read_frames(info.source):
            yield frame, pictures.at(frame)


def _write_scaled(
    target: Path, info: VideoInfo, size: tuple[int, int], timed: Iterable[Timed]
) -> None:
    height, width = size
    new = replace(info, source=target, height=height, width=width, audio=False)
    is_trimap = target.suffix == ".mkv"
    settings = WriterSettings(
        preset=Preset.FFV1 if is_trimap else Preset.H264,
        output=Output.ALPHA if is_trimap else Output.COMPOSITE,
    )
    with VideoWriter(target, new, settings) as writer:
        for frame, pixels in timed:
            writer.write(
                frame, shrink_trimap(pixels, *size) if is_trimap else _resized(pixels, size)
            )


def _resized(rgb: Rgb, size: tuple[int, int]) -> Rgb:
    is_smaller = size[0] < rgb.shape[0]
    how = cv2.INTER_AREA if is_smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(rgb, size[::-1], interpolation=how), np.uint8)
