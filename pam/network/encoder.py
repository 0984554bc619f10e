"""Encoder: from the picture to features at 1/32, with the first two adaptive groups."""

from torch import Tensor, nn

from pam.network.blocks import DepthwiseModule, Residual3x3, conv_bn, depthwise_stack
from pam.network.connect import AdaptiveGroup
from pam.network.path_selection import PathSelectionLayer
from pam.network.pyramid_pooling import PyramidPooling

INPUTS = 13
"""RGB 3, one-hot trimap 3, prior foreground 3, prior background 3, prior alpha 1."""

WIDTHS = (16, 32, 64, 128, 256, 256)
"""Channels at 1/1, 1/2, 1/4, 1/8, 1/16 and 1/32."""


class Encoder(nn.Module):
    """The layers in the order in which `Pam.run` calls them; g1 and g2 stand between."""

    def __init__(self) -> None:
        super().__init__()
        w0, w1, w2, w3, w4, w5 = WIDTHS
        self.s0 = conv_bn(INPUTS, w0)
        self.e1 = nn.Sequential(conv_bn(w0, w1, 3, 2), conv_bn(w1, w1))
        self.e2 = nn.Sequential(conv_bn(w1, w2, 3, 2), Residual3x3(w2))
        self.d3 = nn.Sequential(conv_bn(w2, w3, 3, 2), DepthwiseModule(w3, 4))
        self.psl1 = PathSelectionLayer(w3)
        self.g1 = AdaptiveGroup(depthwise_stack(w3, 4, 4), w3)
        self.d4 = nn.Sequential(conv_bn(w3, w4, 2, 2), DepthwiseModule(w4, 2))
        self.psl2 = PathSelectionLayer(w4)
        self.g2 = AdaptiveGroup(depthwise_stack(w4, 2, 6), w4)
        self.d5 = nn.Sequential(conv_bn(w4, w5, 2, 2), depthwise_stack(w5, 2, 2))
        self.ppm = nn.Sequential(PyramidPooling(w5), PyramidPooling(w5))

    def stem(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x: (B, INPUTS, H, W) -> features at 1/1, 1/2 and 1/4."""
        s0 = self.s0(x)
        e1 = self.e1(s0)
        return s0, e1, self.e2(e1)
