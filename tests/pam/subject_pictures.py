"""Made sources for the tests of the subject network."""

from pathlib import Path

import cv2
import numpy as np
from pictures import disc, photo

from pam.subject.store import CutOut, Folders, Person, Scene, Sources


def person(seed: int, size: int = 96) -> Person:
    """A bright ellipse before a smooth photograph."""
    y, x = np.mgrid[:size, :size]
    inside = np.hypot((x - size / 2) / 0.7, y - size / 2 - 4 * seed) < size / 3
    rgb = photo(seed, size) // 3
    rgb[inside] = (230, 180, 150)
    return Person(rgb=rgb, mask=np.where(inside, 255, 0).astype(np.uint8))


def tiny_sources() -> Sources:
    """Two people, cut-outs of three kinds, an empty scene and an occupied one."""
    kinds = ("portrait", "obj", "smoke")
    return Sources(
        people=(person(0), person(1)),
        cut_outs=tuple(
            CutOut(kind=kind, rgba=disc(96, softness=4.0 + 6 * i)) for i, kind in enumerate(kinds)
        ),
        scenes=(
            Scene(rgb=photo(5, 96), is_empty=True),
            Scene(rgb=photo(6, 96), is_empty=False),
        ),
    )


def write_folders(folder: Path) -> Folders:
    """The like as files; `b` is held out of the people, photo_1 occupied."""
    found = Folders(
        people=folder / "person",
        cut_outs=folder / "fg",
        scenes=folder / "bg",
        occupied=folder / "occupied.txt",
    )
    for made in (found.people / "image", found.people / "mask", found.cut_outs, found.scenes):
        made.mkdir(parents=True)
    for number, name in enumerate("abc"):
        made_person = person(number)
        cv2.imwrite(str(found.people / "image" / f"{name}.png"), made_person.rgb[..., ::-1])
        cv2.imwrite(str(found.people / "mask" / f"{name}.png"), made_person.mask)
    (found.people / "val.txt").write_text("b\n")
    for number in range(12):
        rgba = np.ascontiguousarray(disc(64, softness=4.0)[:, :, [2, 1, 0, 3]])
        cv2.imwrite(str(found.cut_outs / f"portrait_{number:02}.png"), rgba)
    for seed in range(2):
        cv2.imwrite(str(found.scenes / f"photo_{seed}.png"), photo(seed, 96)[..., ::-1])
    (folder / "occupied.txt").write_text("photo_1\n")
    return found
