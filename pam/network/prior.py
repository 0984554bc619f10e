"""Colour prior: both colours everywhere from the trimap's known pixels, and the alpha they imply.

Push-pull interpolation (Gortler et al., The Lumigraph, 1996) of the known foreground and of the
known background; then alpha by projecting the colour on the line between the two, and by carrying
that on along the colours of the picture. All of it happens on the reduced picture; what the full
one takes from it are colours and colour lines, which change slowly.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from pam.network.propagation import along, propagate
from pam.network.reduced import REDUCTION, pool, widen

LEVELS = 10
"""Halvings of the reduced picture: one pixel is left of any side up to 4096 full ones; it halves to
itself."""

LARGE_LEVELS = 2
"""First levels, on which no side of a picture that the network takes (32 and more) is one pixel."""

EPSILON = 1e-3
"""Keeps the projection finite where both colours agree."""

TINY = 1e-6


class ColourPrior(NamedTuple):
    """What the known pixels say: colours (B, 3, H, W) and alpha (B, 1, H, W), float32 in [0, 1]."""

    foreground: Tensor
    background: Tensor
    alpha: Tensor


class ReducedPrior(NamedTuple):
    """The prior before it is enlarged.

    maps: (B, 10, h, w), F̂, B̂ and the colour lines of alpha, slope and offset; seen: (2 B, 1, 1, 1),
    1 where a picture has known foreground, then where it has known background.
    """

    maps: Tensor
    seen: Tensor


def _halve(x: Tensor, level: int) -> Tensor:
    """Means of 2x2; an odd last row or column halves alone. A side of one pixel stays."""
    if level < LARGE_LEVELS:
        return pool(x, 2)
    # The same, said so that a side of one pixel is no special case: OpenVINO has none.
    return F.avg_pool2d(F.pad(x, (0, 1, 0, 1), mode="replicate"), 2)


def _widen(x: Tensor, like: Tensor, level: int) -> Tensor:
    if level < LARGE_LEVELS:
        return widen(x, like)
    return F.interpolate(x, size=like.shape[2:], mode="bilinear", align_corners=False)


def push_pull(colour: Tensor, weight: Tensor) -> Tensor:
    """Fill the colours where weight is 0 from the pixels where it is 1.

    colour: (B, C, H, W); weight: (B, 1, H, W) in {0, 1} -> (B, C, H, W), exact where weight is 1.
    """
    pyramid = [(colour, weight)]
    for level in range(LEVELS):
        sums, mass = _halve(colour * weight, level), _halve(weight, level)
        colour, weight = sums / (mass + TINY), (mass * 4).clamp(max=1.0)
        pyramid.append((colour, weight))
    filled = colour
    for level in reversed(range(LEVELS)):
        local, confidence = pyramid[level]
        wide = _widen(filled, local, level)
        filled = wide + (local - wide) * confidence
    return filled


def _project(image: Tensor, foreground: Tensor, background: Tensor) -> Tensor:
    line = foreground - background
    towards = ((image - background) * line).sum(1, keepdim=True)
    return (towards / ((line * line).sum(1, keepdim=True) + EPSILON)).clamp(0, 1)


def _least_alpha(image: Tensor, other: Tensor) -> Tensor:
    """The smallest share at which a colour of [0, 1] mixed with `other` can give the picture."""
    brighter = (image - other) / (1 - other + EPSILON)
    darker = (other - image) / (other + EPSILON)
    return torch.maximum(brighter, darker).amax(1, keepdim=True).clamp(0, 1)


def first_guess(image: Tensor, colours: Tensor, seen: Tensor) -> Tensor:
    """Alpha of each pixel by itself, (B, 1, H, W) in [0, 1].

    image: (B, 3, H, W); colours: (2 B, 3, H, W), F̂ then B̂; seen: (2 B, 1, 1, 1), 1 where a picture
    has known pixels of that kind. Where it has none there is no line to project on: the share of
    the missing kind is then the least that explains the picture before (or behind) the colour that
    is known; with neither known, alpha is 0.5.
    """
    foreground, background = colours.chunk(2)
    has_foreground, has_background = seen.chunk(2)
    one_known = background * has_background + foreground * (1 - has_background)
    least = _least_alpha(image, one_known)
    return (
        _project(image, foreground, background) * (has_foreground * has_background)
        + least * (has_background * (1 - has_foreground))
        + (1 - least) * (has_foreground * (1 - has_background))
        + 0.5 * ((1 - has_foreground) * (1 - has_background))
    )


def reduced_prior(image: Tensor, trimap: Tensor) -> ReducedPrior:
    """What the known pixels say, on the reduced picture.

    Where a picture has no known pixel of one kind, the missing colour is the picture's own.
    image: float32 (B, 3, H, W) RGB in [0, 1]; trimap: float32 (B, 1, H, W) in {0, 0.5, 1}.
    """
    is_foreground, is_background = _known(image, trimap)
    parts = (image * is_foreground, image * is_background, image, is_foreground, is_background)
    sums_f, sums_b, small, solid, empty = pool(torch.cat(parts, 1), REDUCTION).split(
        (3, 3, 3, 1, 1), 1
    )
    mass = torch.cat((solid, empty))
    known = (mass * REDUCTION**2).clamp(max=1.0)
    filled = push_pull(torch.cat((sums_f, sums_b)) / (mass + TINY), known)
    seen = known.amax((2, 3), keepdim=True)
    both = torch.cat((small, small))
    colours = both + (filled - both) * seen
    lines = propagate(small, solid, 1 - solid - empty, first_guess(small, colours, seen))
    return ReducedPrior(torch.cat((*colours.chunk(2), lines), 1), seen)


def full_prior(image: Tensor, trimap: Tensor, maps: Tensor, seen: Tensor) -> ColourPrior:
    """What the full picture takes from the reduced one; known pixels are exact.

    image, trimap: as of `reduced_prior`; maps: its maps, enlarged to (B, 10, H, W); seen: its own.
    """
    is_foreground, is_background = _known(image, trimap)
    far_f, far_b, lines = maps.split((3, 3, 4), 1)
    has_foreground, has_background = seen.chunk(2)
    alpha = along(lines, image)
    return ColourPrior(
        image + (far_f - image) * ((1 - is_foreground) * has_foreground),
        image + (far_b - image) * ((1 - is_background) * has_background),
        torch.maximum(alpha * (1 - is_background), is_foreground),
    )


def colour_prior(image: Tensor, trimap: Tensor) -> ColourPrior:
    """Both colours and alpha of a batch, at full size: arguments as of `reduced_prior`."""
    maps, seen = reduced_prior(image, trimap)
    return full_prior(image, trimap, widen(maps, image), seen)


def _known(image: Tensor, trimap: Tensor) -> tuple[Tensor, Tensor]:
    return (trimap > 0.75).to(image.dtype), (trimap < 0.25).to(image.dtype)
