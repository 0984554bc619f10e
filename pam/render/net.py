"""Nets: wire fences, chicken wire, chain links, ropes, cobwebs, lace and veils."""

from __future__ import annotations

import numpy as np

from pam.render.parts import Look, Mesh, Points, Strands, Subject
from pam.render.shapes import any_colour, bar, grid_faces, sparkle

WIRE = Look(roughness=0.35, metal=0.9)
FIBRE = Look(roughness=0.8)
WOOD = np.array([0.6, 0.36, 0.19])
KEYS = 96
Lines = list[Points]
"""Polylines (K, 2) on a sheet whose sides run from -1 to 1."""


class Sheet:
    """A hanging sheet in space: folds and sag that all its threads share."""

    def __init__(self, rng: np.random.Generator, depth: float) -> None:
        self.way = rng.normal(size=(5, 2)) * rng.uniform(0.8, 3.0, (5, 1))
        self.phase, self.depth = rng.uniform(0, 6.28, 5), depth
        self.sag = rng.uniform(0, 0.25) * (rng.random() < 0.5)
        self.tall = rng.uniform(0.7, 1.3)

    def at(self, uv: Points, lift: Points | float = 0.0) -> Points:
        """Points (..., 3) of uv (..., 2), lifted off the sheet by metres."""
        fold = np.sin(uv @ self.way.T + self.phase).sum(-1) * self.depth
        low = self.sag * (uv[..., 0] ** 2 - 1) * (1 + uv[..., 1]) / 2
        drift = 0.3 * np.cos(uv @ self.way.T + self.phase)[..., 0] * self.depth
        return np.stack([uv[..., 0] + drift, fold + lift, self.tall * uv[..., 1] + low], -1)


def net(rng: np.random.Generator) -> Subject:
    """One net, most with something solid that holds it."""
    plan = (fence, chicken, chain, ropes, web, lace, veil)[rng.integers(7)]
    parts = plan(rng)
    return Subject(parts=tuple(parts), azimuth=(-0.7, 0.7), elevation=(-0.25, 0.35))


def drawn(
    sheet: Sheet,
    lines: Lines,
    width: float,
    colour: Points,
    look: Look,
    rng: np.random.Generator,
    weave: float = 0.0,
) -> Strands:
    """Threads along lines, all resampled to KEYS points; weave: metres in front and behind."""
    t = np.linspace(0, 1, KEYS)
    even = []
    for line in lines:
        u = np.linspace(0, 1, len(line))
        even.append(np.stack([np.interp(t, u, line[:, 0]), np.interp(t, u, line[:, 1])], -1))
    uv = np.array(even)
    side = np.where(np.arange(len(uv)) % 2, 1.0, -1.0)[:, None] * weave
    lift = side * np.sin(np.linspace(0, 40, KEYS))[None]
    tint = sparkle(np.tile(colour, (len(uv), 1)), 0.15, rng)
    return Strands(
        points=sheet.at(uv, lift), width=np.full(len(uv), width), tint=tint, look=look, tip=0.95
    )


def frame(sheet: Sheet, rng: np.random.Generator) -> list[Mesh]:
    """Two posts, at times with rails."""
    wide = rng.uniform(0.035, 0.1)
    colour = (WOOD if rng.random() < 0.5 else np.ones(3)) * rng.uniform(0.15, 0.75)
    look = Look(roughness=0.75, bump=0.004) if rng.random() < 0.6 else WIRE
    corner = sheet.at(np.array([[-1, -1.15], [-1, 1.15], [1, -1.15], [1, 1.15]], float))
    posts = [(0, 1), (2, 3)] + ([(1, 3)] if rng.random() < 0.5 else [])
    return [bar(corner[a], corner[b], wide, colour, look) for a, b in posts]


def straight(count: int, rng: np.random.Generator, jitter: float) -> tuple[Lines, Lines]:
    """Upright and level lines, count a side."""
    at, v = np.linspace(-1, 1, count), np.linspace(-1, 1, KEYS)
    wave = jitter * np.sin(np.outer(rng.uniform(2, 9, count), v) + rng.uniform(0, 6.28, (count, 1)))
    upright = [np.stack([at[i] + wave[i], v], -1) for i in range(count)]
    level = [np.stack([v, at[i] + wave[-i]], -1) for i in range(count)]
    return upright, level


def fence(rng: np.random.Generator) -> list[Strands | Mesh]:
    """Welded wire, or a woven grid of threads."""
    sheet, count = Sheet(rng, rng.uniform(0, 0.06)), int(rng.integers(7, 26))
    upright, level = straight(count, rng, rng.uniform(0, 0.25) / count)
    width = rng.uniform(0.06, 0.22) / count
    metal = rng.random() < 0.6
    look, colour = (WIRE, np.full(3, rng.uniform(0.2, 0.6))) if metal else (FIBRE, any_colour(rng))
    return [
        drawn(sheet, upright, width, colour, look, rng, 0.5 * width),
        drawn(sheet, level, width, colour, look, rng, 0.5 * width),
        *frame(sheet, rng),
    ]


