"""Masks given at a few moments of a clip, carried forwards and backwards to all its frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from pamcli.errors import InputError
from pamcli.frame import Alpha, Frame, Matte
from pamcli.hint_carry import CarriedBack, SmallClip, carry_back, carry_up
from pamcli.hint_coarse import CoarseSource, as_alpha, enlarged
from pamcli.hint_motion import Carrier, Floats, Look, look, small
from pamcli.images import read_gray
from pamcli.settings import KeyMask
from pamcli.subject import Estimate
from pamcli.subject_cues import resize
from pamcli.video_read import VideoInfo, probe

MOST_GROWTH = 3.0
"""Area over a key mask's from which on what became of it is doubtful, and said to be."""

TRUST = 0.9
"""Share of the matte in the mask that is carried on."""


@dataclass(frozen=True, slots=True, eq=False)
class _Key:
    """A mask of the frame's size and its moment, in seconds after the clip's first frame."""

    time: Fraction
    mask: Alpha


@dataclass(slots=True)
class _Gap:
    """Times of the frames to which no mask could be carried, in seconds, and why."""

    why: str
    first: Fraction
    until: Fraction | None = None

    def __str__(self) -> str:
        until = "the end" if self.until is None else clock(self.until)
        return f"{self.why}: the matte is empty from {clock(self.first)} to {until}"


class KeyMaskSource(CoarseSource):
    """Key masks carried by dense flow, begun anew at each, and blended by time between two.

    Forwards a mask is corrected by each matte. Backwards, to the frames before each key mask, it
    is carried before the first frame is asked for, which decodes those frames once more. Where
    neither way reaches a frame, after a scene cut for example, there is no subject.
    """

    learns = True

    def __init__(
        self, key_masks: Sequence[KeyMask], clip: Path, rate: Fraction | None = None
    ) -> None:
        """rate: frames a second of a folder of pictures. Raises InputError."""
        info = probe(clip, rate)
        self._clip = SmallClip(info)
        self._keys = [_read_key(time, file, info) for time, file in sorted(key_masks)]
        self._next = 0  # index of the first key whose moment has not come
        self._forward: Carrier | None = None
        self._backward: dict[int, CarriedBack] = {}  # by the index of the key they come from
        self._begun = False
        self._why = ""
        self._gaps: list[_Gap] = []
        self._doubts: dict[int, str] = {}  # by the index of the key

    def estimate(self, frame: Frame) -> Estimate:
        time, seen = self._clip.time(frame), look(frame.rgb)
        if not self._begun:
            self._begin(time)
        if self._is_due(self._next, time):
            self._record(time, is_empty=False)
            return Estimate(self._take_key(seen, time), 1.0)
        mask = self._blend(frame, seen, time)
        self._record(time, is_empty=mask is None)
        if mask is None:
            return Estimate(np.zeros(frame.size, np.float32), 0.0)
        return Estimate(resize(mask, frame.size), 1.0)

    def learn(self, matte: Matte) -> None:
        if self._forward is not None:
            mask = self._forward.mask
            self._forward.correct(TRUST * small(matte.alpha, mask) + (1 - TRUST) * mask)

    def notes(self) -> list[str]:
        return [*self._doubts.values(), *(str(gap) for gap in self._gaps)]

    def _is_due(self, index: int, time: Fraction) -> bool:
        return index < len(self._keys) and time >= self._moment(index)

    def _moment(self, index: int) -> Fraction:
        """From where on a frame is the key's: half a frame early, so that the nearest is taken."""
        return self._keys[index].time - self._clip.step / 2

    def _begin(self, first: Fraction) -> None:
        """Carry masks back to the frames from `first` on, and the last one before up to it."""
        self._begun = True
        while self._next < len(self._keys) and self._moment(self._next) + self._clip.step <= first:
            self._next += 1
        for index in range(self._next, len(self._keys)):
            begin = max(first, self._moment(index - 1)) if index else first
            mask, end = self._keys[index].mask, self._moment(index)
            self._backward[index] = carry_back(self._clip, mask, begin, end)
        if self._next:
            index = self._next - 1
            self._why = f"the mask of {clock(self._keys[index].time)} lost its subject before"
            mask, begin = self._keys[index].mask, self._moment(index)
            self._forward = carry_up(self._clip, mask, begin, first)
        elif self._keys:
            self._explain_beginning(self._backward[0])

    def _explain_beginning(self, carried: CarriedBack) -> None:
        if carried.lost is not None:
            key = clock(self._keys[0].time)
            self._why = (
                f"the mask carried back from {key} lost its subject at {clock(carried.lost)}"
            )

    def _take_key(self, seen: Look, time: Fraction) -> Alpha:
        while self._is_due(self._next + 1, time):  # two within one frame: the later counts
            self._next += 1
        mask = self._keys[self._next].mask
        self._forward = Carrier(seen, small(mask, seen))
        self._next += 1
        return mask

    def _blend(self, frame: Frame, seen: Look, time: Fraction) -> Floats | None:
        """The masks carried from both sides, each weighed by how near its key is in time."""
        forward = self._carry_on(seen, time)
        carried = self._backward.get(self._next)
        backward = None if carried is None else carried.take(frame.pts, seen.shape[:2])
        if forward is None or backward is None:
            return backward if forward is None else forward
        since, until = self._keys[self._next - 1].time, self._keys[self._next].time
        share = np.float32((time - since) / (until - since))
        return np.asarray((1 - share) * forward + share * backward, np.float32)

    def _carry_on(self, seen: Look, time: Fraction) -> Floats | None:
        if self._forward is None:
            return None
        mask = self._forward.step(seen)
        carried = f"the mask carried from {clock(self._keys[self._next - 1].time)}"
        if self._forward.growth > MOST_GROWTH:
            grown = f"{carried} is {MOST_GROWTH:g} times as large at {clock(time)}: "
            self._doubts.setdefault(self._next, grown + "give another there if that is wrong")
        if mask is None:
            self._forward = None
            self._why = f"{carried} lost its subject at {clock(time)}"
        return mask

    def _record(self, time: Fraction, *, is_empty: bool) -> None:
        is_open = bool(self._gaps) and self._gaps[-1].until is None
        if is_empty and not is_open:
            self._gaps.append(_Gap(self._why, time))
        elif is_open and not is_empty:
            self._gaps[-1].until = time


def clock(seconds: Fraction) -> str:
    """m:ss.mmm, for messages."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}:{float(rest):06.3f}"


def _read_key(time: Fraction, file: Path, info: VideoInfo) -> _Key:
    if info.duration is not None and time >= info.duration:
        ends = f"{info.source} ends at {clock(info.duration)}"
        raise InputError(f"{file}: given for {clock(time)}, but {ends}")
    return _Key(time, as_alpha(enlarged(read_gray(file), (info.height, info.width), str(file))))
