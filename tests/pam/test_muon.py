"""Muon against the exact factorisation, and which weights it is for."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from pam.muon import Muon, orthogonalised, split  # noqa: E402
from pam.network import Pam  # noqa: E402


@pytest.mark.parametrize("shape", [(12, 40), (40, 12), (16, 16)])
def test_an_update_keeps_its_directions_and_levels_their_strengths(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(4))
    found = orthogonalised(matrix)
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    strengths = torch.diag(left.T @ found @ right.T)
    torch.testing.assert_close(found, left @ torch.diag(strengths) @ right, atol=1e-4, rtol=0)
    assert float(strengths.min()) > 0.6 and float(strengths.max()) < 1.25


def test_a_step_does_not_depend_on_the_size_of_the_gradient() -> None:
    steps = []
    for scale in (1.0, 1e4):
        layer = nn.Linear(16, 16, bias=False)
        nn.init.zeros_(layer.weight)
        gradient = torch.randn(16, 16, generator=torch.Generator().manual_seed(1))
        layer.weight.grad = gradient * scale
        Muon(layer, lr=0.1).step()
        steps.append(layer.weight.detach().clone())
    torch.testing.assert_close(steps[0], steps[1], atol=1e-4, rtol=0)
    assert float(steps[0].square().mean().sqrt()) == pytest.approx(0.1 * 0.2, rel=0.15)


def test_other_parameters_step_as_adamw_does() -> None:
    ours, theirs = nn.BatchNorm2d(8), nn.BatchNorm2d(8)
    betas = (0.9, 0.99)
    optimisers = (
        Muon(ours, lr=0.01, betas=betas, weight_decay=0.1),
        torch.optim.AdamW(theirs.parameters(), lr=0.01, betas=betas, weight_decay=0.1),
    )
    random = torch.Generator().manual_seed(2)
    for _ in range(5):
        gradient = torch.randn(8, generator=random)
        for layer, optimiser in zip((ours, theirs), optimisers, strict=True):
            layer.weight.grad, layer.bias.grad = gradient.clone(), -gradient
            optimiser.step()
    torch.testing.assert_close(ours.weight, theirs.weight)
    torch.testing.assert_close(ours.bias, theirs.bias)


def test_weights_that_mix_no_channels_and_small_ones_are_left_to_adamw() -> None:
    net = Pam()
    matrices, rest = split(net)
    assert len(matrices) + len(rest) == len(list(net.parameters()))
    assert all(weight.ndim >= 2 and weight.shape[1] > 1 for weight in matrices)
    names = {id(weight): name for name, weight in net.named_parameters()}
    left = {names[id(weight)] for weight in rest}
    assert any("embedding" in name for name in left)
    assert sum(weight.numel() for weight in matrices) > 0.9 * sum(
        weight.numel() for weight in net.parameters()
    )
