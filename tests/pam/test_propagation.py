"""Propagation along colour lines, against least squares in every window."""

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from pam.network.propagation import FLATNESS, _colour_lines, along, propagate  # noqa: E402
from pam.network.reduced import widen  # noqa: E402


def window(height: int, width: int, y: int, x: int) -> list[tuple[int, int]]:
    near = itertools.product(range(y - 1, y + 2), range(x - 1, x + 2))
    return [(i, j) for i, j in near if 0 <= i < height and 0 <= j < width]


def slow_lines(colour: Tensor, alpha: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """(H, W, 4) slope and offset of weighted ridge regressions, and the windows' weights."""
    rgb, values, weights = (t[0].permute(1, 2, 0).double() for t in (colour, alpha, weight))
    height, width = rgb.shape[:2]
    lines, mass = torch.zeros(height, width, 4).double(), torch.zeros(height, width, 1).double()
    for y, x in np.ndindex(height, width):
        spots = window(height, width, y, x)
        w = torch.stack([weights[spot] for spot in spots])
        design = torch.stack([torch.cat((rgb[spot], torch.ones(1).double())) for spot in spots])
        target = torch.stack([values[spot] for spot in spots])
        ridge = torch.diag(torch.tensor([FLATNESS] * 3 + [0.0]).double() * w.sum())
        normal = design.T @ (w * design) + ridge
        lines[y, x] = torch.linalg.solve(normal, design.T @ (w * target)).flatten()
        mass[y, x] = w.mean()
    return lines, mass


def test_lines_are_those_of_ridge_regression_in_every_window() -> None:
    generator = torch.Generator().manual_seed(1)
    colour = torch.rand(1, 3, 6, 7, generator=generator)
    alpha = torch.rand(1, 1, 6, 7, generator=generator)
    weight = torch.rand(1, 1, 6, 7, generator=generator) + 0.05
    lines, mass = slow_lines(colour, alpha, weight)
    wanted = torch.zeros_like(lines)
    for y, x in np.ndindex(6, 7):
        spots = window(6, 7, y, x)
        total = sum(mass[spot] for spot in spots)
        wanted[y, x] = sum(mass[spot] * lines[spot] for spot in spots) / total
    found = _colour_lines(colour, alpha, weight, 1)[0].permute(1, 2, 0)
    assert (found - wanted).abs().max() < 1e-3 * wanted.abs().max()


def test_blocks_count_with_all_their_pixels_and_are_widened_again() -> None:
    generator = torch.Generator().manual_seed(2)
    small = torch.rand(1, 3, 4, 5, generator=generator)
    alpha = torch.rand(1, 1, 4, 5, generator=generator)
    wide, wide_alpha = (t.repeat_interleave(2, 2).repeat_interleave(2, 3) for t in (small, alpha))
    one = widen(_colour_lines(small, alpha, torch.ones_like(alpha), 1), wide)
    two = _colour_lines(wide, wide_alpha, torch.ones_like(wide_alpha), 2)
    assert (one - two).abs().max() < 1e-3 * one.abs().max()


def test_a_line_gives_back_the_alpha_that_it_was_fitted_to() -> None:
    colour = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(3))
    truth = (colour * torch.tensor([0.5, -0.2, 0.1]).view(1, 3, 1, 1)).sum(1, keepdim=True) + 0.3
    lines = _colour_lines(colour, truth, torch.ones_like(truth), 1)
    assert (along(lines, colour) - truth).abs().max() < 2e-3


def test_what_the_known_stripes_show_reaches_the_unknown_ones() -> None:
    """All known but a strip at the right, guessed as 0.5; the colours tell."""
    stripes = (torch.arange(32) // 3 % 2).float().view(1, 1, 32, 1).expand(1, 1, 32, 32)
    red, green = torch.tensor([0.8, 0.2, 0.1]), torch.tensor([0.1, 0.5, 0.2])
    image = stripes * red.view(1, 3, 1, 1) + (1 - stripes) * green.view(1, 3, 1, 1)
    unknown = (torch.arange(32) >= 24).float().view(1, 1, 1, 32).expand(1, 1, 32, 32)
    guess = torch.full_like(stripes, 0.5)
    found = along(propagate(image, stripes * (1 - unknown), unknown, guess), image)
    error = (found - stripes).abs()[unknown == 1].mean()
    assert error < 0.2


@pytest.mark.parametrize("size", [(1, 1), (3, 10), (9, 17), (32, 24)])
def test_any_size_stays_finite(size: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(4)
    image = torch.rand(2, 3, *size, generator=generator).round()
    solid = torch.rand(2, 1, *size, generator=generator).round()
    for unknown in (torch.ones_like(solid), 1 - solid, torch.zeros_like(solid)):
        lines = propagate(image, solid * (1 - unknown), unknown, torch.full_like(solid, 0.5))
        assert lines.shape == (2, 4, *size) and bool(torch.isfinite(lines).all())


def test_one_picture_of_a_batch_does_not_change_another() -> None:
    generator = torch.Generator().manual_seed(5)
    image, guess = torch.rand(2, 3, 12, 16, generator=generator), torch.full((2, 1, 12, 16), 0.5)
    unknown = torch.rand(2, 1, 12, 16, generator=generator)
    solid = 1 - unknown
    both = propagate(image, solid, unknown, guess)
    alone = propagate(image[1:], solid[1:], unknown[1:], guess[1:])
    assert (both[1:] - alone).abs().max() < 1e-4
