"""One part of a target as it is being written: a file, or a folder, for each track."""

from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np

from pamcli.clip_part import ClipPart
from pamcli.frame import Alpha
from pamcli.part_folder import Part
from pamcli.pixels import Pixels, whole
from pamcli.png_folder import PngPart
from pamcli.presets import Track


class _Sink(Protocol):
    """What takes the pixels of one file."""

    def write(self, pixels: Pixels) -> None: ...

    def finish(self) -> None: ...

    def close(self) -> None: ...


class PartWriter:
    """Takes the pixels and times of a stretch of frames; nothing of it counts before `finish`.

    Raises what FFmpeg and the system raise.
    """

    def __init__(self, folder: Path, name: str) -> None:
        """folder: of all parts; name: of this one, with which its files' names begin."""
        self.times: list[int] = []
        self._folder, self._name = folder, name
        self._files: list[str] = []
        self._takes: list[Callable[[Pixels], Pixels]] = []
        self._sinks: list[_Sink] = []
        self._memories: list[Alpha] = []

    def open_clip(self, track: Track, size: tuple[int, int], rate: Fraction, threads: int) -> None:
        """Write to a clip for `track` too. size: (height, width); rate, threads: see ClipPart."""
        file = self._next_file()
        self._takes.append(track.take)
        self._sinks.append(ClipPart(file, track.parts, size, rate, threads))

    def open_pictures(self, name: str, first: int) -> None:
        """Write to a folder of PNG files too, NAME_000001.png onwards from number `first`."""
        file = self._next_file()
        self._takes.append(whole)
        self._sinks.append(PngPart(file, name, first))

    def _next_file(self) -> Path:
        self._files.append(f"{self._name}_{len(self._files)}")
        return self._folder / self._files[-1]

    def write(self, pts: int, pixels: Pixels, memory: Alpha | None) -> None:
        """uint8 (H, W), (H, W, 3) or (H, W, 4); memory: float32 (h, w), for all frames or none."""
        for take, sink in zip(self._takes, self._sinks, strict=True):
            sink.write(take(pixels))
        self.times.append(pts)
        if memory is not None:
            self._memories.append(memory)

    def finish(self) -> Part:
        """The part, its files whole."""
        for sink in self._sinks:
            sink.finish()
        memory = f"{self._name}.npz" if self._memories else None
        if memory is not None:
            np.savez_compressed(self._folder / memory, alpha=np.stack(self._memories))
        return Part(files=tuple(self._files), times=tuple(self.times), memory=memory)

    def close(self) -> None:
        """Let go of the files, finished or not."""
        for sink in self._sinks:
            with suppress(OSError, ValueError):  # FFmpeg's errors are of either kind
                sink.close()


def recalled(folder: Path, part: Part) -> Alpha | None:
    """What the hint has learnt of the part's mattes, float32 (frames, h, w); None if nothing."""
    if part.memory is None:
        return None
    with np.load(folder / part.memory) as stored:
        return np.asarray(stored["alpha"], np.float32)
