"""What happens in one clip: who moves how, before which photograph, and what the camera does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np

from pam.clips.motion import Numbers, Place, Sway, Wander, applied, similarity
from pam.clips.sources import Cutout

CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
"""(x, y) of a picture of size 1: top left, top right, bottom left, bottom right."""


class Manner(Enum):
    """How far a subject goes."""

    STAYS = "stays"
    MOVES = "moves"
    LEAVES = "leaves"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipSettings:
    """How clips look. Raises ValueError when a value is out of range."""

    width: int = 854  # pixels, even: 4:2:0 halves them
    height: int = 480
    frames: int = 150
    rate: int = 25  # frames per second
    pairs: float = 0.3  # share of clips with two subjects

    def __post_init__(self) -> None:
        if min(self.width, self.height) < 32 or self.width % 2 or self.height % 2:
            raise ValueError(f"size {self.width}x{self.height}: even sides of 32 pixels or more")
        if self.frames < 1 or not 1 <= self.rate <= 1000:
            raise ValueError("frames must be 1 or more, and the rate 1 to 1000")
        if not 0 <= self.pairs <= 1:
            raise ValueError(f"pairs {self.pairs:g} is not within 0 to 1")

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.height, self.width


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Camera:
    """pan: x, y in pixels, logarithm of zoom. shake: x, y in pixels, turn in radians."""

    pan: Wander
    shake: Wander

    def offset(self, seconds: float) -> Numbers:
        """(2,): how far the far background has moved, pixels."""
        return np.asarray(self.pan.at(seconds)[:2] + self.shake.at(seconds)[:2])

    def view(self, seconds: float, size: tuple[int, int], nearness: float = 1.0) -> Numbers:
        """(2, 3): from the frame of a camera at rest to the frame at a time.

        nearness: how much more than the far background something moves with the camera.
        """
        middle = (size[1] / 2, size[0] / 2)
        right, down = nearness * self.offset(seconds)
        place = (middle[0] + right, middle[1] + down)
        zoom = float(np.exp(self.pan.at(seconds)[2]))
        return similarity(middle, place, zoom, float(self.shake.at(seconds)[2]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Actor:
    """One subject of a clip.

    size: (height, width) that its picture is brought to. pivot: (x, y) in it, which `home`, (x, y)
    in the frame, is the resting place of. walk: x, y in pixels, logarithm of zoom, radians.
    """

    cutout: Cutout
    manner: Manner
    size: tuple[int, int]
    pivot: Place
    home: Place
    walk: Wander
    sway: Sway | None
    nearness: float

    def pose(self, seconds: float) -> Numbers:
        """(2, 3): from its picture's pixels to the frame of a camera at rest."""
        x, y, zoom, turn = self.walk.at(seconds)
        place = (self.home[0] + x, self.home[1] + y)
        return similarity(self.pivot, place, float(np.exp(zoom)), float(turn))

    def swayed(self) -> float:
        """No point of its picture is displaced by more pixels."""
        return 0.0 if self.sway is None else self.sway.reach() * max(self.size)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """All of one clip but its pixels. actors: the nearest first."""

    settings: ClipSettings
    actors: tuple[Actor, ...]
    camera: Camera
    backdrop: Path
    defocus: float  # sigma in pixels of the background's blur; 0: sharp
    relief: float  # how much more than the far parts the near parts of the background move
    shutter: float  # share of a frame that the shutter is open
    dimming: Wander  # logarithm of the exposure, up to its reach from 0
    noise: tuple[float, float]  # variance = read^2 + shot * value, of values in [0, 1]
    seed: tuple[int, int]

    def matrix(self, actor: Actor, seconds: float) -> Numbers:
        """(2, 3): from an actor's picture to the frame."""
        return joined(self.camera.view(seconds, self.settings.size, actor.nearness), actor, seconds)

    def exposure(self, seconds: float) -> float:
        """Factor of all values, at most 1, so that nothing is clipped."""
        reach = self.dimming.reach.sum()
        return float(np.exp(self.dimming.at(seconds)[0] - reach))


def joined(view: Numbers, actor: Actor, seconds: float) -> Numbers:
    """The camera's view (2, 3) after the actor's pose."""
    pose = actor.pose(seconds)
    linear = view[:, :2] @ pose[:, :2]
    return np.concatenate([linear, applied(view, pose[:, 2][None]).T], axis=1)
