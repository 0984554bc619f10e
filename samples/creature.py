"""The subject of the clip: a long-haired, rabbit-like creature, drawn as body and head layers.

    python creature.py body -20 64 520 folder/body_-20.npy

draws one layer at one yaw (degrees, positive turns it to its left, our right).
"""

import sys
from pathlib import Path

import blender
import numpy as np
from groom import Groom, Part, grow, roots, sparkle, turn_z, unit

SPAN = 2.8  # metres seen across a layer, which is square
EYE_LINE = 1.2  # metres above the ground at the middle of a layer
NECK = np.array([0.0, -0.50, 1.16])  # where the head's own origin sits on the body
LIFT = 0.10  # sine of the camera's downward look
FAWN, CREAM, BARK = np.array([[0.40, 0.165, 0.055], [0.74, 0.60, 0.43], [0.085, 0.038, 0.018]])

BODY = [
    Part(name="torso", centre=(0.0, 0.15, 0.60), radii=(0.56, 0.70, 0.54)),
    Part(name="chest", centre=(0.0, -0.36, 0.66), radii=(0.40, 0.34, 0.44)),
    Part(name="haunch", centre=(-0.44, 0.22, 0.40), radii=(0.27, 0.44, 0.36)),
    Part(name="haunch", centre=(0.44, 0.22, 0.40), radii=(0.27, 0.44, 0.36)),
    Part(name="leg", centre=(-0.20, -0.56, 0.32), radii=(0.13, 0.14, 0.30)),
    Part(name="leg", centre=(0.20, -0.56, 0.32), radii=(0.13, 0.14, 0.30)),
    Part(name="paw", centre=(-0.21, -0.68, 0.10), radii=(0.14, 0.20, 0.10)),
    Part(name="paw", centre=(0.21, -0.68, 0.10), radii=(0.14, 0.20, 0.10)),
    Part(name="paw", centre=(-0.47, -0.22, 0.09), radii=(0.14, 0.27, 0.09)),
    Part(name="paw", centre=(0.47, -0.22, 0.09), radii=(0.14, 0.27, 0.09)),
    Part(name="tail", centre=(0.0, 0.92, 0.50), radii=(0.24, 0.24, 0.24)),
]
HEAD = [
    Part(name="skull", centre=(0.0, 0.0, 0.0), radii=(0.42, 0.42, 0.40)),
    Part(name="cheek", centre=(-0.19, -0.20, -0.12), radii=(0.23, 0.24, 0.22)),
    Part(name="cheek", centre=(0.19, -0.20, -0.12), radii=(0.23, 0.24, 0.22)),
    Part(name="muzzle", centre=(0.0, -0.40, -0.11), radii=(0.155, 0.17, 0.135)),
    Part(name="ear", centre=(-0.30, 0.06, 0.60), radii=(0.125, 0.05, 0.36), tilt=-0.34),
    Part(name="ear", centre=(0.30, 0.06, 0.60), radii=(0.125, 0.05, 0.36), tilt=0.34),
]
EYES = [np.array([-0.225, -0.345, 0.055]), np.array([0.225, -0.345, 0.055])]
NOSE = np.array([0.0, -0.565, -0.065])


def is_part(parts: list[Part], index: np.ndarray, name: str) -> np.ndarray:
    """Which roots (N,) stand on a part of that name."""
    return np.isin(index, [i for i, part in enumerate(parts) if part.name == name])