def zigzag(count: int, flat: float, rows: int) -> Lines:
    """Mirrored zigzags; flat: share of the way that runs upright, where neighbours touch."""
    v = np.linspace(-1, 1, KEYS)
    saw = 2 * np.abs((v * rows / 2) % 1 - 0.5)  # 0 to 1 and back
    step = np.clip((saw - flat / 2) / (1 - flat), 0, 1)
    pitch = 2 / count
    lines = []
    for i in range(count + 1):
        swing = step if i % 2 else 1 - step
        lines.append(np.stack([-1 + pitch * (i + swing - 0.5), v], -1))
    return lines


def chicken(rng: np.random.Generator) -> list[Strands | Mesh]:
    """Hexagons of thin wire."""
    sheet, count = Sheet(rng, rng.uniform(0, 0.08)), int(rng.integers(8, 20))
    wires = zigzag(count, 0.4, round(count * 0.6))
    width = rng.uniform(0.05, 0.10) / count
    return [
        drawn(sheet, wires, width, np.full(3, rng.uniform(0.25, 0.6)), WIRE, rng, width),
        *frame(sheet, rng),
    ]


def chain(rng: np.random.Generator) -> list[Strands | Mesh]:
    """Diamonds of bent wire, bare or coated with plastic."""
    sheet, count = Sheet(rng, rng.uniform(0, 0.04)), int(rng.integers(6, 16))
    wires, width = zigzag(count, 0.02, round(count * 0.9)), rng.uniform(0.1, 0.2) / count
    coated = rng.random() < 0.4
    look, colour = (FIBRE, any_colour(rng)) if coated else (WIRE, np.full(3, 0.45))
    return [drawn(sheet, wires, width, colour, look, rng, width), *frame(sheet, rng)]


def twisted(path: Points, radius: float, rng: np.random.Generator) -> tuple[Points, Points]:
    """A three-ply rope around paths (N, K, 3): fibres (N * 54, K, 3) and fuzz (M, 4, 3)."""
    ply = np.repeat(np.arange(3), 18) * 2.094
    spread = rng.uniform(0, 1, 54) ** 0.5 * 0.55 * radius
    own = rng.uniform(0, 6.28, 54)
    run = np.linspace(0, 1, path.shape[1]) * rng.uniform(40, 70)
    ahead = np.gradient(path, axis=1)
    side = np.cross(ahead, [0.0, 1.0, 0.0])
    side = side / np.maximum(np.linalg.norm(side, axis=-1, keepdims=True), 1e-9)
    angle = ply[:, None] + run
    across = 0.5 * radius * np.cos(angle) + (spread * np.cos(own))[:, None]
    deep = 0.5 * radius * np.sin(angle) + (spread * np.sin(own))[:, None]
    out = path[:, None] + side[:, None] * across[None, :, :, None]
    out = out + np.array([0.0, 1.0, 0.0]) * deep[None, :, :, None]
    fibres = out.reshape(-1, path.shape[1], 3)
    base = fibres[rng.integers(len(fibres), size=2500), rng.integers(path.shape[1], size=2500)]
    t = np.linspace(0, 1, 4)[None, :, None]
    bent = rng.normal(size=(2500, 1, 3)) * t + 0.6 * rng.normal(size=(2500, 1, 3)) * t**2
    return fibres, base[:, None] + radius * rng.uniform(0.3, 1.6, (2500, 1, 1)) * bent


def ropes(rng: np.random.Generator) -> list[Strands | Mesh]:
    """A coarse climbing or cargo net of twisted rope, with fuzz."""
    sheet, count = Sheet(rng, rng.uniform(0.02, 0.12)), int(rng.integers(3, 8))
    upright, level = straight(count, rng, 0.02)
    if rng.random() < 0.5:
        spin = np.array([[0.707, -0.707], [0.707, 0.707]])
        upright, level = [line @ spin for line in upright], [line @ spin for line in level]
    fine, v = np.linspace(0, 1, 260), np.linspace(0, 1, KEYS)
    uv = np.array([[np.interp(fine, v, line[:, i]) for i in (0, 1)] for line in upright + level])
    radius = rng.uniform(0.012, 0.035)
    lift = np.where(np.arange(len(uv)) < count, 0.7, -0.7)[:, None] * radius
    fibres, fuzz = twisted(sheet.at(uv.transpose(0, 2, 1), lift), radius, rng)
    colour = np.array([0.45, 0.33, 0.18]) if rng.random() < 0.6 else any_colour(rng)
    tints = [sparkle(np.tile(colour, (len(part), 1)), 0.25, rng) for part in (fibres, fuzz)]
    return [
        Strands(
            points=fibres,
            width=np.full(len(fibres), 0.3 * radius),
            tint=tints[0],
            look=FIBRE,
            tip=1,
        ),
        Strands(points=fuzz, width=np.full(len(fuzz), 0.004), tint=tints[1], look=FIBRE),
        *(frame(sheet, rng) if rng.random() < 0.5 else []),
    ]


