"""Foreground colour, so that a new background meets no halo of the old one."""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.frame import Alpha, Rgb, Trimap
from pamcli.trimap import FOREGROUND, UNKNOWN

REDUCTION = 4
"""Pixels of the picture in one of the finest level, at least: both colours change slowly."""

FINEST = 480
"""Pixels of that level's longer side in a picture so large that the reduction is more."""

COARSEST = 8
"""Pixels of the coarsest level's longer side, at most."""

SMALL, MANY, FEW = 32, 10, 2
"""Rounds: many on levels of at most SMALL pixels a side, where colours travel far at no cost."""

STIFFNESS = 0.1
"""How much a pixel's colours prefer those around to explaining the picture, on every level."""

LAST_STIFFNESS = 0.03
"""The same at full resolution, where alpha is half; falls to 0 where alpha is 0 or 1."""

LEAST_SHARE = 0.02
"""Weight at which a pixel spreads a colour that it doesn't show at all."""

NEIGHBOURS = (3, 3)

Floats = npt.NDArray[np.float32]


def blend_foreground(rgb: Rgb, estimate: Rgb, alpha: Alpha) -> Rgb:
    """The picture's own colour where it is nearly all foreground, the estimate where it is not.

    The weight of the picture is alpha squared: its own alpha, times the trust that what shows is
    foreground rather than the background behind it.
    rgb, estimate: uint8 (H, W, 3); alpha: float32 (H, W) in [0, 1] -> uint8 (H, W, 3).
    """
    weight = np.square(alpha)
    return np.asarray(cv2.blendLinear(rgb, estimate, weight, 1 - weight), np.uint8)


def estimate_foreground(rgb: Rgb, alpha: Alpha, trimap: Trimap) -> Rgb:
    """F of I = αF + (1-α)B: the picture's own colour where it is known to be foreground.

    Both colours are found on reduced levels, from coarse to fine as in Germer et al., Fast
    Multi-Level Foreground Estimation, 2020; on each, colours spread by how much of them shows, as
    in Forte, Approximate Fast Foreground Colour Estimation, 2021. At full resolution the unknown
    pixels then take what their own colour says; known background takes the foreground's colour
    next to it, so that filtering the result brings in nothing of the old background.
    rgb: uint8 (H, W, 3); alpha: float32 (H, W) in [0, 1]; trimap: uint8 (H, W) -> uint8 (H, W, 3).
    """
    near, behind = (_wide(colour, alpha.shape) for colour in slow_colours(rgb, alpha))
    band = np.flatnonzero(trimap == UNKNOWN)
    shown, first, second = (_planes(picture, band) for picture in (rgb, near, behind))
    fused = fuse(shown, first, second, alpha.reshape(-1).take(band))
    solid = cv2.inRange(trimap, FOREGROUND, FOREGROUND)
    out = np.asarray(cv2.copyTo(rgb, solid, near), np.uint8)
    for plane, values in zip(out.reshape(-1, 3).T, np.rint(fused.clip(0, 255)), strict=True):
        plane[band] = values  # three rows at once take four times as long
    return out


def fuse(rgb: Floats, near: Floats, behind: Floats, alpha: Alpha) -> Floats:
    """The F next to `near` that explains a pixel together with a B next to `behind`.

    Least squares of I - αF - (1-α)B, F - near and B - behind, the last two weighted by
    4 α (1-α) LAST_STIFFNESS. rgb, near, behind: float32 (3, N); alpha: (N,) -> (3, N), not clipped.
    """
    rest = 1 - alpha
    gain = alpha / (alpha * alpha + rest * rest + 4 * LAST_STIFFNESS * alpha * rest)
    return np.asarray(near + gain * (rgb - alpha * near - rest * behind), np.float32)


def slow_colours(rgb: Rgb, alpha: Alpha) -> tuple[Floats, Floats]:
    """F and B as they change slowly: float32 (h, w, 3) each, at a reduction of 4 or more.

    rgb: uint8 (H, W, 3); alpha: float32 (H, W). Not clipped to [0, 255].
    """
    levels = list(_levels(rgb, alpha))
    near = behind = levels[-1][0]
    for colour, share in reversed(levels):
        near, behind = (_resized(slow, share.shape) for slow in (near, behind))
        rounds = MANY if max(share.shape) <= SMALL else FEW
        settle(colour, share, near, behind, rounds)
    return near, behind


def _levels(rgb: Rgb, alpha: Alpha) -> Iterator[tuple[Floats, Floats]]:
    """Picture and alpha, ever smaller."""
    reduction = max(REDUCTION, round(max(alpha.shape) / FINEST))
    height, width = (-(-side // reduction) for side in alpha.shape)
    colour, share = _shrink(rgb, height, width), _shrink(alpha, height, width)
    yield colour, share
    while max(height, width) > COARSEST:
        height, width = -(-height // 2), -(-width // 2)
        colour, share = _shrink(colour, height, width), _shrink(share, height, width)
        yield colour, share


def _shrink(array: Rgb | Floats, height: int, width: int) -> Floats:
    small = cv2.resize(array, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _resized(slow: Floats, size: tuple[int, ...]) -> Floats:
    """A new array of (height, width)."""
    return np.array(cv2.resize(slow, (size[1], size[0])), np.float32)


def settle(colour: Floats, alpha: Floats, near: Floats, behind: Floats, rounds: int) -> None:
    """Let both colours spread to the pixels around, then explain the picture; in place.

    colour, near, behind: float32 (H, W, 3); alpha: float32 (H, W).
    """
    rest = 1 - alpha
    gain = np.reciprocal(alpha * alpha + rest * rest + np.float32(STIFFNESS))
    sides = [_Side(near, alpha, gain), _Side(behind, rest, gain)]
    part, unexplained = np.empty_like(colour), np.empty_like(colour)
    for _ in range(rounds):
        np.copyto(unexplained, colour)
        for side in sides:
            side.spread(part)
            cv2.multiply(side.colour, side.share, part)
            cv2.subtract(unexplained, part, unexplained)
        for side in sides:
            cv2.multiply(unexplained, side.gain, part)
            cv2.add(side.colour, part, side.colour)


class _Side:
    """One of the two colours on a level, with the weights that stay the same in all rounds."""

    def __init__(self, colour: Floats, share: Floats, gain: Floats) -> None:
        weight = share + np.float32(LEAST_SHARE)
        self.colour, self.share, self.gain = colour, _three(share), _three(share * gain)
        around = np.asarray(cv2.blur(weight, NEIGHBOURS), np.float32)
        self._weight, self._total = _three(weight), _three(np.reciprocal(around))

    def spread(self, scratch: Floats) -> None:
        """Each pixel takes the mean of those around it, weighted by their share."""
        cv2.multiply(self.colour, self._weight, scratch)
        cv2.blur(scratch, NEIGHBOURS, self.colour)
        cv2.multiply(self.colour, self._total, self.colour)


def _three(plane: Floats) -> Floats:
    return np.asarray(cv2.merge([plane, plane, plane]), np.float32)


def _wide(slow: Floats, size: tuple[int, ...]) -> Rgb:
    """uint8 (height, width, 3)."""
    small = np.asarray(np.rint(slow.clip(0, 255)), np.uint8)
    return np.asarray(cv2.resize(small, (size[1], size[0])), np.uint8)


def _planes(picture: Rgb, pixels: npt.NDArray[np.intp]) -> Floats:
    """float32 (3, N): numpy is slow on rows of three."""
    return picture.reshape(-1, 3).take(pixels, 0).T.astype(np.float32, order="C")
