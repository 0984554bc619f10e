"""What stands in the meadow: trees, bushes, boulders and tall grass."""

import blender
import numpy as np
from groom import sparkle, unit
from ground import GREEN, OLIVE, STONE, STRAW, blades, earth, flowers, ripple, scattered


def leaves(
    centre: np.ndarray, spread: np.ndarray, size: float, count: int, rng: np.random.Generator
) -> np.ndarray:
    """Diamonds (N * count, 4, 3) in round clusters: centre (N, 3), spread (N,) metres."""
    ball = unit(rng.normal(size=(len(centre), count, 3)))
    ball = ball * rng.uniform(0.55, 1.0, (len(centre), count, 1)) * spread[:, None, None]
    where = (centre[:, None] + ball * [1.0, 1.0, 0.75]).reshape(-1, 1, 3)
    along = unit(rng.normal(size=(len(where), 3)) + np.array([0.0, 0.0, -0.4]))
    side = unit(np.cross(along, rng.normal(size=(len(where), 3))))
    scale = size * rng.uniform(0.6, 1.2, (len(where), 1))
    long, short = along * scale, side * scale * 0.45
    return where + np.stack([-long, short, long, -short], axis=1)


def tree(where: np.ndarray, tall: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Leaf quads (N, 4, 3) and limbs (M, 6, 3) of one tree at a ground point."""
    crown = where + np.array([0.0, 0.0, 0.62 * tall])
    ball = unit(rng.normal(size=(70, 3))) * rng.uniform(0.35, 1.0, (70, 1)) ** 0.5
    centres = crown + ball * np.array([0.30, 0.30, 0.38]) * tall
    t = np.linspace(0.0, 1.0, 6)[:, None]
    base = where + np.array([0.0, 0.0, 1.0]) * tall * rng.uniform(0.1, 0.4, (14, 1))
    limbs = base[:, None] + (centres[:14] - base)[:, None] * t
    trunk = where + np.array([0.02 * tall * rng.normal(), 0.0, 0.8 * tall]) * t
    return (
        leaves(centres, rng.uniform(0.07, 0.14, 70) * tall, 0.035 * tall, 75, rng),
        np.concatenate([trunk[None], limbs]),
    )


def trees(scene: blender.bpy.types.Scene, rng: np.random.Generator) -> None:
    """A loose edge of wood 45 to 75 m away, with bushes at its foot."""
    quads, limbs, widths, tints = [], [], [], []
    places = [(rng.uniform(-30, 30), rng.uniform(58, 78), rng.uniform(9, 14)) for _ in range(24)]
    places += [
        (x, rng.uniform(45, 55), rng.uniform(7, 12.5)) for x in (-17, -12.5, -3, 9, 13.5, 20)
    ]
    places += [
        (rng.uniform(-28, 28), rng.uniform(48, 70), rng.uniform(2.0, 4.5)) for _ in range(34)
    ]
    for x, y, tall in places:
        leaf, limb = tree(np.array([x, y, -0.1 * tall]), tall, rng)
        quads.append(leaf)
        limbs.append(limb)
        widths.append(np.array([0.055] + [0.014] * (len(limb) - 1)) * tall)
        autumn = rng.uniform(0.0, 1.0) ** 2.5
        hue = GREEN * rng.uniform(0.7, 1.3) + autumn * (np.array([0.30, 0.17, 0.03]) - GREEN)
        tints.append(sparkle(np.repeat(hue[None], len(leaf), 0), 0.25, rng))
    blender.facets(
        scene,
        "leaves",
        np.concatenate(quads),
        np.concatenate(tints),
        blender.tinted("leaf", translucency=0.4),
    )
    bark = np.concatenate(limbs)
    blender.strands(
        scene,
        "limbs",
        bark,
        np.concatenate(widths),
        sparkle(np.repeat([[0.10, 0.075, 0.055]], len(bark), 0), 0.2, rng),
        blender.tinted("bark"),
    )


def rock(scene: blender.bpy.types.Scene, where: tuple, radius: float, seed: int) -> None:
    """A weathered boulder."""
    blender.bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=6, location=where)
    ball = blender.bpy.context.object
    points = np.array([vertex.co for vertex in ball.data.vertices])
    swell = 1.0 + sum(
        0.14
        / k
        * ripple(points[:, 0] + points[:, 2], points[:, 1] - points[:, 2], 2.2 / k, seed + k)
        for k in (1, 2, 4, 8, 16)
    )
    shaped = points * np.clip(swell, 0.6, 1.25)[:, None] * np.array([1.25, 1.0, 0.72]) * radius
    ball.data.vertices.foreach_set("co", shaped.astype(np.float32).ravel())
    tone = np.exp(0.25 * ripple(4 * points[:, 0], 4 * points[:, 2], 1.0, seed))[:, None] * STONE
    moss = np.clip(
        points[:, 2] * 1.6 - 0.5 + 0.5 * ripple(points[:, 0], points[:, 1], 0.5, seed), 0, 1
    )
    tone = tone + moss[:, None] * (1.1 * OLIVE - tone)
    rgba = np.concatenate([tone, np.ones((len(points), 1))], 1).astype(np.float32)
    ball.data.attributes.new("tint", "FLOAT_COLOR", "POINT").data.foreach_set("color", rgba.ravel())
    ball.data.materials.append(earth())


def shrubs(scene: blender.bpy.types.Scene, rng: np.random.Generator) -> None:
    """Rocks, two bushes, tall grass and flowers 16 to 26 m away."""
    for place, radius, seed in (
        ((-5.2, 19.0, 0.2), 0.9, 21),
        ((-3.6, 18.2, 0.0), 0.45, 31),
        ((6.6, 21.0, 0.3), 1.25, 41),
        ((1.2, 24.0, 0.0), 0.6, 51),
    ):
        rock(scene, place, radius, seed)
    for x, y, tall in ((-8.2, 22.0, 3.4), (-9.6, 24.0, 4.4), (9.0, 23.0, 3.8), (3.2, 26.0, 2.4)):
        leaf, limb = tree(np.array([x, y, -0.25 * tall]), tall, rng)
        tint = np.repeat(GREEN[None] * 0.9, len(leaf), 0)
        blender.facets(
            scene, "bush", leaf, sparkle(tint, 0.25, rng), blender.tinted("leaf", translucency=0.4)
        )
        blender.strands(
            scene,
            "twigs",
            limb,
            np.full(len(limb), 0.05),
            np.repeat([[0.08, 0.06, 0.04]], len(limb), 0),
            blender.tinted("twig"),
        )
    x, y = scattered(30_000, 16.0, 24.0, rng)
    tall = np.clip(ripple(x, y, 3.2, 15) + 0.1, 0.0, 1.6)
    keep = tall > 0.25
    x, y, tall = x[keep], y[keep], tall[keep]
    dry = rng.uniform(0.0, 0.9, (len(x), 1))
    blender.strands(
        scene,
        "tall",
        blades(x, y, 0.75 * tall * rng.uniform(0.5, 1.2, len(x)), rng),
        np.full(len(x), 0.020),
        sparkle(OLIVE + dry * (STRAW - OLIVE), 0.25, rng),
        blender.tinted("tall", translucency=0.35),
    )
    flowers(scene, 5000, 16.0, 24.0, rng)
