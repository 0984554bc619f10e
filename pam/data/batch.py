"""One training batch: composite, degrade, make trimaps and the colour prior, cut the crops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from pam.data.colour import jitter, mesh_alpha, random_alpha, recolour, texture_alpha
from pam.data.degrade import degrade
from pam.data.draw import Draw
from pam.data.geometry import random_view, sample
from pam.data.store import Library, Picture
from pam.data.trimaps import UNKNOWN, random_trimap
from pam.network import ColourPrior, colour_prior

KIND_GROUPS: tuple[tuple[float, tuple[str, ...]], ...] = (
    (0.25, ("portrait",)),
    (0.24, ("hair", "leaf", "rendered", "net", "ld")),
    (0.11, ("obj", "photo")),
    (0.12, ("smoke",)),
)
"""Share of each group of kinds; what is left over is alpha made from nothing: `_invented`."""

SOURCE_SCALES = (1.0, 1.5, 2.0)  # source pixels per training pixel
CANVAS_MULTIPLE = 16
CANVAS_RATIO = 1.5
LEAST_UNKNOWN, MOST_UNKNOWN = 0.05, 0.97
ATTEMPTS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSettings:
    """Size of one training batch."""

    crop: int = 192  # pixels, a multiple of 32
    batch: int = 8
    seed: int = 0

    @property
    def canvas(self) -> int:
        """Side of what is composited before the crop is cut, a multiple of CANVAS_MULTIPLE."""
        return round(self.crop * CANVAS_RATIO / CANVAS_MULTIPLE) * CANVAS_MULTIPLE


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingBatch:
    """Crops, float32 in [0, 1], (B, C, crop, crop); `prior` was computed on the larger canvas."""

    image: Tensor
    trimap: Tensor  # {0, 0.5, 1}
    alpha: Tensor
    foreground: Tensor
    background: Tensor
    prior: ColourPrior

    def to(self, device: torch.device) -> TrainingBatch:
        """The same batch on `device`."""
        return self._each(lambda part: part.to(device))

    def row(self, index: int) -> TrainingBatch:
        """One picture as a batch of its own."""
        return self._each(lambda part: part[index : index + 1])

    def _each(self, change: Callable[[Tensor], Tensor]) -> TrainingBatch:
        return TrainingBatch(
            image=change(self.image),
            trimap=change(self.trimap),
            alpha=change(self.alpha),
            foreground=change(self.foreground),
            background=change(self.background),
            prior=ColourPrior(*(change(part) for part in self.prior)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """What one canvas is composited from, (1, C, S, S), with its trimap and the crop's corner."""

    foreground: Tensor
    background: Tensor
    alpha: Tensor
    trimap: Tensor
    corner: tuple[int, int]  # y, x


def make_batch(
    library: Library, settings: BatchSettings, index: int, device: torch.device | None = None
) -> TrainingBatch:
    """Batch number `index` of the endless sequence that `settings.seed` names.

    device: where the pictures of `library` lie and the batch is made.
    """
    draw = Draw(settings.seed, index, device)
    parts = [_layers(draw, library, settings) for _ in range(settings.batch)]
    foreground = jitter(draw, torch.cat([part.foreground for part in parts]))
    background = jitter(draw, torch.cat([part.background for part in parts]))
    alpha = torch.cat([part.alpha for part in parts])
    trimap = torch.cat([part.trimap for part in parts])
    image = degrade(draw, background + alpha * (foreground - background))
    prior = colour_prior(image, trimap)
    corners = [part.corner for part in parts]
    return TrainingBatch(
        image=_cut(image, corners, settings.crop),
        trimap=_cut(trimap, corners, settings.crop),
        alpha=_cut(alpha, corners, settings.crop),
        foreground=_cut(foreground, corners, settings.crop),
        background=_cut(background, corners, settings.crop),
        prior=ColourPrior(*(_cut(part, corners, settings.crop) for part in prior)),
    )


