"""Glass that light goes through: goblets, bottles, bulbs and balls, with something solid inside."""

from __future__ import annotations

import numpy as np

from pam.render.parts import Finish, Look, Mesh, Points, Strands, Subject
from pam.render.shapes import any_colour, ball, bar, revolve

METAL = Look(roughness=0.25, metal=1.0)


def glass(rng: np.random.Generator) -> Subject:
    """One glass object; alpha is partial where its background is seen through it."""
    plan = (goblet, bottle, tumbler, bulb, balls)[rng.integers(5)]
    parts = tuple(plan(rng))
    return Subject(parts=parts, elevation=(0.0, 0.5), give=0.0, studio=True)


def any_glass(rng: np.random.Generator) -> tuple[Points, Look]:
    """Clear or tinted, polished or frosted."""
    tinted = rng.random() < 0.5
    colour = 0.35 + 0.65 * any_colour(rng, 0.9) if tinted else np.full(3, rng.uniform(0.88, 0.98))
    frosted = rng.random() < 0.2
    rough = rng.uniform(0.1, 0.3) if frosted else rng.uniform(0.0, 0.03)
    return colour, Look(finish=Finish.GLASS, roughness=rough)


def smooth(profile: Points, count: int = 90) -> Points:
    """A rounded profile (count, 2) through about the corners (P, 2)."""
    at = np.linspace(0, len(profile) - 1, count)
    line = np.stack([np.interp(at, np.arange(len(profile)), profile[:, i]) for i in (0, 1)], -1)
    for _ in range(12):
        line[1:-1] = (line[:-2] + 2 * line[1:-1] + line[2:]) / 4
    return line


def walled(outer: Points, wall: float, floor: float) -> Points:
    """Outer profile (P, 2), foot first, joined to an inner one that starts at height floor."""
    inner = outer[outer[:, 1] > floor] - [wall, 0.0]
    inner = np.maximum(inner, [0.001, 0.0])[::-1]
    return np.concatenate([[[0.001, outer[0, 1]]], outer, inner, [[0.001, floor]]])


def filled(
    outer: Points, wall: float, low: float, high: float, rng: np.random.Generator
) -> list[Mesh]:
    """What is in the glass between two heights: a clear, coloured or cloudy liquid."""
    inside = outer[(outer[:, 1] > low) & (outer[:, 1] < high)] - [1.08 * wall, 0.0]
    if len(inside) < 3:
        return []
    inside = np.maximum(inside, 0.002)
    edge = np.concatenate([[[0.001, inside[0, 1]]], inside, [[0.001, inside[-1, 1]]]])
    clear = rng.random() < 0.5
    look = Look(finish=Finish.GLASS, roughness=0.0) if clear else Look(roughness=0.3)
    colour = any_colour(rng, 1.0)
    return [revolve(edge, 0.3 + 0.7 * colour if clear else colour, look)]


def goblet(rng: np.random.Generator) -> list[Mesh | Strands]:
    """A stemmed glass, some with wine."""
    wide, tall, stem = rng.uniform(0.32, 0.6), rng.uniform(0.5, 1.1), rng.uniform(0.4, 0.9)
    lip, foot = wide * rng.uniform(0.6, 1.15), rng.uniform(0.32, 0.45)
    corners = [[foot, 0], [foot, 0.02], [0.06, 0.07], [0.035, 0.12], [0.035, stem], [0.05, stem]]
    corners += [[0.75 * wide, stem + 0.18], [wide, stem + 0.4 * tall], [lip, stem + tall]]
    outer, (colour, look) = smooth(np.array(corners)), any_glass(rng)
    wine = filled(outer, 0.02, stem + 0.12, stem + tall * rng.uniform(0.3, 0.7), rng)
    return [
        revolve(walled(outer, 0.02, stem + 0.09), colour, look),
        *(wine if rng.random() < 0.8 else []),
    ]


