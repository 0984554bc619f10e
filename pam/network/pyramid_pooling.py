"""Stacked pyramid pooling: context far beyond a kernel, at any picture size."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pam.network.blocks import conv_bn

WINDOWS = (5, 9, 17)
"""Sides of the pooling windows, fixed so that a training crop and a whole frame pool alike."""


class PyramidPooling(nn.Module):
    """ReLU(x + 1x1[x, pooled x ...]) over the windows and the whole picture.

    x: (B, channels, H, W) -> same shape.
    """

    def __init__(self, channels: int, reduced: int = 32) -> None:
        super().__init__()
        # The global branch sees 1x1 pixels: BatchNorm would have one value a picture there.
        self.reduce_global = nn.Sequential(nn.Conv2d(channels, reduced, 1), nn.ReLU(inplace=True))
        self.reduce = nn.ModuleList(conv_bn(channels, reduced, 1) for _ in WINDOWS)
        merged = channels + reduced * (len(WINDOWS) + 1)
        self.merge = conv_bn(merged, channels, 1, relu=False)

    def forward(self, x: Tensor) -> Tensor:
        size = x.shape[2:]
        branches = [x]
        for window, reduce in zip(WINDOWS, self.reduce, strict=True):
            half = window // 2
            pooled = F.avg_pool2d(x, window, half, half, count_include_pad=False)
            branches.append(F.interpolate(reduce(pooled), size=size, mode="bilinear"))
        whole = self.reduce_global(x.mean((2, 3), keepdim=True))
        branches.append(whole.expand(-1, -1, size[0], size[1]))
        return F.relu(x + self.merge(torch.cat(branches, 1)))
