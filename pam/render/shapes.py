"""Small geometry: directions, noise, balls, turned profiles and grids of faces."""

from __future__ import annotations

import numpy as np

from pam.render.parts import Indices, Look, Mesh, Points

UP = np.array([0.0, 0.0, 1.0])


def unit(vectors: Points) -> Points:
    """Vectors (..., 3) at length one; a zero vector stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9))


def turn(x: float, y: float, z: float) -> Points:
    """Rotation matrix (3, 3): about x, then y, then z, in radians."""
    (a, b, c), (d, e, f) = np.cos([x, y, z]), np.sin([x, y, z])
    about_x = np.array([[1, 0, 0], [0, a, -d], [0, d, a]])
    about_y = np.array([[b, 0, e], [0, 1, 0], [-e, 0, b]])
    about_z = np.array([[c, -f, 0], [f, c, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x)


def ripple(points: Points, size: float, rng: np.random.Generator) -> Points:
    """Smooth noise (N,) of about unit variance at points (N, 3), features of `size` metres."""
    way = unit(rng.normal(size=(14, 3))) * rng.uniform(0.5, 1.8, (14, 1)) * 2 * np.pi / size
    waves = np.cos(points @ way.T + rng.uniform(0, 6.28, 14))
    return np.asarray(waves.sum(1) / np.sqrt(7.0))


def nearest(points: Points, guides: Points) -> Indices:
    """Index (N,) of the guide (M, 3) nearest to each of points (N, 3)."""
    squares = 0.5 * (guides**2).sum(1)
    chunks = np.array_split(points, max(len(points) // 4096, 1))
    return np.concatenate([(squares - chunk @ guides.T).argmin(1) for chunk in chunks])


def sparkle(colour: Points, amount: float, rng: np.random.Generator) -> Points:
    """Tints (N, 3) with a brightness and a warmth of their own."""
    light = np.exp(amount * rng.normal(size=(len(colour), 1)))
    warmth = 1 + 0.25 * amount * rng.normal(size=(len(colour), 1)) * np.array([0.3, 0.0, -1.0])
    return np.asarray(np.clip(colour * light * warmth, 0.004, 0.92))


def any_colour(rng: np.random.Generator, vivid: float = 0.7) -> Points:
    """A linear colour (3,): grey for vivid 0, any hue for 1."""
    hue = 0.5 + 0.5 * np.cos(rng.uniform(0, 6.28) + np.array([0.0, 2.1, 4.2]))
    grey = rng.uniform(0.05, 0.8)
    return np.asarray(np.clip(grey * (1 - vivid + vivid * hue * 1.4), 0.01, 0.9))


def grid_faces(rows: int, columns: int, *, closed: bool = False) -> Indices:
    """Quads (F, 4) of a grid of points; closed joins the last column to the first."""
    index = np.arange(rows * columns).reshape(rows, columns)
    if closed:
        index = np.concatenate([index, index[:, :1]], axis=1)
    corners = (index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1])
    return np.stack(corners, -1).reshape(-1, 4)


def revolve(profile: Points, colour: Points, look: Look, segments: int = 96) -> Mesh:
    """A profile (P, 2) of radius and height, turned about z."""
    angle = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle)], -1)
    flat = profile[:, None, :1] * ring[None]
    high = np.broadcast_to(profile[:, None, 1:], (len(profile), segments, 1))
    points = np.concatenate([flat, high], axis=2).reshape(-1, 3)
    faces = grid_faces(len(profile), segments, closed=True)
    return Mesh(points=points, faces=faces, tint=np.tile(colour, (len(points), 1)), look=look)


def ball(
    centre: Points, radii: Points, colour: Points, look: Look, tilt: Points | None = None
) -> Mesh:
    """A ball stretched to radii (3,), turned by the matrix tilt (3, 3)."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, 28)
    made = revolve(np.stack([np.cos(angle), np.sin(angle)], -1), colour, look, 44)
    points = made.points * radii
    return made.moved((points if tilt is None else points @ tilt.T) + centre)


def bar(start: Points, end: Points, radius: float, colour: Points, look: Look) -> Mesh:
    """A round bar between two points (3,), with rounded ends."""
    way = end - start
    long = float(np.linalg.norm(way))
    bend = np.linspace(0, np.pi / 2, 6)
    low = np.stack([np.sin(bend), -np.cos(bend)], -1) * radius
    high = np.stack([np.cos(bend), np.sin(bend)], -1) * radius + [0.0, long]
    made = revolve(np.concatenate([low, high]), colour, look, 24)
    side = unit(np.cross(way, [0.31, 0.85, 0.42]))
    axes = np.stack([side, unit(np.cross(way, side)), unit(way)])
    return made.moved(made.points @ axes + start)