def bottle(rng: np.random.Generator) -> list[Mesh | Strands]:
    """A bottle or flask with a stopper, at times with a label."""
    wide, tall, neck = rng.uniform(0.3, 0.6), rng.uniform(0.7, 1.5), rng.uniform(0.08, 0.16)
    corners = [[0.9 * wide, 0], [wide, 0.06], [wide, 0.5 * tall], [wide, tall], [neck, 1.35 * tall]]
    outer = smooth(np.array([*corners, [neck, 1.7 * tall], [1.15 * neck, 1.72 * tall]]))
    colour, look = any_glass(rng)
    found: list[Mesh | Strands] = [revolve(walled(outer, 0.03, 0.07), colour, look)]
    if rng.random() < 0.6:
        found += filled(outer, 0.03, 0.09, tall * rng.uniform(0.3, 1.1), rng)
    if rng.random() < 0.5:
        band = np.array([[wide * 1.012, 0.3 * tall], [wide * 1.012, 0.75 * tall]])
        found.append(revolve(band, any_colour(rng, 0.5), Look(roughness=0.7)))
    top = 1.72 * tall
    cork = bar(
        np.array([0, 0, top - 0.15]),
        np.array([0, 0, top + 0.1]),
        0.85 * neck,
        any_colour(rng, 0.3),
        Look(roughness=0.8),
    )
    return [*found, cork]


def tumbler(rng: np.random.Generator) -> list[Mesh | Strands]:
    """A tumbler, jar or vase with straws, spoons or stalks in it."""
    low, high, tall = rng.uniform(0.3, 0.5), rng.uniform(0.35, 0.6), rng.uniform(0.7, 1.4)
    waist = rng.uniform(0.8, 1.2) * (low + high) / 2
    outer = smooth(np.array([[0.95 * low, 0], [low, 0.05], [waist, 0.5 * tall], [high, tall]]))
    colour, look = any_glass(rng)
    found: list[Mesh | Strands] = [revolve(walled(outer, 0.03, 0.1), colour, look)]
    found += filled(outer, 0.03, 0.12, tall * rng.uniform(0.3, 0.85), rng)
    for _ in range(rng.integers(1, 4)):
        lean = rng.uniform(-0.8, 0.8, 2) * 0.8 * min(low, high)
        ends = np.array([*(-lean * 0.5), 0.16]), np.array([*lean, tall * rng.uniform(1.1, 1.7)])
        solid = METAL if rng.random() < 0.3 else Look(roughness=0.4)
        found.append(bar(*ends, rng.uniform(0.02, 0.05), any_colour(rng), solid))
    return found


def bulb(rng: np.random.Generator) -> list[Mesh | Strands]:
    """A lamp bulb on its metal base, with a filament."""
    corners = [
        [0.16, 0],
        [0.17, 0.1],
        [0.22, 0.3],
        [0.45, 0.62],
        [0.46, 0.9],
        [0.3, 1.2],
        [0.001, 1.28],
    ]
    outer, (colour, look) = smooth(np.array(corners)), any_glass(rng)
    inner = np.maximum(outer - [0.012, 0.0], 0.001)[::-1]
    shell = revolve(np.concatenate([outer, inner[inner[:, 1] < 1.26]]), colour, look)
    t = np.linspace(0, 1, 160)
    coil = np.stack([0.3 * (t - 0.5), 0.02 * np.cos(120 * t), 0.65 + 0.02 * np.sin(120 * t)], -1)
    wire = Strands(
        points=coil[None],
        width=np.full(1, 0.008),
        tint=np.array([[0.6, 0.3, 0.1]]),
        look=METAL,
        tip=1,
    )
    steel = np.full(3, 0.5)
    rings = [
        ball(np.array([0, 0, -0.08 * i]), np.array([0.18, 0.18, 0.06]), steel, METAL)
        for i in range(4)
    ]
    legs = [
        bar(np.array([0.15 * s, 0, 0.65]), np.array([0.03 * s, 0, 0.0]), 0.006, steel, METAL)
        for s in (-1, 1)
    ]
    return [shell, wire, *legs, *rings]


def balls(rng: np.random.Generator) -> list[Mesh | Strands]:
    """Marbles and bubbles around a solid one."""
    found: list[Mesh | Strands] = [
        ball(np.zeros(3), np.full(3, 0.4), any_colour(rng), Look(roughness=0.25))
    ]
    for _ in range(rng.integers(3, 9)):
        colour, look = any_glass(rng)
        radius = rng.uniform(0.15, 0.5)
        way = rng.normal(size=3)
        where = way / np.linalg.norm(way) * (0.42 + radius)
        found.append(ball(where, np.full(3, radius), colour, look))
        if rng.random() < 0.6:
            found.append(ball(where, np.full(3, -0.95 * radius), colour, look))
    return found
