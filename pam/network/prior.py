"""Colour prior: both colours everywhere from the trimap's known pixels, and the alpha they imply.

Push-pull interpolation (Gortler et al., The Lumigraph, 1996) of the known foreground and of the
known background; then alpha by projecting the colour on the line between the two, and by carrying
that on along the colours of the picture.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from pam.network.propagation import propagate

LEVELS = 12
"""Halvings of the pyramid: of any side up to 4096 one pixel is left, which halves to itself."""

LARGE_LEVELS = 4
"""First levels, on which no side of a picture that the network takes (32 and more) is one pixel."""

EPSILON = 1e-3
"""Keeps the projection finite where both colours agree."""

TINY = 1e-6


class ColourPrior(NamedTuple):
    """What the known pixels say: colours (B, 3, H, W) and alpha (B, 1, H, W), float32 in [0, 1]."""

    foreground: Tensor
    background: Tensor
    alpha: Tensor


def _halve(x: Tensor, level: int) -> Tensor:
    """Means of 2x2; an odd last row or column halves alone. A side of one pixel stays."""
    if level < LARGE_LEVELS:
        planes = x.flatten(0, 1).unsqueeze(1)  # in OpenVINO three channels are pooled as if 16
        halved = F.avg_pool2d(planes, 2, 2, ceil_mode=True, count_include_pad=False)
        restored: Tensor = halved.squeeze(1).unflatten(0, (x.shape[0], x.shape[1]))
        return restored
    # The same, said so that a side of one pixel is no special case: OpenVINO has none.
    return F.avg_pool2d(F.pad(x, (0, 1, 0, 1), mode="replicate"), 2)


def _widen(x: Tensor, like: Tensor, level: int) -> Tensor:
    """Bilinear enlargement to the height and width of `like`; half-pixel centres."""
    # OpenVINO enlarges all channels of a pixel at once, but each picture of a batch by itself.
    channels = x.flatten(0, 1).unsqueeze(0) if level < LARGE_LEVELS else x
    size = like.shape[2:]
    wide = F.interpolate(channels, size=size, mode="bilinear", align_corners=False)
    return wide.view_as(like) if level < LARGE_LEVELS else wide


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
    along = ((image - background) * line).sum(1, keepdim=True)
    return (along / ((line * line).sum(1, keepdim=True) + EPSILON)).clamp(0, 1)


def _least_alpha(image: Tensor, other: Tensor) -> Tensor:
    """The smallest share at which a colour of [0, 1] mixed with `other` can give the picture."""
    brighter = (image - other) / (1 - other + EPSILON)
    darker = (other - image) / (other + EPSILON)
    return torch.maximum(brighter, darker).amax(1, keepdim=True).clamp(0, 1)


def first_guess(image: Tensor, trimap: Tensor) -> ColourPrior:
    """Both colours of a batch, and alpha by projecting each pixel by itself; known pixels exact.

    Where a picture has no known pixel of one kind there is no line to project on. The missing
    colour is then the picture's own, and the share of the missing kind is the least that explains
    the picture before (or behind) the colour that is known; with neither known, alpha is 0.5.
    image: float32 (B, 3, H, W) RGB in [0, 1]; trimap: float32 (B, 1, H, W) in {0, 0.5, 1}.
    """
    known = _known(image, trimap)
    both = torch.cat((image, image))
    seen = known.amax((2, 3), keepdim=True)
    filled = push_pull(both, known)
    foreground, background = (both + (filled - both) * seen).chunk(2)
    has_foreground, has_background = seen.chunk(2)
    one_known = background * has_background + foreground * (1 - has_background)
    least = _least_alpha(image, one_known)
    alpha = (
        _project(image, foreground, background) * (has_foreground * has_background)
        + least * (has_background * (1 - has_foreground))
        + (1 - least) * (has_foreground * (1 - has_background))
        + 0.5 * ((1 - has_foreground) * (1 - has_background))
    )
    return ColourPrior(foreground, background, _exact(alpha, known))


def colour_prior(image: Tensor, trimap: Tensor) -> ColourPrior:
    """`first_guess` with its alpha carried on along the picture's colours; known pixels exact.

    image: float32 (B, 3, H, W) RGB in [0, 1]; trimap: float32 (B, 1, H, W) in {0, 0.5, 1}.
    """
    guess = first_guess(image, trimap)
    alpha = propagate(image, trimap, guess.alpha)
    return guess._replace(alpha=_exact(alpha, _known(image, trimap)))


def _known(image: Tensor, trimap: Tensor) -> Tensor:
    """Known foreground, then known background, (2 B, 1, H, W) in {0, 1}."""
    return torch.cat(((trimap > 0.75).to(image.dtype), (trimap < 0.25).to(image.dtype)))


def _exact(alpha: Tensor, known: Tensor) -> Tensor:
    is_foreground, is_background = known.chunk(2)
    return torch.maximum(alpha * (1 - is_background), is_foreground)
