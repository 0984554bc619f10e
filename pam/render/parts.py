"""What a subject is made of, as arrays: strands, meshes and how their surfaces look."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Indices = NDArray[np.int64]
FITTED = 6000  # points that the camera is placed by


class Finish(Enum):
    """Which shader a surface gets."""

    HAIR = "hair"
    MATT = "matt"
    GLASS = "glass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a surface looks; its colour is the tint of the part that it covers."""

    finish: Finish = Finish.MATT
    roughness: float = 0.55  # 0: mirror, 1: chalk
    metal: float = 0.0
    translucency: float = 0.0  # share of the light that comes through from behind
    cover: float = 1.0  # opacity of one layer, for veils
    bump: float = 0.0  # metres of fine relief
    scatter: float = 0.0  # share of the light that wanders below the surface, as in skin


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strands:
    """Hair, wires or fibres that taper to their tips.

    points: (N, K, 3), root to tip, metres. width: (N,) at the root, metres. tint: (N, 3), linear.
    tip: width at the tip over width at the root.
    """

    points: Points
    width: Points
    tint: Points
    look: Look = Look(finish=Finish.HAIR, roughness=0.35)
    tip: float = 0.12

    def moved(self, points: Points) -> Strands:
        """The same strands at other places; points: (N * K, 3)."""
        return Strands(
            points=points.reshape(self.points.shape),
            width=self.width,
            tint=self.tint,
            look=self.look,
            tip=self.tip,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mesh:
    """points: (V, 3), metres. faces: (F, 3 or 4), indices of points. tint: (V, 3), linear."""

    points: Points
    faces: Indices
    tint: Points
    look: Look = Look()
    smooth: bool = True

    def moved(self, points: Points) -> Mesh:
        """The same mesh at other places; points: (V, 3)."""
        return Mesh(
            points=points, faces=self.faces, tint=self.tint, look=self.look, smooth=self.smooth
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subject:
    """All parts of a subject, and from where it may be seen. z is up, the camera looks along +y."""

    parts: tuple[Strands | Mesh, ...]
    azimuth: tuple[float, float] = (0.0, 6.28)  # radians about z, 0: from -y
    elevation: tuple[float, float] = (-0.15, 0.6)  # radians
    give: float = 1.0  # how much it deforms in a sequence; 0: rigid
    framed: int | None = None  # how many of the parts the camera is placed by; None: all
    studio: bool = False  # lit by lamps only, for things that mirror

    def points(self) -> Points:
        """Evenly thinned points of the framed parts, (N, 3): what the camera is placed by."""
        every = np.concatenate([part.points.reshape(-1, 3) for part in self.parts[: self.framed]])
        return every[:: max(len(every) // FITTED, 1)]
