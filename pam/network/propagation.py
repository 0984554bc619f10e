"""Propagation of alpha along colour lines: closed-form matting's model, a few sweeps of it.

In a small window alpha is nearly a linear function of the colour (Levin et al., A Closed-Form
Solution to Natural Image Matting, 2008). Each sweep fits that function in every window to the
alpha of the sweep before, known pixels counting most, and applies it: a weighted guided filter
(He et al., Guided Image Filtering, 2013), on a picture reduced as in its fast form.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from pam.network.reduced import pool, widen

SWEEPS = ((4, 0.3), (2, 0.1), (1, 0.1), (2, 0.1), (1, 0.05))
"""(side of the blocks that windows of 3 x 3 are made of, in reduced pixels; weight of an unknown
pixel against a known one's 1), in order: from far to near, twice."""

CENTRE = 0.5
"""Taken from colours and alpha: variances are differences of squares, which should be small."""

FLATNESS = 1e-5
"""Variance of colour below which a window is taken as flat; colours in [0, 1]."""


def _window(x: Tensor) -> Tensor:
    """Means of 3 x 3; beyond the border there is nothing."""
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


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
    """Slope (3) and offset (1) of alpha over the colour around each pixel, (B, 4, h, w).

    colour, alpha, weight: (B, 3 or 1, h, w), in [0, 1]; the windows are of 3 x 3 blocks of `side`.
    """
    colour, alpha = colour - CENTRE, alpha - CENTRE
    square = torch.cat(
        (colour * colour, colour[:, :1] * colour[:, 1:], colour[:, 1:2] * colour[:, 2:]), 1
    )
    parts = torch.cat((colour, square, alpha, alpha * colour), 1) * weight
    sums = _window(pool(torch.cat((weight, parts), 1), side))
    mass, mean, squares, of_alpha, products = sums.split((1, 3, 6, 1, 3), 1)
    mean, squares, of_alpha, products = (s / mass for s in (mean, squares, of_alpha, products))
    own = torch.cat((mean * mean, mean[:, :1] * mean[:, 1:], mean[:, 1:2] * mean[:, 2:]), 1)
    slope = _solve(squares - own, products - mean * of_alpha)
    offset = of_alpha + CENTRE - (slope * (mean + CENTRE)).sum(1, keepdim=True)
    lines = _window(torch.cat((slope, offset), 1) * mass) / _window(mass)
    return lines if side == 1 else widen(lines, colour)


def along(lines: Tensor, colour: Tensor) -> Tensor:
    """Alpha of each pixel's colour by its line, clamped to [0, 1].

    lines: (B, 4, H, W) of `propagate`; colour: (B, 3, H, W) in [0, 1] -> (B, 1, H, W).
    """
    return ((lines[:, :3] * colour).sum(1, keepdim=True) + lines[:, 3:]).clamp(0, 1)


def propagate(colour: Tensor, solid: Tensor, unknown: Tensor, guess: Tensor) -> Tensor:
    """The colour lines to which a first guess of alpha leads, (B, 4, H, W): slope and offset.

    All of the reduced picture, float32 in [0, 1]: colour (B, 3, H, W), the shares of known
    foreground and of unknown pixels in each block (B, 1, H, W), and the guess for the unknown ones.
    """
    side, trust = SWEEPS[0]
    lines = _colour_lines(colour, guess * unknown + solid, 1 - unknown * (1 - trust), side)
    for side, trust in SWEEPS[1:]:
        alpha = along(lines, colour) * unknown + solid
        lines = _colour_lines(colour, alpha, 1 - unknown * (1 - trust), side)
    return lines
