"""A head with human-like hair: straight, wavy, curly, blown, short, tied or in a bun."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pam.render.face import FLESH, face, skin
from pam.render.groom import Groom, Lump, Skin, clumps, outside, roots, waves
from pam.render.parts import Finish, Indices, Look, Mesh, Points, Strands, Subject
from pam.render.shapes import UP, any_colour, ball, sparkle, unit

SHADES = np.array(
    [
        [0.006, 0.005, 0.005],
        [0.022, 0.011, 0.006],
        [0.065, 0.028, 0.012],
        [0.16, 0.035, 0.010],
        [0.42, 0.24, 0.09],
        [0.55, 0.42, 0.24],
        [0.45, 0.44, 0.43],
    ]
)
COMPLEXIONS = np.array(
    [[0.62, 0.36, 0.25], [0.48, 0.26, 0.16], [0.24, 0.11, 0.06], [0.09, 0.04, 0.02]]
)
KEYS = 20
FRINGE, FACE = 0.17, 0.33  # down to where hair may hang before the face, and its half width


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Lengths in head heights (about a metre here); amounts as in Groom."""

    length: float
    puff: float  # how far hair stands off the head
    curl: float
    turns: float
    frizz: float
    stray: float
    wind: float  # sideways blow at the tips, in lengths
    gather: float  # towards the tips of the clump
    tied: bool  # drawn to one point at the back, and falling from there


def hair(rng: np.random.Generator) -> Subject:
    """Head, neck and shoulders under a random hairdo, from all sides."""
    cut, body = any_cut(rng), figure()
    skin = scalp(body[0], rng)
    home = clumps(skin.point, int(rng.uniform(25, 90)), rng)
    strand = tied(skin, home, body[0], cut, rng) if cut.tied else loose(skin, home, cut, rng)
    gap = 0.03 + 0.10 * rng.random((len(strand), 1, 1))
    for lump in body:
        strand = outside(strand, lump, gap)
    shade = SHADES[rng.integers(len(SHADES))] if rng.random() < 0.9 else any_colour(rng, 0.9)
    hue = shade * np.exp(rng.uniform(0.1, 0.4) * rng.normal(size=(len(home), 1)))[home]
    hairs = Strands(
        points=strand,
        width=np.full(len(strand), rng.uniform(0.0040, 0.0060)),
        tint=sparkle(hue, 0.2, rng),
        look=Look(finish=Finish.HAIR, roughness=rng.uniform(0.2, 0.4)),
    )
    azimuth = (-1.2, 1.2) if rng.random() < 0.5 else (1.0, 5.3)
    return Subject(
        parts=(hairs, *dressed(body, shade, rng)), azimuth=azimuth, elevation=(-0.2, 0.35), framed=2
    )


def any_cut(rng: np.random.Generator) -> Cut:
    """One of seven hairdos with its own numbers."""
    do = rng.integers(7)
    short, curly, wavy, blown, is_tied = do == 0, do in (1, 2), do == 3, do == 4, do == 5
    return Cut(
        length=rng.uniform(0.18, 0.4) if short else rng.uniform(0.45, 1.0 if curly else 1.5),
        puff=rng.uniform(0.10, 0.35) if curly else rng.uniform(0.02, 0.08),
        curl=rng.uniform(0.03, 0.07) if curly else 0.025 * wavy + 0.004,
        turns=rng.uniform(3, 7) if curly else rng.uniform(1, 2.5),
        frizz=rng.uniform(0.02, 0.06) if curly else rng.uniform(0.005, 0.02),
        stray=rng.uniform(0.02, 0.12),
        wind=rng.uniform(0.3, 0.9) if blown else rng.uniform(0, 0.08),
        gather=rng.uniform(0.2, 0.75),
        tied=bool(is_tied),
    )


def figure() -> list[Lump]:
    """Skull, neck, torso and both shoulders; the face looks to -y."""
    places = ([0, 0, 0], [0, 0.06, -0.62], [0, 0.08, -2.45], [-0.5, 0.1, -1.2], [0.5, 0.1, -1.2])
    radii = ([0.40, 0.47, 0.53], [0.19, 0.20, 0.45], [0.98, 0.45, 1.65], *[[0.42, 0.31, 0.24]] * 2)
    return [
        Lump(centre=np.array(p, float), radii=np.array(r), tilt=np.eye(3))
        for p, r in zip(places, radii, strict=True)
    ]


def scalp(skull: Lump, rng: np.random.Generator) -> Skin:
    """Roots where hair grows: not on the face, not below the nape."""
    skin = roots([skull], int(rng.uniform(32_000, 48_000)), rng)
    x, y, z = (skin.point + 0.02 * rng.normal(size=skin.point.shape)).T
    line = np.where(y < -0.05, 0.22 - 0.35 * (np.abs(x) > 0.30), -0.32)
    keep = z > line
    return Skin(point=skin.point[keep], normal=skin.normal[keep], lump=skin.lump[keep])


