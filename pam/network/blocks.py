"""Convolution blocks that encoder and decoder share."""

from torch import Tensor, nn
from torch.nn import functional as F

from pam.network.depthwise import DepthwiseConv

KERNEL = 7
"""Side of the depthwise kernels: on CPUs 7x7 costs hardly more than 3x3."""


def conv_bn(
    inputs: int, outputs: int, kernel: int = 3, stride: int = 1, *, relu: bool = True
) -> nn.Sequential:
    """Convolution without bias, BatchNorm, and ReLU unless told otherwise; Kaiming start."""
    padding = (kernel - 1) // 2
    conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
    nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
    layers: list[nn.Module] = [conv, nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, nn.ReLU(inplace=True)) if relu else nn.Sequential(*layers)


def up2(x: Tensor) -> Tensor:
    """Bilinear enlargement by two; half-pixel centres."""
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class DepthwiseModule(nn.Module):
    """x + BN(1x1(ReLU BN(1x1(BN(depthwise 7x7(x)))))): large kernel, then pointwise.

    x: (B, channels, H, W) -> same shape. The last BatchNorm starts at zero, so that the module
    starts as the identity.
    """

    def __init__(self, channels: int, expansion: int) -> None:
        super().__init__()
        hidden = channels * expansion
        depthwise = DepthwiseConv(channels, KERNEL)
        nn.init.kaiming_normal_(depthwise.weight, mode="fan_out", nonlinearity="linear")
        self.depthwise = nn.Sequential(depthwise, nn.BatchNorm2d(channels))
        self.widen = conv_bn(channels, hidden, 1)
        self.narrow = conv_bn(hidden, channels, 1, relu=False)
        last = self.narrow[1]
        assert isinstance(last, nn.BatchNorm2d)
        nn.init.zeros_(last.weight)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = x + self.narrow(self.widen(self.depthwise(x)))
        return y


def depthwise_stack(channels: int, expansion: int, count: int) -> nn.Sequential:
    """`count` DepthwiseModules in a row."""
    return nn.Sequential(*(DepthwiseModule(channels, expansion) for _ in range(count)))


class Residual3x3(nn.Module):
    """ReLU(x + two 3x3 convolutions of x)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv_bn(channels, channels), conv_bn(channels, channels, relu=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.body(x))
