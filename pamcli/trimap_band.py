"""The unknown band of a coarse subject whose estimate says where it is unsure."""

from dataclasses import dataclass

import cv2
import numpy as np

from pamcli.frame import Alpha, Trimap
from pamcli.trimap import UNKNOWN, from_mask, near_edge

RUN_OUT = 0.01
"""Of the frame's shorter side: the rim in which a subject that leaves the frame is completed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Which of an estimate's doubts the band takes in."""

    doubt: float = 0.25  # uncertainty from which on a pixel near the edge is unknown
    reach: float = 5.0  # how far from the edge doubt counts, in widths of the least band


TRUSTED = Trust()


def from_estimate(
    mask: Alpha, uncertainty: Alpha | None, band: float, trust: Trust = TRUSTED
) -> Trimap:
    """Trimap of a coarse subject, its band as wide as the estimate is unsure.

    mask, uncertainty: float32 (H, W) in [0, 1]; without an uncertainty the mask's values between
    .05 and .95 are unknown beside the band, see `from_mask`. band: least width in pixels, centred
    on the edge. Doubt far from every edge is left out: it asks who the subject is, which matting
    cannot answer. Where the subject runs out of the picture there is no band along its border.
    """
    mask = completed(mask)
    if uncertainty is None:
        return from_mask(mask, band)
    hard = mask >= 0.5
    trimap = from_mask(hard, band)
    near = near_edge(hard.astype(np.uint8), trust.reach * band) > 0
    doubt = near & (_inner(uncertainty) >= trust.doubt)
    np.copyto(trimap, np.uint8(UNKNOWN), where=_rounded(doubt, band))
    return trimap


def _rounded(doubt: np.ndarray, band: float) -> np.ndarray:
    """Doubt without specks, and without gaps that are narrower than half the band."""
    side = max(3, int(band / 4) * 2 + 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    closed = cv2.morphologyEx(doubt.astype(np.uint8), cv2.MORPH_CLOSE, disc)
    return np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0)


def completed(mask: Alpha) -> Alpha:
    """The mask with its soft rim along the frame's border filled where the subject runs out.

    A pixel of the rim takes the value just inside the rim where that is higher and the rim itself
    shows some of the subject.
    """
    inside, filled = _inner(mask), mask.copy()
    rim = _rim(mask)
    for part in np.s_[:rim], np.s_[-rim:], np.s_[:, :rim], np.s_[:, -rim:]:
        within, rest = inside[part], mask[part]
        filled[part] = np.where((rest > 0.25) & (within > rest), within, rest)
    return filled if rim else mask


def _inner(values: Alpha) -> Alpha:
    """The map with its rim repeated from the pixels just inside it."""
    rim = _rim(values)
    if not rim:
        return values
    inner = values.copy()
    inner[:rim], inner[-rim:] = inner[rim], inner[-rim - 1]
    inner[:, :rim], inner[:, -rim:] = inner[:, rim : rim + 1], inner[:, -rim - 1 : -rim]
    return inner


def _rim(values: Alpha) -> int:
    return int(RUN_OUT * min(values.shape))
