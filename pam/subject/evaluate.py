"""How good a subject network is: on people held out of the training, and on composites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from pam.data.draw import Draw
from pam.subject.network import SubjectNetwork, to_maps
from pam.subject.scenes import Truth, composite, empty_scene
from pam.subject.store import Person, Pixels, Sources
from pamcli.subject_input import SIDE, input_size, to_input

Floats = NDArray[np.float32]

COMPOSITE_SIZE = 288, 512
"""Height and width of composites for validation."""

KINDS = {"portraits": frozenset({"portrait"}), "things": frozenset({"obj", "photo"})}
"""Composites are measured apart by the kinds of what they show."""

SEED = 40_009
BAND = 0.25
"""Uncertainty above which a pixel is in the band."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the network says of one picture, float32 (H, W) in [0, 1] at the picture's size."""

    mask: Floats
    uncertainty: Floats


@torch.no_grad()
def find(
    net: SubjectNetwork, rgb: Pixels, previous: Floats | None = None, side: int = SIDE
) -> Found:
    """Mask and uncertainty of one picture, uint8 (H, W, 3), as the runtime would find them.

    previous: float32 (H, W), the mask of the frame before moved to this one; None: there is none.
    """
    height, width = rgb.shape[:2]
    size = input_size(height, width, side)
    image = torch.from_numpy(to_input(rgb, size)).permute(2, 0, 1)[None].float() / 255
    before = np.zeros((height, width), np.float32) if previous is None else previous
    small = cv2.resize(before, size[::-1], interpolation=cv2.INTER_AREA)
    logits = net(image, torch.from_numpy(np.asarray(small, np.float32))[None, None])
    maps = [cv2.resize(m, (width, height)) for m in to_maps(logits)[0].numpy()]
    return Found(mask=np.asarray(maps[0], np.float32), uncertainty=np.asarray(maps[1], np.float32))


def people_overlap(
    net: SubjectNetwork, people: Iterable[Person], side: int = SIDE
) -> NDArray[np.float64]:
    """Intersection over union at 0.5 for each person, at the size of its mask."""
    return np.array([overlap(find(net, p.rgb, side=side).mask, p.mask / 255) for p in people])


def overlap(mask: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    """Intersection over union of two masks cut at 0.5; 1 where both are empty."""
    one, two = mask > 0.5, truth > 0.5
    either = int((one | two).sum())
    return int((one & two).sum()) / either if either else 1.0


def validation_scenes(sources: Sources, kinds: frozenset[str], count: int) -> list[Truth]:
    """Composites of cut-outs of these kinds, the same each time; none without such cut-outs."""
    fitting = tuple(cut_out for cut_out in sources.cut_outs if cut_out.kind in kinds)
    only = Sources(people=(), cut_outs=fitting, scenes=sources.scenes)
    indices = range(count if fitting else 0)
    return [composite(Draw(SEED, i), only, COMPOSITE_SIZE, "composite") for i in indices]


def band_figures(net: SubjectNetwork, scenes: Sequence[Truth]) -> dict[str, float]:
    """On composites: overlap, share of unknown pixels in the band, and the band's of the frame."""
    overlaps, unknown, caught, frame = [], 0.0, 0.0, []
    for truth in scenes:
        found = find(net, truth.rgb)
        band = in_band(found)
        unknown += float(truth.unknown.sum())
        caught += float(truth.unknown[band].sum())
        frame.append(float(band.mean()))
        overlaps.append(overlap(found.mask, truth.alpha))
    return {
        "iou": float(np.mean(overlaps)),
        "unknown_in_band": caught / max(unknown, 1),
        "band_share": float(np.mean(frame)),
    }


def in_band(found: Found) -> NDArray[np.bool_]:
    """Where the matting network has to decide."""
    return found.uncertainty > BAND


def empty_share(net: SubjectNetwork, sources: Sources, count: int) -> float:
    """Mean share of the frame that is taken for a subject where there is none."""
    scenes = [empty_scene(Draw(SEED, index), sources, COMPOSITE_SIZE) for index in range(count)]
    return float(np.mean([float((find(net, rgb).mask > 0.5).mean()) for rgb in scenes]))


def figures(net: SubjectNetwork, held_out: Sources, composites: int = 60) -> dict[str, float]:
    """Everything that is logged now and then.

    `people_iou` is on photographs; what is said of portraits and things is on composites.
    """
    found = {"people_iou": float(people_overlap(net, held_out.people).mean())}
    for name, kinds in KINDS.items():
        scenes = validation_scenes(held_out, kinds, composites)
        if scenes:
            found |= {f"{name}_{key}": value for key, value in band_figures(net, scenes).items()}
    return {**found, "empty_share": empty_share(net, held_out, composites)}