def body_fur(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Strands, widths and tints of the coat."""
    point, normal, part = roots(BODY, 66000, rng)
    length = 0.40 + 0.12 * np.clip(point[:, 1], -0.5, 1.0) + 0.05 * rng.normal(size=len(point))
    length = np.where(is_part(BODY, part, "chest"), 0.44, length)
    length = np.where(is_part(BODY, part, "leg"), 0.16, length)
    length = np.where(is_part(BODY, part, "paw"), 0.10, length)
    length = length * np.clip(1.9 * point[:, 2] + 0.2, 0.4, 1.0) * rng.uniform(0.7, 1.1, len(point))
    comb = np.array([0.0, 0.8, -0.7]) + 0.5 * normal * [1.0, 0.0, 0.0]
    comb = np.where(is_part(BODY, part, "paw")[:, None], [0.0, -1.0, -0.2], comb)
    strand = grow(point, normal, comb, length, Groom(lift=0.5, droop=0.55, clump=0.62), rng)
    strand[..., 2] = np.maximum(strand[..., 2], 0.012)
    pale = np.exp(-((point[:, 0] / 0.30) ** 2) - ((point[:, 1] + 0.72) / 0.42) ** 2)
    pale = np.maximum(pale, np.clip(1.0 - point[:, 2] / 0.30, 0.0, 1.0))
    pale = np.where(is_part(BODY, part, "paw") | is_part(BODY, part, "tail"), 0.9, pale)
    tint = FAWN + pale[:, None] * (CREAM - FAWN)
    dark = np.clip((point[:, 2] - 0.85) / 0.4, 0.0, 0.6)[:, None] * (1.0 - pale[:, None])
    return strand, np.full(len(point), 0.0060), sparkle(tint + dark * (BARK - tint), 0.22, rng)


def head_fur(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Strands, widths and tints of the head, whose origin is the middle of the skull."""
    point, normal, part = roots(HEAD, 64000, rng)
    ear, muzzle = is_part(HEAD, part, "ear"), is_part(HEAD, part, "muzzle")
    to_eye = np.min([np.linalg.norm(point - eye, axis=1) for eye in EYES], axis=0)
    to_nose = np.linalg.norm(point - NOSE, axis=1)
    length = 0.06 + 0.34 * np.clip((to_nose - 0.22) / 0.55, 0.0, 1.0)
    length = length * np.clip((to_eye - 0.06) / 0.20, 0.16, 1.0)
    tuft = np.exp(-((point[:, 0] / 0.20) ** 2) - ((point[:, 2] - 0.40) / 0.16) ** 2)
    length = np.where(ear, 0.07 + 0.26 * np.clip((point[:, 2] - 0.62) / 0.30, 0, 1) ** 2, length)
    length = np.where(muzzle, 0.035 + 0.05 * np.clip(to_nose - 0.05, 0.0, 0.3) / 0.3, length)
    length = (length + 0.20 * tuft * ~ear) * rng.uniform(0.65, 1.1, len(point))
    comb = (
        unit(point - NOSE) + np.array([0.0, 0.15, -0.25]) + 0.8 * tuft[:, None] * [0.0, -1.4, 0.5]
    )
    outward = np.sign(point[:, :1]) * np.array([0.35, 0.0, 0.0]) + np.array([0.0, 0.1, 1.0])
    comb = np.where(ear[:, None], outward, comb)
    keep = (to_eye > 0.088) & (to_nose > 0.055)
    keep &= ~(ear & (normal[:, 1] < -0.9) & (rng.random(len(point)) < 0.5))
    strand = np.concatenate(
        [
            grow(point[pick], normal[pick], comb[pick], length[pick], style, rng)
            for pick, style in (
                (keep & ear, Groom(lift=0.30, droop=0.05, clump=0.45, per_clump=25)),
                (keep & ~ear, Groom(lift=0.36, droop=0.45, clump=0.55)),
            )
        ]
    )
    order = np.concatenate([np.flatnonzero(keep & ear), np.flatnonzero(keep & ~ear)])
    tint = head_tint(point, normal, ear, to_eye, to_nose)[order]
    width = np.where(length < 0.1, 0.0050, 0.0058)[order]
    return strand, width, sparkle(tint, 0.20, rng)


def head_tint(
    point: np.ndarray, normal: np.ndarray, ear: np.ndarray, to_eye: np.ndarray, to_nose: np.ndarray
) -> np.ndarray:
    """Fawn above, cream on the muzzle, blaze and ruff, dark ear tips and eye corners."""
    pale = np.clip(1.25 - to_nose / 0.30, 0.0, 1.0)
    pale = np.maximum(pale, np.clip((-point[:, 2] - 0.14) / 0.14, 0.0, 1.0))
    blaze = np.exp(-((point[:, 0] / 0.06) ** 2)) * (point[:, 1] < 0.0) * (point[:, 2] < 0.34)
    pale = np.maximum(pale, 0.85 * blaze) * ~ear
    tint = FAWN + pale[:, None] * (CREAM - FAWN)
    tint = np.where((ear & (normal[:, 1] < -0.8))[:, None], [0.80, 0.52, 0.40], tint)
    dark = np.where(ear, np.clip((point[:, 2] - 0.62) / 0.25, 0.0, 1.0), 0.0)
    dark = np.maximum(dark, 0.8 * np.exp(-(((to_eye - 0.09) / 0.035) ** 2)))
    return tint + dark[:, None] * (BARK - tint)


def build(scene: blender.bpy.types.Scene, layer: str, yaw: float) -> None:
    """Put one layer into the scene; with the body, an unseen head casts its shadow."""
    rng = np.random.default_rng(7 if layer == "body" else 11)
    spin = turn_z(yaw)
    strand, width, tint = body_fur(rng) if layer == "body" else head_fur(rng)
    shift = NECK if layer == "head" else np.zeros(3)
    fur = blender.strands(scene, "fur", strand + shift, width, tint, blender.hair_material())
    fur.rotation_euler = (0.0, 0.0, yaw)
    skin = blender.material("skin", (0.50, 0.36, 0.24), Roughness=0.8)
    for part in BODY if layer == "body" else HEAD:
        blender.ellipsoid(
            scene,
            spin @ (np.array(part.centre) + shift),
            np.array(part.radii) * 0.97,
            skin,
            (0.0, part.tilt, yaw),
        )
    if layer == "body":
        shade = blender.ellipsoid(scene, spin @ NECK, (0.58, 0.56, 0.52), skin)
        shade.visible_camera = False
    else:
        face(scene, spin, yaw)


def face(scene: blender.bpy.types.Scene, spin: np.ndarray, yaw: float) -> None:
    """Glossy eyes and a nose."""
    gloss = blender.material("eye", (0.012, 0.006, 0.004), Roughness=0.04, Coat_Weight=1.0)
    iris = blender.material("iris", (0.10, 0.035, 0.010), Roughness=0.08, Coat_Weight=1.0)
    rim = blender.material("rim", (0.03, 0.014, 0.008), Roughness=0.6)
    leather = blender.material("nose", (0.10, 0.045, 0.04), Roughness=0.32)
    for eye in EYES:
        lid = eye + np.array([0.0, 0.012, 0.016])
        blender.ellipsoid(scene, spin @ (lid + NECK), (0.098, 0.085, 0.094), rim, (0, 0, yaw))
        blender.ellipsoid(scene, spin @ (eye + NECK), (0.088, 0.080, 0.092), iris, (0, 0, yaw))
        pupil = eye + np.array([0.012 * np.sign(eye[0]), -0.030, 0.0])
        blender.ellipsoid(scene, spin @ (pupil + NECK), (0.060, 0.054, 0.066), gloss, (0, 0, yaw))
    blender.ellipsoid(scene, spin @ (NOSE + NECK), (0.062, 0.040, 0.044), leather, (0, 0, yaw))


def draw(layer: str, degrees: float, samples: int, size: int, target: Path) -> None:
    """Render one layer in the shared frame of all layers; the ground under it is not drawn."""
    scene = blender.reset()
    blender.daylight(scene, sun=4.2, sky=0.30)
    blender.meadow_floor(scene)
    build(scene, layer, np.deg2rad(degrees))
    blender.camera(scene, (0.0, -10.0, EYE_LINE + 10.0 * LIFT), (0.0, 0.0, EYE_LINE), ortho=SPAN)
    blender.render(scene, target, (size, size), samples)


if __name__ == "__main__":
    draw(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]))
