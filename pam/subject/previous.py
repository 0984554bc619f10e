"""What stands for the estimate of the frame before, which the network is given beside a picture."""

from __future__ import annotations

import cv2
import numpy as np

from pam.data.draw import Draw
from pam.subject.placing import Floats, small_angle, view
from pam.subject.scenes import Truth

NO_PREVIOUS, NEAR = 0.6, 0.28
"""Share of pictures without a previous mask and with a fitting one; the rest have a wrong one."""

LEAST_LEFT = 0.35
"""Share of a mask that the estimate before must have found, to stand for it at all."""


def previous_mask(draw: Draw, truth: Truth, other: Truth) -> Floats:
    """What stands for the estimate of the frame before. other: a picture of another scene."""
    level = 0.0 if truth.needs_previous else draw.uniform(0, 1)
    if truth.needs_previous or NO_PREVIOUS <= level < NO_PREVIOUS + NEAR:
        return earlier(draw, truth.alpha)
    if level < NO_PREVIOUS:
        return np.zeros_like(truth.alpha)
    return earlier(draw, np.asarray(cv2.flip(other.alpha, 1), np.float32))


def earlier(draw: Draw, alpha: Floats) -> Floats:
    """The mask as an estimate for the frame before, moved here, would have left it.

    Moved, scaled and turned a little, grown or shrunk, blurred, with pieces lost and added.
    """
    rows, columns = alpha.shape
    middle = columns / 2, rows / 2
    reach = 0.05 * max(alpha.shape)
    to = middle[0] + draw.uniform(-reach, reach), middle[1] + draw.uniform(-reach, reach)
    placed = view(middle, to, draw.log_uniform(0.94, 1.06), 0.3 * small_angle(draw), mirrored=False)
    moved = np.asarray(
        cv2.warpAffine(alpha, placed, (columns, rows), borderMode=cv2.BORDER_REPLICATE), np.float32
    )
    window = np.ones((2 * draw.integer(4) + 1,) * 2, np.uint8)
    changed = np.asarray((cv2.dilate if draw.chance(0.5) else cv2.erode)(moved, window), np.float32)
    if draw.chance(0.4):
        changed = _patched(draw, changed)
    if float(np.minimum(changed, moved).sum()) < LEAST_LEFT * float(moved.sum()):
        changed = moved
    return np.asarray(cv2.GaussianBlur(changed, (0, 0), draw.log_uniform(0.4, 3)), np.float32)


def _patched(draw: Draw, mask: Floats) -> Floats:
    """Blobs of smooth noise taken away or added."""
    noise = draw.smooth(max(mask.shape), 3 + draw.integer(5))[0, 0].numpy()
    blobs = noise[: mask.shape[0], : mask.shape[1]] > draw.uniform(0.62, 0.8)
    return np.where(blobs, np.float32(draw.chance(0.5)), mask)
