"""Trimaps as people, tools and segmentation networks give them, made from a true alpha."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from pam.data.draw import Draw

UNKNOWN = 0.5
SOLID, EMPTY = 0.98, 0.02  # above: foreground, below: background
DIAGONALS = ((1, 1), (1, -1))

NO_FOREGROUND, NO_BACKGROUND = 0.03, 0.02
"""Shares of trimaps without any known pixel of one kind: glass, smoke, a feather; a close-up."""


def dilate(mask: Tensor, radius: int) -> Tensor:
    """`mask` grown by an octagon of about `radius` pixels. bool (H, W) in and out.

    The octagon is a square of side 2a + 1 grown by a diamond; doubling makes the cost
    logarithmic in the radius. Beyond the border nothing is set.
    """
    square = max(round(radius * 0.6), 1) if radius else 0
    diamond = radius - square
    out = _segment(_segment(mask, 0, 1, square), 1, 0, square)
    for dy, dx in DIAGONALS:
        out = _segment(out, dy, dx, diamond // 2 + diamond % 2)
    return out


def random_trimap(draw: Draw, alpha: Tensor) -> Tensor:
    """A random trimap of one image, float32 (1, 1, H, W) in {0, .5, 1}.

    alpha: float32 (1, 1, H, W) in [0, 1]. Known pixels are (nearly) true in every kind.
    """
    flat = alpha[0, 0]
    kind = draw.uniform(0, 1)
    if kind < 0.25:
        foreground, background = _tight(draw, flat)
    elif kind < 0.6:
        foreground, background = _precise(draw, flat)
    elif kind < 0.75:
        foreground, background = _uneven(draw, flat)
    else:
        foreground, background = _coarse(draw, flat)
    without = draw.uniform(0, 1)
    trimap = torch.full_like(flat, UNKNOWN)
    if without >= NO_FOREGROUND:
        trimap[foreground] = 1.0
    if not NO_FOREGROUND <= without < NO_FOREGROUND + NO_BACKGROUND:
        trimap[background] = 0.0
    return trimap[None, None]


def _tight(draw: Draw, alpha: Tensor) -> tuple[Tensor, Tensor]:
    """Hardly any erosion: of nets, glass and hair many known pixels lie scattered in the band."""
    return (
        _eroded(alpha >= SOLID, draw.integer(3)),
        _eroded(alpha <= EMPTY, draw.integer(3)),
    )


def _precise(draw: Draw, alpha: Tensor) -> tuple[Tensor, Tensor]:
    """Erosion of the solid and of the empty region, each by its own radius."""
    return (
        _eroded(alpha >= SOLID, round(draw.log_uniform(1, 30))),
        _eroded(alpha <= EMPTY, round(draw.log_uniform(1, 30))),
    )


def _uneven(draw: Draw, alpha: Tensor) -> tuple[Tensor, Tensor]:
    """A band whose width changes along the edge, as a brush leaves it."""
    wide = draw.smooth(alpha.shape[-1], round(draw.uniform(2, 6)))[0, 0] > 0.5
    narrow_radius, wide_radius = round(draw.log_uniform(1, 10)), round(draw.log_uniform(10, 35))
    sides = []
    for known in (alpha >= SOLID, alpha <= EMPTY):
        narrow, broad = _eroded(known, narrow_radius), _eroded(known, wide_radius)
        sides.append(torch.where(wide, broad, narrow))
    return sides[0], sides[1]


def _coarse(draw: Draw, alpha: Tensor) -> tuple[Tensor, Tensor]:
    """A wide band around a blurred, shifted mask: what a segmentation network would give."""
    size = alpha.shape[-1]
    cell = draw.choice((4, 8, 16))
    low = F.adaptive_avg_pool2d(alpha[None, None], max(size // cell, 2))
    soft = F.interpolate(low, (size, size), mode="bilinear", align_corners=False)
    wave = draw.smooth(size, round(draw.uniform(4, 12)))
    mask = (soft + (wave - 0.5) * draw.uniform(0, 0.6))[0, 0] > draw.uniform(0.3, 0.6)
    foreground = _eroded(mask, round(draw.log_uniform(4, 32)))
    background = _eroded(~mask, round(draw.log_uniform(4, 32)))
    return foreground & (alpha >= 0.9), background & (alpha <= 0.1)


def _eroded(mask: Tensor, radius: int) -> Tensor:
    return ~dilate(~mask, radius)


def _segment(mask: Tensor, dy: int, dx: int, reach: int) -> Tensor:
    """Grow along one direction by `reach` steps both ways, doubling the covered length."""
    forward, backward, covered = mask, mask, 0
    while covered < reach:
        step = min(covered + 1, reach - covered)
        forward = forward | _shifted(forward, dy * step, dx * step)
        backward = backward | _shifted(backward, -dy * step, -dx * step)
        covered += step
    return forward | backward


def _shifted(mask: Tensor, dy: int, dx: int) -> Tensor:
    """out[y, x] = mask[y - dy, x - dx], False where that lies outside."""
    out = torch.zeros_like(mask)
    height, width = mask.shape
    if abs(dy) >= height or abs(dx) >= width:
        return out
    rows, columns = height - abs(dy), width - abs(dx)
    y, x = max(dy, 0), max(dx, 0)
    out[y : y + rows, x : x + columns] = mask[y - dy : y - dy + rows, x - dx : x - dx + columns]
    return out
