"""One picture with its truth: a photograph of a person, a composite, or nobody at all."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pam.data.draw import Draw
from pam.subject.placing import Size, covering_view, show, standing_view
from pam.subject.store import Person, Sources

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

UNKNOWN = 0.02
"""Alpha between this and 1 minus it is neither subject nor background."""

RING_TRUST = 0.3
"""Weight of what a hand-made mask says of the pixels on its edge."""

PHOTOGRAPH_ZOOM, SCENE_ZOOM = (0.6, 1.5), (0.85, 2.5)

PIECE = 160
"""Side of a cut-out made from a scene, pixels."""

SUBJECTS = frozenset({"portrait", "obj", "photo"})
"""Kinds of cut-outs that are subjects by themselves; others only where a previous mask says so."""

SHARES = {"photograph": 0.36, "pasted": 0.14, "composite": 0.33, "shown": 0.1, "nobody": 0.07}
"""How often each kind of picture is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """rgb: uint8 (H, W, 3). alpha: float32 (H, W) in [0, 1]. unknown: float32 {0, 1}, where the
    band should lie. trust: float32 in (0, 1], weight of alpha. needs_previous: only the previous
    mask tells that this is the subject.
    """

    rgb: Pixels
    alpha: Floats
    unknown: Floats
    trust: Floats
    needs_previous: bool = False


def make_scene(draw: Draw, sources: Sources, size: Size) -> Truth:
    """A picture of (height, width), its kind drawn by SHARES."""
    kind = _drawn_kind(draw)
    if kind == "photograph" and sources.people:
        return photograph(draw, draw.choice(sources.people), size)
    if kind == "nobody":
        return _truth(empty_scene(draw, sources, size), np.zeros(size, np.float32))
    return composite(draw, sources, size, kind)


def _drawn_kind(draw: Draw) -> str:
    level = draw.uniform(0, 1)
    for kind, share in SHARES.items():
        if level < share:
            return kind
        level -= share
    return next(iter(SHARES))


def photograph(draw: Draw, person: Person, size: Size) -> Truth:
    """A person before their own background."""
    height, width = person.mask.shape
    placed = covering_view(draw, (height, width), size, PHOTOGRAPH_ZOOM)
    rgb = show(person.rgb, placed, size, border=cv2.BORDER_REFLECT_101)
    mask = show(person.mask, placed, size, border=cv2.BORDER_REFLECT_101)
    alpha = _unit(mask)
    ring = _edge(alpha)
    return Truth(rgb=rgb, alpha=alpha, unknown=ring, trust=_trust(ring))


def composite(draw: Draw, sources: Sources, size: Size, kind: str) -> Truth:
    """One to three cut-outs before a scene; "pasted" ones are people by their hand-made masks."""
    rgb = background(draw, sources, size).astype(np.float32)
    alpha = np.zeros(size, np.float32)
    trust = np.ones(size, np.float32)
    for _ in range(1 + draw.chance(0.35) + draw.chance(0.15)):
        rgba = _cut_out(draw, sources, kind)
        placed = standing_view(draw, rgba[..., 3], size)
        shown = show(rgba, placed, size, border=cv2.BORDER_CONSTANT)
        over = _unit(shown[..., 3])
        light = np.array([draw.log_uniform(0.75, 1.3) for _ in range(3)], np.float32)
        colour = np.clip(shown[..., :3] * light, 0, 255)
        rgb += over[..., None] * (colour - rgb)
        alpha += over * (1 - alpha)
        if kind == "pasted":
            trust = np.minimum(trust, _trust(_edge(over)))
    truth = _truth(np.rint(rgb).astype(np.uint8), alpha, needs_previous=kind == "shown")
    return Truth(
        rgb=truth.rgb,
        alpha=truth.alpha,
        unknown=np.maximum(truth.unknown, np.float32(trust < 1)),
        trust=trust,
        needs_previous=truth.needs_previous,
    )


def background(draw: Draw, sources: Sources, size: Size) -> Pixels:
    """A view of a scene, four times in ten out of focus; mostly an empty one."""
    scenes = sources.scenes
    if draw.chance(0.8):
        scenes = tuple(s for s in scenes if s.is_empty) or scenes
    scene = draw.choice(scenes)
    height, width, _ = scene.rgb.shape
    placed = covering_view(draw, (height, width), size, SCENE_ZOOM)
    rgb = show(scene.rgb, placed, size, border=cv2.BORDER_REFLECT_101)
    if draw.chance(0.4):
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), draw.log_uniform(0.7, 6)), np.uint8)
    return rgb


def empty_scene(draw: Draw, sources: Sources, size: Size) -> Pixels:
    """A scene that holds no subject, or a plain surface with a gradient."""
    scenes = tuple(s for s in sources.scenes if s.is_empty)
    if scenes and draw.chance(0.8):
        only = Sources(people=(), cut_outs=(), scenes=scenes)
        return background(draw, only, size)
    corners = np.array([[[draw.uniform(0, 255) for _ in range(3)]]], np.float32)
    change = np.array([draw.uniform(-40, 40) for _ in range(4)], np.float32).reshape(2, 2, 1)
    plane = cv2.resize(np.repeat(corners + change, 1, 2), size[::-1])
    return np.clip(plane, 0, 255).astype(np.uint8)


def _cut_out(draw: Draw, sources: Sources, kind: str) -> Pixels:
    """Straight RGBA of one subject."""
    if kind == "shown" and draw.chance(0.5):
        return _piece(draw, sources)
    if kind == "pasted" and sources.people:
        person = draw.choice(sources.people)
        soft = np.asarray(cv2.GaussianBlur(person.mask, (0, 0), 1.0), np.uint8)
        return np.dstack([person.rgb, soft])
    fitting = [c for c in sources.cut_outs if (c.kind in SUBJECTS) != (kind == "shown")]
    people_first = [c for c in fitting if c.kind == "portrait"]
    if people_first and draw.chance(0.45):
        fitting = people_first
    return draw.choice(fitting or sources.cut_outs).rgba


def _piece(draw: Draw, sources: Sources) -> Pixels:
    """A blob of any scene as a cut-out: what a person may point at can be anything."""
    rgb = background(draw, sources, (PIECE, PIECE))
    rows = np.linspace(-1, 1, PIECE, dtype=np.float32)
    bump = 1.1 - np.hypot(rows[:, None], rows)
    wave = draw.smooth(PIECE, 2 + draw.integer(4))[0, 0].numpy()
    soft = (bump + 0.8 * (wave - 0.5)) * PIECE * draw.log_uniform(0.05, 0.5)
    return np.dstack([rgb, (np.clip(soft, 0, 1) * 255).astype(np.uint8)])


def _truth(rgb: Pixels, alpha: Floats, *, needs_previous: bool = False) -> Truth:
    soft = (alpha > UNKNOWN) & (alpha < 1 - UNKNOWN)
    return Truth(
        rgb=rgb,
        alpha=alpha,
        unknown=soft.astype(np.float32),
        trust=np.ones_like(alpha),
        needs_previous=needs_previous,
    )


def _unit(pixels: Pixels) -> Floats:
    """uint8 to [0, 1]."""
    return np.asarray(pixels, np.float32) / np.float32(255)


def _trust(ring: Floats) -> Floats:
    return np.asarray(1 - (1 - RING_TRUST) * ring, np.float32)


def _edge(alpha: Floats) -> Floats:
    """1 within a pixel or two of the edge of a mask, 0 elsewhere."""
    window = np.ones((3, 3), np.uint8)
    return (cv2.dilate(alpha, window) - cv2.erode(alpha, window) > 0.5).astype(np.float32)
