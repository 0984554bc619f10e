"""Trimaps of a subject before a screen of one colour."""

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.frame import Rgb, Trimap
from pamcli.trimap import from_mask

KeyColour = tuple[int, int, int]
"""RGB, each 0 to 255."""

Floats = npt.NDArray[np.float32]

SUBJECT_BELOW, SCREEN_ABOVE = 0.25, 0.6  # keyness; between them alpha is unknown
SHADOW = 32.0  # luma, of 255: below it a pixel's colour is too noisy to be scaled up
ROWS = 540  # the screen is judged at about this many rows

BORDER = 0.08  # of the height or width: the strips at the top, left and right
BINS = 72  # of the hue circle
HUE_SPREAD = 20.0  # degrees on either side of the screen's hue
LEAST_CHROMA = 14.0  # of 181: greyer pixels have no hue
LEAST_SHARE = 0.35  # of the border that the screen must cover


def from_key(rgb: Rgb, key: KeyColour, band: float) -> Trimap:
    """Trimap of whatever is not the screen; an unknown band of `band` pixels around it.

    Keyness is the chroma along the key's hue less the chroma across it (the vector keyer's
    measure), in CbCr (BT.601), relative to the key's own and to luma, so that a screen lit
    unevenly stays one colour. It is judged at
    about 540 rows.
    """
    step = max(1, round(rgb.shape[0] / ROWS))
    small = _shrink(rgb, step)
    smooth = cv2.blur(keyness(small, key), (3, 3))  # chroma is noisy, and subsampled in video
    soft = (SCREEN_ABOVE - np.asarray(smooth)) / (SCREEN_ABOVE - SUBJECT_BELOW)
    mask = (np.clip(soft, 0, 1) * 255).astype(np.uint8)
    height, width = rgb.shape[:2]
    full = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)
    return from_mask(np.asarray(full), band)


def keyness(rgb: Rgb, key: KeyColour) -> Floats:
    """float32 (H, W): about 1 on the screen in light and shade, 0 or less on other colours."""
    luma, chroma = _luma_chroma(rgb)
    key_luma, key_chroma = _luma_chroma(np.array([[key]], np.uint8))
    length = max(float(np.linalg.norm(key_chroma)), 1.0)
    along, across = (key_chroma[0, 0] / length).tolist()
    towards = chroma[..., 0] * along + chroma[..., 1] * across
    beside = np.abs(chroma[..., 1] * along - chroma[..., 0] * across)
    shade = (float(key_luma[0, 0]) + SHADOW) / (luma + SHADOW)
    return np.asarray((towards - beside) / length * shade, np.float32)


def find_key(rgb: Rgb) -> KeyColour | None:
    """Median colour of the hue that prevails along the border; None if there is no such screen."""
    step = max(1, round(max(rgb.shape[:2]) / 320))
    pixels = _border(_shrink(rgb, step))
    _, chroma = _luma_chroma(pixels[None])
    length = np.hypot(chroma[0, :, 0], chroma[0, :, 1])
    hue = np.degrees(np.arctan2(chroma[0, :, 1], chroma[0, :, 0]))
    weights = np.maximum(length - LEAST_CHROMA, 0)
    counts, edges = np.histogram(hue, BINS, (-180, 180), weights=weights)
    peak = edges[np.argmax(counts + np.roll(counts, 1) + np.roll(counts, -1))] + 180 / BINS
    distance = np.abs((hue - peak + 180) % 360 - 180)
    screen = (distance <= HUE_SPREAD) & (length >= LEAST_CHROMA)
    if screen.mean() < LEAST_SHARE:
        return None
    red, green, blue = np.median(pixels[screen], axis=0).astype(int).tolist()
    return red, green, blue


def _border(rgb: Rgb) -> Rgb:
    """uint8 (N, 3): pixels of the strips at the top, left and right; the subject stands below."""
    rows, columns = (max(1, round(side * BORDER)) for side in rgb.shape[:2])
    strips = rgb[:rows], rgb[rows:, :columns], rgb[rows:, -columns:]
    return np.concatenate([strip.reshape(-1, 3) for strip in strips])


def _luma_chroma(rgb: Rgb) -> tuple[Floats, Floats]:
    """float32 luma (H, W) in [0, 255] and CrCb (H, W, 2) about 0."""
    planes = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    return planes[..., 0], planes[..., 1:] - 128


def _shrink(rgb: Rgb, step: int) -> Rgb:
    height, width = (max(1, side // step) for side in rgb.shape[:2])
    return np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
