"""The ground of the meadow: a trodden track, soil, grass, pebbles and flowers."""

import blender
import numpy as np
from groom import sparkle

FOCAL = 1900.0  # pixels
WIDTH = 2080  # pixels; a frame is 1280 of them
BANDS = ((5.6, 9.4), (10.6, 16.0), (16.0, 28.0), (28.0, 75.0))  # depths of the lawns, metres
LAWNS = (
    (150_000, 0.20, 0.011),
    (120_000, 0.22, 0.015),
    (170_000, 0.28, 0.022),
    (120_000, 0.42, 0.060),
)  # blades, height and width in metres
GREEN, OLIVE, STRAW, EARTH, STONE = np.array(
    [
        [0.085, 0.150, 0.024],
        [0.140, 0.160, 0.035],
        [0.40, 0.31, 0.13],
        [0.128, 0.089, 0.055],
        [0.26, 0.24, 0.21],
    ]
)


def ripple(x: np.ndarray, y: np.ndarray, size: float, seed: int) -> np.ndarray:
    """Smooth noise of about unit variance with features of `size` metres."""
    rng = np.random.default_rng(seed)
    total = np.zeros(np.broadcast(x, y).shape)
    for _ in range(14):
        angle, phase = rng.uniform(0.0, 2 * np.pi, 2)
        pace = 2 * np.pi / size * rng.uniform(0.5, 1.8)
        total += np.cos(pace * (x * np.cos(angle) + y * np.sin(angle)) + phase)
    return total / np.sqrt(7.0)


