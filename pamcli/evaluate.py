"""Errors of the released network on stills whose alpha is known."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import numpy as np

from pamcli.engine import Engine
from pamcli.errors import InputError
from pamcli.frame import Alpha, Frame, Rgb, Trimap
from pamcli.images import read_gray, read_rgb
from pamcli.matting import Choice, matte_frame, region
from pamcli.metrics import UNKNOWN, StillErrors, still_errors
from pamcli.models import load_model
from pamcli.settings import RuntimeSettings
from pamcli.trimap import check_trimap

HALF = "alpha 0.5"

Table = dict[str, dict[str, float]]
"""Row (a cost constraint, or the reference "alpha 0.5") to error to mean over the stills."""


def stills(dataset: Path) -> list[Path]:
    """The folders that hold a still. Raises InputError when there is none."""
    found = sorted(folder.parent for folder in dataset.glob("*/alpha.png"))
    if not found:
        raise InputError(
            f"{dataset}: no still: NAME/image.png, trimap.png and alpha.png are needed"
        )
    return found


def run(dataset: Path, constraints: Sequence[int], runtime: RuntimeSettings) -> Table:
    """Mean errors over all stills at each C_c, and those of 0.5 in the band for reference.

    Raises InputError for a dataset without stills and for a C_c below C_min.
    """
    engine = Engine(load_model(), precision=runtime.precision, threads=runtime.threads)
    for constraint in constraints:
        engine.costs.check(constraint)
    rows: dict[str, list[StillErrors]] = {str(c): [] for c in (*constraints, HALF)}
    for folder in stills(dataset):
        rgb, trimap, truth = _read(folder)
        half = np.where(trimap == UNKNOWN, np.float32(0.5), truth).astype(np.float32)
        rows[HALF].append(still_errors(half, truth, trimap))
        for constraint in constraints:
            alpha = _matte(engine, rgb, trimap, constraint)
            rows[str(constraint)].append(still_errors(alpha, truth, trimap))
    return {name: _mean(errors) for name, errors in rows.items()}


def _read(folder: Path) -> tuple[Rgb, Trimap, Alpha]:
    rgb = read_rgb(folder / "image.png")
    trimap = check_trimap(
        read_gray(folder / "trimap.png"), rgb.shape[:2], str(folder / "trimap.png")
    )
    truth = read_gray(folder / "alpha.png")
    if truth.shape != trimap.shape:
        raise InputError(f"{folder / 'alpha.png'}: not of the picture's size")
    return rgb, trimap, (truth / 255).astype(np.float32)


def _matte(engine: Engine, rgb: Rgb, trimap: Trimap, constraint: int) -> Alpha:
    frame, choice = Frame(rgb, 0, Fraction(1)), Choice(cost_constraint=constraint)
    matte, _ = matte_frame(engine, frame, trimap, choice, region(trimap))
    return matte.alpha


def _mean(errors: Sequence[StillErrors]) -> dict[str, float]:
    rows: Sequence[Mapping[str, float]] = [asdict(error) for error in errors]
    return {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}


def as_text(table: Table) -> str:
    """The table for a person."""
    lines = [f"{'C_c':>10} {'SAD/1e3':>9} {'MSEx1e3':>9} {'Grad/1e3':>9} {'Conn/1e3':>9}"]
    for name, row in table.items():
        figures = " ".join(f"{row[key]:9.3f}" for key in ("sad", "mse", "grad", "conn"))
        lines.append(f"{name:>10} {figures}")
    return "\n".join(lines)
