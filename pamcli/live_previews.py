"""The newest pictures of a live job, kept for whoever looks at them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.composite import alpha_to_grey
from pamcli.frame import Alpha, Rgb, Trimap

Picture = TypeVar("Picture", npt.NDArray[np.uint8], npt.NDArray[np.float32])

WATCHED_FOR = 5.0
"""Seconds for which a look at a picture keeps the job showing."""

LARGEST_WIDTH = 640
"""Pixels; a preview has at most so many columns."""


class PreviewKind(StrEnum):
    """What can be looked at."""

    COMPOSITE = "composite"
    ALPHA = "alpha"
    TRIMAP = "trimap"
    SOURCE = "source"


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """The pictures of one frame."""

    rgb: Rgb
    trimap: Trimap
    alpha: Alpha
    composite: Rgb


class LivePreviews:
    """The pictures of the frame that was shown last. Every method may be called from any thread.

    A job that asks `watched` first pays nothing while nobody looks.
    clock: seconds, growing.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock, self._clock = Lock(), clock
        self._shown: _Shown | None = None
        self._asked: float | None = None

    @property
    def watched(self) -> bool:
        """Whether someone has asked for a picture within the last 5 s."""
        with self._lock:
            return self._is_watched()

    def show(self, rgb: Rgb, trimap: Trimap, alpha: Alpha, composite: Rgb) -> None:
        """Keep these pictures of one frame, uncopied: the caller must not write into them again."""
        with self._lock:
            self._shown = _Shown(rgb, trimap, alpha, composite)

    def picture(self, kind: PreviewKind) -> Rgb | None:
        """The picture at most 640 pixels wide: uint8 (H, W, 3), alpha and trimap as grey.

        None where nothing was shown since someone began to look.
        """
        with self._lock:
            if not self._is_watched():
                self._shown = None  # from when somebody looked before
            self._asked = self._clock()
            shown = self._shown
        return None if shown is None else _picture(shown, kind)

    def _is_watched(self) -> bool:
        return self._asked is not None and self._clock() - self._asked <= WATCHED_FOR


def _picture(shown: _Shown, kind: PreviewKind) -> Rgb:
    match kind:
        case PreviewKind.COMPOSITE:
            return _small(shown.composite)
        case PreviewKind.SOURCE:
            return _small(shown.rgb)
        case PreviewKind.ALPHA:
            return _three(alpha_to_grey(_small(shown.alpha)))
        case PreviewKind.TRIMAP:
            return _three(_small(shown.trimap, cv2.INTER_NEAREST))  # keeps its three values


def _small(picture: Picture, method: int = cv2.INTER_AREA) -> Picture:
    height, width = picture.shape[:2]
    if width <= LARGEST_WIDTH:
        return picture
    size = LARGEST_WIDTH, max(1, round(height * LARGEST_WIDTH / width))
    return cv2.resize(picture, size, interpolation=method).astype(picture.dtype, copy=False)


def _three(grey: npt.NDArray[np.uint8]) -> Rgb:
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)
