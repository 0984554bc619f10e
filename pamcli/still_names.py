"""Which files are still pictures, by their names, and the order in which a folder's are taken."""

import re
from pathlib import Path

STILLS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp"})


def is_still(source: Path) -> bool:
    """Whether a file is one picture, by its suffix."""
    return source.suffix.lower() in STILLS


def natural_order(source: Path) -> list[tuple[int, str]]:
    """Sort key of a file name in which digits count as numbers: 2.png before 10.png."""
    parts = re.split(r"(\d+)", source.name.lower())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def stills_in(folder: Path) -> list[Path]:
    """The pictures of a folder in natural order; hidden files are none."""
    found = (s for s in folder.iterdir() if is_still(s) and not s.name.startswith("."))
    return sorted(found, key=natural_order)
