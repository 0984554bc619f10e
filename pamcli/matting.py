"""One frame, its trimap and C_c become one matte: region of interest, scale, network, colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import cv2
import numpy as np

from pamcli.engine import Inference
from pamcli.foreground import estimate_foreground
from pamcli.frame import Alpha, Frame, Matte, Rgb, Trimap
from pamcli.path import CostTable, NetworkPath
from pamcli.tiles import Tile, tiles_of
from pamcli.trimap import FOREGROUND, UNKNOWN, Box, merge_known, unknown_box
from pamcli.upsample import enlarge_alpha, shrink

MARGIN = 64
"""Known pixels around the band that the network sees: its colours come from there."""

GRID = 64
"""Sides of the region grow to multiples of this, so that the network meets few shapes."""

Picture = TypeVar("Picture", Alpha, Rgb)


class Network(Protocol):
    """What matting needs of an engine."""

    costs: CostTable

    def infer(
        self,
        rgb: Rgb,
        trimap: Trimap,
        cost_constraint: int,
        path: NetworkPath | None = None,
        tiles: Sequence[Tile] = (),
    ) -> Inference: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one matte took: the path that ran (None: no unknown pixel), its pixels and seconds."""

    path: NetworkPath | None  # of several tiles the costliest
    pixels: int  # that the network saw, padding counted
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the network may do with one frame."""

    cost_constraint: int  # C_c, GMAC per 1024x1024
    scale: float = 1.0  # processing size / frame size
    path: NetworkPath | None = None  # forced; None: the network decides


def region(trimap: Trimap) -> Box | None:
    """The part of the frame that the network has to see; None when nothing is unknown."""
    return unknown_box(trimap, MARGIN, GRID)


def matte_frame(
    network: Network, frame: Frame, trimap: Trimap, choice: Choice, box: Box | None
) -> tuple[Matte, Spent]:
    """Alpha and foreground colour of one frame, within C_c: `find_alpha`, then `find_colours`.

    box: `region(trimap)`. Raises InputError when C_c is below what the cheapest path needs.
    """
    alpha, spent = find_alpha(network, frame, trimap, choice, box)
    return find_colours(frame, alpha, trimap, box), spent


def find_alpha(
    network: Network, frame: Frame, trimap: Trimap, choice: Choice, box: Box | None
) -> tuple[Alpha, Spent]:
    """Alpha of one frame within C_c, float32 (H, W) in [0, 1].

    trimap: uint8 (H, W) of the frame's size; known pixels come out exactly 0 and 1. At a scale
    below 1 the rest follows the colours of the full frame. box: `region(trimap)`.
    Raises InputError when C_c is below what the cheapest path needs.
    """
    network.costs.check(choice.cost_constraint)
    alpha = np.asarray(trimap == FOREGROUND, np.float32)
    if box is None:
        return alpha, Spent(path=None, pixels=0, seconds=0.0)
    rgb, known = _cut(frame.rgb, box), _cut(trimap, box)
    small, seen = _shrunk(rgb, known, choice.scale)
    found = network.infer(small, seen, choice.cost_constraint, choice.path, tiles_of(seen))
    part = merge_known(found.alpha, seen)
    alpha[box.slices] = part if seen is known else enlarge_alpha(part, rgb, known)
    return alpha, Spent(path=found.path, pixels=found.pixels, seconds=found.seconds)


def find_colours(frame: Frame, alpha: Alpha, trimap: Trimap, box: Box | None) -> Matte:
    """The matte of a frame whose alpha is known: the foreground's colours around the band.

    Outside the box the foreground is the frame itself; without one it is the frame's own array.
    alpha: float32 (H, W); trimap: uint8 (H, W); box: `region(trimap)`.
    """
    if box is None:
        return Matte(frame, alpha, frame.rgb)
    rgb, share, known = _cut(frame.rgb, box), _cut(alpha, box), _cut(trimap, box)
    foreground = frame.rgb.copy()
    foreground[box.slices] = estimate_foreground(rgb, share, known)
    return Matte(frame, alpha, foreground)


def _cut(array: Picture, box: Box) -> Picture:
    return np.ascontiguousarray(array[box.slices])


def _shrunk(rgb: Rgb, trimap: Trimap, scale: float) -> tuple[Rgb, Trimap]:
    """What the network is shown; the arrays themselves at scale 1."""
    height, width = (max(1, round(side * scale)) for side in trimap.shape)
    if (height, width) == trimap.shape:
        return rgb, trimap
    return shrink(rgb, height, width), shrink_trimap(trimap, height, width)


def shrink_trimap(trimap: Trimap, height: int, width: int) -> Trimap:
    """A smaller trimap in which a pixel is known only if all that it covers is known alike."""
    wide = cv2.resize(trimap, (width, height), interpolation=cv2.INTER_AREA)
    return np.where((wide == 0) | (wide == 255), wide, UNKNOWN).astype(np.uint8)
