"""One picture to draw: what it is, what it is called, and the random numbers that it is made of."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

KINDS = ("fur", "hair", "foliage", "net", "glass", "smoke", "motion")
"""The order is part of the seed: new kinds go to the end."""

REFUSED = 3  # the worker's exit code for an alpha that is not worth training on


def partial(target: Path) -> Path:
    """The hidden neighbour that `target` is written as, and renamed from when it is whole."""
    return target.with_name(f".{target.name}.partial")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One picture or short sequence. Raises ValueError when a number is out of range."""

    kind: str  # one of KINDS
    seed: int  # at least 0
    number: int  # at least 0
    attempt: int = 0  # sub-seed: the next one after a refused picture
    size: int = 512  # pixels a side, at least 32
    samples: int = 28  # light paths per pixel, at least 1; some kinds take a multiple
    frames: int = 1  # more than 1: a sequence

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind}: not one of {', '.join(KINDS)}")
        for name, least in (
            ("seed", 0),
            ("number", 0),
            ("size", 32),
            ("samples", 1),
            ("frames", 1),
        ):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be {least} or more")

    @property
    def name(self) -> str:
        """`rendered_KIND_SSSS_NNNN`: the training library's kind is "rendered"."""
        return f"rendered_{self.kind}_{self.seed:04d}_{self.number:04d}"

    def target(self, folder: Path) -> Path:
        """The PNG file, or for a sequence the folder of 0000.png, 0001.png, ..."""
        return folder / (self.name if self.frames > 1 else f"{self.name}.png")

    def partial(self, folder: Path) -> Path:
        """What stands in the target's place until that is whole."""
        return partial(self.target(folder))

    def generator(self) -> np.random.Generator:
        """The same numbers for the same kind, seed, number and attempt, whatever the size."""
        return np.random.default_rng([self.seed, self.number, KINDS.index(self.kind), self.attempt])

    def to_json(self) -> str:
        """For the worker's command line."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> Job:
        """What `to_json` wrote."""
        return Job(**json.loads(text))
