"""One frame, its trimap and C_c become one matte: region of interest, scale, network, merge."""

from dataclasses import dataclass
from typing import Protocol, TypeVar

import cv2
import numpy as np

from pamcli.engine import Inference
from pamcli.foreground import blend_foreground
from pamcli.frame import Alpha, Frame, Matte, Rgb, Trimap
from pamcli.path import CostTable, NetworkPath
from pamcli.trimap import UNKNOWN, Box, merge_known, unknown_box

MARGIN = 64
"""Known pixels around the band that the network sees: its colours come from there."""

GRID = 64
"""Sides of the region grow to multiples of this, so that the network meets few shapes."""


Picture = TypeVar("Picture", Alpha, Rgb)


class Network(Protocol):
    """What matting needs of an engine."""

    costs: CostTable

    def infer(
        self, rgb: Rgb, trimap: Trimap, cost_constraint: int, path: NetworkPath | None = None
    ) -> Inference: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one matte took: the path that ran (None: no unknown pixel), its pixels and seconds."""

    path: NetworkPath | None
    pixels: int
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
    """Matte one frame within C_c.

    trimap: uint8 (H, W) of the frame's size; known pixels come out exactly 0 and 1.
    box: `region(trimap)`.
    Raises InputError when C_c is below what the cheapest path needs.
    """
    network.costs.check(choice.cost_constraint)
    alpha = (trimap == 255).astype(np.float32)
    if box is None:
        return Matte(frame, alpha, frame.rgb), Spent(path=None, pixels=0, seconds=0.0)
    part = np.s_[box.top : box.bottom, box.left : box.right]
    rgb, known = np.ascontiguousarray(frame.rgb[part]), np.ascontiguousarray(trimap[part])
    found, pixels = _infer(network, rgb, known, choice)
    alpha[part] = merge_known(_resize(found.alpha, known.shape), known)
    foreground = frame.rgb.copy()
    estimate = _resize(found.foreground, known.shape)
    foreground[part] = blend_foreground(rgb, estimate, alpha[part])
    spent = Spent(path=found.path, pixels=pixels, seconds=found.seconds)
    return Matte(frame, alpha, foreground), spent


def _infer(network: Network, rgb: Rgb, trimap: Trimap, choice: Choice) -> tuple[Inference, int]:
    if choice.scale < 1:
        height, width = (max(1, round(side * choice.scale)) for side in trimap.shape)
        rgb = np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        trimap = shrink_trimap(trimap, height, width)
    found = network.infer(rgb, trimap, choice.cost_constraint, choice.path)
    return found, trimap.shape[0] * trimap.shape[1]


def shrink_trimap(trimap: Trimap, height: int, width: int) -> Trimap:
    """A smaller trimap in which a pixel is known only if all that it covers is known alike."""
    wide = cv2.resize(trimap, (width, height), interpolation=cv2.INTER_AREA)
    return np.where((wide == 0) | (wide == 255), wide, UNKNOWN).astype(np.uint8)


def _resize(array: Picture, size: tuple[int, ...]) -> Picture:
    if array.shape[:2] == size[:2]:
        return array
    wide = cv2.resize(array, (size[1], size[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(wide, array.dtype)
