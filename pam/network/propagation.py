"""Propagation of alpha along colour lines: closed-form matting's model, a few sweeps of it.

In a small window alpha is nearly a linear function of the colour (Levin et al., A Closed-Form
Solution to Natural Image Matting, 2008). Each sweep fits that function in every window to the
alpha of the sweep before, known pixels counting most, and applies it: a weighted guided filter
(He et al., Guided Image Filtering, 2013), on a picture reduced as in its fast form.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

REDUCTION = 4
"""Side of the blocks of pixels that one pixel of the reduced picture stands for."""

SWEEPS = ((4, 0.3), (2, 0.1), (1, 0.1), (2, 0.1), (1, 0.05))
"""(side of the blocks that windows of 3 x 3 are made of, in reduced pixels; weight of an unknown
pixel against a known one's 1), in order: from far to near, twice."""

CENTRE = 0.5
"""Taken from colours and alpha: variances are differences of squares, which should be small."""

FLATNESS = 1e-5
"""Variance of colour below which a window is taken as flat; colours in [0, 1]."""


def _pool(x: Tensor, side: int) -> Tensor:
    """Means of blocks; a last row or column of blocks may be narrower."""
    if side == 1:
        return x
    planes = x.flatten(0, 1).unsqueeze(1)  # in OpenVINO a few channels are pooled as if 16
    pooled = F.avg_pool2d(planes, side, side, ceil_mode=True, count_include_pad=False)
    restored: Tensor = pooled.squeeze(1).unflatten(0, (x.shape[0], x.shape[1]))
    return restored


def _window(x: Tensor) -> Tensor:
    """Means of 3 x 3; beyond the border there is nothing."""
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


def _widen(x: Tensor, like: Tensor) -> Tensor:
    """Bilinear enlargement to the height and width of `like`; half-pixel centres."""
    channels = x.flatten(0, 1).unsqueeze(0)  # OpenVINO enlarges all channels of a pixel at once
    wide = F.interpolate(channels, size=like.shape[2:], mode="bilinear", align_corners=False)
    return wide.view(x.shape[0], x.shape[1], *like.shape[2:])


def _solve(variance: Tensor, covariance: Tensor) -> Tensor:
    """(V + FLATNESS I)^-1 c for 3 x 3 symmetric V, by elimination: its determinant would drown.

    variance: (B, 6, H, W) as rr, gg, bb, rg, rb, gb; covariance: (B, 3, H, W) -> (B, 3, H, W).
    """
    rr, gg, bb, rg, rb, gb = variance.split(1, 1)
    red, green, blue = covariance.split(1, 1)
    rr = rr + FLATNESS
    green_by_red, blue_by_red = rg / rr, rb / rr
    gg = gg + FLATNESS - green_by_red * rg
    gb = gb - green_by_red * rb
    blue_by_green = gb / gg
    bb = bb + FLATNESS - blue_by_red * rb - blue_by_green * gb
    green = green - green_by_red * red
    blue = (blue - blue_by_red * red - blue_by_green * green) / bb
    green = green / gg - blue_by_green * blue
    red = red / rr - green_by_red * green - blue_by_red * blue
    return torch.cat((red, green, blue), 1)


def _colour_lines(colour: Tensor, alpha: Tensor, weight: Tensor, side: int) -> Tensor:
    """Slope (3) and offset (1) of alpha over the colour around each block, (B, 4, h, w)."""
    square = torch.cat(
        (colour * colour, colour[:, :1] * colour[:, 1:], colour[:, 1:2] * colour[:, 2:]), 1
    )
    alpha = alpha - CENTRE
    parts = torch.cat((colour, square, alpha, alpha * colour), 1) * weight
    sums = _window(_pool(torch.cat((weight, parts), 1), side))
    mass, mean, squares, of_alpha, products = sums.split((1, 3, 6, 1, 3), 1)
    mean, squares, of_alpha, products = (s / mass for s in (mean, squares, of_alpha, products))
    own = torch.cat((mean * mean, mean[:, :1] * mean[:, 1:], mean[:, 1:2] * mean[:, 2:]), 1)
    slope = _solve(squares - own, products - mean * of_alpha)
    offset = of_alpha + CENTRE - (slope * mean).sum(1, keepdim=True)
    return _window(torch.cat((slope, offset), 1) * mass) / _window(mass)


def _along(lines: Tensor, colour: Tensor) -> Tensor:
    """Alpha of each pixel's colour by the lines around it, clamped to [0, 1]."""
    wide = _widen(lines, colour)
    return ((wide[:, :3] * colour).sum(1, keepdim=True) + wide[:, 3:]).clamp(0, 1)


def propagate(image: Tensor, trimap: Tensor, alpha: Tensor) -> Tensor:
    """A first guess of alpha, carried on along the colours of the picture from the known pixels.

    image: float32 (B, 3, H, W) RGB in [0, 1]; trimap: float32 (B, 1, H, W) in {0, 0.5, 1}; alpha:
    float32 (B, 1, H, W) in [0, 1], exact where known. Returns the same shape; what is known is
    fitted, not exact.
    """
    known_foreground = (trimap > 0.75).to(image.dtype)
    unknown = 1 - known_foreground - (trimap < 0.25).to(image.dtype)
    centred = image - CENTRE
    reduced = _pool(torch.cat((centred, unknown, known_foreground, alpha), 1), REDUCTION)
    colour, share, solid, guess = reduced.split((3, 1, 1, 1), 1)
    side, trust = SWEEPS[0]
    lines = _colour_lines(colour, guess, 1 - share * (1 - trust), side)
    for side, trust in SWEEPS[1:]:
        guess = _along(lines, colour) * share + solid
        lines = _colour_lines(colour, guess, 1 - share * (1 - trust), side)
    return _along(lines, centred)