def loose(skin: Skin, home: Indices, cut: Cut, rng: np.random.Generator) -> Points:
    """Hair that falls from a parting, or is blown aside: (N, KEYS, 3)."""
    count, t = len(home), np.linspace(0, 1, KEYS)[None, :, None]
    long = (cut.length * (1 + 0.1 * rng.normal(size=count)))[home] * rng.uniform(0.65, 1.05, count)
    side = np.tanh(8 * (skin.point[:, 0] - rng.uniform(-0.15, 0.15)))
    back = np.clip(0.3 + skin.point[:, 2], 0, 1)
    fall = np.stack([0.12 * side, 0.12 * back, -np.ones(count)], -1)
    spread = 0.06 * rng.normal(size=(count, 1, 3))[home] + 0.03 * rng.normal(size=(count, 1, 3))
    rise = (cut.puff + 0.05) / cut.length * skin.normal[:, None] * (1 - np.exp(-5 * t))
    flat = skin.normal * [1.0, 1.0, 0.2]
    aside = np.array([rng.choice([-1.0, 1.0]), rng.normal() * 0.4, 0.35])
    gust = np.clip(1 + 0.5 * rng.normal(size=(count, 1, 1)), -0.1, 2.2)[home] * cut.wind
    shape = rise + fall[:, None] * t**1.15 + spread * t + gust * aside * t**2
    shape = shape + 0.25 * cut.puff * flat[:, None] * t
    strand = skin.point[:, None] + long[:, None, None] * shape
    return off_face(finished(strand, long, home, cut, rng), side)


def off_face(strand: Points, side: Points) -> Points:
    """Strands (N, KEYS, 3) moved sideways where they would hang before the face; side: (N,)."""
    x, y, z = np.moveaxis(strand, 2, 0)
    before = np.clip((FRINGE - z) / 0.2, 0, 1) * np.clip((-y - 0.05) / 0.2, 0, 1)
    aside = np.sign(side)[:, None] * np.maximum(np.abs(x), FACE)
    return np.stack([x + before * (aside - x), y, z], axis=2)


def finished(
    strand: Points, long: Points, home: Indices, cut: Cut, rng: np.random.Generator
) -> Points:
    """Gathered into locks, then curled, frizzed and strayed."""
    t = np.linspace(0, 1, KEYS)[None, :, None]
    strand = strand + cut.gather * t**1.5 * (strand[home] - strand)
    style = Groom(frizz=cut.frizz, curl=cut.curl, turns=cut.turns, stray=cut.stray, keys=KEYS)
    return np.asarray(strand + np.minimum(long, 1)[:, None, None] * waves(home, style, t, rng))


def tied(skin: Skin, home: Indices, skull: Lump, cut: Cut, rng: np.random.Generator) -> Points:
    """Hair drawn over the skull to a knot; from there a tail, or a bun wound around it."""
    count, t = len(home), np.linspace(0, 1, KEYS)[None, :, None]
    knot = unit(np.array([0.15 * rng.normal(), 1.0, rng.uniform(-0.3, 0.9)]))
    first = np.clip(t / 0.55, 0, 1)
    way = unit(unit(skull.local(skin.point))[:, None] * (1 - first) + knot * first)
    drawn = skull.world(way * (1.05 + 0.05 * rng.random((count, 1, 1))))
    rest = np.clip((t - 0.55) / 0.45, 0, 1)
    if rng.random() < 0.5:
        shape = knot * 0.35 * (1 - np.exp(-4 * rest)) - UP * cut.length * rest**1.3
        shape = shape + (0.10 * rng.normal(size=(count, 1, 3)) * rest) * cut.length
    else:
        size = rng.uniform(0.16, 0.26)
        own = np.linalg.qr(rng.normal(size=(count, 3, 3)))[0]
        angle = rest * rng.uniform(4, 7, (count, 1, 1))
        around = np.cos(angle) * own[:, None, 0] + np.sin(angle) * own[:, None, 1]
        shell = size * rng.uniform(0.7, 1.05, (count, 1, 1))
        shape = np.minimum(6 * rest, 1) * (knot * size * 1.0 + around * shell)
    long = np.full(count, 0.5)
    loosened = rng.random((count, 1, 1)) < cut.stray
    fly = loosened * t**2 * rng.normal(size=(count, 1, 3)) * 0.12
    style = Groom(frizz=cut.frizz, curl=0.3 * cut.curl, stray=0, keys=KEYS)
    return np.asarray(drawn + shape + fly + 0.5 * long[:, None, None] * waves(home, style, t, rng))


def dressed(body: list[Lump], shade: Points, rng: np.random.Generator) -> list[Strands | Mesh]:
    """Head and neck, a face whose brows have the shade of the hair, and clothes."""
    skull, neck, *clothed = body
    tone = COMPLEXIONS[rng.integers(len(COMPLEXIONS))] * rng.uniform(0.8, 1.15)
    cloth, colour = Look(roughness=0.9, bump=0.004), any_colour(rng)
    return [
        *(skin(ball(lump.centre, lump.radii, tone, FLESH), rng) for lump in (skull, neck)),
        *face(skull, tone, shade, rng),
        *(ball(lump.centre, lump.radii * 0.98, colour, cloth) for lump in clothed),
        ball(neck.centre - UP * 0.24, neck.radii * [1.5, 1.5, 0.30], colour * 0.8, cloth),
    ]
