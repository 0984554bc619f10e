"""Smooth random motion: sums of slow sines, affine maps, and fields of displacements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Numbers = NDArray[np.float64]
Place = tuple[float, float]
"""(x, y) in pixels."""

WAVES = 4
SLOWEST = 0.15  # over the fastest
CELL = 16  # pixels between the points at which a displacement field is computed


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wander:
    """C random functions of time, each a sum of sines: band-limited and bounded.

    reach, pace, phase: (C, K): amplitudes, radians per second, radians.
    """

    reach: Numbers
    pace: Numbers
    phase: Numbers

    def at(self, seconds: float) -> Numbers:
        """Values (C,) at a time."""
        return np.asarray((self.reach * np.sin(self.pace * seconds + self.phase)).sum(1))


def wander(rng: np.random.Generator, reach: Sequence[float], fastest: float) -> Wander:
    """As many functions as `reach` has bounds. fastest: Hz."""
    shares = rng.dirichlet(np.ones(WAVES), len(reach))
    pace = 2 * np.pi * fastest * rng.uniform(SLOWEST, 1, shares.shape)
    phase = rng.uniform(0, 2 * np.pi, shares.shape)
    return Wander(reach=shares * np.asarray(reach)[:, None], pace=pace, phase=phase)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sway:
    """A slow non-rigid warp of the plane: displacement waves that run through a subject.

    way: (K, 2), radians per unit; lift: (K, 2), units; pace, phase: (K,). The unit is the subject's
    size, so that near and far it sways alike.
    """

    way: Numbers
    lift: Numbers
    pace: Numbers
    phase: Numbers

    def reach(self) -> float:
        """No point is displaced by more, in units."""
        return float(np.linalg.norm(self.lift, axis=1).sum())

    def at(self, places: Floats, seconds: float) -> Floats:
        """Displacements (..., 2) of places (..., 2), in units."""
        angle = places @ self.way.T.astype(np.float32) + (self.phase + self.pace * seconds)
        return np.asarray(np.sin(angle) @ self.lift, np.float32)


def any_sway(rng: np.random.Generator, reach: float) -> Sway:
    """Waves a quarter to the whole of the subject long; `reach` bounds them, in its size."""
    angle = rng.uniform(0, 2 * np.pi, WAVES)
    often = 2 * np.pi * rng.uniform(1, 4, WAVES)[:, None]
    turned = rng.uniform(0, 2 * np.pi, WAVES)
    share = reach * rng.dirichlet(np.ones(WAVES))[:, None]
    return Sway(
        way=often * np.stack([np.cos(angle), np.sin(angle)], 1),
        lift=share * np.stack([np.cos(turned), np.sin(turned)], 1),
        pace=2 * np.pi * rng.uniform(0.2, 1.2, WAVES),
        phase=rng.uniform(0, 2 * np.pi, WAVES),
    )


def similarity(pivot: Place, place: Place, zoom: float, turn: float) -> Numbers:
    """(2, 3): brings `pivot` to `place`, (x, y), after zooming and turning by radians."""
    cos, sin = zoom * np.cos(turn), zoom * np.sin(turn)
    linear = np.array([[cos, -sin], [sin, cos]])
    shift = np.array(place) - linear @ np.array(pivot)
    return np.concatenate([linear, shift[:, None]], axis=1)


def applied(matrix: Numbers, points: Numbers) -> Numbers:
    """Points (N, 2) mapped by an affine matrix (2, 3)."""
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2])


def grid(matrix: Numbers, size: tuple[int, int], every: int = 1) -> Floats:
    """Where a picture of `size` (height, width) is taken from: (x, y) of each pixel, (H, W, 2).

    matrix: (2, 3), from the source's to the picture's pixels. every: side in pixels of the cells
    that cover the picture, at whose middles places are taken; 1: at every pixel.
    """
    back = cv2.invertAffineTransform(matrix)
    rows, columns = (-(-side // every) for side in size)
    x, y = (every * (np.arange(count) + 0.5) - 0.5 for count in (columns, rows))
    taken = [row[0] * x[None, :] + row[1] * y[:, None] + row[2] for row in back]
    return np.stack(taken, axis=2).astype(np.float32)


def filled(coarse: Floats, size: tuple[int, int]) -> Floats:
    """Values (h, w, C) at the middles of cells of CELL pixels, at every pixel, (H, W, C), by linear
    interpolation."""
    rows, columns = coarse.shape[:2]
    wide = cv2.resize(coarse, (columns * CELL, rows * CELL), interpolation=cv2.INTER_LINEAR)
    return np.asarray(wide[: size[0], : size[1]], np.float32)
