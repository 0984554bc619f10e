"""Depthwise convolution whose gradients are fast on CPUs.

PyTorch's own gradient of a depthwise convolution in bfloat16 takes several times as long as its
parts need. Here the gradient of the input is the convolution with the turned kernel, as fast as
the forward pass; that of the weights is a few matrix products where pictures are narrow, and
PyTorch's float32 one where they are wide.
"""

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx
from torch.nn import functional as F

NARROW = 16
"""Columns up to which matrix products are faster: they do columns / kernel times the work."""


def _convolve(x: Tensor, weight: Tensor) -> Tensor:
    return F.conv2d(x, weight, padding=weight.shape[-1] // 2, groups=weight.shape[0])


def weight_gradient(x: Tensor, gradient: Tensor, kernel: int) -> Tensor:
    """Gradient of a depthwise kernel, float32 (C, 1, kernel, kernel); x, gradient: (B, C, H, W)."""
    narrow = x.shape[3] <= NARROW
    return _by_products(x, gradient, kernel) if narrow else _by_float32(x, gradient, kernel)


def _by_products(x: Tensor, gradient: Tensor, kernel: int) -> Tensor:
    """For each row of the kernel one matrix product per channel correlates all columns of the
    gradient with all columns of x; the sums of its diagonals are the taps."""
    reach = kernel // 2
    batch, channels, height, width = x.shape
    wide = width + 2 * reach
    # rows before pictures, so that a shift of rows is a slice: C, H + 2 reach, B, W + 2 reach
    padded = F.pad(x.permute(1, 2, 0, 3), (reach, reach, 0, 0, reach, reach)).contiguous()
    columns = gradient.permute(1, 3, 2, 0).reshape(channels, width, height * batch)
    taps = []
    for row in range(kernel):
        part = padded[:, row : row + height].reshape(channels, height * batch, wide)
        product = torch.bmm(columns, part)  # C, W, W + 2 reach
        diagonals = product.as_strided(
            (channels, kernel, width), (width * wide, 1, wide + 1), product.storage_offset()
        )
        taps.append(diagonals.float().sum(-1))
    return torch.stack(taps, 1).unsqueeze(1)


def _by_float32(x: Tensor, gradient: Tensor, kernel: int) -> Tensor:
    channels, reach = x.shape[1], kernel // 2
    weight = x.new_empty((channels, 1, kernel, kernel), dtype=torch.float32)
    only_weight = (False, True, False)
    found: Tensor = torch.ops.aten.convolution_backward(
        gradient.float(), x.float(), weight, None, (1, 1), (reach, reach), (1, 1),
        False, (0, 0), channels, only_weight,
    )[1]  # fmt: skip
    return found


class _SplitGradient(torch.autograd.Function):
    """Depthwise convolution, odd kernel, same size, stride 1."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return _convolve(x, weight)

    @staticmethod
    def backward(ctx: FunctionCtx, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        x, weight = ctx.saved_tensors  # type: ignore[attr-defined]
        gradient = gradients[0].contiguous(memory_format=torch.channels_last)
        back = _convolve(gradient, weight.flip(2, 3))
        return back, weight_gradient(x, gradient, weight.shape[-1]).to(weight.dtype)


class DepthwiseConv(nn.Conv2d):
    """A kernel of its own for each channel; odd side, same size, no bias.

    x: (B, channels, H, W) -> same shape, in the autocast type when autocast is on.
    """

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__(
            channels, channels, kernel, padding=kernel // 2, groups=channels, bias=False
        )

    def forward(self, input: Tensor) -> Tensor:
        if input.device.type != "cpu" or not torch.is_grad_enabled():
            return super().forward(input)
        x, weight = input, self.weight
        if torch.is_autocast_enabled("cpu"):
            kind = torch.get_autocast_dtype("cpu")
            x, weight = x.to(kind), weight.to(kind)
        y: Tensor = _SplitGradient.apply(x, weight)  # type: ignore[no-untyped-call]
        return y
