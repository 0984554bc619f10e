"""What the tests of the evaluation share: a network that errs as told, and tiny datasets."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from pamcli import images
from pamcli.engine import Inference
from pamcli.evaluate_data import Sample
from pamcli.frame import Alpha, Frame, Rgb, Trimap
from pamcli.path import CostTable, NetworkPath
from pamcli.tiles import Tile

TABLE = CostTable(shortest=38472, savings=(8465, 6214, 3964, 17466))


class FakeNetwork:
    """Answers with the red of the picture, less a share for each group that is bypassed."""

    costs = TABLE

    def __init__(self, errors: tuple[float, float, float, float] = (0.4, 0.2, 0.1, 0.05)) -> None:
        self.errors = errors
        self.shown: list[tuple[Rgb, Trimap, int, NetworkPath | None]] = []

    def infer(
        self,
        rgb: Rgb,
        trimap: Trimap,
        cost_constraint: int,
        path: NetworkPath | None = None,
        tiles: Sequence[Tile] = (),
    ) -> Inference:
        self.shown.append((rgb, trimap, cost_constraint, path))
        taken = path or TABLE.costliest(cost_constraint)
        wrong = sum(e for e, run in zip(self.errors, taken, strict=True) if not run)
        alpha = np.clip(rgb[..., 0] / 255 - wrong, 0, 1).astype(np.float32)
        return Inference(alpha, taken, 0.01 if len(self.shown) % 2 else 0.03, trimap.size)


def disc(height: int = 48, width: int = 64, shift: float = 0.0) -> Alpha:
    """A soft disc in steps of 1/255, float32 (height, width)."""
    y, x = np.mgrid[0:height, 0:width]
    distance = np.hypot(y - height / 2, x - width / 2 - shift)
    soft = np.clip((14 - distance) / 6 + 0.5, 0, 1)
    return np.asarray(np.rint(soft * 255) / 255, np.float32)


def trimap_of(truth: Alpha) -> Trimap:
    """Unknown where alpha is neither 0 nor 1."""
    return np.select([truth == 0, truth == 1], [0, 255], 128).astype(np.uint8)


def picture_of(truth: Alpha) -> Rgb:
    """A picture whose red is the alpha."""
    grey = np.rint(truth * 255).astype(np.uint8)
    return np.dstack([grey, 255 - grey, np.full_like(grey, 90)])


def sample(shift: float = 0.0, number: int = 0) -> Sample:
    truth = disc(shift=shift)
    frame = Frame(picture_of(truth), number, Fraction(1, 25))
    return Sample(frame=frame, trimap=trimap_of(truth), truth=truth)


def write_gray(target: Path, alpha: Alpha) -> None:
    images.write_png(target, np.rint(alpha * 255).astype(np.uint8))


def write_still(folder: Path, shift: float = 0.0) -> Path:
    """image.png, trimap.png and alpha.png; returns the folder."""
    folder.mkdir(parents=True)
    truth = disc(shift=shift)
    images.write_png(folder / "image.png", picture_of(truth))
    images.write_png(folder / "trimap.png", trimap_of(truth))
    write_gray(folder / "alpha.png", truth)
    return folder


def write_clip_folders(folder: Path, frames: int = 3, *, trimaps: bool = False) -> Path:
    """A clip as folders of pictures, its disc two pixels further right in each frame."""
    for name in ("frames", "alpha", *(["trimap"] if trimaps else [])):
        (folder / name).mkdir(parents=True)
    for number in range(frames):
        truth = disc(shift=2.0 * number)
        images.write_png(folder / "frames" / f"{number}.png", picture_of(truth))
        write_gray(folder / "alpha" / f"{number}.png", truth)
        if trimaps:
            images.write_png(folder / "trimap" / f"{number}.png", trimap_of(truth))
    return folder
