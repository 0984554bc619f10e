"""A face for the head of pam.render.hair: eyes under lids, brows, lashes, nose, lips and ears."""

from __future__ import annotations

import numpy as np

from pam.render.groom import Lump
from pam.render.parts import Finish, Look, Mesh, Points, Strands
from pam.render.shapes import ball, ripple, turn, unit

FLESH = Look(roughness=0.45, scatter=0.25, bump=0.0006)
LIP, WET = Look(roughness=0.3, scatter=0.2), Look(roughness=0.05)
WHITE, BLACK = np.array([0.75, 0.71, 0.68]), np.array([0.004, 0.004, 0.004])
BROWN, DARK = [0.05, 0.022, 0.01], [0.02, 0.012, 0.008]
BLUE, GREEN = [0.08, 0.16, 0.25], [0.06, 0.10, 0.05]
IRISES = np.array([BROWN, DARK, BLUE, GREEN])
BLUSH = np.array([1.12, 0.80, 0.80])  # what blood under the skin multiplies its colour by
FLUSHED = np.array([[-0.22, -0.40, -0.14], [0.22, -0.40, -0.14], [0.0, -0.52, -0.14]])
REACH = 0.12  # of the blush around cheeks and nose
EYE, EYE_AT = 0.062, np.array([0.155, -0.395, 0.0])
BROW_HAIRS, LASHES, KEYS = 260, 60, 5


def face(skull: Lump, tone: Points, hair: Points, rng: np.random.Generator) -> list[Strands | Mesh]:
    """What sits on the front and the sides of a skull at the origin, which looks to -y.

    tone: of the skin, hair: of the brows, both linear (3,).
    """
    iris = IRISES[rng.integers(len(IRISES))] * rng.uniform(0.7, 1.4)
    gaze = rng.normal(size=2) * [0.12, 0.06]
    open_by = rng.uniform(0.2, 1.0)
    found: list[Strands | Mesh] = [skin(part, rng) for part in bones(tone, rng)]
    for side in (-1.0, 1.0):
        middle = EYE_AT * [side, 1, 1]
        found += eye(middle, iris, gaze)
        found += [skin(lid, rng) for lid in lids(middle, tone, open_by)]
        found += [lashes(middle, open_by, rng), brow(skull, side, hair, rng)]
    return [*found, *lips(tone, rng)]


def bones(tone: Points, rng: np.random.Generator) -> list[Mesh]:
    """Ears, nose, cheeks, jaw and chin, each head a little different."""
    wide = rng.uniform(0.9, 1.15)
    shapes = (
        ([-0.41, 0.03, -0.06], [0.035, 0.085, 0.125], 0.35),
        ([0.41, 0.03, -0.06], [0.035, 0.085, 0.125], -0.35),
        ([0.0, -0.47, -0.06], [0.040, 0.055, 0.135], 0.0),
        ([0.0, -0.525, -0.155], [0.052 * wide, 0.05, 0.042], 0.0),
        ([-0.045 * wide, -0.485, -0.165], [0.034, 0.045, 0.032], 0.0),
        ([0.045 * wide, -0.485, -0.165], [0.034, 0.045, 0.032], 0.0),
        ([-0.18, -0.26, -0.19], [0.14, 0.135, 0.13], 0.0),
        ([0.18, -0.26, -0.19], [0.14, 0.135, 0.13], 0.0),
        ([0.0, -0.19, -0.33], [0.27 * wide, 0.25, 0.26], 0.0),
        ([0.0, -0.37, -0.48], [0.10 * wide, 0.08, 0.08], 0.0),
    )
    return [
        ball(np.array(centre), np.array(radii), tone, FLESH, turn(0, 0, about))
        for centre, radii, about in shapes
    ]


def skin(mesh: Mesh, rng: np.random.Generator) -> Mesh:
    """The mesh with blotches, and blood in cheeks, nose and ears."""
    near = np.linalg.norm(mesh.points[:, None] - FLUSHED, axis=2).min(1)
    ear = np.abs(mesh.points[:, 0]) > 0.40
    warm = np.maximum(np.exp(-((near / REACH) ** 2)), 0.5 * ear)[:, None]
    blotch = 1 + 0.05 * ripple(mesh.points, 0.25, rng)[:, None]
    tint = np.clip(mesh.tint * blotch * (1 + warm * (BLUSH - 1)), 0.004, 0.92)
    return Mesh(points=mesh.points, faces=mesh.faces, tint=tint, look=FLESH)


