"""Furred shapes: pompoms, plush animals, boas and heaps, of any colour and groom."""

from __future__ import annotations

import numpy as np

from pam.render.groom import Groom, Lump, grow, roots
from pam.render.parts import Finish, Look, Mesh, Points, Strands, Subject
from pam.render.shapes import UP, any_colour, ball, ripple, sparkle, turn

COATS = np.array(
    [
        [0.55, 0.47, 0.36],
        [0.30, 0.17, 0.07],
        [0.09, 0.05, 0.03],
        [0.02, 0.018, 0.017],
        [0.75, 0.73, 0.70],
        [0.45, 0.20, 0.06],
        [0.25, 0.24, 0.23],
    ]
)


def fur(rng: np.random.Generator) -> Subject:
    """A furred body with its skin; some have eyes."""
    plan = (pompom, animal, animal, boa, heap)[rng.integers(5)]
    lumps = plan(rng)
    skin = roots(lumps, int(rng.uniform(22_000, 60_000)), rng)
    tint = coat(skin.point, rng)
    long = rng.uniform(0.06, 0.5) * np.array([lump.fur for lump in lumps])[skin.lump]
    long = long * rng.uniform(0.55, 1.15, len(long)) * np.exp(0.15 * ripple(skin.point, 0.6, rng))
    style = any_groom(rng)
    comb = np.tile(rng.normal(size=3) - UP, (len(long), 1)) + 0.4 * sway(skin.point, rng)
    hairs = Strands(
        points=grow(skin, comb, long, style, rng),
        width=np.full(len(long), rng.uniform(0.004, 0.010)),
        tint=tint,
        look=Look(finish=Finish.HAIR, roughness=rng.uniform(0.2, 0.6)),
    )
    below = np.median(tint, axis=0) * 0.6
    bodies = [ball(lump.centre, lump.radii * 0.985, below, Look(), lump.tilt) for lump in lumps]
    eyes = face(lumps, rng) if plan is animal else []
    seen = (-0.9, 0.9) if eyes else (0.0, 6.28)
    return Subject(parts=(hairs, *bodies, *eyes), azimuth=seen)


def any_groom(rng: np.random.Generator) -> Groom:
    """From smooth to matted."""
    return Groom(
        lift=rng.uniform(0.2, 1.0),
        droop=rng.uniform(0.0, 0.7),
        clump=rng.uniform(0.0, 0.85),
        per_clump=int(rng.uniform(12, 110)),
        frizz=rng.uniform(0.02, 0.2),
        curl=rng.uniform(0.04, 0.14) * (rng.random() < 0.3),
        scatter=rng.uniform(0.05, 0.35),
        stray=rng.uniform(0.02, 0.25),
    )


def coat(point: Points, rng: np.random.Generator) -> Points:
    """Tints (N, 3): natural or dyed, plain, spotted or striped."""
    natural = rng.random() < 0.75
    first, second = COATS[rng.choice(len(COATS), 2, replace=False)]
    if not natural:
        first, second = any_colour(rng), any_colour(rng)
    pattern = rng.integers(3)
    share = np.zeros(len(point))
    if pattern == 1:
        share = 1 / (1 + np.exp(-9 * (ripple(point, rng.uniform(0.25, 1.2), rng) - 0.4)))
    if pattern == 2:
        share = np.clip(0.5 + 0.8 * (point @ rng.normal(size=3)), 0, 1)
    return sparkle(first + share[:, None] * (second - first), rng.uniform(0.08, 0.35), rng)


def sway(point: Points, rng: np.random.Generator) -> Points:
    """A slowly varying direction (N, 3)."""
    return np.stack([ripple(point, 1.5, rng) for _ in range(3)], -1)


def face(lumps: list[Lump], rng: np.random.Generator) -> list[Mesh]:
    """Two eyes and a nose on the head, which `animal` puts second."""
    head, look = lumps[1], Look(roughness=0.06)
    dark = np.array([0.012, 0.008, 0.006]) + 0.05 * rng.random(3) * (rng.random() < 0.4)
    wide = rng.uniform(0.3, 0.45)
    found = []
    for x, y, z, radius in (
        (-wide, -0.9, 0.2, 0.14),
        (wide, -0.9, 0.2, 0.14),
        (0, -1.0, -0.2, 0.12),
    ):
        where = head.centre + np.array([x, y, z]) / np.linalg.norm([x, y, z]) * head.radii * 1.06
        found.append(ball(where, np.full(3, radius * head.radii[0]), dark, look))
    return found


def pompom(rng: np.random.Generator) -> list[Lump]:
    """One ball, round or stretched."""
    tilt = turn(*rng.uniform(0, 3, 3))
    return [Lump(centre=np.zeros(3), radii=rng.uniform(0.55, 1.0, 3), tilt=tilt)]


def animal(rng: np.random.Generator) -> list[Lump]:
    """A sitting plush animal that faces -y: body, head, ears, paws and tail."""
    big, ear = rng.uniform(0.42, 0.62), rng.uniform(0.14, 0.45)
    level = np.eye(3)

    def lump(x: float, y: float, z: float, radii: list[float], fur: float = 0.6) -> Lump:
        return Lump(centre=np.array([x, y, z]), radii=np.array(radii), tilt=level, fur=fur)

    head = 0.65 + 0.55 * big
    found = [
        lump(0, 0, 0, [0.62, 0.58, 0.75], 1),
        lump(0, -0.25, head, [big, big * 0.95, big * 0.9]),
    ]
    for side in (-1.0, 1.0):
        lean = turn(0, side * rng.uniform(0.1, 0.6), 0)
        centre = np.array([side * big * 0.65, -0.15, head + 0.75 * big + 0.6 * ear])
        thin = rng.uniform(0.4, 0.7)
        found.append(
            Lump(centre=centre, radii=np.array([thin * ear, 0.09, ear]), tilt=lean, fur=0.35)
        )
        found.append(lump(side * 0.5, -0.45, -0.6, [0.22, 0.42, 0.2]))
        found.append(lump(side * 0.5, -0.4, 0.2, [0.17, 0.3, 0.17]))
    return [*found, lump(0.5 * rng.normal(), 0.75, -0.3, [0.22, 0.5, 0.22], 1.3)]


def boa(rng: np.random.Generator) -> list[Lump]:
    """A chain of lumps along a curve."""
    u = np.linspace(0, 1, 16)
    phase, wide = rng.uniform(0, 6.28, 3), rng.uniform(0.3, 1.1, 3)
    path = np.stack([wide[i] * np.sin(phase[i] + u * rng.uniform(2, 6)) for i in range(3)], -1)
    path = path + np.outer(u - 0.5, rng.normal(size=3))
    thick = rng.uniform(0.12, 0.28)
    return [Lump(centre=p, radii=np.full(3, thick), tilt=np.eye(3)) for p in path]


def heap(rng: np.random.Generator) -> list[Lump]:
    """Three to six lumps into each other."""
    return [
        Lump(
            centre=rng.uniform(-0.6, 0.6, 3),
            radii=rng.uniform(0.3, 0.75, 3),
            tilt=turn(*rng.uniform(0, 3, 3)),
            fur=rng.uniform(0.5, 1.2),
        )
        for _ in range(rng.integers(3, 7))
    ]
