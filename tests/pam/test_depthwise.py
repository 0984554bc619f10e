"""The fast gradient of depthwise convolutions."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from pam.network.depthwise import NARROW, DepthwiseConv  # noqa: E402


@pytest.mark.parametrize(
    ("height", "width", "kernel"), [(9, 12, 7), (4, 3, 7), (8, 8, 3), (5, NARROW + 3, 7)]
)
def test_gradients_equal_those_of_pytorch(height: int, width: int, kernel: int) -> None:
    random = torch.Generator().manual_seed(6)
    x = torch.randn(2, 5, height, width, generator=random, requires_grad=True)
    fast = DepthwiseConv(5, kernel)
    slow = nn.Conv2d(5, 5, kernel, padding=kernel // 2, groups=5, bias=False)
    slow.weight.data.copy_(fast.weight.data)
    gradient = torch.randn(2, 5, height, width, generator=random)
    wanted = torch.autograd.grad(slow(x), (x, slow.weight), gradient)
    found = torch.autograd.grad(fast(x), (x, fast.weight), gradient)
    for one, two in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, two, atol=1e-5, rtol=1e-4)
