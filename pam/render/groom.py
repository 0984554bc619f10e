"""Strands from numbers: roots on ellipsoids, then bent, clumped, frizzed and curled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pam.render.parts import Indices, Points
from pam.render.shapes import UP, nearest, unit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lump:
    """An ellipsoid: centre (3,), radii (3,), tilt (3, 3), metres."""

    centre: Points
    radii: Points
    tilt: Points
    fur: float = 1.0  # length of its fur over the others'; 0: bare

    def local(self, points: Points) -> Points:
        """Points (..., 3) in units of the radii: length 1 is the surface."""
        return ((points - self.centre) @ self.tilt) / self.radii

    def world(self, points: Points) -> Points:
        """Back from units of the radii."""
        return (points * self.radii) @ self.tilt.T + self.centre

    def area(self) -> float:
        """Surface in square metres by Thomsen's formula."""
        a, b, c = np.power(self.radii, 1.6075)
        return float(4 * np.pi * ((a * b + a * c + b * c) / 3) ** (1 / 1.6075))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Skin:
    """Roots: point and outward normal (N, 3), and the lump (N,) that each stands on."""

    point: Points
    normal: Points
    lump: Indices


@dataclass(frozen=True, slots=True, kw_only=True)
class Groom:
    """How strands lie; every amount is a share of the strand's own length."""

    lift: float = 0.45  # 0: flat along the comb, 1: straight out of the skin
    droop: float = 0.4  # bending down towards the tip
    clump: float = 0.5  # how far tips gather on their clump's guide
    per_clump: int = 40
    frizz: float = 0.06
    curl: float = 0.0  # radius of a helix common to a clump
    turns: float = 1.5  # of the helix
    scatter: float = 0.2  # of the root's direction
    stray: float = 0.1  # share of strands that leave the others
    keys: int = 9  # points per strand


def roots(lumps: list[Lump], count: int, rng: np.random.Generator) -> Skin:
    """About `count` roots on the outer surface of the union of lumps."""
    areas = np.array([lump.area() * (lump.fur > 0) for lump in lumps])
    found = []
    for index, share in enumerate(areas / areas.sum()):
        lump = lumps[index]
        round_ball = unit(rng.normal(size=(int(count * share), 3)))
        point, normal = lump.world(round_ball), unit(round_ball / lump.radii) @ lump.tilt.T
        free = np.ones(len(point), bool)
        for other in lumps:
            if other is not lump:
                free &= np.linalg.norm(other.local(point), axis=1) > 0.96
        found.append((point[free], normal[free], np.full(int(free.sum()), index)))
    point, normal, which = (np.concatenate(column) for column in zip(*found, strict=True))
    return Skin(point=point, normal=normal, lump=which)


def clumps(point: Points, size: int, rng: np.random.Generator) -> Indices:
    """For each root (N, 3) the index (N,) of its clump's guide."""
    guides = rng.choice(len(point), max(1, len(point) // size), replace=False)
    return np.asarray(guides[nearest(point, point[guides])])


def grow(
    skin: Skin, comb: Points, length: Points, style: Groom, rng: np.random.Generator
) -> Points:
    """Strands (N, keys, 3). comb: (N, 3), the way that strands lie. length: (N,), metres."""
    point, normal = skin.point, skin.normal
    along = unit(comb - (comb * normal).sum(1, keepdims=True) * normal)
    start = style.lift * normal + (1 - style.lift) * along
    start = unit(start + style.scatter * rng.normal(size=point.shape))
    t = np.linspace(0, 1, style.keys)[None, :, None]
    shape = start[:, None] * t + (0.2 * along[:, None] - style.droop * UP) * t**2
    chord = np.linalg.norm(np.diff(shape, axis=1), axis=2).sum(1)
    strand = shape * (length / chord)[:, None, None]
    home = clumps(point, style.per_clump, rng)
    scale = (length / length[home])[:, None, None]
    gathered = strand[home] * scale + (point[home] - point)[:, None] * 0.9
    strand = strand + style.clump * t**1.3 * (gathered - strand)
    return np.asarray(point[:, None] + strand + length[:, None, None] * waves(home, style, t, rng))


def waves(home: Indices, style: Groom, t: Points, rng: np.random.Generator) -> Points:
    """Offsets (N, keys, 3), in lengths: own frizz, strays, and the curl shared by a clump."""
    count = len(home)
    phase, pace = rng.uniform(0, 6.28, (count, 1, 3)), rng.uniform(4, 11, (count, 1, 3))
    frizz = style.frizz * t * np.sin(phase + pace * t) * rng.normal(size=(count, 1, 3))
    loose = rng.random((count, 1, 1)) < style.stray
    stray = 0.2 * t**2 * rng.normal(size=(count, 1, 3)) * loose
    angle = (rng.uniform(0, 6.28, count)[home] + 0.4 * rng.normal(size=count))[:, None, None]
    angle = angle + 6.28 * style.turns * rng.uniform(0.7, 1.3, count)[home][:, None, None] * t
    helix = np.concatenate([np.cos(angle), np.sin(angle), 0.6 * np.sin(angle + 1)], axis=2)
    return np.asarray(frizz + stray + style.curl * np.minimum(4 * t, 1) * helix)


def outside(points: Points, lump: Lump, gap: Points) -> Points:
    """Points (..., 3) that were inside a lump, pushed out; gap (..., 1), in radii."""
    local = lump.local(points)
    reach = np.linalg.norm(local, axis=-1, keepdims=True)
    pushed = lump.world(local / np.maximum(reach, 1e-6) * (1 + gap))
    return np.where(reach < 1 + gap, pushed, points)
