"""Gray pictures that go with a clip's frames: a still, a folder in order, a video by its times."""

import math
from collections.abc import Generator, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from pamcli.errors import InputError
from pamcli.frame import Frame
from pamcli.images import read_gray
from pamcli.still_names import is_still, stills_in
from pamcli.trimap import Gray, to_gray
from pamcli.video_read import probe, read_frames


class Pictures(Protocol):
    """The gray picture that belongs to each frame of a stream, asked for in the stream's order."""

    @property
    def name(self) -> str:
        """What the last picture came from, for messages."""

    def at(self, frame: Frame) -> Gray:
        """uint8 (H, W), of whatever size it is stored in. Raises InputError when there is none."""

    def close(self) -> None:
        """Let go of open files."""


def open_pictures(source: Path, clip: Path, frames: int | None) -> Pictures:
    """A still, a folder of stills or a video, by what `source` is.

    clip: the clip or still that the frames come from. frames: how many of its frames will be asked
    for; None where that isn't known. Raises InputError when the source is missing, empty or of
    another count.
    """
    if not source.exists():
        raise InputError(f"{source}: no such file or folder")
    if source.is_dir():
        return FolderPictures(source, clip, frames)
    if is_still(source):
        return StillPicture(source)
    return VideoPictures(source, clip)


class StillPicture:
    """The same picture for every frame: a camera and subject that do not move."""

    def __init__(self, source: Path) -> None:
        self.name = str(source)
        self._picture = read_gray(source)

    def at(self, frame: Frame) -> Gray:
        return self._picture

    def close(self) -> None:
        """A still holds nothing open."""


class FolderPictures:
    """One still for each frame, in natural order of the names (2.png before 10.png)."""

    def __init__(self, folder: Path, clip: Path, frames: int | None) -> None:
        self.name = str(folder)
        self._folder, self._clip = folder, clip
        self._sources = stills_in(folder)
        self._taken = 0
        count = len(self._sources)
        if not count:
            raise InputError(f"{folder}: no pictures in this folder")
        if frames is not None and count != frames:
            raise InputError(f"{folder}: {count} pictures, but {clip} has {frames} frames")

    def at(self, frame: Frame) -> Gray:
        if self._taken == len(self._sources):
            raise InputError(
                f"{self._folder}: {self._taken} pictures, but {self._clip} has more frames "
                f"(the next at {frame.seconds:.3f} s)"
            )
        source = self._sources[self._taken]
        self._taken += 1
        self.name = str(source)
        return read_gray(source)

    def close(self) -> None:
        """Each still is closed as soon as it is read."""


class VideoPictures:
    """The video's picture nearest in time to each frame; holds two pictures, never the clip.

    Times are exact and count from the first frame of either file, for containers shift them; but
    where the first picture stands at the very time of the first frame that is asked for, in the
    middle of the clip, it was made for the part that begins there. A frame more than half a
    picture's duration before the first or after the last picture has none.
    """

    def __init__(self, source: Path, clip: Path) -> None:
        self.name = str(source)
        self._source, self._clip = source, clip
        info = probe(source)
        self._period = 1 / info.average_rate if info.average_rate else Fraction(0)
        self._duration = info.duration
        self._first = self._origin = info.start  # of its first picture; of the clip's time 0
        self._clip_origin = Fraction(0) if is_still(clip) else probe(clip).start
        self._pictures: Iterator[Frame] | None = None
        self._near: Frame | None = None
        self._next: Frame | None = None

    def at(self, frame: Frame) -> Gray:
        time = _time(frame) - self._clip_origin
        if self._pictures is None:
            self._open(time)
        while self._next and self._gap(self._next, time) <= self._gap(self._near, time):
            self._advance()
        if self._near is None or not self._covers(self._near, time):
            raise InputError(self._complaint(time))
        return to_gray(self._near.rgb)

    def close(self) -> None:
        if isinstance(self._pictures, Generator):
            self._pictures.close()

    def _open(self, time: Fraction) -> None:
        """Begin a little before the first time that is asked for, or before the end."""
        if time > 0 and abs(self._first - self._clip_origin - time) * 2 <= self._period:
            self._origin = self._first - time
        last = time + self._origin - self._first
        last = last if self._duration is None else min(last, self._duration)
        first = last - max(2 * self._period, Fraction(1))
        self._pictures = read_frames(self._source, start=first if first > 0 else None)
        self._next = next(self._pictures, None)

    def _covers(self, near: Frame, time: Fraction) -> bool:
        """Whether the time lies between the pictures held, or within half a picture of the end."""
        between = self._next is not None and _time(near) - self._origin <= time
        return between or self._gap(near, time) * 2 <= self._period

    def _advance(self) -> None:
        assert self._pictures is not None and self._next is not None
        if self._near is not None:  # a slow stretch of a variable rate: pictures last longer there
            self._period = max(self._period, _time(self._next) - _time(self._near))
        self._near, self._next = self._next, next(self._pictures, None)

    def _complaint(self, time: Fraction) -> str:
        wanted = f"{self._clip} has a frame at {float(time):.3f} s"
        if self._near is None:
            return f"{self._source}: no picture, but {wanted}"
        held = float(_time(self._near) - self._origin)
        verb = "begins" if held > time else "ends"
        return f"{self._source}: {verb} at {held:.3f} s, but {wanted}"

    def _gap(self, picture: Frame | None, time: Fraction) -> float | Fraction:
        if picture is None:
            return math.inf
        return abs(_time(picture) - self._origin - time)


def _time(frame: Frame) -> Fraction:
    return frame.pts * frame.time_base
