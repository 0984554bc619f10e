"""Smoke, steam and dust: a density in a box, lit and integrated slice by slice.

Alpha is exact: 1 - exp(-optical depth) of the same density that the colour is made of, without
noise. Scattering more than once is taken as a second, thinner shadow.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pam.render.pixels import Floats
from pam.render.shapes import any_colour

DEPTH = 56  # slices from front to back


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Puff:
    """Balls of smoke in a box that is 2 wide and high and 1 deep. centre: (N, 3), x y z."""

    centre: Floats
    radius: Floats
    swirl: float  # how far the noise displaces the balls
    rough: float  # how much the noise eats into them
    optical: float  # optical depth of a unit of way through full density


def noise(shape: tuple[int, ...], slope: float, seed: int, time: float) -> Floats:
    """Periodic noise of unit variance whose spectrum falls with `slope`; time turns its waves."""
    rng = np.random.default_rng(seed)
    axes = [np.fft.fftfreq(n) * n for n in shape[:-1]] + [np.fft.rfftfreq(shape[-1]) * shape[-1]]
    z, y, x = np.meshgrid(*axes, indexing="ij", sparse=True)
    pace = np.sqrt((z * 2.0) ** 2 + y**2 + x**2)
    angle = rng.uniform(0, 2 * np.pi, pace.shape) + time * rng.normal(size=pace.shape)
    strength = np.where(pace > 0, np.maximum(pace, 1.0) ** -slope, 0.0)
    field = np.fft.irfftn(strength * np.exp(1j * angle), s=shape, axes=(0, 1, 2))
    return np.asarray(field / field.std(), np.float32)


def plume(rng: np.random.Generator) -> Puff:
    """A column that rises and spreads."""
    count = 26
    u = np.linspace(0, 1, count)
    bend = rng.uniform(-0.9, 0.9) * u**1.5 + 0.12 * np.sin(
        rng.uniform(3, 9) * u + rng.uniform(0, 6)
    )
    high = -1.1 + 2.1 * u
    centre = np.stack([bend, high, 0.1 * rng.normal(size=count)], -1)
    radius = rng.uniform(0.08, 0.16) + rng.uniform(0.2, 0.45) * u
    return Puff(
        centre=centre.astype(np.float32),
        radius=radius.astype(np.float32),
        swirl=rng.uniform(0.08, 0.2),
        rough=rng.uniform(0.25, 0.6),
        optical=rng.uniform(5, 25),
    )


def cloud(rng: np.random.Generator) -> Puff:
    """A burst: balls around a centre, solid inside."""
    count = int(rng.integers(8, 22))
    way = rng.normal(size=(count, 3)) * [0.42, 0.32, 0.15]
    return Puff(
        centre=way.astype(np.float32),
        radius=rng.uniform(0.18, 0.42, count).astype(np.float32),
        swirl=rng.uniform(0.05, 0.15),
        rough=rng.uniform(0.2, 0.5),
        optical=rng.uniform(15, 60),
    )


def wisp(rng: np.random.Generator) -> Puff:
    """Thin threads, as from a snuffed candle."""
    u = np.linspace(0, 1, 60)
    centre = np.stack([0.25 * u * np.sin(rng.uniform(4, 10) * u), -1.1 + 2.2 * u, 0.05 * u], -1)
    return Puff(
        centre=centre.astype(np.float32),
        radius=(0.05 + 0.12 * u).astype(np.float32),
        swirl=rng.uniform(0.15, 0.3),
        rough=rng.uniform(0.3, 0.6),
        optical=rng.uniform(20, 60),
    )


def density(puff: Puff, side: int, seed: int, time: float) -> Floats:
    """Density (DEPTH, side, side) from 0 to 1; axes z (front first), y (top first), x."""
    shape = (DEPTH, side, side)
    z, y, x = np.meshgrid(
        np.linspace(-0.5, 0.5, DEPTH, dtype=np.float32),
        np.linspace(1, -1, side, dtype=np.float32),
        np.linspace(-1, 1, side, dtype=np.float32),
        indexing="ij",
        sparse=True,
    )
    x, y, z = (a + puff.swirl * noise(shape, 2.3, seed + i, time) for i, a in enumerate((x, y, z)))
    total = np.zeros(shape, np.float32)
    for centre, radius in zip(puff.centre, puff.radius, strict=True):
        near = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2
        np.maximum(total, 1 - near / radius**2, out=total)
    eaten = total - puff.rough * (0.5 + 0.5 * noise(shape, 1.8, seed + 3, 2 * time)) * (total > 0)
    return np.asarray((eaten * 1.8).clip(0, 1), np.float32)


def shadow(depth: Floats, slant: float) -> Floats:
    """Optical depth towards a light above that leans by `slant` columns a row; same shape."""
    before = np.zeros_like(depth)
    shift = np.array([[1, 0, slant], [0, 1, 0]], np.float32)
    for row in range(1, depth.shape[1]):
        above = before[:, row - 1] + depth[:, row - 1]
        before[:, row] = cv2.warpAffine(above, shift, above.shape[::-1])
    return before


def integrate(depth: Floats, light: Floats) -> Floats:
    """Front to back through slices: premultiplied (H, W, 4). depth, light: (DEPTH, H, W)."""
    passed = np.exp(-depth)
    before = np.cumprod(np.concatenate([np.ones_like(passed[:1]), passed[:-1]]), axis=0)
    weight = before * (1 - passed)
    grey, alpha = (weight * light).sum(0), 1 - passed.prod(0)
    return np.stack([grey, grey, grey, alpha], -1).astype(np.float32)


def smoke(rng: np.random.Generator, size: int, frame: int) -> Floats:
    """Linear premultiplied (size, size, 4) at a frame number; the same numbers, the same smoke."""
    puff = (plume, plume, cloud, cloud, wisp)[rng.integers(5)](rng)
    seed, time = int(rng.integers(1 << 30)), 0.12 * frame
    side = max(size * 3 // 4, 24)
    depth = density(puff, side, seed, time) * np.float32(puff.optical / DEPTH)
    flipped = depth[:, :, ::-1] if rng.random() < 0.5 else depth
    thick = shadow(flipped * np.float32(2 * DEPTH / side), rng.uniform(0, 1.5))
    sun, sky = rng.uniform(0.8, 1.6), rng.uniform(0.1, 0.45)
    light = sky + sun * (0.7 * np.exp(-thick) + 0.3 * np.exp(-0.2 * thick))
    picture = integrate(flipped, light.astype(np.float32))
    base = (
        0.75 * np.ones(3) + 0.25 * any_colour(rng, 1.0) if rng.random() < 0.7 else any_colour(rng)
    )
    picture[..., :3] *= base.astype(np.float32)
    large = cv2.resize(picture, (size, size), interpolation=cv2.INTER_CUBIC)
    return np.asarray(large.clip(0, None), np.float32)
