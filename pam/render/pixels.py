"""From linear premultiplied light to the 8-bit straight RGBA that training reads.

Alpha is the renderer's coverage in linear light and is used as it is: composites are made of
display values, as everywhere in training, so that image, alpha and foreground agree exactly there.
"""

from __future__ import annotations

from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rgba = NDArray[np.uint8]

TRUSTED = 0.6  # alpha from which a pixel's own colour is kept; below it the neighbours join in
TRUSTED_SMOOTH = 0.1  # the same for glass and smoke, whose alpha has no noise
TINY = 1e-4  # alpha below which a colour is noise
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # ITU-R BT.709
SOFT_LOW, SOFT_HIGH = 0.02, 0.98
LEAST_SOFT = 0.01  # share of the picture
LEAST_SEEN = 0.02  # share of the picture that must be subject, and that must not be


class Verdict(Enum):
    """Whether an alpha is worth training on."""

    GOOD = "good"
    EMPTY = "empty"
    FULL = "full"
    HARD = "hard"


def judge(alpha: Floats) -> Verdict:
    """alpha: (H, W) in [0, 1]. HARD: less than 1 % of the pixels lie between 0.02 and 0.98."""
    if (alpha > SOFT_LOW).mean() < LEAST_SEEN:
        return Verdict.EMPTY
    if (alpha < SOFT_HIGH).mean() < LEAST_SEEN:
        return Verdict.FULL
    soft = ((alpha > SOFT_LOW) & (alpha < SOFT_HIGH)).mean()
    return Verdict.GOOD if soft >= LEAST_SOFT else Verdict.HARD


def exposure(premultiplied: Floats, wanted: float) -> float:
    """Factor that brings the subject's 90th percentile of straight luminance to `wanted`.

    premultiplied: linear (H, W, 4). 1 when nothing is seen.
    """
    alpha = premultiplied[..., 3]
    seen = alpha > 0.3
    if not seen.any():
        seen = alpha > SOFT_LOW
    if not seen.any():
        return 1.0
    luminance = premultiplied[seen, :3] @ LUMA / alpha[seen]
    return wanted / max(float(np.percentile(luminance, 90)), 1e-6)


def to_display(linear: Floats) -> Floats:
    """The sRGB transfer curve (IEC 61966-2-1) after clipping to [0, 1]: Blender's "Standard"."""
    linear = linear.clip(0, 1)
    curved = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, 12.92 * linear, curved).astype(np.float32)


def unpremultiply(premultiplied: Floats) -> Floats:
    """Straight linear colour (H, W, 3) of a premultiplied picture (H, W, 4); 0 where alpha is."""
    alpha = premultiplied[..., 3:]
    colour = premultiplied[..., :3] / np.maximum(alpha, TINY)
    return np.where(alpha < TINY, 0.0, colour).astype(np.float32)


def extend(colour: Floats, weight: Floats) -> Floats:
    """Colour carried from where the weight is 1 to where it is 0, by push-pull.

    colour: (H, W, 3). weight: (H, W) in [0, 1]; 1 keeps a pixel as it is. Every smaller level
    holds weighted means, so that a far pixel gets the mean of a wide neighbourhood. Method:
    Gortler et al., The Lumigraph, SIGGRAPH 1996, section 3.4.
    """
    height, width = weight.shape
    if not weight.any():
        return np.zeros_like(colour)
    if height == 1 and width == 1:
        return colour
    half = ((width + 1) // 2, (height + 1) // 2)
    total = cv2.resize(weight, half, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(colour * weight[..., None], half, interpolation=cv2.INTER_AREA)
    mean = np.asarray(sums / np.maximum(total, 1e-12)[..., None], np.float32)
    coarse = extend(mean, np.minimum(np.asarray(total, np.float32) * 2, np.float32(1)))
    wide = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    wide = wide.reshape(colour.shape)
    return (weight[..., None] * colour + (1 - weight[..., None]) * wide).astype(np.float32)


def to_rgba(premultiplied: Floats, gain: float = 1.0, trusted: float = TRUSTED) -> Rgba:
    """Straight RGBA, uint8 (H, W, 4), sRGB. premultiplied: linear light (H, W, 4), any brightness.

    Under little alpha the colour is the neighbours', so that no dark or bright rim is learnt: the
    renderer denoises colour but not alpha, and only their means over some pixels belong together.
    trusted: alpha in (0, 1] from which a pixel keeps its own colour.
    """
    alpha = premultiplied[..., 3].clip(0, 1)
    colour = (unpremultiply(premultiplied) * np.float32(gain)).clip(0, 1)
    colour = to_display(extend(colour, (alpha / np.float32(trusted)).clip(0, 1)))
    straight = np.concatenate([colour, alpha[..., None]], axis=2)
    return (straight * 255 + 0.5).astype(np.uint8)
