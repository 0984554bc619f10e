"""A subject told from the same view without it: light matched, difference made a soft mask."""

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.frame import Alpha, Rgb

Floats = npt.NDArray[np.float32]

LIGHT_STEP = 6  # every LIGHT_STEP-th pixel takes part in the match of the light
SPREADS = (80.0, 40.0, 20.0, 10.0, 6.0)  # of 255: residual at which a pixel's say is a quarter
LEAST_GAIN, MOST_GAIN = 0.4, 2.5
RIDGE = 20.0  # draws the gain to 1 where the picture has little contrast

LIGHTNESS = 0.6  # weight of L* against a* and b*
SHADOW = 0.5  # further weight of L* where the frame is darker: shadows keep the hue
LEAST_LOW, MOST_LOW = 3.5, 10.0  # CIE units: smaller differences are noise, larger ones are not
NOISE = 3.5  # times the usual difference of what stays the same
STEEP = 2.5  # times the low threshold: from there on a difference is surely the subject

WINDOW = (15, 15)  # pixels in which structure is compared
STRUCTURE = 6.0  # of 255: usual contrast in the window from which on there is structure
LEAST_STRUCTURED = 0.02  # of the picture
CORRELATION = 0.6

HOLE = 0.06  # of the subject's area: smaller gaps inside it are in doubt
PART = 0.03  # of the largest part's area: smaller parts are not the subject
LEAST_AREA = 0.0005  # of the frame


def match_light(plate: Rgb, frame: Rgb) -> Rgb:
    """The plate with the exposure and white balance of the frame, uint8 (H, W, 3).

    A gain and an offset for each channel, fitted to the pixels that agree by reweighted least
    squares (Geman-McClure weights, their spread narrowed step by step).
    """
    table = np.empty((256, 1, 3), np.uint8)
    for channel in range(3):
        pair = (p[::LIGHT_STEP, ::LIGHT_STEP, channel].astype(np.float64) for p in (plate, frame))
        gain, offset = _fit_line(*(values.ravel() for values in pair))
        table[:, 0, channel] = np.clip(np.rint(gain * np.arange(256) + offset), 0, 255)
    return np.asarray(cv2.LUT(plate, table), np.uint8)


def _fit_line(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> tuple[float, float]:
    gain, offset = 1.0, float(np.median(y - x))
    for spread in SPREADS:
        weights = 1 / (1 + ((y - gain * x - offset) / spread) ** 2) ** 2
        weights /= weights.sum()
        mean_x, mean_y = (weights * x).sum(), (weights * y).sum()
        variance = (weights * (x - mean_x) ** 2).sum()
        covariance = (weights * (x - mean_x) * (y - mean_y)).sum()
        slope = (covariance + RIDGE) / (variance + RIDGE)
        gain = float(np.clip(slope, LEAST_GAIN, MOST_GAIN))
        offset = float(mean_y - gain * mean_x)
    return gain, offset


def difference(frame: Rgb, plate: Rgb) -> Floats:
    """How much a frame differs from what the plate shows within a pixel around; CIE units.

    float32 (H, W). Being within the neighbourhood's range costs nothing: small shifts that the
    alignment left do not count. Darker counts less, for the subject casts shadows.
    """
    seen, behind = (cv2.cvtColor(p, cv2.COLOR_RGB2LAB).astype(np.float32) for p in (frame, plate))
    near = np.ones((3, 3), np.uint8)
    above = seen - cv2.dilate(behind, near)
    below = cv2.erode(behind, near) - seen
    apart = np.maximum(np.maximum(above, below), 0)
    apart[..., 0] *= LIGHTNESS / 2.55
    apart[..., 0] *= np.where(below[..., 0] > 0, np.float32(SHADOW), np.float32(1))
    return np.asarray(np.sqrt(np.square(apart).sum(axis=-1)), np.float32)


def in_common(frame: Rgb, plate: Rgb) -> float:
    """Share of the plate's structure that the frame shows too, in [0, 1].

    Structure is where the plate's gray has contrast within a small window; it is shown where the
    frame's gray correlates with it there. 1 for a plate without structure, which tells nothing.
    """
    if not has_structure(plate):
        return 1.0
    seen, behind = _centred(frame), _centred(plate)
    energy = _mean(np.square(behind))
    spread = np.sqrt(_mean(np.square(seen)) * energy + 1)
    shown = _mean(seen * behind) > CORRELATION * spread
    return float(shown[energy > STRUCTURE**2].mean())


def has_structure(picture: Rgb) -> bool:
    """Whether enough of a picture has contrast within a small window; fades and bare walls have
    not.
    """
    energy = _mean(np.square(_centred(picture)))
    return bool((energy > STRUCTURE**2).mean() >= LEAST_STRUCTURED)


def _mean(values: Floats) -> Floats:
    return np.asarray(cv2.blur(values, WINDOW), np.float32)


def _centred(picture: Rgb) -> Floats:
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.asarray(gray - cv2.blur(gray, WINDOW), np.float32)


def subject_of(apart: Floats) -> tuple[Alpha, Alpha]:
    """Soft mask and its uncertainty from `difference`, float32 (H, W) in [0, 1] each.

    What differs little beside the usual noise is background; gaps inside the subject, where it
    looks like what is behind it, are uncertain.
    """
    smooth = np.asarray(cv2.blur(apart, (3, 3)), np.float32)
    low = threshold(smooth)
    soft = np.clip((smooth - low) / ((STEEP - 1) * low), 0, 1).astype(np.float32)
    hard, doubt = _main_parts(soft)
    mask = np.where(hard > 0, np.maximum(soft, 0.51), np.minimum(soft, 0.49)).astype(np.float32)
    mask[(hard == 0) & (doubt == 0)] = 0
    uncertainty = np.maximum(4 * soft * (1 - soft) * (doubt > 0), doubt == 2)
    return mask, np.asarray(uncertainty, np.float32)


def threshold(apart: Floats) -> float:
    """The difference up to which a pixel shows the plate: above the noise of its calm parts."""
    calm = np.percentile(apart[::2, ::2], 25)
    return min(MOST_LOW, max(LEAST_LOW, NOISE * float(calm)))


def _main_parts(soft: Floats) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """uint8 (H, W): the large parts {0, 1}; doubt 1 near them, 2 in gaps inside them."""
    side = max(3, round(min(soft.shape) * 0.01) * 2 + 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    small = np.ones((3, 3), np.uint8)
    hard = cv2.morphologyEx((soft > 0.5).astype(np.uint8), cv2.MORPH_OPEN, small)
    hard = np.asarray(cv2.morphologyEx(hard, cv2.MORPH_CLOSE, disc), np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(hard)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if count == 1 or areas.max() < LEAST_AREA * soft.size:
        return np.zeros_like(hard), np.zeros_like(hard)
    parts = np.concatenate([[False], areas >= PART * areas.max()])[labels].astype(np.uint8)
    doubt = np.asarray(
        cv2.dilate(parts, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (4 * side + 1,) * 2))
    )
    doubt[_gaps(parts) > 0] = 2
    return parts, np.asarray(doubt, np.uint8)


def _gaps(parts: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """uint8 (H, W) {0, 1}: small holes of the parts."""
    largest = HOLE * float(parts.sum())
    outlines, tree = cv2.findContours(parts, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    gaps = np.zeros_like(parts)
    for index, outline in enumerate(outlines):
        if tree[0][index][3] >= 0 and cv2.contourArea(outline) < largest:
            cv2.drawContours(gaps, outlines, index, 1, cv2.FILLED)
    return gaps
