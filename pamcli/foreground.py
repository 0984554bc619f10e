"""Foreground colour in the unknown band, so that a new background meets no halo of the old one."""

import cv2
import numpy as np

from pamcli.frame import Alpha, Rgb


def blend_foreground(rgb: Rgb, estimate: Rgb, alpha: Alpha) -> Rgb:
    """The picture's own colour where it is nearly all foreground, the estimate where it is not.

    The weight of the picture is alpha squared: its own alpha, times the trust that what shows is
    foreground rather than the background behind it.
    rgb, estimate: uint8 (H, W, 3); alpha: float32 (H, W) in [0, 1] -> uint8 (H, W, 3).
    """
    weight = np.square(alpha)
    return np.asarray(cv2.blendLinear(rgb, estimate, weight, 1 - weight), np.uint8)
