"""Where the camera stands, what lights the subject, and how it moves: numbers from a generator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pam.render.parts import Points, Subject
from pam.render.shapes import turn, unit

SENSOR = 36.0  # mm, the side of the square picture
TRIMMED = (2.0, 98.0)  # percentiles of the points that the frame is filled by


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """A camera. eye, target: (3,), metres. shift: of the picture, in its widths."""

    eye: Points
    target: Points
    lens: float  # mm
    shift: tuple[float, float]
    fstop: float | None  # None: everything is sharp

    def axes(self) -> Points:
        """Rows: right, up and back of the camera, (3, 3)."""
        back = unit(self.eye - self.target)
        right = unit(np.cross([0.0, 0.0, 1.0], back))
        return np.stack([right, np.cross(back, right), back])

    def project(self, points: Points) -> Points:
        """Places (N, 2) in the picture, which spans -0.5 to 0.5; y is up."""
        local = (points - self.eye) @ self.axes().T
        return self.lens / SENSOR * local[:, :2] / -local[:, 2:] - self.shift


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """A square lamp that shines on the subject."""

    azimuth: float  # radians about z, 0: from -y
    elevation: float  # radians
    side: float  # over the subject's size
    power: float  # relative
    colour: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """Sun, sky and lamps; only their relation counts, the exposure is set afterwards."""

    sky: float  # strength of an even surround
    sky_colour: tuple[float, float, float]
    sun: Lamp | None  # its side is the sun's angle in radians
    lamps: tuple[Lamp, ...]
    exposure: float  # straight luminance of the subject's 90th percentile


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Path:
    """How a subject swings around its place; frame numbers are the time."""

    reach: Points  # (3,), over the subject's size
    spin: Points  # (3,), radians
    pace: float  # radians per frame
    phase: float
    shutter: float = 0.0  # share of a frame that the shutter is open; 0: no blur

    def pose(self, time: float) -> tuple[Points, Points]:
        """Place (3,) in subject sizes, and turn (3,) in radians, at a time in frames."""
        swing = np.sin(self.pace * time + self.phase)
        return self.reach * swing, self.spin * swing


def any_view(subject: Subject, rng: np.random.Generator) -> View:
    """A camera from which the subject fills 50 to 90 % of the frame, often over its border."""
    points = subject.points()
    azimuth, elevation = rng.uniform(*subject.azimuth), rng.uniform(*subject.elevation)
    towards = turn(0, 0, azimuth) @ np.array([0, -np.cos(elevation), np.sin(elevation)])
    centre = (points.min(0) + points.max(0)) / 2
    fill = rng.uniform(0.65, 0.95)
    away = np.linalg.norm(np.ptp(points, axis=0)) * np.exp(rng.uniform(np.log(1.2), np.log(6)))
    fstop = rng.uniform(1.0, 4.0) if rng.random() < 0.2 else None

    def through(lens: float, shift: tuple[float, float] = (0.0, 0.0)) -> View:
        return View(eye=centre + away * towards, target=centre, lens=lens, shift=shift, fstop=fstop)

    low, high = np.percentile(through(SENSOR).project(points), TRIMMED, axis=0)
    zoom = fill / (high - low).max()
    x, y = zoom * (low + high) / 2 - placed(zoom * (high - low), rng)
    return through(SENSOR * zoom, (float(x), float(y)))


def placed(extent: Points, rng: np.random.Generator) -> Points:
    """Where the middle (2,) of something of an extent (2,) goes, in picture widths."""
    free = np.maximum((1 - extent) / 2, 0)
    middle = rng.uniform(-1, 1, 2) * free
    if rng.random() < 0.5:
        axis, sign = ((0, -1), (0, 1), (1, -1), (1, -1), (1, 1))[rng.integers(5)]
        middle[axis] = sign * (free[axis] + rng.uniform(0.02, 0.18) * extent[axis])
    return np.asarray(middle)


def warmth(rng: np.random.Generator) -> tuple[float, float, float]:
    """A light's colour from candle to blue sky."""
    t = rng.normal() * 0.5
    return (float(np.exp(0.45 * t)), 1.0, float(np.exp(-0.75 * t)))


def any_lamp(rng: np.random.Generator, side: float) -> Lamp:
    """A lamp from anywhere above the floor."""
    return Lamp(
        azimuth=rng.uniform(-3.14, 3.14),
        elevation=rng.uniform(-0.1, 1.3),
        side=side,
        power=rng.uniform(0.4, 1.5),
        colour=warmth(rng),
    )


def any_light(rng: np.random.Generator, *, studio: bool) -> Light:
    """Sun and sky, an overcast day, or lamps in a room."""
    scene = 2 if studio else rng.integers(3)
    lamps = tuple(any_lamp(rng, rng.uniform(0.3, 1.6)) for _ in range(rng.integers(1, 4)))
    sun = any_lamp(rng, rng.uniform(0.01, 0.08))
    blue = (0.6, 0.8, 1.2)
    return Light(
        sky=(rng.uniform(0.15, 0.6), 1.0, rng.uniform(0.03, 0.25))[scene],
        sky_colour=blue if scene == 0 else warmth(rng),
        sun=sun if scene == 0 else None,
        lamps=lamps if scene == 2 or rng.random() < 0.3 else (),
        exposure=rng.uniform(0.3, 0.95),
    )


def any_path(rng: np.random.Generator, *, blurred: bool) -> Path:
    """A slow swing, or for a blurred picture a fast one caught near its middle."""
    if not blurred:
        return Path(
            reach=rng.normal(size=3) * 0.05,
            spin=rng.normal(size=3) * [0.08, 0.08, 0.2],
            pace=rng.uniform(0.1, 0.35),
            phase=rng.uniform(0, 6.28),
        )
    way = unit(rng.normal(size=3) * [1.0, 0.3, 0.8]) * rng.uniform(0.06, 0.25)
    spin = rng.normal(size=3) * [0.2, 0.5, 0.4] * (rng.random() < 0.6)
    phase = rng.uniform(-0.5, 0.5)
    return Path(
        reach=way, spin=spin, pace=rng.uniform(0.5, 1.1), phase=phase, shutter=rng.uniform(0.3, 0.9)
    )


def breathed(points: Points, give: float, time: float, seed: int) -> Points:
    """Points (N, 3) bent by slow waves through space, as wind would; 0 at time 0."""
    rng = np.random.default_rng(seed)
    size = np.maximum(np.ptp(points, axis=0).max(), 1e-6)
    way, lift = rng.normal(size=(4, 3)) * 4 / size, rng.normal(size=(4, 3)) * 0.012 * size
    phase, pace = rng.uniform(0, 6.28, 4), rng.uniform(0.3, 1.0, 4)
    place = points @ way.T + phase
    return np.asarray(points + give * (np.sin(place + pace * time) - np.sin(place)) @ lift)
