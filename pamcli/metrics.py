"""How far a matte is from the truth: SAD, MSE, Grad and Conn of stills, MAD and dtSSD of clips.

Stills follow the Composition-1K evaluation: only the unknown pixels count.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.frame import Alpha, Trimap

UNKNOWN = 128
GRAD_SIGMA = 1.4
GRAD_RADIUS = 4
CONN_STEPS = 10
CONN_TOLERANCE = 0.15

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class StillErrors:
    """Sums are in thousands, the mean squared error is times a thousand."""

    sad: float
    mse: float
    grad: float
    conn: float


@dataclass(frozen=True, slots=True)
class FrameErrors:
    """mad and mse are times 1000, the sums grad and conn in thousands, dtssd is times 100."""

    mad: float
    mse: float
    grad: float
    conn: float
    dtssd: float


def as_in_file(alpha: Alpha) -> Alpha:
    """Alpha rounded to steps of 1/255, as it comes back from an 8-bit file."""
    return np.asarray(np.rint(alpha * np.float32(255)) / 255, np.float32)


def sad(alpha: Alpha, truth: Alpha, unknown: Mask) -> float:
    """Sum of absolute differences in the band, in thousands."""
    return float(np.abs(alpha - truth)[unknown].sum(dtype=np.float64)) / 1000


def mse(alpha: Alpha, truth: Alpha, unknown: Mask) -> float:
    """Mean squared error in the band, times 1000; 0 when the band is empty."""
    if not unknown.any():
        return 0.0
    return float(np.square(alpha - truth)[unknown].mean(dtype=np.float64)) * 1000


def _gaussian_derivative() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """1-D Gaussian and its derivative; their outer product is scaled to unit L2 norm."""
    x = np.arange(-GRAD_RADIUS, GRAD_RADIUS + 1, dtype=np.float64)
    gauss = np.exp(-(x**2) / (2 * GRAD_SIGMA**2)) / (GRAD_SIGMA * np.sqrt(2 * np.pi))
    slope = -x * gauss / GRAD_SIGMA**2
    norm = np.sqrt(np.square(np.outer(gauss, slope)).sum())
    return gauss, slope / norm


def _gradient_magnitude(alpha: Alpha) -> npt.NDArray[np.float64]:
    low, high = float(alpha.min()), float(alpha.max())
    scaled = (alpha.astype(np.float64) - low) / (high - low) if high > low else alpha * 0.0
    gauss, slope = _gaussian_derivative()
    border = cv2.BORDER_REPLICATE
    across = cv2.sepFilter2D(scaled, cv2.CV_64F, slope, gauss, borderType=border)
    down = cv2.sepFilter2D(scaled, cv2.CV_64F, gauss, slope, borderType=border)
    return np.hypot(across, down)


def grad(alpha: Alpha, truth: Alpha, unknown: Mask) -> float:
    """Squared difference of Gaussian gradient magnitudes summed over the band, in thousands.

    Each alpha is stretched to [0, 1] first, as the reference evaluation does.
    """
    difference = _gradient_magnitude(alpha) - _gradient_magnitude(truth)
    return float(np.square(difference)[unknown].sum()) / 1000


def _largest_component(mask: Mask) -> Mask:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=4
    )
    if count < 2:
        return np.zeros_like(mask)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return np.asarray(labels == largest)


def conn(alpha: Alpha, truth: Alpha, unknown: Mask) -> float:
    """Connectivity error in the band, in thousands.

    The level of a pixel is the highest of ten thresholds at which it belongs to the largest
    4-connected region where both mattes pass; a pixel's excess over it counts from 0.15 on.
    """
    level = np.full(alpha.shape, -1.0, np.float32)
    for step in range(1, CONN_STEPS + 1):
        threshold = np.float32(step) / np.float32(CONN_STEPS)
        source = _largest_component((alpha >= threshold) & (truth >= threshold))
        level[(level < 0) & ~source] = (step - 1) / CONN_STEPS
    level[level < 0] = 1.0
    phi = []
    for matte in (alpha, truth):
        excess = matte - level
        phi.append(1 - excess * (excess >= CONN_TOLERANCE))
    return float(np.abs(phi[0] - phi[1])[unknown].sum(dtype=np.float64)) / 1000


def still_errors(alpha: Alpha, truth: Alpha, trimap: Trimap) -> StillErrors:
    """All four errors of one still; alpha, truth, trimap of one size (H, W)."""
    unknown = trimap == UNKNOWN
    return StillErrors(
        sad=sad(alpha, truth, unknown),
        mse=mse(alpha, truth, unknown),
        grad=grad(alpha, truth, unknown),
        conn=conn(alpha, truth, unknown),
    )


def mad(alpha: Alpha, truth: Alpha) -> float:
    """Mean absolute difference over the whole frame, times 1000."""
    return float(np.abs(alpha - truth).mean(dtype=np.float64)) * 1000


def dtssd(alpha: Alpha, last_alpha: Alpha, truth: Alpha, last_truth: Alpha) -> float:
    """Root mean squared difference of the changes since the last frame, times 100."""
    change = (alpha - last_alpha) - (truth - last_truth)
    return float(np.sqrt(np.square(change).mean(dtype=np.float64))) * 100


def frame_errors(alpha: Alpha, truth: Alpha, last: tuple[Alpha, Alpha] | None) -> FrameErrors:
    """Errors of one frame of a clip over all its pixels.

    last: alpha and truth of the frame before; None for the first, whose dtSSD counts as 0.
    Source: `evaluation/evaluate_lr.py` of https://github.com/PeterL1n/RobustVideoMatting, whose
    Grad stretches each alpha to [0, 1].
    """
    everywhere = np.ones(truth.shape, bool)
    return FrameErrors(
        mad=mad(alpha, truth),
        mse=mse(alpha, truth, everywhere),
        grad=grad(alpha, truth, everywhere),
        conn=conn(alpha, truth, everywhere),
        dtssd=0.0 if last is None else dtssd(alpha, last[0], truth, last[1]),
    )
