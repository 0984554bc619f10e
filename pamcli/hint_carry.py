"""A clip at the small size, and masks carried through it to frames that have not come yet."""

import zlib
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from pamcli.frame import Alpha, Frame
from pamcli.hint_motion import Carrier, Floats, Look, look, small
from pamcli.video_clock import USUAL_RATE
from pamcli.video_read import VideoInfo, read_frames

CHUNK = 128
"""Small pictures, about 14 MB, that are held at once while a mask is carried backwards."""


@dataclass(frozen=True, slots=True, eq=False)
class Glimpse:
    """One frame at the small size."""

    pts: int
    time: Fraction  # seconds after the clip's first frame
    seen: Look


@dataclass(frozen=True, slots=True, eq=False)
class CarriedBack:
    """Masks by their frames' pts, and the time in seconds at which the mask was lost, if it was."""

    masks: dict[int, bytes]  # packed: 1 to 2 kB a frame
    lost: Fraction | None

    def take(self, pts: int, size: tuple[int, ...]) -> Floats | None:
        """The mask of a frame, float32 of the small `size`, given away; None if there is none."""
        packed = self.masks.pop(pts, None)
        if packed is None:
            return None
        values = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(size)
        return np.multiply(values, np.float32(1 / 255), dtype=np.float32)


def _packed(mask: Floats) -> bytes:
    return zlib.compress(np.rint(mask * 255).astype(np.uint8).tobytes(), 1)


class SmallClip:
    """A clip's frames at the small size, decoded anew from any moment; holds none of them."""

    def __init__(self, info: VideoInfo) -> None:
        self._source: Path = info.source
        self._rate = info.asked_rate
        self._origin = info.start
        self.step = 1 / (info.average_rate or USUAL_RATE)  # usual seconds from frame to frame

    def time(self, frame: Frame) -> Fraction:
        """Seconds after the clip's first frame."""
        return frame.pts * frame.time_base - self._origin

    def glimpses(self, begin: Fraction, end: Fraction) -> Generator[Glimpse, None, None]:
        """Frames with begin <= time < end; none where the clip has none. Raises InputError."""
        start = begin if begin > 0 else None
        with closing(read_frames(self._source, start=start, rate=self._rate)) as frames:
            for frame in frames:
                time = self.time(frame)
                if time >= end:
                    return
                yield Glimpse(frame.pts, time, look(frame.rgb))

    def first(self, begin: Fraction) -> Glimpse:
        """The first frame from `begin` on. Raises InputError where the clip has none."""
        start = begin if begin > 0 else None
        with closing(read_frames(self._source, start=start, rate=self._rate)) as frames:
            frame = next(frames)
            return Glimpse(frame.pts, self.time(frame), look(frame.rgb))


def carry_up(clip: SmallClip, mask: Alpha, begin: Fraction, end: Fraction) -> Carrier | None:
    """The mask of the frame at `begin`, carried through the frames before `end`; None if lost."""
    carrier: Carrier | None = None
    for glimpse in clip.glimpses(begin, end):
        if carrier is None:
            carrier = Carrier(glimpse.seen, small(mask, glimpse.seen))
        elif carrier.step(glimpse.seen) is None:
            return None
    return carrier


def carry_back(clip: SmallClip, mask: Alpha, begin: Fraction, end: Fraction) -> CarriedBack:
    """The mask of the first frame from `end` on, carried back to the frames from `begin` on."""
    last = clip.first(end)
    carrier = Carrier(last.seen, small(mask, last.seen))
    masks: dict[int, bytes] = {}
    while end > begin:
        start = max(begin, end - CHUNK * clip.step)
        for glimpse in reversed(list(clip.glimpses(start, end))):
            carried = carrier.step(glimpse.seen)
            if carried is None:
                return CarriedBack(masks, glimpse.time)
            masks[glimpse.pts] = _packed(carried)
        end = start
    return CarriedBack(masks, None)
