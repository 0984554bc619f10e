"""The pixels of a clip: subjects and background in motion, composed by the compositing equation."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pam.clips.motion import CELL, Floats, Numbers, applied, filled, grid
from pam.clips.scene import CORNERS, Actor, Scene
from pam.clips.sources import pictures
from pam.data.store import read_rgb
from pamcli.composite import composite, cover
from pamcli.frame import Rgb

Grey = NDArray[np.uint8]

RESERVE = 1.4  # side of the background over the frame's: what pan, shake and zoom may uncover
STEP = 1.0  # pixels that a point may move between two exposures that are averaged
MOST_EXPOSURES = 16
LEAST_ALPHA = 0.5 / 255  # below it there is no colour
RELIEF_CELLS = (3, 4)  # bumps of the background's depth, down and across


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layers:
    """One frame and what it is made of, all uint8 of one size.

    picture = alpha foreground + (1 - alpha) background, rounded, plus the sensor's noise.
    foreground: straight; black where alpha is 0.
    """

    picture: Rgb
    alpha: Grey
    foreground: Rgb
    background: Rgb


def drawn(scene: Scene) -> Iterator[Layers]:
    """The frames of a clip, one at a time. Raises ValueError when a picture cannot be read."""
    settings = scene.settings
    reels = [pictures(actor.cutout, actor.size) for actor in scene.actors]
    backdrop, depth = _backdrop(scene), _depth(scene)
    for number in range(settings.frames):
        seconds = number / settings.rate
        parts = [
            exposed(scene, actor, next(reel), seconds)
            for actor, reel in zip(scene.actors, reels, strict=True)
        ]
        gain = np.float32(scene.exposure(seconds))
        behind = gain * _background(scene, backdrop, depth, seconds)
        rng = np.random.default_rng([*scene.seed, number])
        yield composed(in_front(parts) * np.array([gain] * 3 + [1], np.float32), behind, scene, rng)


def composed(front: Floats, behind: Floats, scene: Scene, rng: np.random.Generator) -> Layers:
    """Layers brought to 8 bits first and composed then, so that the files fulfil the equation.

    front: premultiplied (H, W, 4), behind: (H, W, 3), both float32 in [0, 1].
    """
    alpha = front[..., 3:]
    straight = np.where(alpha > LEAST_ALPHA, front[..., :3] / np.maximum(alpha, LEAST_ALPHA), 0)
    grey, foreground, background = (_bytes(part) for part in (alpha[..., 0], straight, behind))
    whole = composite(grey.astype(np.float32) / np.float32(255), foreground, background)
    picture = with_noise(whole, scene.noise, rng)
    return Layers(picture=picture, alpha=grey, foreground=foreground, background=background)


def with_noise(picture: Rgb, noise: tuple[float, float], rng: np.random.Generator) -> Rgb:
    """Sensor noise: variance = read^2 + shot * value, of values in [0, 1]."""
    read, shot = noise
    if not read and not shot:
        return picture
    values = picture.astype(np.float32) / np.float32(255)
    grain = rng.standard_normal(values.shape, np.float32)
    return _bytes(values + grain * np.sqrt(np.float32(read**2) + np.float32(shot) * values))


def in_front(parts: list[Floats]) -> Floats:
    """Premultiplied pictures (H, W, 4) laid over each other, the nearest first."""
    out = parts[0]
    for part in parts[1:]:
        out = out + (1 - out[..., 3:]) * part
    return out


def exposed(scene: Scene, actor: Actor, picture: Floats, seconds: float) -> Floats:
    """A subject as the open shutter sees it: premultiplied float32 (H, W, 4), colour and alpha
    averaged alike over moments at most STEP pixels of motion apart.

    picture: premultiplied float32 (h, w, 4) of `actor.size`.
    """
    size, bend = scene.settings.size, _bend(scene, actor, seconds)
    total = np.zeros((*size, 4), np.float32)
    poses = _poses(scene, lambda moment: scene.matrix(actor, moment), actor.size, seconds)
    for pose in poses:
        taken = grid(pose, size) if bend is None else grid(pose, size) + bend
        total += _sampled(picture, taken, cv2.BORDER_CONSTANT)
    return total / np.float32(len(poses))


def _sampled(picture: Floats | Rgb, taken: Floats, border: int) -> Floats:
    """The picture's values at places (H, W, 2) of (x, y), float32; 0 beyond a constant border."""
    x, y = cv2.split(taken)
    out = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(out, np.float32)