def eye(middle: Points, iris: Points, gaze: Points) -> list[Strands | Mesh]:
    """White, iris and pupil, each a ball that stands out of the one before."""
    way = unit(np.array([gaze[0], -1.0, gaze[1]]))
    return [
        ball(middle, np.full(3, EYE), WHITE, WET),
        ball(middle + way * EYE * 0.62, np.full(3, EYE * 0.44), iris, WET),
        ball(middle + way * EYE * 0.88, np.full(3, EYE * 0.21), BLACK, WET),
    ]


def lids(middle: Points, tone: Points, open_by: float) -> list[Mesh]:
    """Upper and lower lid; open_by: 0 nearly closed, 1 wide."""
    radii = np.array([1.35, 1.12, 0.95]) * EYE
    high, low = (0.55 + 0.35 * open_by) * EYE, (0.85 + 0.1 * open_by) * EYE
    return [
        ball(middle + np.array([0, -0.006, high]), radii, tone, FLESH),
        ball(middle + np.array([0, 0.012, -low]), radii * [1.1, 1, 0.75], tone * 0.97, FLESH),
    ]


def lashes(middle: Points, open_by: float, rng: np.random.Generator) -> Strands:
    """Along the edge of the upper lid, bent upwards."""
    across = rng.uniform(-1, 1, LASHES)[:, None]
    height = (0.55 + 0.35 * open_by - 0.62) * EYE
    root = middle + EYE * np.concatenate(
        [across, -1.05 * np.sqrt(1.3 - across**2), np.zeros_like(across)], axis=1
    )
    root = root + np.array([0.0, 0.0, height])
    way = np.concatenate([0.5 * across, -np.ones_like(across), 0.1 * np.ones_like(across)], axis=1)
    return short(root, unit(way) * 0.05, np.array([0.0, 0.0, 0.03]), 0.0035, BLACK)


def brow(skull: Lump, side: float, hair: Points, rng: np.random.Generator) -> Strands:
    """Short hairs that lie along an arc above the eye, outwards."""
    t = rng.random(BROW_HAIRS)
    x = side * (0.06 + 0.20 * t)
    z = 0.125 + 0.035 * np.sin(2.4 * t) + 0.016 * (1 - 0.6 * t) * rng.normal(size=BROW_HAIRS)
    y = -skull.radii[1] * np.sqrt(1 - (x / skull.radii[0]) ** 2 - (z / skull.radii[2]) ** 2)
    root = np.stack([x, y - 0.004, z], axis=1)
    lift = 0.5 - 0.9 * t + 0.2 * rng.normal(size=BROW_HAIRS)
    way = np.stack([np.full_like(t, side), np.full_like(t, -0.15), lift], axis=1)
    return short(root, unit(way) * 0.055, np.array([0.0, 0.012, -0.01]), 0.005, hair * 0.8)


def short(root: Points, way: Points, bend: Points, width: float, tint: Points) -> Strands:
    """Hairs (N,) from roots (N, 3) along ways (N, 3), bent at the tip by (3,), metres."""
    t = np.linspace(0, 1, KEYS)[None, :, None]
    return Strands(
        points=root[:, None] + way[:, None] * t + bend * t**2,
        width=np.full(len(root), width),
        tint=np.tile(np.clip(tint, 0.004, 0.92), (len(root), 1)),
        look=Look(finish=Finish.HAIR, roughness=0.35),
    )


def lips(tone: Points, rng: np.random.Generator) -> list[Strands | Mesh]:
    """Upper and lower lip, natural or made up."""
    red = tone * [1.0, 0.55, 0.55] if rng.random() < 0.7 else np.array([0.4, 0.03, 0.05])
    wide, full = rng.uniform(0.085, 0.12), rng.uniform(0.018, 0.032)
    return [
        ball(np.array([0.0, -0.425, -0.285 + full * 0.8]), np.array([wide, 0.03, full]), red, LIP),
        ball(
            np.array([0.0, -0.425, -0.285 - full]), np.array([0.85 * wide, 0.032, full]), red, LIP
        ),
    ]
