"""Shortcuts for tests that write clips."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from pamcli.frame import Frame
from pamcli.pixels import Pixels
from pamcli.presets import preset_for
from pamcli.settings import Output
from pamcli.video_read import probe, read_frames
from pamcli.video_write import VideoWriter, WriterSettings


def writer_settings(
    target: Path, output: Output = Output.COMPOSITE, **more: object
) -> WriterSettings:
    return WriterSettings(preset=preset_for(target, output), output=output, **more)  # type: ignore[arg-type]


def pixels_of(frame: Frame, output: Output) -> Pixels:
    if output is Output.ALPHA:
        return np.ascontiguousarray(frame.rgb[..., 0])
    if output is Output.RGBA:
        return np.dstack([frame.rgb, frame.rgb[..., 1]])
    return frame.rgb


def copy_clip(source: Path, target: Path, wanted: WriterSettings) -> VideoWriter:
    """Write the frames of `source` as they are; returns the closed writer."""
    frames = read_frames(source, start=wanted.start, end=wanted.end)
    with VideoWriter(target, probe(source), wanted) as writer:
        for frame in frames:
            writer.write(frame, pixels_of(frame, wanted.output))
    return writer


def audio_packets(source: Path) -> list[tuple[Fraction, bytes]]:
    """(time in seconds, content) of every packet of sound."""
    with av.open(str(source)) as container:
        packets = [p for p in container.demux(audio=0) if p.dts is not None]
        return [((p.pts or 0) * p.time_base, bytes(p)) for p in packets]


def flat_frame(colour: tuple[int, int, int], size: tuple[int, int] = (48, 64)) -> Frame:
    return Frame(np.full((*size, 3), colour, np.uint8), 0, Fraction(1, 25))


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """Writing beyond `size` bytes fails, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
