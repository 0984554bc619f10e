"""Where a clip goes: one folder as `pamcli eval` reads it, named only when it is whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from av.video.stream import VideoStream
from numpy.typing import NDArray

from pam.clips.layers import Layers, to_trimap
from pam.clips.scene import Scene

BT709 = 1  # ITU-T H.273: matrix, primaries and transfer
LIMITED, FULL = 1, 2  # ranges, as FFmpeg numbers them
EXACT = int(Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT)
QUALITY = {"crf": "18", "preset": "veryfast", "x264-params": "cpu-independent=1"}
"""Without the last one x264's choices vary from run to run, even in one thread."""

Pixels = NDArray[np.uint8]


class Track:
    """One video file. Grey and lossless RGB by FFV1, what a viewer would get by H.264 in 4:2:0."""

    def __init__(self, container: OutputContainer, stream: VideoStream) -> None:
        self._container, self._stream, self._count = container, stream, 0

    def write(self, pixels: Pixels) -> None:
        """Append one frame, uint8 (H, W) or (H, W, 3)."""
        frame = VideoFrame.from_ndarray(
            np.ascontiguousarray(pixels), "gray" if pixels.ndim == 2 else "rgb24"
        )
        if self._stream.pix_fmt == "yuv420p":
            frame = frame.reformat(
                format="yuv420p",
                dst_colorspace=BT709,
                src_color_range=FULL,
                dst_color_range=LIMITED,
                interpolation=EXACT,
                threads=1,
            )
        elif pixels.ndim == 3:
            frame = frame.reformat(format="bgr0")
        frame.pts, self._count = self._count, self._count + 1
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Flush the encoder."""
        self._container.mux(self._stream.encode(None))


@contextmanager
def track(target: Path, size: tuple[int, int], rate: int, *, grey: bool) -> Iterator[Track]:
    """A file to write frames to: .mkv without loss, .mp4 in H.264. size: (height, width)."""
    with av.open(str(target), "w", options={"fflags": "+bitexact"}) as container:
        coded = target.suffix == ".mp4"
        stream = container.add_stream("libx264" if coded else "ffv1", rate=rate)
        stream.height, stream.width = size
        stream.pix_fmt = "yuv420p" if coded else "gray" if grey else "bgr0"
        stream.time_base = stream.codec_context.time_base = Fraction(1, rate)
        stream.thread_count = 1  # the same seed gives the same file
        if coded:
            stream.options = {**QUALITY}
            stream.colorspace = stream.color_primaries = stream.color_trc = BT709
            stream.color_range = LIMITED
        else:
            stream.color_range = FULL
        written = Track(container, stream)
        yield written
        written.finish()


def write_clip(
    target: Path, scene: Scene, frames: Iterable[Layers], band: float, *, layers: bool
) -> None:
    """The folder `target`: frames.mp4, alpha.mkv, trimap.mkv, scene.json, and where `layers` is
    set foreground.mkv and background.mkv. band: of the trimap, pixels of this frame.
    """
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    names = ["frames.mp4", "alpha.mkv", "trimap.mkv"]
    names += ["foreground.mkv", "background.mkv"] if layers else []
    size, rate = scene.settings.size, scene.settings.rate
    try:
        with ExitStack() as opened:
            tracks = [
                opened.enter_context(track(partial / n, size, rate, grey=n in names[1:3]))
                for n in names
            ]
            for frame in frames:
                shown = (frame.picture, frame.alpha, to_trimap(frame.alpha, band))
                parts = (*shown, frame.foreground, frame.background)
                for written, pixels in zip(tracks, parts, strict=False):
                    written.write(pixels)
        (partial / "scene.json").write_text(json.dumps(described(scene, band), indent=1) + "\n")
        partial.replace(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def described(scene: Scene, band: float) -> dict[str, object]:
    """What a clip is made of, for whoever must keep training and evaluation apart."""
    return {
        "seed": list(scene.seed),
        "foregrounds": [actor.cutout.foreground.name for actor in scene.actors],
        "manners": [actor.manner.value for actor in scene.actors],
        "background": scene.backdrop.stem,
        "frames": scene.settings.frames,
        "frames per second": scene.settings.rate,
        "shutter": round(scene.shutter, 3),
        "trimap band": round(band, 2),
    }