def _poses(
    scene: Scene, matrix: Callable[[float], Numbers], size: tuple[int, int], seconds: float
) -> list[Numbers]:
    """Matrices (2, 3) at moments while the shutter is open, as many as the motion asks for."""
    opened = scene.shutter / scene.settings.rate
    box = np.array([size[1], size[0]]) * CORNERS
    ends = [applied(matrix(seconds + half * opened), box) for half in (-0.5, 0.5)]
    moved = float(np.linalg.norm(ends[1] - ends[0], axis=1).max())
    count = min(max(math.ceil(moved / STEP), 1), MOST_EXPOSURES)
    return [matrix(seconds + opened * ((k + 0.5) / count - 0.5)) for k in range(count)]


def _bend(scene: Scene, actor: Actor, seconds: float) -> Floats | None:
    """Displacements (H, W, 2) of an actor's sway, in pixels of its picture."""
    if actor.sway is None:
        return None
    size, side = scene.settings.size, np.float32(max(actor.size))
    places = grid(scene.matrix(actor, seconds), size, every=CELL)
    return filled(side * actor.sway.at(places / side, seconds), size)


def _backdrop(scene: Scene) -> Rgb:
    """The photograph, wider than the frame by RESERVE on both axes, blurred as the scene says."""
    height, width = (round(RESERVE * side) for side in scene.settings.size)
    photo = cover(read_rgb(scene.backdrop), (height, width))
    if scene.defocus:
        photo = np.asarray(cv2.GaussianBlur(photo, (0, 0), scene.defocus), np.uint8)
    return photo


def _depth(scene: Scene) -> Floats:
    """How much more than the far background each place moves: smooth, (H, W, 1)."""
    rng = np.random.default_rng([*scene.seed, scene.settings.frames])
    coarse = rng.uniform(0, scene.relief, RELIEF_CELLS).astype(np.float32)
    wide = cv2.resize(coarse, scene.settings.size[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(wide, np.float32)[..., None]


def _background(scene: Scene, backdrop: Rgb, depth: Floats, seconds: float) -> Floats:
    """The background as the open shutter sees it: float32 (H, W, 3) in [0, 1]."""
    size = scene.settings.size
    outside = [(whole - side) / 2 for whole, side in zip(backdrop.shape[:2], size, strict=True)]
    rest = np.array([[1, 0, -outside[1]], [0, 1, -outside[0]], [0, 0, 1]])
    bend = -depth * scene.camera.offset(seconds).astype(np.float32)
    total = np.zeros((*size, 3), np.float32)
    poses = _poses(
        scene, lambda moment: scene.camera.view(moment, size) @ rest, backdrop.shape[:2], seconds
    )
    for pose in poses:
        total += _sampled(backdrop, grid(pose, size) + bend, cv2.BORDER_REFLECT_101)
    return total / np.float32(255 * len(poses))


def to_trimap(alpha: Grey, band: float) -> Grey:
    """Unknown (128) within `band` pixels of where alpha is neither 0 nor 255, or jumps."""
    window = np.ones((2, 2), np.uint8)
    jumps = cv2.dilate(alpha, window) != cv2.erode(alpha, window)
    soft = ((alpha > 0) & (alpha < 255)) | jumps
    side = np.arange(-int(band), int(band) + 1)
    disc = (np.hypot(side, side[:, None]) <= band).astype(np.uint8)
    unknown = cv2.dilate(soft.astype(np.uint8), disc) > 0
    return np.where(unknown, np.uint8(128), alpha)


def _bytes(values: Floats) -> NDArray[np.uint8]:
    return (values.clip(0, 1) * 255 + 0.5).astype(np.uint8)
