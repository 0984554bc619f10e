"""Three other subjects and what stands behind each, and a shore at dusk.

    python stills.py 1.0 folder

writes wig.npy, feathers.npy and fern.npy (premultiplied, with alpha), `<name>_back.npy` for each,
and dusk_back.npy.
"""

import sys
from pathlib import Path

import blender
import ground
import numpy as np
import woods
from groom import sparkle, unit
from wig import wig

SIZE = (720, 720)


def plume(
    root: np.ndarray, lean: float, tall: float, barbs: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """One curled plume in the x-z plane: shaft (1, 12, 3) and barbs (2 * barbs, 12, 3)."""

    def shaft(u: np.ndarray) -> np.ndarray:
        bend = lean * (0.35 * u + 0.65 * u**2.4)
        return root + tall * np.stack([np.sin(bend) * u, -0.12 * u**2, np.cos(bend) * u], -1)

    u = np.sort(rng.uniform(0.16, 1.0, 2 * barbs))
    base, ahead = shaft(u), unit(shaft(u + 0.01) - shaft(u))
    hand = np.where(rng.random(2 * barbs) < 0.5, -1.0, 1.0)[:, None]
    across = hand * np.stack([ahead[:, 2], 0.35 * rng.normal(size=len(u)), -ahead[:, 0]], -1)
    length = tall * 0.19 * np.sin(np.pi * np.clip(0.12 + 0.80 * u, 0, 1)) ** 0.6
    length = (length * rng.uniform(0.6, 1.1, len(u)))[:, None, None]
    t = np.linspace(0.0, 1.0, 12)[None, :, None]
    group = np.repeat(rng.normal(size=(len(u) // 14 + 1, 3)) * 0.20, 14, axis=0)[: len(u), None]
    curl = np.array([0.0, -0.05, -0.55]) * t**2.3 + group * t**1.5
    wisp = 0.05 * t * np.sin(rng.uniform(0, 6.28, (len(u), 1, 3)) + 7.0 * t)
    wisp = wisp + 0.10 * rng.normal(size=(len(u), 1, 3)) * t
    out = base[:, None] + length * ((0.8 * across + 0.55 * ahead)[:, None] * t + curl + wisp)
    return shaft(np.linspace(0.0, 1.0, 12))[None], out


def feathers(scene: blender.bpy.types.Scene, rng: np.random.Generator) -> None:
    """Seven ostrich plumes in a small vase."""
    hair = blender.hair_material("barbs", 0.45)
    for index, lean in enumerate((-0.92, -0.60, -0.34, -0.05, 0.24, 0.55, 0.86)):
        hue = np.array([[0.60, 0.50, 0.38], [0.50, 0.10, 0.10], [0.03, 0.17, 0.20]][index % 3])
        shaft, barbs = plume(
            np.array([0.03 * index - 0.09, 0.06 * (index % 2), 0.0]),
            lean,
            rng.uniform(2.3, 2.8),
            1500,
            rng,
        )
        blender.strands(
            scene,
            "barbs",
            barbs,
            np.full(len(barbs), 0.0062),
            sparkle(np.repeat(hue[None], len(barbs), 0), 0.15, rng),
            hair,
        )
        blender.strands(scene, "shaft", shaft, np.full(1, 0.022), 0.9 * hue[None], hair)
    glaze = blender.material("glaze", (0.10, 0.07, 0.16), Roughness=0.15, Coat_Weight=0.6)
    blender.ellipsoid(scene, (0.0, 0.05, -0.20), (0.27, 0.27, 0.30), glaze)
    blender.ellipsoid(scene, (0.0, 0.05, 0.03), (0.12, 0.12, 0.14), glaze)
    blender.camera(scene, (0.0, -8.0, 2.1), (0.0, 0.0, 1.50), ortho=3.9)


def frond(
    lean: float, turn: float, tall: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A fern's frond: stem (1, 14, 3) and leaflets (N, 4, 3)."""
    way = np.array([np.cos(turn), np.sin(turn), 0.0])
    up = np.array([0.0, 0.0, 1.0])
    side = np.cross(up, way) + 0.25 * rng.normal(size=3)

    def stem(u: np.ndarray) -> np.ndarray:
        u = u[..., None]
        return tall * (way * lean * (0.25 * u + 0.75 * u**1.8) + up * (1.35 * u - 0.85 * u**2.2))

    u = np.linspace(0.14, 1.0, 27)
    base, ahead = stem(u), unit(stem(u + 0.01) - stem(u))
    long = tall * 0.30 * np.sin(np.pi * (0.10 + 0.88 * u)) ** 0.9 + 0.012
    v = np.linspace(0.06, 1.0, 15)
    found = []
    for hand in (-1.0, 1.0):
        reach = unit(hand * side + 0.45 * ahead + 0.08 * rng.normal(size=ahead.shape))
        rib = base[:, None] + long[:, None, None] * (
            reach[:, None] * v[:, None] - up * 0.18 * v[:, None] ** 2
        )
        for edge in (-1.0, 1.0):
            leaf = unit(edge * ahead + 0.5 * reach)[:, None]
            size = (0.085 * long[:, None] * (1.05 - v) ** 0.6 + 0.006)[..., None]
            wide = 0.42 * size * reach[:, None]
            tip = rib + size * leaf - up * 0.15 * size
            middle = rib + 0.45 * size * leaf
            found.append(np.stack([rib, middle + wide, tip, middle - wide], axis=2))
    return stem(np.linspace(0.0, 1.0, 14))[None], np.concatenate(found).reshape(-1, 4, 3)


def fern(scene: blender.bpy.types.Scene, rng: np.random.Generator) -> None:
    """A fern in an earthen pot."""
    leaf, stalk = blender.tinted("leaf", translucency=0.4), blender.tinted("stalk")
    for index in range(16):
        stem, green = frond(
            rng.uniform(0.35, 1.25), 2.4 * index + rng.normal() * 0.2, rng.uniform(1.1, 1.7), rng
        )
        hue = np.array([0.10, 0.26, 0.035]) * np.exp(0.25 * rng.normal())
        hue = hue + np.array([0.12, 0.07, 0.0]) * rng.random() ** 2
        blender.facets(
            scene, "leaflets", green, sparkle(np.repeat(hue[None], len(green), 0), 0.15, rng), leaf
        )
        blender.strands(
            scene, "stem", stem, np.full(1, 0.020), np.array([[0.14, 0.12, 0.04]]), stalk
        )
    clay = blender.material("clay", (0.42, 0.17, 0.085), Roughness=0.8)
    blender.ellipsoid(scene, (0.0, 0.0, -0.26), (0.42, 0.42, 0.38), clay)
    blender.camera(scene, (0.0, -8.0, 3.0), (0.0, 0.0, 0.70), ortho=2.5)


def wall(scene: blender.bpy.types.Scene, rng: np.random.Generator, colour: tuple) -> None:
    """A plastered wall and a crowd of out-of-focus baubles and lamps before it."""
    mesh = blender.bpy.data.meshes.new("wall")
    mesh.from_pydata([(-20, 9, -9), (20, 9, -9), (20, 9, 12), (-20, 9, 12)], [], [(0, 1, 2, 3)])
    mesh.materials.append(blender.material("plaster", colour, Roughness=0.9))
    blender.place(scene, "wall", mesh)
    for _ in range(46):
        hue = tuple(np.clip(rng.uniform(0.05, 0.75, 3) * rng.uniform(0.4, 1.2), 0.02, 0.9))
        size = rng.uniform(0.10, 0.55)
        glow = {"Emission_Strength": 3.0} if rng.random() < 0.25 else {}
        look = blender.material("bauble", hue, Roughness=0.3, **glow)
        look.node_tree.nodes["Principled BSDF"].inputs["Emission Color"].default_value = (
            1,
            0.7,
            0.35,
            1,
        )
        where = (rng.uniform(-4.5, 4.5), rng.uniform(4.5, 8.5), rng.uniform(-2.2, 3.2))
        blender.ellipsoid(scene, where, (size, size, size), look)


def wood(scene: blender.bpy.types.Scene, rng: np.random.Generator) -> None:
    """Boulders and leaves close by, out of focus."""
    for index in range(9):
        where = (rng.uniform(-4, 4), rng.uniform(3, 7), rng.uniform(-1.8, -0.6))
        woods.rock(scene, where, rng.uniform(0.5, 1.1), 60 + index)
    centre = np.stack(
        [rng.uniform(-5, 5, 420), rng.uniform(5, 9, 420), rng.uniform(-2, 4, 420)], -1
    )
    quads = woods.leaves(centre, rng.uniform(0.2, 0.6, 420), 0.12, 60, rng)
    hue = np.where(rng.random((len(quads), 1)) < 0.35, ground.STRAW, ground.GREEN)
    blender.facets(
        scene, "leaves", quads, sparkle(hue, 0.4, rng), blender.tinted("leaf", translucency=0.4)
    )


def dusk(scene: blender.bpy.types.Scene, rng: np.random.Generator) -> None:
    """The sea under a low sun, from a beach with dune grass."""
    air = scene.world.node_tree.nodes["Sky Texture"]
    air.sun_elevation, air.sun_rotation, air.sun_disc = 0.055, 0.22, True
    air.dust_density, air.sun_intensity = 1.4, 0.02
    scene.world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0.075
    blender.bpy.data.objects["sun"].hide_render = True
    for name, corners, colour, rough, scale, depth in (
        (
            "sea",
            [(-900, 14, 0), (900, 14, 0), (900, 1800, 0), (-900, 1800, 0)],
            (0.02, 0.05, 0.07),
            0.12,
            0.9,
            0.30,
        ),
        (
            "sand",
            [(-60, 1, 0.35), (60, 1, 0.55), (60, 16.5, -0.08), (-60, 14.5, -0.06)],
            (0.42, 0.31, 0.20),
            0.75,
            2.2,
            0.10,
        ),
    ):
        mesh = blender.bpy.data.meshes.new(name)
        mesh.from_pydata(corners, [], [(0, 1, 2, 3)])
        look = blender.material(name, colour, Roughness=rough)
        nodes, links = look.node_tree.nodes, look.node_tree.links
        noise, bump, place = (
            nodes.new(kind)
            for kind in ("ShaderNodeTexNoise", "ShaderNodeBump", "ShaderNodeTexCoord")
        )
        noise.inputs["Scale"].default_value, noise.inputs["Detail"].default_value = scale, 7.0
        bump.inputs["Distance"].default_value = depth
        links.new(place.outputs["Object"], noise.inputs["Vector"])
        links.new(noise.outputs["Fac"], bump.inputs["Height"])
        links.new(bump.outputs["Normal"], nodes["Principled BSDF"].inputs["Normal"])
        mesh.materials.append(look)
        blender.place(scene, name, mesh)
    x, y = rng.uniform(-5.5, 5.5, 5200), rng.uniform(3.2, 7.5, 5200)
    keep = np.abs(x) + 0.5 * ground.ripple(x, y, 1.5, 77) > 1.9 + 0.12 * y
    x, y = x[keep], y[keep]
    blade = ground.blades(x, y, rng.uniform(0.35, 0.95, len(x)), rng) + np.array([0.0, 0.0, 0.25])
    blender.strands(
        scene,
        "dune",
        blade,
        np.full(len(x), 0.014),
        sparkle(np.repeat([[0.20, 0.18, 0.07]], len(x), 0), 0.3, rng),
        blender.tinted("dune", translucency=0.35),
    )
    blender.camera(scene, (0.0, -1.0, 1.7), (0.0, 20.0, 2.3), lens=32.0)


def scene_of(maker: object, *more: object, seed: int) -> blender.bpy.types.Scene:
    """A fresh daylit scene filled by `maker`."""
    scene = blender.reset()
    blender.daylight(scene, sun=4.2, sky=0.30)
    maker(scene, np.random.default_rng(seed), *more)
    return scene


def main(effort: float, folder: Path) -> None:
    """Draw every picture that is not in the folder yet."""

    def wanted(name: str) -> bool:
        return not (folder / f"{name}.npy").exists()

    whole = (round(SIZE[0] * effort), round(SIZE[1] * effort))
    half = (whole[0] // 2, whole[1] // 2)
    for seed, maker in enumerate((wig, feathers, fern), 31):
        if wanted(maker.__name__):
            scene = scene_of(maker, seed=seed)
            blender.render(
                scene, folder / f"{maker.__name__}.npy", whole, max(4, round(16 * effort))
            )
    behind = {
        "wig_back": (woods.trees, (), (0, 0, 2.2), (3, 50, 3.4), 75.0, 3.0),
        "feathers_back": (wall, ((0.34, 0.27, 0.22),), (0, -8, 1.6), (0, 0, 0.9), 85.0, 8.0),
        "fern_back": (wood, (), (0, -8, 1.0), (0, 0, 0.5), 85.0, 8.0),
    }
    for seed, (name, (maker, more, eye, target, lens, focus)) in enumerate(behind.items(), 41):
        if wanted(name):
            scene = scene_of(maker, *more, seed=seed)
            scene.render.film_transparent = False
            blender.meadow_floor(scene, -2.0 if focus > 5 else 0.0)
            blender.bpy.data.objects["floor"].visible_camera = True
            blender.camera(
                scene, eye, target, lens=lens, focus=focus, fstop=0.35 if focus > 5 else 1.1
            )
            blender.render(scene, folder / f"{name}.npy", half, max(4, round(24 * effort)))
    if wanted("dusk_back"):
        scene = scene_of(dusk, seed=51)
        scene.render.film_transparent = False
        blender.render(
            scene,
            folder / "dusk_back.npy",
            (round(960 * effort), round(540 * effort)),
            max(4, round(20 * effort)),
        )


if __name__ == "__main__":
    main(float(sys.argv[1]), Path(sys.argv[2]))
