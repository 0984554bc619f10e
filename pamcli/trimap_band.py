"""The unknown band of a coarse subject whose estimate says where it is unsure."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.frame import Alpha, Trimap
from pamcli.trimap import UNKNOWN, Box, Gray, from_mask, near_edge

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
    near = near_edge(hard.view(np.uint8), trust.reach * band)
    doubted = (uncertainty >= trust.doubt).view(np.uint8)
    doubt = np.asarray(cv2.bitwise_and(near, near, mask=_inner(doubted)), np.uint8)
    np.copyto(trimap, np.uint8(UNKNOWN), where=_rounded(doubt, band))
    return trimap


def _rounded(doubt: Gray, band: float) -> npt.NDArray[np.bool_]:
    """Doubt without specks, and without gaps that are narrower than half the band.

    doubt: 0 or not, and nothing but 0 beyond the picture.
    """
    side = max(3, int(band / 4) * 2 + 1)
    box = Box.around(doubt, side)
    found = np.zeros(doubt.shape, np.bool_)
    if box is not None:
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        closed = cv2.morphologyEx(doubt[box.slices], cv2.MORPH_CLOSE, disc)
        found[box.slices] = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    return found


def completed(mask: Alpha) -> Alpha:
    """The mask with its soft rim along the frame's border filled where the subject runs out.

    A pixel of the rim takes the value just inside the rim where that is higher and the rim itself
    shows some of the subject.
    """
    rim = _rim(mask)
    if not rim:
        return mask
    filled = mask.copy()
    rows, columns = (np.clip(np.arange(side), rim, side - rim - 1) for side in mask.shape)
    for part in np.s_[:rim], np.s_[-rim:]:
        _complete(filled[part], mask[np.ix_(rows[part], columns)])
    for part in np.s_[:rim], np.s_[-rim:]:
        _complete(filled[:, part], mask[np.ix_(rows, columns[part])])
    return filled


def _complete(rest: Alpha, within: Alpha) -> None:
    """Put into `rest` what is just inside it, where that completes it."""
    np.copyto(rest, within, where=(rest > 0.25) & (within > rest))


def _inner(values: Gray) -> Gray:
    """The map with its rim repeated from the pixels just inside it."""
    rim = _rim(values)
    if not rim:
        return values
    inner = values[rim:-rim, rim:-rim]
    wide = cv2.copyMakeBorder(inner, rim, rim, rim, rim, cv2.BORDER_REPLICATE)
    return np.asarray(wide, np.uint8)


def _rim(values: npt.NDArray[np.generic]) -> int:
    return int(RUN_OUT * min(values.shape))
