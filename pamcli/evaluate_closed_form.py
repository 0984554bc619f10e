"""Closed-form matting by pymatting, the baseline of `pamcli eval`. pymatting ends here."""

from importlib import import_module
from types import ModuleType

import numpy as np

from pamcli.errors import InputError
from pamcli.frame import Alpha, Rgb, Trimap


def load_pymatting() -> ModuleType:
    """pymatting, imported only here, for its first import compiles for a minute.

    Raises InputError when it is not installed.
    """
    try:
        return import_module("pymatting")
    except ModuleNotFoundError as error:
        if error.name != "pymatting":
            raise
        raise InputError(
            "closed-form matting needs pymatting: pip install 'pamcli[evaluate]'"
        ) from error


def closed_form(pymatting: ModuleType, rgb: Rgb, trimap: Trimap, name: str) -> Alpha:
    """Alpha by Levin, Lischinski and Weiss, "A Closed-Form Solution to Natural Image Matting".

    rgb: uint8 (H, W, 3). trimap: uint8 (H, W) {0, 128, 255}. Raises InputError, beginning with
    `name`, when the method finds no solution, as without any known foreground or background.
    """
    levels = np.select([trimap == 0, trimap == 255], [0.0, 1.0], 0.5)
    try:
        alpha = pymatting.estimate_alpha_cf(rgb / 255, levels)
    except ValueError as error:
        raise InputError(f"{name}: closed-form matting: {' '.join(str(error).split())}") from error
    return np.asarray(np.clip(alpha, 0, 1), np.float32)
