"""Plants: leafy twigs, conifer boughs, ferns, grass tufts and seed plumes."""

from __future__ import annotations

import numpy as np

from pam.render.parts import Look, Mesh, Points, Strands, Subject
from pam.render.shapes import UP, grid_faces, sparkle, unit

GREENS = np.array(
    [
        [0.085, 0.150, 0.024],
        [0.05, 0.17, 0.04],
        [0.14, 0.16, 0.035],
        [0.20, 0.26, 0.05],
        [0.06, 0.12, 0.06],
        [0.38, 0.17, 0.03],
        [0.30, 0.05, 0.03],
    ]
)
BARK, STRAW = np.array([0.10, 0.075, 0.05]), np.array([0.42, 0.33, 0.16])
THIN = Look(roughness=0.5, translucency=0.4)
WOOD = Look(roughness=0.85)
ROWS = 7  # points along a leaf


def foliage(rng: np.random.Generator) -> Subject:
    """One plant or a part of it."""
    plan = (twig, twig, bough, fern, grass, plumes)[rng.integers(6)]
    return Subject(parts=tuple(plan(rng)), elevation=(-0.1, 0.7))


def any_green(rng: np.random.Generator) -> Points:
    """Mostly green, at times autumn."""
    return np.asarray(GREENS[rng.integers(len(GREENS))] * np.exp(0.2 * rng.normal()))


def leaves(
    base: Points, way: Points, size: Points, hue: Points, rng: np.random.Generator, slim: float
) -> Mesh:
    """Bent, folded leaves. base, way: (N, 3); size: (N,), metres; hue: (3,); slim: width share."""
    count, u = len(base), np.linspace(0, 1, ROWS)
    point = rng.uniform(0.6, 1.3)
    half = slim * np.sin(np.pi * np.clip(u, 0, 1) ** point) ** 0.8
    half[0], half[-1] = 0.02, 0.004
    along = unit(way)
    side = unit(np.cross(along, unit(UP + 0.5 * rng.normal(size=(count, 3)))))
    face = np.cross(side, along)
    bend = (0.5 * rng.normal(size=(count, 1, 1)) - 0.25) * u[None, :, None] ** 2
    rib = along[:, None] * u[None, :, None] + face[:, None] * bend
    fold = rng.uniform(0.1, 0.6)
    edge = half[None, :, None] * (side[:, None] + fold * face[:, None])
    other = half[None, :, None] * (-side[:, None] + fold * face[:, None])
    points = np.stack([rib + edge, rib, rib + other], axis=2) * size[:, None, None, None]
    points = (points + base[:, None, None]).reshape(-1, 3)
    one = grid_faces(ROWS, 3)
    faces = (one[None] + (np.arange(count) * ROWS * 3)[:, None, None]).reshape(-1, 4)
    tint = np.repeat(sparkle(np.tile(hue, (count, 1)), 0.25, rng), ROWS * 3, axis=0)
    return Mesh(points=points, faces=faces, tint=tint, look=THIN)


def stems(
    start: Points, way: Points, long: Points, rng: np.random.Generator, crook: float = 0.15
) -> Points:
    """Crooked stems (N, 12, 3) that bend up or down a little."""
    t = np.linspace(0, 1, 12)[None, :, None]
    bow = 0.3 * rng.normal(size=(len(start), 1, 3)) + 0.15 * UP
    kink = np.sin(rng.uniform(0, 6.28, (len(start), 1, 3)) + rng.uniform(3, 9) * t)
    shape = unit(way)[:, None] * t + bow * t**2 + crook * 0.3 * kink * t
    return start[:, None] + long[:, None, None] * shape


def branched(parent: Points, per: int, share: float, rng: np.random.Generator) -> Points:
    """Stems (N * per, 12, 3) that leave the parents (N, 12, 3) sideways."""
    where = rng.uniform(0.15, 0.98, (len(parent), per)) * 10
    low = where.astype(int)
    rows = np.arange(len(parent))[:, None]
    start = parent[rows, low] + (where - low)[..., None] * (
        parent[rows, low + 1] - parent[rows, low]
    )
    ahead = unit(parent[rows, low + 1] - parent[rows, low])
    way = ahead + 0.9 * unit(rng.normal(size=ahead.shape)) + 0.15 * UP
    long = np.linalg.norm(parent[:, -1] - parent[:, 0], axis=1)[:, None] * share
    long = long * rng.uniform(0.5, 1.2, where.shape) * (1.15 - 0.06 * where)
    return stems(start.reshape(-1, 3), way.reshape(-1, 3), long.ravel(), rng)


