"""What tiles save: time and difference against the whole frame, by how much of it is unknown."""

from collections.abc import Sequence
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from pamcli.engine import Engine
from pamcli.frame import Rgb, Trimap
from pamcli.models import load_model
from pamcli.path import FULL_PATH
from pamcli.settings import Precision
from pamcli.tiles import tiles_of
from pamcli.trimap import UNKNOWN, merge_known

SHARES = 0.02, 0.05, 0.10, 0.20
"""Of the frame's pixels that are unknown."""

SUBJECTS = 1, 2, 4

RADII = 0.30, 0.16
"""Of a subject, height and width, as shares of the frame's: an ellipse."""

REPEATS = 5

BISECTIONS = 30

Figures = dict[str, Any]


def run(
    size: tuple[int, int],
    *,
    shares: Sequence[float] = SHARES,
    subjects: Sequence[int] = SUBJECTS,
    precision: Precision = Precision.AUTO,
    threads: int | None = None,
) -> Figures:
    """Time subjects with a band of each share, in tiles and as a whole, in turns; path 1111.

    size: (height, width). Where tiles would save too little there are none, and the ratio is 1.
    """
    engine = Engine(load_model(), precision=precision, threads=threads)
    return {
        "height": size[0],
        "width": size[1],
        "threads": engine.threads,
        "precision": str(engine.precision),
        "rows": [
            {"subjects": count, "band": share, **_compared(engine, *picture(size, count, share))}
            for count in subjects
            for share in shares
        ],
    }


def as_text(figures: Figures) -> str:
    """The figures of `run`, to show to a person."""
    lines = [
        "{width}x{height}, {precision}, {threads} threads; against the whole frame".format(
            **figures
        ),
        "subjects   band   tiles   pixels   time   off by, of 255, in the band and in the frame",
    ]
    lines += [
        "{subjects:8d} {band:6.0%} {tiles:7d} {pixels:8.2f} {time:6.2f}   {in_band:.2f}   "
        "{in_frame:.3f}".format(**row)
        for row in figures["rows"]
    ]
    return "\n".join(lines)


def picture(size: tuple[int, int], count: int, share: float) -> tuple[Rgb, Trimap]:
    """Subjects side by side, each an ellipse with a band around its edge; two textured colours."""
    distance = _distance(size, count)
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        half = (low + high) / 2
        is_wide = np.mean(np.abs(distance - 1) < half) > share
        low, high = (low, half) if is_wide else (half, high)
    y, x = np.mgrid[: size[0], : size[1]]
    wave = 40 * np.sin(x / 7) * np.cos(y / 5)
    inside = np.clip((1 + low / 2 - distance) / max(low, 1e-3), 0, 1)[..., None]
    rgb = inside * [205.0, 150.0, 80.0] + (1 - inside) * [60.0, 90.0, 160.0] + wave[..., None]
    trimap = np.select([distance <= 1 - low, distance >= 1 + low], [255, 0], UNKNOWN)
    return rgb.clip(0, 255).astype(np.uint8), trimap.astype(np.uint8)


def _distance(size: tuple[int, int], count: int) -> npt.NDArray[np.float64]:
    """From the nearest subject's centre, in its radii."""
    y, x = np.mgrid[: size[0], : size[1]]
    down, across = RADII[0] * size[0], min(RADII[1], 0.35 / count) * size[1]
    centres = [(number + 0.5) / count * size[1] for number in range(count)]
    each = [np.hypot((y - size[0] / 2) / down, (x - centre) / across) for centre in centres]
    return np.asarray(np.minimum.reduce(each))


def _compared(engine: Engine, rgb: Rgb, trimap: Trimap) -> Figures:
    tiles, most = tiles_of(trimap), engine.costs.maximum
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(REPEATS + 1):
        parts = engine.infer(rgb, trimap, most, FULL_PATH, tiles)
        whole = engine.infer(rgb, trimap, most, FULL_PATH)
        seconds[True].append(parts.seconds)
        seconds[False].append(whole.seconds)
    off = 255 * np.abs(merge_known(parts.alpha, trimap) - merge_known(whole.alpha, trimap))
    return {
        "tiles": len(tiles),
        "pixels": parts.pixels / whole.pixels,
        "time": median(seconds[True][1:]) / median(seconds[False][1:]) if tiles else 1.0,
        "in_band": float(off[trimap == UNKNOWN].mean()),
        "in_frame": float(off.mean()),
    }
