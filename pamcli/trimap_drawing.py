"""A trimap drawn over its picture, for a person to look at."""

import numpy as np

from pamcli.frame import Rgb, Trimap
from pamcli.trimap import BACKGROUND, UNKNOWN

BAND_COLOUR = (255, 60, 160)
BAND_SHARE, BACKGROUND_SHARE = 0.6, 0.35
"""Of the band's colour in the unknown pixels; of the picture's brightness in the background."""


def drawn_over(rgb: Rgb, trimap: Trimap) -> Rgb:
    """The picture with its unknown band tinted and its background dark; the subject as it is.

    rgb: uint8 (H, W, 3); trimap: uint8 (H, W) {0, 128, 255}.
    """
    drawn = rgb.copy()
    background, unknown = trimap == BACKGROUND, trimap == UNKNOWN
    drawn[background] = np.rint(drawn[background] * BACKGROUND_SHARE)
    tint = BAND_SHARE * np.array(BAND_COLOUR)
    drawn[unknown] = np.rint((1 - BAND_SHARE) * drawn[unknown] + tint)
    return drawn