def wooden(lines: Points, width: float, colour: Points, rng: np.random.Generator) -> Strands:
    """Stems as bark. lines: (N, K, 3)."""
    tint = sparkle(np.tile(colour, (len(lines), 1)), 0.2, rng)
    return Strands(points=lines, width=np.full(len(lines), width), tint=tint, look=WOOD, tip=0.4)


def twig(rng: np.random.Generator) -> list[Strands | Mesh]:
    """A branch with side twigs and leaves."""
    way = unit(np.array([[rng.normal(), 0.4 * rng.normal(), rng.uniform(-0.3, 1.0)]]))
    main = stems(np.zeros((1, 3)), way, np.array([2.0]), rng)
    side = branched(main, int(rng.integers(5, 12)), 0.5, rng)
    fine = branched(side, int(rng.integers(2, 5)), 0.5, rng)
    every = np.concatenate([side, fine])
    per, big = int(rng.integers(3, 9)), rng.uniform(0.09, 0.28)
    at = rng.integers(3, 12, (len(every), per))
    rows = np.arange(len(every))[:, None]
    base = every[rows, at].reshape(-1, 3)
    ahead = unit(every[rows, at] - every[rows, at - 1]).reshape(-1, 3)
    out = ahead + 0.9 * rng.normal(size=ahead.shape) - 0.1 * UP
    green = leaves(
        base,
        out,
        big * rng.uniform(0.5, 1.2, len(base)),
        any_green(rng),
        rng,
        rng.uniform(0.14, 0.36),
    )
    bark = BARK * rng.uniform(0.6, 2.0)
    thick = rng.uniform(0.03, 0.06)
    return [
        wooden(main, thick, bark, rng),
        wooden(side, 0.4 * thick, bark, rng),
        wooden(fine, 0.2 * thick, bark, rng),
        green,
    ]


def bough(rng: np.random.Generator) -> list[Strands | Mesh]:
    """A conifer's bough with needles all around its twigs."""
    way = np.array([[1.0, 0.3 * rng.normal(), rng.uniform(-0.4, 0.5)]])
    main = stems(np.zeros((1, 3)), way, np.array([2.0]), rng)
    side = np.concatenate([main, branched(main, int(rng.integers(9, 18)), 0.4, rng)])
    side = np.concatenate([side, branched(side[1:], 3, 0.5, rng)])
    per = int(rng.integers(90, 180))
    u = rng.uniform(0.5, 10.99, (len(side), per))
    low, rows = u.astype(int), np.arange(len(side))[:, None]
    base = side[rows, low] + (u - low)[..., None] * (side[rows, low + 1] - side[rows, low])
    ahead = unit(side[rows, low + 1] - side[rows, low])
    out = unit(ahead * rng.uniform(0.4, 1.2) + unit(rng.normal(size=ahead.shape)))
    long = rng.uniform(0.07, 0.2) * rng.uniform(0.7, 1.15, (*u.shape, 1))
    t = np.linspace(0, 1, 4)[:, None]
    needle = base[:, :, None] + (out * long)[:, :, None] * t + 0.1 * long[:, :, None] * t**2 * UP
    needle = needle.reshape(-1, 4, 3)
    tint = sparkle(np.tile(GREENS[rng.integers(5)], (len(needle), 1)), 0.25, rng)
    width = np.full(len(needle), rng.uniform(0.006, 0.012))
    green = Strands(points=needle, width=width, tint=tint, look=THIN, tip=0.3)
    return [wooden(main, 0.05, BARK, rng), wooden(side[1:], 0.018, BARK, rng), green]


