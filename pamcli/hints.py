"""Who is the subject: every source of trimaps behind one protocol, frame in, trimap out."""

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import cv2

from pamcli.frame import Frame, Matte, Trimap
from pamcli.hint_coarse import Attendant, CoarseSource, KeySource, MaskSource, SubjectSource
from pamcli.hint_key_masks import KeyMaskSource
from pamcli.hint_motion import Smoother
from pamcli.hint_plate import PlateSource
from pamcli.hint_sources import Pictures, open_pictures
from pamcli.settings import HintSettings
from pamcli.subject import Estimate
from pamcli.trimap import band_pixels, check_trimap
from pamcli.trimap_band import TRUSTED, Trust, from_estimate

SUBJECT_BAND = 3.9
"""How much wider the band is around a subject found by itself where the finder does not say how
unsure it is: nobody has said how far the subject's hair reaches."""

SUBJECT_TRUST = Trust(doubt=0.5, reach=1.0)
"""Of a found subject's doubts: a wider band holds more of the hair and costs more than it saves. On
four composed clips of people, mean absolute error (x1000) and Grad are 6.8 and 2.4, with doubt 0.25
and reach 2 they are 7.5 and 2.4, of the coarse masks 10.3 and 4.2; on three of them 4.7 and 2.6,
with 0.1 and 5 they are 10.7 and 4.4."""

CARRIED_BAND = 2.5
"""How much wider the band is around a mask that was carried at a small size."""


class Hint(Attendant, Protocol):
    """Trimaps of one stream, asked for frame by frame in its order; may keep state in between."""

    def trimap(self, frame: Frame) -> Trimap:
        """uint8 (H, W) {0, 128, 255} of the frame's size. Raises InputError when there is none."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_hint(
    settings: HintSettings,
    source: Path,
    *,
    frames: int | None = None,
    rate: Fraction | None = None,
    still: bool = False,
) -> Hint:
    """The hint that the settings name, for one stream.

    source: the clip or still that is matted, for messages. frames: how many of its frames will be
    asked for, where that is known. rate: frames a second of a folder of pictures. still: one
    picture only, whose trimap must hold unknown pixels.
    Raises InputError when a file of the hint cannot be used.
    """
    if settings.trimap is not None:
        pictures = open_pictures(settings.trimap, source, frames)
        return TrimapHint(pictures, unknown_required=still)
    if settings.key_masks:
        keys = KeyMaskSource(settings.key_masks, source, rate)
        return CoarseHint(keys, settings.band, unsure=CARRIED_BAND)
    smoother = Smoother() if settings.temporal and not still else None
    if settings.mask is not None:
        pictures = open_pictures(settings.mask, source, frames)
        return CoarseHint(MaskSource(pictures), settings.band, smoother=smoother)
    if settings.plate is not None:
        return CoarseHint(PlateSource(settings.plate), settings.band, smoother=smoother)
    if settings.key is not None:
        return CoarseHint(KeySource(settings.key, str(source)), settings.band, smoother=smoother)
    return subject_hint(settings.band)


def subject_hint(band: float) -> "CoarseHint":
    """The subject as it is found by itself. band: pixels of a 1080p frame.

    The finder steadies what it finds; a smoother on top of it took 2 % from the flicker of the
    sample clip's masks (dtSSD) and added 5 % to their error.
    """
    return CoarseHint(SubjectSource(), band, unsure=SUBJECT_BAND, trust=SUBJECT_TRUST)


class TrimapHint(Hint):
    """Trimaps as a person made them."""

    def __init__(self, pictures: Pictures, *, unknown_required: bool) -> None:
        self._pictures = pictures
        self._unknown_required = unknown_required

    def trimap(self, frame: Frame) -> Trimap:
        values = self._pictures.at(frame)
        required = self._unknown_required
        return check_trimap(values, frame.size, self._pictures.name, unknown_required=required)

    def close(self) -> None:
        self._pictures.close()


class CoarseHint(Hint):
    """A coarse subject from anywhere, made steady in time and given its unknown band.

    band: its least width, pixels of a 1080p frame. unsure: times as wide where the estimate does
    not say how unsure it is. trust: which doubts widen the band where it does.
    """

    def __init__(
        self,
        source: CoarseSource,
        band: float,
        *,
        smoother: Smoother | None = None,
        unsure: float = 1.0,
        trust: Trust = TRUSTED,
    ) -> None:
        self.learns = source.learns
        self._source, self._smoother = source, smoother
        self._band, self._unsure, self._trust = band, unsure, trust
        self._frames = self._empty = 0

    def trimap(self, frame: Frame) -> Trimap:
        return self.trimap_of(self.estimate(frame))

    def estimate(self, frame: Frame) -> Estimate:
        """The coarse subject of the stream's next frame."""
        found = self._source.estimate(frame)
        if self._smoother is None:
            return found
        mask, uncertainty = self._smoother.steady(frame.rgb, found.mask, found.uncertainty)
        return Estimate(mask, found.confidence, uncertainty)

    def trimap_of(self, found: Estimate) -> Trimap:
        """The trimap of `estimate`'s coarse subject."""
        unsure = self._unsure if found.uncertainty is None else 1.0
        band = band_pixels(self._band, (found.mask.shape[0], found.mask.shape[1])) * unsure
        trimap = from_estimate(found.mask, found.uncertainty, band, self._trust)
        self._frames += 1
        self._empty += not cv2.countNonZero(trimap)
        return trimap

    def learn(self, matte: Matte) -> None:
        self._source.learn(matte)

    def notes(self) -> list[str]:
        return self._source.notes() or _emptiness(self._empty, self._frames)

    def close(self) -> None:
        self._source.close()


def _emptiness(empty: int, frames: int) -> list[str]:
    if not empty:
        return []
    if frames == 1:
        return ["no subject was found: the matte is empty"]
    return [f"no subject was found in {empty} of {frames} frames: the matte is empty there"]
