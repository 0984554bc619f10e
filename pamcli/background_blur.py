"""The frame's own background, blurred, without the subject's colours in it."""

import math

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.frame import Alpha, Rgb

BACKGROUND_ALPHA = 0.02
"""Largest alpha of a pixel whose colour is taken for the background's."""

TINY = 1e-6

Floats = npt.NDArray[np.float32]


def blur_background(rgb: Rgb, alpha: Alpha, spread: float) -> Rgb:
    """The picture blurred by a Gaussian, what the subject covers filled in from around it.

    spread: standard deviation in pixels of this picture, from 1 on. The filling is push-pull
    (Gortler et al., The Lumigraph, 1996), on a grid of about one point to `spread` pixels.
    rgb: uint8 (H, W, 3); alpha: float32 (H, W) in [0, 1] -> uint8 (H, W, 3).
    """
    height, width = alpha.shape
    step = max(2, int(spread))
    size = -(-width // step), -(-height // step)
    shown = cv2.inRange(alpha, 0, BACKGROUND_ALPHA)
    seen = cv2.resize(cv2.copyTo(rgb, shown), size, interpolation=cv2.INTER_AREA)
    share = cv2.resize(shown, size, interpolation=cv2.INTER_AREA)
    weight = np.asarray(share, np.float32) * np.float32(1 / 255)
    filled = push_pull(np.asarray(seen, np.float32), weight)
    # a box of `step` pixels and the triangle of the enlarging blur by 1/12 + 1/6 of its square
    rest = math.sqrt(max((spread / step) ** 2 - 0.25, 0.01))
    soft = cv2.GaussianBlur(filled, (0, 0), rest)
    small = np.asarray(np.rint(soft.clip(0, 255)), np.uint8)
    return np.asarray(cv2.resize(small, (width, height)), np.uint8)


def push_pull(total: Floats, weight: Floats) -> Floats:
    """The colour total / weight where weight is 1, filled in from around where it is less.

    total: float32 (H, W, 3), colour times weight; weight: float32 (H, W) in [0, 1]. Grey (128) if
    no pixel has any weight.
    """
    height, width = weight.shape
    if max(height, width) == 1:
        colour = total / (weight[..., None] + TINY)
        return np.asarray(np.where(weight[..., None] > 0, colour, 128), np.float32)
    size = -(-width // 2), -(-height // 2)
    less = np.asarray(cv2.resize(total, size, interpolation=cv2.INTER_AREA), np.float32)
    share = np.asarray(cv2.resize(weight, size, interpolation=cv2.INTER_AREA), np.float32)
    # a pixel of the coarser level is sure of its colour when a quarter of it is
    gain = np.reciprocal(np.maximum(share, 0.25))
    coarse = push_pull(less * _three(gain), share * gain)
    wide = np.asarray(cv2.resize(coarse, (width, height)), np.float32)
    return total + wide * _three(1 - weight)


def _three(plane: Floats) -> Floats:
    return np.asarray(cv2.merge([plane, plane, plane]), np.float32)
