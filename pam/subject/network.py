"""Small real-time network: picture and previous mask to the subject's mask and its uncertainty."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pam.network.blocks import Residual3x3, conv_bn, depthwise_stack, up2

INPUTS = 4
"""RGB 3, previous mask 1."""

WIDTHS = (16, 32, 64, 128, 192)
"""Channels at 1/2, 1/4, 1/8, 1/16 and 1/32."""

JOINED = (16, 32, 48, 96)
"""Channels of the decoder at 1/2, 1/4, 1/8 and 1/16."""

STRIDE = 32
OUTPUTS = 2

MISSED_WEIGHT = 4.0
"""How much worse the training takes an uncertain pixel that is missed than a certain one that is
marked; the odds that it learns are so many times too high."""


class WholePicture(nn.Module):
    """ReLU(x + 1x1 of what the whole picture holds): every pixel learns of all others.

    x: (B, channels, H, W) -> same shape.
    """

    def __init__(self, channels: int, reduced: int = 64) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels, reduced, 1)
        self.widen = nn.Conv2d(reduced, channels, 1)
        nn.init.zeros_(self.widen.weight)

    def forward(self, x: Tensor) -> Tensor:
        whole = F.relu(self.reduce(x.mean((2, 3), keepdim=True)))
        return F.relu(x + self.widen(whole))


class Join(nn.Module):
    """Deep features, enlarged by two, added to those of the skip; both through 1x1 first."""

    def __init__(self, deep: int, skip: int, outputs: int) -> None:
        super().__init__()
        self.deep = conv_bn(deep, outputs, 1, relu=False)
        self.skip = conv_bn(skip, outputs, 1, relu=False)

    def forward(self, deep: Tensor, skip: Tensor) -> Tensor:
        return F.relu(up2(self.deep(deep)) + self.skip(skip))


class SubjectNetwork(nn.Module):
    """Encoder to 1/32 and decoder to 1/2 with skips at every size."""

    def __init__(self) -> None:
        super().__init__()
        w1, w2, w3, w4, w5 = WIDTHS
        d1, d2, d3, d4 = JOINED
        self.e1 = conv_bn(INPUTS, w1, 3, 2)
        self.e2 = nn.Sequential(conv_bn(w1, w2, 3, 2), Residual3x3(w2))
        self.e3 = nn.Sequential(conv_bn(w2, w3, 3, 2), depthwise_stack(w3, 4, 2))
        self.e4 = nn.Sequential(conv_bn(w3, w4, 2, 2), depthwise_stack(w4, 3, 5))
        self.e5 = nn.Sequential(conv_bn(w4, w5, 2, 2), depthwise_stack(w5, 2, 2), WholePicture(w5))
        self.j4 = Join(w5, w4, d4)
        self.d4 = depthwise_stack(d4, 2, 1)
        self.j3 = Join(d4, w3, d3)
        self.d3 = depthwise_stack(d3, 2, 1)
        self.j2 = Join(d3, w2, d2)
        self.d2 = Residual3x3(d2)
        self.j1 = Join(d2, w1, d1)
        self.d1 = conv_bn(d1, d1)
        self.head = nn.Conv2d(d1, OUTPUTS, 1)

    def forward(self, image: Tensor, previous: Tensor) -> Tensor:
        """Logits of mask and uncertainty, float32 (B, 2, H/2, W/2).

        image: (B, 3, H, W) RGB in [0, 1]; previous: (B, 1, H, W) mask of the frame before moved to
        this one, in [0, 1], all 0 where there is none. H and W are multiples of STRIDE.
        """
        e1 = self.e1(torch.cat((image, previous), 1) * 2 - 1)
        e2 = self.e2(e1)
        e3 = self.e3(e2)
        e4 = self.e4(e3)
        x = self.d4(self.j4(self.e5(e4), e4))
        x = self.d3(self.j3(x, e3))
        x = self.d2(self.j2(x, e2))
        x = self.d1(self.j1(x, e1))
        logits: Tensor = self.head(x)
        return logits.float()


def to_maps(logits: Tensor) -> Tensor:
    """Mask and chance that it is wrong or soft, (B, 2, H, W) in [0, 1], of the network's logits."""
    odds = logits - logits.new_tensor([0.0, math.log(MISSED_WEIGHT)]).view(1, OUTPUTS, 1, 1)
    return up2(odds).sigmoid()


def parameter_count(net: nn.Module) -> int:
    """Numbers that are learnt."""
    return sum(parameter.numel() for parameter in net.parameters())