def merge(first: tuple[Tensor, Tensor], second: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """`first` over `second`: (rgb, alpha) of both together, rgb straight.

    rgb: float32 (1, 3, H, W); alpha: float32 (1, 1, H, W). Where both are empty the colour is the
    first's.
    """
    (rgb_1, alpha_1), (rgb_2, alpha_2) = first, second
    rest = alpha_2 * (1 - alpha_1)
    alpha = alpha_1 + rest
    share = torch.where(alpha > 1e-4, rest / alpha.clamp(min=1e-4), 0.0)
    return rgb_1 + share * (rgb_2 - rgb_1), alpha.clamp(max=1)


def _layers(draw: Draw, library: Library, settings: BatchSettings) -> Layers:
    """Layers whose crop holds enough unknown pixels; the last attempt is taken as it is."""
    for _ in range(ATTEMPTS):
        scale = draw.choice(SOURCE_SCALES)
        rgb, alpha = _subject(draw, library, settings.canvas, scale)
        trimap = random_trimap(draw, alpha)
        corner = _corner(draw, trimap, settings.crop)
        cut = _cut(trimap, [corner], settings.crop)
        share = float((cut == UNKNOWN).float().mean())
        if LEAST_UNKNOWN <= share <= MOST_UNKNOWN:
            break
    background = _background(draw, library, settings.canvas, scale)
    return Layers(foreground=rgb, background=background, alpha=alpha, trimap=trimap, corner=corner)


def _subject(draw: Draw, library: Library, size: int, scale: float) -> tuple[Tensor, Tensor]:
    """RGB and alpha of one foreground, or of two merged."""
    first = _foreground(draw, library, size, scale)
    if draw.chance(0.5):
        return merge(first, _foreground(draw, library, size, scale))
    return first


def _foreground(draw: Draw, library: Library, size: int, scale: float) -> tuple[Tensor, Tensor]:
    picture = _pick(draw, library)
    if picture is None:
        return _invented(draw, library, size, scale)
    anchor = picture.anchors[draw.integer(len(picture.anchors))].tolist()
    spread = 0.25 * size * scale
    centre = (
        anchor[0] + draw.uniform(-spread, spread),
        anchor[1] + draw.uniform(-spread, spread),
    )
    zoom = draw.log_uniform(0.6, 1.6) / scale
    rgba = sample(picture, random_view(draw, centre, size, zoom=zoom), size)
    rgb = recolour(draw, rgba[:, :3]) if picture.kind == "smoke" else rgba[:, :3]
    return rgb, rgba[:, 3:]


def _invented(draw: Draw, library: Library, size: int, scale: float) -> tuple[Tensor, Tensor]:
    """Smooth noise, the detail of a photo or a net as alpha; in the colours of a photo, seen from
    so far away more often than not that they change slowly, as those of glass and threads do."""
    kind = draw.uniform(0, 1)
    if kind < 0.3:
        alpha = random_alpha(draw, size)
    elif kind < 0.75:
        alpha = texture_alpha(draw, _photo(draw, library, size, scale))
    else:
        alpha = mesh_alpha(draw, size)
    if draw.chance(0.35):
        return _photo(draw, library, size, scale), alpha
    return _from_afar(draw, library, size, scale, draw.log_uniform(12, 64)), alpha


def _photo(draw: Draw, library: Library, size: int, scale: float) -> Tensor:
    """A random view of a random background, (1, 3, size, size)."""
    picture = draw.choice(library.backgrounds)
    height, width = picture.levels[0].shape[-2:]
    zoom = draw.log_uniform(0.8, 2.4) / scale
    centre = (draw.uniform(0.25, 0.75) * width, draw.uniform(0.25, 0.75) * height)
    return sample(picture, random_view(draw, centre, size, zoom=zoom), size)


def _background(draw: Draw, library: Library, size: int, scale: float) -> Tensor:
    """A photo, half of the time out of focus as behind most subjects."""
    if draw.chance(0.5):
        return _photo(draw, library, size, scale)
    return _from_afar(draw, library, size, scale, draw.log_uniform(1.5, 10))


def _from_afar(draw: Draw, library: Library, size: int, scale: float, factor: float) -> Tensor:
    """A photo out of focus: seen `factor` times smaller, then enlarged."""
    small = max(round(size / factor), 4)
    photo = _photo(draw, library, small, scale * size / small)
    wide = F.interpolate(photo, (size, size), mode="bicubic", align_corners=False)
    return wide.clamp(0, 1)


def _pick(draw: Draw, library: Library) -> Picture | None:
    """A foreground of a kind drawn by KIND_GROUPS, or None for random alpha.

    Kinds that the library lacks give way to any foreground.
    """
    level = draw.uniform(0, 1)
    for share, kinds in KIND_GROUPS:
        if level < share:
            fitting = [picture for picture in library.foregrounds if picture.kind in kinds]
            return draw.choice(fitting or library.foregrounds)
        level -= share
    return None


def _corner(draw: Draw, trimap: Tensor, crop: int) -> tuple[int, int]:
    """Upper left corner of a crop around a random unknown pixel, inside the canvas."""
    size = trimap.shape[-1]
    unknown = (trimap[0, 0] == UNKNOWN).flatten().nonzero().flatten()
    spot = int(unknown[draw.integer(len(unknown))]) if len(unknown) else size * size // 2
    y, x = divmod(spot, size)
    limit = size - crop
    return min(max(y - crop // 2, 0), limit), min(max(x - crop // 2, 0), limit)


def _cut(canvas: Tensor, corners: list[tuple[int, int]], crop: int) -> Tensor:
    rows = [canvas[i : i + 1, :, y : y + crop, x : x + crop] for i, (y, x) in enumerate(corners)]
    return torch.cat(rows)
