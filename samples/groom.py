"""Fur from numbers: roots on ellipsoids, then bent, clumped and frizzed strands."""

from dataclasses import dataclass

import numpy as np
from blender import nearest

KEYS = 9  # points per strand


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An ellipsoid of a body that grows fur."""

    name: str
    centre: tuple[float, float, float]
    radii: tuple[float, float, float]
    tilt: float = 0.0  # radians about the y axis
    fur: bool = True

    def to_local(self, points: np.ndarray) -> np.ndarray:
        """World points (N, 3) in units of the ellipsoid's radii."""
        return ((points - self.centre) @ turn_y(-self.tilt).T) / self.radii

    def area(self) -> float:
        """Surface in m2 by Thomsen's formula."""
        a, b, c = np.power(self.radii, 1.6075)
        return float(4.0 * np.pi * ((a * b + a * c + b * c) / 3.0) ** (1.0 / 1.6075))


def turn_y(angle: float) -> np.ndarray:
    """Rotation matrix about y."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def turn_z(angle: float) -> np.ndarray:
    """Rotation matrix about z."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (..., 3) at length one; a zero vector stays zero."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def roots(parts: list[Part], count: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """About `count` points on the outer surface: points (N, 3), normals (N, 3), part index (N,)."""
    areas = np.array([part.area() * part.fur for part in parts])
    found = []
    for index, share in enumerate(areas / areas.sum()):
        part, wanted = parts[index], int(count * share)
        ball = unit(rng.normal(size=(wanted, 3)))
        normal = unit(ball / part.radii) @ turn_y(part.tilt).T
        point = (ball * part.radii) @ turn_y(part.tilt).T + part.centre
        free = np.ones(wanted, bool)
        for other in parts:
            if other is not part:
                free &= np.linalg.norm(other.to_local(point), axis=1) > 0.96
        found.append((point[free], normal[free], np.full(free.sum(), index)))
    return tuple(np.concatenate(column) for column in zip(*found, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Groom:
    """How strands lie; every amount is a share of the strand's own length."""

    lift: float = 0.45  # 0: flat along the comb, 1: straight out of the skin
    droop: float = 0.5  # bending down towards the tip
    clump: float = 0.6  # how far tips gather on their clump's guide
    per_clump: int = 40
    frizz: float = 0.06
    curl: float = 0.0  # radius of a helix common to a clump
    scatter: float = 0.22  # of the root direction


def grow(
    point: np.ndarray,
    normal: np.ndarray,
    comb: np.ndarray,
    length: np.ndarray,
    style: Groom,
    rng: np.random.Generator,
) -> np.ndarray:
    """Strands (N, KEYS, 3) from roots and normals (N, 3), comb (N, 3) and length (N,), metres."""
    count = len(point)
    along = unit(comb - (comb * normal).sum(1, keepdims=True) * normal)
    start = unit(
        style.lift * normal
        + (1.0 - style.lift) * along
        + style.scatter * rng.normal(size=(count, 3)) * 0.5
    )
    t = np.linspace(0.0, 1.0, KEYS)[None, :, None]
    down = np.array([0.0, 0.0, -1.0])
    shape = start[:, None] * t + (style.droop * down + 0.35 * along[:, None]) * t**2 * 0.6
    chord = np.linalg.norm(np.diff(shape, axis=1), axis=2).sum(1)
    strand = shape * (length / chord)[:, None, None]
    guides = rng.choice(count, max(1, count // style.per_clump), replace=False)
    home = guides[nearest(point, point[guides])]
    offset = point[home] - point
    target = strand[home] * (length / length[home])[:, None, None] + offset[:, None]
    strand = strand + style.clump * t**1.3 * (target - strand)
    return point[:, None] + strand + length[:, None, None] * _waves(home, style, t, rng)


def _waves(home: np.ndarray, style: Groom, t: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Offsets (N, KEYS, 3), in lengths: own frizz, and the curl shared by a clump."""
    count = len(home)
    phase = rng.uniform(0.0, 6.28, (count, 1, 3))
    pace = rng.uniform(4.0, 9.0, (count, 1, 3))
    frizz = style.frizz * t * np.sin(phase + pace * t) * rng.normal(size=(count, 1, 3))
    stray = 0.16 * t**2 * rng.normal(size=(count, 1, 3)) * (rng.random((count, 1, 1)) < 0.12)
    turn = rng.uniform(0.0, 6.28, count)[home][:, None, None] + 9.0 * t
    helix = np.concatenate([np.cos(turn), 0.4 * np.sin(turn), np.sin(turn)], axis=2)
    return frizz + stray + style.curl * t * helix


def sparkle(colour: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Tints (N, 3) with a brightness and a warmth of their own for each strand."""
    light = np.exp(amount * rng.normal(size=(len(colour), 1)))
    warmth = 1.0 + 0.25 * amount * rng.normal(size=(len(colour), 1)) * np.array([0.3, 0.0, -1.0])
    return np.clip(colour * light * warmth, 0.004, 0.92)
