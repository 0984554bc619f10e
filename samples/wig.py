"""A long wig on a stand, blown by the wind."""

import blender
import numpy as np
from groom import Part, roots, sparkle

SKULL = Part(name="skull", centre=(0.0, 0.0, 0.0), radii=(0.40, 0.46, 0.52))


def outside(points: np.ndarray, part: Part, gap: np.ndarray) -> np.ndarray:
    """Points (..., 3) that were inside an ellipsoid, pushed out through its surface."""
    local = part.to_local(points.reshape(-1, 3)).reshape(points.shape)
    reach = np.linalg.norm(local, axis=-1, keepdims=True)
    pushed = local / np.maximum(reach, 1e-6) * (1.0 + gap) * part.radii + part.centre
    return np.where(reach < 1.0 + gap, pushed, points)


def long_hair(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Hair as long as a forearm, blown to the right: strands (N, K, 3), tints (N, 3)."""
    point, normal, _ = roots([SKULL], 52_000, rng)
    keep = (point[:, 2] > -0.28 - 0.25 * rng.random(len(point))) & (point[:, 1] < 0.25)
    point, normal = point[keep], normal[keep]
    guides = rng.choice(len(point), len(point) // 45, replace=False)
    home = guides[blender.nearest(point, point[guides])]
    t = np.linspace(0.0, 1.0, 18)[None, :, None]
    length = (1.45 + 0.15 * rng.normal(size=len(point)))[home] * rng.uniform(0.60, 1.08, len(point))
    side = np.sign(point[:, 0]) * np.clip(np.abs(point[:, 0]) / 0.25, 0.0, 1.0)
    fall = np.stack([0.07 * side, -0.16 + 0.05 * np.abs(side), -np.ones(len(point))], -1)
    own = rng.normal(size=(len(point), 1, 3)) * [0.03, 0.02, 0.02]
    shared = (rng.normal(size=(len(point), 1, 3)) * [0.07, 0.05, 0.05])[home]
    wind = np.clip(0.12 + 0.22 * rng.normal(size=(len(point), 1, 1)), -0.05, 1.2)[home]
    wind = wind * (0.5 + 0.9 * np.clip(point[:, :1, None] + 0.3, 0.0, 1.0))
    shape = (
        normal[:, None] * 0.055 * (1.0 - np.exp(-5.0 * t))
        + fall[:, None] * t**1.15
        + (own + shared) * t
        + wind * t**2.2 * np.array([0.85, -0.1, 0.32])
    )
    phase = rng.uniform(0.0, 6.28, (len(point), 1, 3))
    wave = 0.022 * np.sin(phase[home] + 8.5 * t) + 0.006 * np.sin(phase + 17.0 * t)
    stray = (rng.random((len(point), 1, 1)) < 0.035) * rng.normal(size=(len(point), 1, 3)) * 0.20
    strand = point[:, None] + length[:, None, None] * (shape + t * wave + stray * t**2)
    strand = strand + 0.55 * t**1.5 * (strand[home] - strand)
    strand = outside(strand, SKULL, 0.04 + 0.12 * rng.random((len(point), 1, 1)))
    auburn = np.array([0.085, 0.022, 0.007]) * np.exp(0.45 * rng.normal(size=(len(point), 1)))[home]
    return strand, sparkle(auburn, 0.22, rng)


def wig(scene: blender.bpy.types.Scene, rng: np.random.Generator) -> None:
    """A long wig on its wooden stand, from behind."""
    strand, tint = long_hair(rng)
    blender.strands(
        scene,
        "hair",
        strand,
        np.full(len(tint), 0.0042),
        tint,
        blender.hair_material(roughness=0.28),
    )
    wood = blender.material("wood", (0.20, 0.10, 0.05), Roughness=0.45)
    blender.ellipsoid(scene, SKULL.centre, SKULL.radii, wood)
    blender.ellipsoid(scene, (0.0, 0.0, -1.2), (0.09, 0.09, 1.4), wood)
    blender.camera(scene, (0.5, -8.0, 0.2), (0.16, 0.0, -0.62), ortho=2.75)
