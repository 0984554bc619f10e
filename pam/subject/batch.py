"""Training batches: pictures degraded as cameras and codecs do, each with an earlier mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pam.data.colour import jitter
from pam.data.degrade import add_noise, blur, jpeg
from pam.data.draw import Draw
from pam.subject.previous import previous_mask
from pam.subject.scenes import make_scene
from pam.subject.store import Sources
from pamcli.subject_input import input_size

SHAPES = ((1, 1), (3, 4), (4, 3), (9, 16), (9, 16), (16, 9))
"""Height to width; a batch has one of them."""

DARK, BLURRED, NOISY, CODED = 0.12, 0.25, 0.3, 0.2
"""Share of pictures in low light, blurred, noisy and JPEG coded. Video coding is left out: little
of it survives the shrinking of a frame, and it would take half of the time."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSettings:
    """Size of one training batch."""

    size: int = 160  # a batch has about the area of a square of so many pixels
    batch: int = 16
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectBatch:
    """float32 (B, C, H, W) in [0, 1]; the parts as in `Truth`."""

    image: Tensor
    previous: Tensor
    alpha: Tensor
    unknown: Tensor
    trust: Tensor


def make_batch(sources: Sources, settings: BatchSettings, index: int) -> SubjectBatch:
    """Batch number `index` of the endless sequence that `settings.seed` names."""
    draw = Draw(settings.seed, index)
    size = canvas_size(draw.choice(SHAPES), settings.size)
    truths = [make_scene(draw, sources, size) for _ in range(settings.batch)]
    previous = [
        previous_mask(draw, truth, truths[number - 1]) for number, truth in enumerate(truths)
    ]
    pixels = np.stack([truth.rgb for truth in truths])
    image = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
    return SubjectBatch(
        image=degrade(draw, darken(draw, jitter(draw, image))),
        previous=_planes(previous),
        alpha=_planes([truth.alpha for truth in truths]),
        unknown=_planes([truth.unknown for truth in truths]),
        trust=_planes([truth.trust for truth in truths]),
    )


def canvas_size(shape: tuple[int, int], size: int) -> tuple[int, int]:
    """(height, width) of the shape, multiples of 32, about `size` squared in area."""
    height, width = shape
    long_side = size * (max(shape) / min(shape)) ** 0.5
    return input_size(height, width, round(long_side))


def darken(draw: Draw, image: Tensor) -> Tensor:
    """Low light in a part of the batch: dark, with more noise than `degrade` adds."""
    out = image.clone()
    for row in draw.rows(DARK, len(out)).tolist():
        dim = out[row] * draw.log_uniform(0.12, 0.6)
        noise = draw.uniform(0.005, 0.04) * draw.normal(*dim.shape)
        out[row] = (dim + noise).clamp(0, 1)
    return out


def degrade(draw: Draw, image: Tensor) -> Tensor:
    """Each degradation on a random part of the batch, then rounding to 8 bits."""
    out = image.clone()
    for row in draw.rows(BLURRED, len(out)).tolist():
        out[row : row + 1] = blur(out[row : row + 1], draw.log_uniform(0.3, 2.0))
    noisy, coded = draw.rows(NOISY, len(out)), draw.rows(CODED, len(out))
    if len(noisy):
        out[noisy] = add_noise(draw, out[noisy])
    if len(coded):
        out[coded] = jpeg(out[coded], draw.uniforms(30, 95, len(coded)).flatten())
    return (out.clamp(0, 1) * 255).round() / 255


def _planes(maps: list[Floats]) -> Tensor:
    return torch.from_numpy(np.stack(maps)).unsqueeze(1)
