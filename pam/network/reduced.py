"""Means of blocks and bilinear enlargement, said so that OpenVINO does them fast."""

from torch import Tensor
from torch.nn import functional as F

REDUCTION = 4
"""Side of the blocks of pixels that one pixel of the reduced picture stands for."""


def pool(x: Tensor, side: int) -> Tensor:
    """Means of blocks of (B, C, H, W); a last row or column of blocks may be narrower."""
    if side == 1:
        return x
    planes = x.flatten(0, 1).unsqueeze(1)  # in OpenVINO a few channels are pooled as if 16
    pooled = F.avg_pool2d(planes, side, side, ceil_mode=True, count_include_pad=False)
    restored: Tensor = pooled.squeeze(1).unflatten(0, (x.shape[0], x.shape[1]))
    return restored


def widen(x: Tensor, like: Tensor) -> Tensor:
    """Bilinear enlargement to the height and width of `like`; half-pixel centres."""
    # OpenVINO enlarges all channels of a pixel at once, but each picture of a batch by itself.
    channels = x.flatten(0, 1).unsqueeze(0)
    wide = F.interpolate(channels, size=like.shape[2:], mode="bilinear", align_corners=False)
    return wide.view(x.shape[0], x.shape[1], *like.shape[2:])
