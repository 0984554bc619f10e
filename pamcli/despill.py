"""Light of a coloured screen that falls on the subject, taken off its foreground colours."""

import cv2
import numpy as np

from pamcli.frame import Alpha, Rgb
from pamcli.trimap import band_pixels

RIM = 24
"""Pixels of a 1080p frame inside the subject's edge within which spill is expected."""

SHRINK = 4
"""The rim is found at this reduction."""


def despill(rgb: Rgb, alpha: Alpha, screen: tuple[int, int, int], strength: float) -> Rgb:
    """The foreground with the screen's channel held to what the two others allow.

    The channel in which `screen` is strongest becomes c - strength · max(0, c - limit). This is
    the colour difference of Vlahos's electronic compositing (Smith and Blinn, Blue Screen Matting,
    1996) with its two customary limits: the greater of the other two channels, which leaves yellow
    and skin alone, inside the subject; their mean, which finds spill on skin too, at the edge.
    Between, within 24 pixels of a 1080p frame, the limit goes from one to the other. A screen
    without a strongest channel changes nothing, black and grey never change.
    rgb: uint8 (H, W, 3), foreground colour, straight; alpha: float32 (H, W) in [0, 1]; screen: RGB,
    0 to 255; strength in [0, 1] -> uint8 (H, W, 3).
    """
    order = sorted(range(3), key=lambda channel: screen[channel])
    if strength <= 0 or screen[order[2]] == screen[order[1]]:
        return rgb
    planes = [np.asarray(plane, np.uint8) for plane in cv2.split(rgb)]
    one, two, spilt = (planes[channel] for channel in order)
    edge = rim(alpha)
    lower, upper = cv2.addWeighted(one, 0.5, two, 0.5, 0), cv2.max(one, two)
    limit = cv2.blendLinear(lower, upper, edge, 1 - edge)
    held = cv2.addWeighted(spilt, 1, cv2.subtract(spilt, limit), -strength, 0)
    planes[order[2]] = np.asarray(held, np.uint8)
    return np.asarray(cv2.merge(planes), np.uint8)


def rim(alpha: Alpha) -> Alpha:
    """float32 (H, W): 1 outside the subject and on its edge, 0 from RIM pixels inside on."""
    height, width = alpha.shape
    size = -(-width // SHRINK), -(-height // SHRINK)
    small = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    reach = max(1, round(band_pixels(RIM, (height, width)) / SHRINK))
    around = cv2.blur(small, (2 * reach + 1, 2 * reach + 1))
    edge = np.asarray(2 - 2 * around, np.float32).clip(0, 1)
    return np.asarray(cv2.resize(edge, (width, height)), np.float32)
