"""The meadow of the clip, drawn as layers that share one camera and slide past each other.

    python landscape.py 1.0 folder

writes, far to near, trees.npy (the edge of a wood, out of focus), lawn_3.npy, lawn_2.npy,
shrubs.npy (rocks, bushes, tall grass), lawn_1.npy, lawn_0.npy (bands of grass) and soil.npy (the
ground they all stand on, with their shadows). The camera is level, EYE metres up, at the origin.
"""

import sys
from functools import partial
from pathlib import Path

import blender
import numpy as np
from ground import BANDS, FOCAL, WIDTH, lawn, pebbles, soil
from woods import shrubs, trees

EYE = 1.67  # metres, camera height
HORIZON = 300  # row of the horizon in a frame 720 rows high
ROWS = 720
SHARP, SOFT = (0.75, 6), (0.5, 4)  # share of full size, samples per pixel
DETAIL = {"trees": SOFT, "shrubs": SOFT}  # out of focus
SEEDS = {
    "soil": 100,
    "shrubs": 101,
    "trees": 102,
    "lawn_0": 103,
    "lawn_1": 104,
    "lawn_2": 105,
    "lawn_3": 106,
}
FOCUS = 10.0  # metres


def populate(scene: blender.bpy.types.Scene) -> dict[str, set]:
    """Build everything; the objects of each layer by its name."""

    def bare_ground(scene: blender.bpy.types.Scene, rng: np.random.Generator) -> None:
        soil(scene)
        pebbles(scene, rng)

    makers = {f"lawn_{band}": partial(lawn, band=band) for band in range(len(BANDS))}
    makers |= {"soil": bare_ground, "shrubs": shrubs, "trees": trees}
    layers, seen = {}, set(scene.collection.objects)
    for name, make in makers.items():
        make(scene, rng=np.random.default_rng(SEEDS[name]))
        layers[name] = set(scene.collection.objects) - seen
        seen |= layers[name]
    return layers


def draw(effort: float, folder: Path) -> None:
    """Render each layer not there yet, in its DETAIL, with the shadows of all the others."""
    scene = blender.reset()
    blender.daylight(scene, sun=4.2, sky=0.30)
    lens = blender.camera(
        scene,
        (0.0, 0.0, EYE),
        (0.0, 10.0, EYE),
        lens=36.0 * FOCAL / WIDTH,
        focus=FOCUS,
        fstop=36.0 * FOCAL / WIDTH / 1000 / 0.030,
    )
    lens.data.shift_y = -(ROWS / 2 - HORIZON) / WIDTH
    layers = populate(scene)
    scene.render.use_persistent_data = True
    for name in layers:
        for other, things in layers.items():
            for thing in things:
                thing.visible_camera = other == name or other == "soil"
                thing.is_holdout = other == "soil" != name
        scale, samples = DETAIL.get(name, SHARP)
        size = (round(WIDTH * scale * effort), round(ROWS * scale * effort))
        if not (folder / f"{name}.npy").exists():
            blender.render(scene, folder / f"{name}.npy", size, max(2, round(samples * effort)))


if __name__ == "__main__":
    draw(float(sys.argv[1]), Path(sys.argv[2]))