def fern(rng: np.random.Generator) -> list[Strands | Mesh]:
    """Fronds out of one crown."""
    found: list[Strands | Mesh] = []
    hue, count = any_green(rng), int(rng.integers(5, 13))
    u = np.linspace(0.12, 1, 30)
    for index in range(count):
        angle = 6.28 * index / count + 0.3 * rng.normal()
        way, lean = np.array([np.cos(angle), np.sin(angle), 0]), rng.uniform(0.4, 1.2)

        def stem(at: Points, way: Points = way, lean: float = lean) -> Points:
            v = at[:, None]
            return way * lean * (0.3 * v + 0.7 * v**1.8) + UP * (1.3 * v - 0.8 * v**2.2)

        base, ahead = stem(u), unit(stem(u + 0.01) - stem(u))
        side = np.cross(UP, way)
        long = 0.3 * np.sin(np.pi * (0.1 + 0.88 * u)) ** 0.9 + 0.02
        for hand in (-1, 1):
            out = hand * side + 0.45 * ahead + 0.06 * rng.normal(size=ahead.shape)
            rib = base[:, None] + unit(out)[:, None] * long[:, None, None] * u[None, ::2, None]
            rib = rib - 0.12 * long[:, None, None] * u[None, ::2, None] ** 2 * UP
            small = (0.10 * long[:, None] * (1.15 - u[None, ::2]) + 0.008).ravel()
            for edge in (-1, 1):
                leaf = np.repeat(edge * ahead + 0.5 * unit(out), 15, axis=0)
                found.append(leaves(rib.reshape(-1, 3), leaf, small * 1.6, hue, rng, 0.22))
        found.append(wooden(stem(np.linspace(0, 1, 14))[None], 0.018, 0.6 * hue, rng))
    return found


def grass(rng: np.random.Generator) -> list[Strands | Mesh]:
    """A tuft of blades; some carry seeds."""
    count = int(rng.uniform(150, 900))
    base = np.stack([*(rng.normal(size=(2, count)) * rng.uniform(0.1, 0.5)), np.zeros(count)], -1)
    long = rng.uniform(0.8, 1.6) * rng.uniform(0.4, 1.1, count)
    t = np.linspace(0, 1, 10)[None, :, None]
    lean = rng.normal(size=(count, 1, 3)) * [0.4, 0.4, 0.0] + base[:, None] * 0.8
    blade = UP * t + lean * t + (1.1 * lean - 0.35 * UP) * t**2.4
    points = base[:, None] + long[:, None, None] * blade
    dry = rng.random((count, 1)) ** rng.uniform(1, 5)
    tint = sparkle(any_green(rng) * (1 - dry) + STRAW * dry, 0.25, rng)
    width = rng.uniform(0.012, 0.035) * rng.uniform(0.5, 1.2, count)
    blades = Strands(points=points, width=width, tint=tint, look=THIN, tip=0.05)
    return [blades, *(seeds(points[:60], rng) if rng.random() < 0.5 else [])]


def seeds(stalks: Points, rng: np.random.Generator) -> list[Strands]:
    """Fine hairs around the upper part of stalks (N, K, 3)."""
    per = 160
    u = rng.uniform(0.55, 0.99, (len(stalks), per)) * (stalks.shape[1] - 1)
    low, rows = u.astype(int), np.arange(len(stalks))[:, None]
    step = stalks[rows, low + 1] - stalks[rows, low]
    base = (stalks[rows, low] + (u - low)[..., None] * step).reshape(-1, 1, 3)
    way = unit(unit(step) + 0.8 * rng.normal(size=step.shape)).reshape(-1, 1, 3)
    t = np.linspace(0, 1, 5)[:, None]
    long = rng.uniform(0.05, 0.22) * rng.uniform(0.5, 1.2, (len(base), 1, 1))
    points = base + long * (way * t - 0.3 * UP * t**2)
    tint = sparkle(np.tile(STRAW * rng.uniform(0.6, 1.6), (len(points), 1)), 0.2, rng)
    return [Strands(points=points, width=np.full(len(points), 0.006), tint=tint, look=THIN)]


def plumes(rng: np.random.Generator) -> list[Strands | Mesh]:
    """Pampas plumes or reeds in a bunch."""
    count = int(rng.integers(2, 9))
    way = np.stack([0.4 * rng.normal(size=count), 0.4 * rng.normal(size=count), np.ones(count)], -1)
    stalk = stems(np.zeros((count, 3)), way, rng.uniform(1.4, 2.2, count), rng, 0.05)
    fluff = [part for _ in range(int(rng.integers(6, 14))) for part in seeds(stalk, rng)]
    return [wooden(stalk, 0.02, STRAW * 0.7, rng), *fluff]