def bareness(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """1 on the trodden track, 0 in the grass, with a ragged edge."""
    centre = 10.0 + 0.35 * np.sin(0.35 * x + 0.6)
    edge = 1.75 - np.abs(y - centre) + 0.28 * ripple(x, y, 1.6, 3) + 0.12 * ripple(x, y, 0.4, 4)
    return np.clip(0.5 + edge / 0.5, 0.0, 1.0)


def scattered(
    count: int, near: float, far: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Random ground points x, y (N,) in view, between two depths; fewer the farther."""
    depth = near + rng.uniform(0.0, 1.0, count) * (far - near)
    return rng.uniform(-1.0, 1.0, count) * (WIDTH / 2 / FOCAL * depth + 0.6), depth


def blades(
    x: np.ndarray, y: np.ndarray, height: np.ndarray, rng: np.random.Generator, keys: int = 6
) -> np.ndarray:
    """Blades (N, keys, 3) that rise from (x, y, 0), lean at random and bow with the wind."""
    t = np.linspace(0.0, 1.0, keys)[None, :, None]
    lean = rng.normal(size=(len(x), 1, 3)) * [0.38, 0.38, 0.0] + [0.10, 0.0, 0.0]
    bow = (lean * 1.3 + rng.normal(size=(len(x), 1, 3)) * 0.12) * [1.0, 1.0, 0.4]
    shape = np.array([0.0, 0.0, 1.0]) * t + lean * t + (bow - [0.0, 0.0, 0.22]) * t**2
    return np.stack([x, y, np.zeros_like(x)], axis=1)[:, None] + height[:, None, None] * shape


def lawn(scene: blender.bpy.types.Scene, band: int, rng: np.random.Generator) -> None:
    """One band of grass, with flowers; shorter where it has been trodden."""
    count, tall, wide = LAWNS[band]
    x, y = scattered(count, *BANDS[band], rng)
    keep = rng.random(count) > bareness(x, y) * 0.985
    x, y = x[keep], y[keep]
    patch = ripple(x, y, 2.8, 5)
    height = tall * np.exp(0.35 * rng.normal(size=len(x)) + 0.22 * patch)
    height *= 1.0 - 0.75 * bareness(x, y)
    dry = np.clip(0.22 + 0.22 * ripple(x, y, 5.0, 6) + 0.25 * rng.normal(size=len(x)), 0.0, 1.0)
    tint = GREEN + np.clip(0.5 + 0.5 * patch, 0, 1)[:, None] * (OLIVE - GREEN)
    tint = tint + (dry**1.5)[:, None] * (STRAW - tint)
    blender.strands(
        scene,
        "lawn",
        blades(x, y, height, rng),
        np.full(len(x), wide),
        sparkle(tint, 0.25, rng),
        blender.tinted("grass", translucency=0.35),
    )
    flowers(scene, 900, *BANDS[band], rng)


def soil(scene: blender.bpy.types.Scene) -> None:
    """The ground itself: a fine grid, humpy and darker off the track."""
    depth = np.geomspace(4.5, 140.0, 420)
    across = np.linspace(-1.0, 1.0, 420)
    y = np.repeat(depth[:, None], 420, axis=1)
    x = across * (0.75 * y + 3.0)
    bare = bareness(x, y)
    z = 0.018 * ripple(x, y, 1.1, 7) + 0.007 * ripple(x, y, 0.25, 8) - 0.05 * bare + 0.02
    z *= np.clip(1.4 - y / 40.0, 0.0, 1.0)
    index = np.arange(420 * 420).reshape(420, 420)
    quads = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], -1)
    mesh = blender.bpy.data.meshes.new("soil")
    mesh.from_pydata(
        np.stack([x, y, z], -1).reshape(-1, 3).tolist(), [], quads.reshape(-1, 4).tolist()
    )
    mottled = np.exp(0.16 * ripple(x, y, 0.9, 9) + 0.12 * ripple(x, y, 0.2, 10))[..., None]
    far = np.clip((y - 20.0) / 40.0, 0.0, 1.0)[..., None]
    tint = (0.45 * GREEN + 0.35 * EARTH) * (1 - far) + far * 0.9 * OLIVE
    tint = (tint + bare[..., None] * (1.35 * EARTH - tint)) * mottled
    rgba = np.concatenate([tint, np.ones_like(mottled)], -1)
    colour = mesh.attributes.new("tint", "FLOAT_COLOR", "POINT")
    colour.data.foreach_set("color", rgba.astype(np.float32).ravel())
    mesh.materials.append(earth())
    blender.place(scene, "soil", mesh)


def earth() -> blender.bpy.types.Material:
    """Soil coloured by `tint`, with grit too fine for the grid as a bump."""
    made = blender.tinted("earth")
    nodes, links = made.node_tree.nodes, made.node_tree.links
    grit, bump = nodes.new("ShaderNodeTexNoise"), nodes.new("ShaderNodeBump")
    place = nodes.new("ShaderNodeTexCoord")
    grit.inputs["Scale"].default_value, grit.inputs["Detail"].default_value = 9.0, 9.0
    bump.inputs["Strength"].default_value, bump.inputs["Distance"].default_value = 0.9, 0.06
    links.new(place.outputs["Object"], grit.inputs["Vector"])
    links.new(grit.outputs["Fac"], bump.inputs["Height"])
    links.new(bump.outputs["Normal"], nodes["Principled BSDF"].inputs["Normal"])
    return made


def pebbles(scene: blender.bpy.types.Scene, rng: np.random.Generator) -> None:
    """Small stones, most of them on the track."""
    blender.bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=2)
    ball = blender.bpy.context.object
    corners = np.array(
        [[ball.data.vertices[i].co for i in face.vertices] for face in ball.data.polygons]
    )
    blender.bpy.data.objects.remove(ball)
    x, y = scattered(4200, 6.0, 22.0, rng)
    keep = rng.random(len(x)) < 0.12 + 0.88 * bareness(x, y)
    x, y = x[keep], y[keep]
    size = 0.016 * np.exp(0.65 * rng.normal(size=len(x)))[:, None, None, None]
    shape = corners[None] * np.exp(0.25 * rng.normal(size=(len(x), 1, 1, 3)))
    shape = (
        shape + 0.12 * np.sin(5.0 * corners[None] + rng.uniform(0, 6, (len(x), 1, 1, 3)))
    ) * size
    where = np.stack([x, y, 0.3 * size[:, 0, 0, 0] - 0.02], -1)[:, None, None]
    tint = sparkle(np.repeat(STONE[None], len(x), 0), 0.3, rng)
    tint = np.repeat(tint, len(corners), axis=0)
    blender.facets(
        scene, "pebbles", (shape + where).reshape(-1, 3, 3), tint, blender.tinted("stone")
    )


def flowers(
    scene: blender.bpy.types.Scene, count: int, near: float, far: float, rng: np.random.Generator
) -> None:
    """White and yellow heads on stalks, in drifts."""
    x, y = scattered(count, near, far, rng)
    keep = (bareness(x, y) < 0.05) & (ripple(x, y, 4.0, 12) > 0.5)
    x, y = x[keep], y[keep]
    stalk = blades(x, y, rng.uniform(0.28, 0.5, len(x)), rng)
    blender.strands(
        scene,
        "stalks",
        stalk,
        np.full(len(x), 0.012),
        np.repeat(GREEN[None], len(x), 0),
        blender.tinted("stalk", translucency=0.3),
    )
    spoke = np.linspace(0.0, 2 * np.pi, 12, endpoint=False)
    ring = np.stack([np.cos(spoke), np.sin(spoke), 0.25 * np.cos(2 * spoke)], -1)
    ring = ring * (0.75 + 0.25 * np.cos(6 * spoke))[:, None]
    heads = stalk[:, -1][:, None] + ring * rng.uniform(0.03, 0.06, (len(x), 1, 1))
    white = (rng.random(len(x)) < 0.6)[:, None]
    tint = np.where(white, [0.80, 0.78, 0.72], [0.78, 0.50, 0.04])
    blender.facets(scene, "heads", heads, tint, blender.tinted("petal", translucency=0.3))