def web(rng: np.random.Generator) -> list[Strands | Mesh]:
    """A cobweb between twigs: spokes and sagging turns."""
    sheet, spokes, rounds = Sheet(rng, 0.01), int(rng.integers(11, 24)), int(rng.integers(14, 34))
    angle = np.sort(rng.uniform(0, 6.28, spokes))
    reach = rng.uniform(0.8, 1.05, spokes)
    t = np.linspace(0, 1, KEYS)[:, None]
    tips = np.stack([np.cos(angle), np.sin(angle)], -1) * reach[:, None]
    lines = [tip * t for tip in tips]
    closed = np.concatenate([tips, tips[:1]])
    for turn_number in range(rounds):
        share = 0.1 + 0.85 * (turn_number + rng.uniform(0, 0.5)) / rounds
        at = np.interp(np.linspace(0, spokes, KEYS), np.arange(spokes + 1), np.arange(spokes + 1))
        ring = np.stack([np.interp(at, np.arange(spokes + 1), closed[:, i]) for i in (0, 1)], -1)
        dip = 1 - 0.12 * np.sin(np.pi * (at % 1))
        lines.append(ring * share * dip[:, None])
    silk = Look(roughness=0.25, translucency=0.3)
    thread = drawn(sheet, lines, rng.uniform(0.003, 0.006), np.full(3, 0.75), silk, rng)
    corner = sheet.at(np.array([[-1.1, -1.2], [-0.9, 1.2], [1.1, -1.2], [0.9, 1.2]]))
    bark = np.array([0.10, 0.07, 0.045])
    wood = Look(roughness=0.9, bump=0.01)
    return [
        thread,
        *(bar(corner[i], corner[i + 1], rng.uniform(0.03, 0.09), bark, wood) for i in (0, 2)),
    ]


def lace(rng: np.random.Generator) -> list[Strands | Mesh]:
    """Fine tulle with flowers of thread and dense hems."""
    sheet, count = Sheet(rng, rng.uniform(0.01, 0.09)), int(rng.integers(26, 44))
    colour = np.full(3, rng.choice([0.8, 0.75, 0.02])) if rng.random() < 0.7 else any_colour(rng)
    ground = drawn(sheet, zigzag(count, 0.35, round(count * 0.6)), 0.0045, colour, FIBRE, rng)
    t, flowers = np.linspace(0, 1, KEYS), []
    side, petals = int(rng.integers(2, 6)), int(rng.integers(4, 9))
    for i in range(side):
        for j in range(side):
            centre = (np.array([i + 0.5 * (j % 2) + 0.25, j + 0.5]) / side) * 2 - 1
            for ring in np.linspace(0.25, 0.9, 9):
                radius = ring * (0.75 + 0.25 * np.cos(petals * 6.28 * t)) / side * 0.85
                way = np.stack([np.cos(6.28 * t), np.sin(6.28 * t)], -1)
                flowers.append(centre + way * radius[:, None])
    motif = drawn(sheet, flowers, rng.uniform(0.010, 0.022), colour, FIBRE, rng)
    scallop = 0.05 * np.abs(np.sin(t * 6.28 * rng.integers(4, 9)))
    hems = [
        np.stack([2 * t - 1, k * (1 + scallop - 0.012 * i)], -1) for i in range(9) for k in (-1, 1)
    ]
    return [ground, motif, drawn(sheet, hems, 0.014, colour, FIBRE, rng)]


def veil(rng: np.random.Generator) -> list[Strands | Mesh]:
    """Thin folded cloth: one layer covers in part, folds cover more; a solid hem or rail."""
    sheet = Sheet(rng, rng.uniform(0.05, 0.2))
    u, v = np.meshgrid(np.linspace(-1, 1, 160), np.linspace(-1, 1, 160))
    pleat = rng.uniform(0, 0.07) * np.sin(u * rng.uniform(10, 50) + 2 * np.sin(2 * v))
    points = sheet.at(np.stack([u, v], -1), pleat).reshape(-1, 3)
    colour = any_colour(rng)
    cover = rng.uniform(0.2, 0.7)
    thin = Look(roughness=0.7, translucency=0.4, cover=cover)
    tint = np.tile(colour, (len(points), 1))
    cloth = Mesh(points=points, faces=grid_faces(160, 160), tint=tint, look=thin)
    t = np.linspace(-1, 1, KEYS)
    edges = [
        np.stack([t, np.full(KEYS, k * (1 - 0.01 * i))], -1) for i in range(4) for k in (-1, 1)
    ]
    return [cloth, drawn(sheet, edges, 0.02, colour * 0.8, FIBRE, rng), *frame(sheet, rng)]
