"""Random affine and light perspective views of a source picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from pam.data.draw import Draw
from pam.data.store import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A canvas pixel (u, v), both in [-1, 1], shows source pixel centre + matrix (u, v) / w."""

    centre: tuple[float, float]  # x, y in pixels of the full-size level
    matrix: tuple[float, float, float, float]  # row by row, source pixels
    perspective: tuple[float, float]  # w = 1 + perspective . (u, v)
    zoom: float  # canvas pixels per source pixel


def random_view(draw: Draw, centre: tuple[float, float], size: int, *, zoom: float) -> View:
    """Rotation, shear, flips, aspect and perspective around `centre`, at `zoom`."""
    angle = math.radians(draw.uniform(-25, 25) if draw.chance(0.8) else draw.uniform(-180, 180))
    shear = draw.uniform(-0.15, 0.15)
    stretch = draw.log_uniform(0.9, 1.11)
    half = size / 2 / zoom
    flip_x = -1.0 if draw.chance(0.5) else 1.0
    flip_y = -1.0 if draw.chance(0.05) else 1.0
    cos, sin = math.cos(angle), math.sin(angle)
    matrix = (
        half * flip_x * stretch * cos,
        half * flip_y * (shear * cos - sin / stretch),
        half * flip_x * stretch * sin,
        half * flip_y * (shear * sin + cos / stretch),
    )
    tilt = 0.12 if draw.chance(0.4) else 0.0
    perspective = (draw.uniform(-tilt, tilt), draw.uniform(-tilt, tilt))
    return View(centre=centre, matrix=matrix, perspective=perspective, zoom=zoom)


def sample(picture: Picture, view: View, size: int) -> Tensor:
    """The view as float32 (1, C, size, size) in [0, 1]; beyond its border the picture is mirrored.

    The level is chosen so that one step on the canvas is at most about 1.4 source pixels.
    """
    level = min(max(round(-math.log2(view.zoom)), 0), len(picture.levels) - 1)
    pixels = picture.levels[level]
    grid = _grid(view, size, picture.levels[0].shape[-2:], pixels.device)
    window, grid = _window(pixels, grid)
    out = F.grid_sample(
        window.float().unsqueeze(0),
        grid,
        mode="bilinear",
        padding_mode="reflection",
        align_corners=False,
    )
    return (out / 255.0).clamp(0, 1)  # interpolation may round past 1


def _grid(view: View, size: int, source: tuple[int, ...], device: torch.device) -> Tensor:
    """Sampling positions (1, size, size, 2) in grid_sample's coordinates, [-1, 1] = the picture."""
    height, width = source
    steps = (torch.arange(size, device=device) + 0.5) * (2 / size) - 1
    u, v = steps[None, :], steps[:, None]
    w = 1 + view.perspective[0] * u + view.perspective[1] * v
    a, b, c, d = view.matrix
    x = view.centre[0] + (a * u + b * v) / w
    y = view.centre[1] + (c * u + d * v) / w
    return torch.stack((2 * x / width - 1, 2 * y / height - 1), dim=-1).unsqueeze(0)


def _window(pixels: Tensor, grid: Tensor) -> tuple[Tensor, Tensor]:
    """Only the part of the picture that is looked at, when all of it lies inside (saves time)."""
    low, high = grid.amin((0, 1, 2)), grid.amax((0, 1, 2))
    if bool((low < -1).any()) or bool((high > 1).any()):
        return pixels, grid
    shape = torch.tensor(pixels.shape[:0:-1], device=grid.device)  # width, height
    first = ((low + 1) / 2 * shape - 2).floor().clamp(min=0)
    last = torch.minimum(((high + 1) / 2 * shape + 2).ceil(), shape)
    (x0, y0), (x1, y1) = first.int().tolist(), last.int().tolist()
    moved = ((grid + 1) / 2 * shape - first) / (last - first) * 2 - 1
    return pixels[:, y0:y1, x0:x1], moved
