"""Losses against slow, obvious versions, and that only the unknown band counts."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from pam.losses import (  # noqa: E402
    alpha_loss,
    composition_loss,
    distillation_loss,
    laplacian_loss,
    masked_l1,
)

SIZE = 64


def tensors(count: int, channels: int = 1) -> list[Tensor]:
    random = torch.Generator().manual_seed(11)
    return [torch.rand(2, channels, SIZE, SIZE, generator=random) for _ in range(count)]


def trimaps() -> Tensor:
    random = torch.Generator().manual_seed(12)
    coarse = torch.randint(0, 3, (2, 1, 8, 8), generator=random).float() / 2
    fine: Tensor = coarse.repeat_interleave(8, 2).repeat_interleave(8, 3)
    return fine


def slow_l1(difference: np.ndarray, weight: np.ndarray) -> float:
    total, mass = 0.0, 0.0
    for b, _, y, x in np.ndindex(weight.shape):
        if weight[b, 0, y, x]:
            total += float(np.abs(difference[b, :, y, x]).mean())
            mass += 1
    return total / mass


def slow_smooth(plane: np.ndarray) -> np.ndarray:
    one = np.array([1, 4, 6, 4, 1]) / 16
    kernel = np.outer(one, one)
    padded = np.pad(plane, 2, mode="reflect")
    out = np.zeros_like(plane)
    for y, x in np.ndindex(plane.shape):
        out[y, x] = (padded[y : y + 5, x : x + 5] * kernel).sum()
    return out


def slow_pyramid(plane: np.ndarray) -> list[np.ndarray]:
    bands = []
    for _ in range(5):
        smaller = slow_smooth(plane)[::2, ::2]
        wide = np.zeros_like(plane)
        wide[::2, ::2] = 4 * smaller
        bands.append(plane - slow_smooth(wide))
        plane = smaller
    return bands


def test_masked_l1_equals_the_slow_mean() -> None:
    (difference,) = tensors(1, 3)
    weight = (trimaps() == 0.5).float()
    wanted = slow_l1(difference.numpy(), weight.numpy())
    assert float(masked_l1(difference, weight)) == pytest.approx(wanted, rel=1e-5)


def test_composition_loss_is_the_difference_of_the_composites() -> None:
    alpha, truth = tensors(2)
    foreground, background = tensors(2, 3)
    weight = (trimaps() == 0.5).float()
    image = foreground * truth + background * (1 - truth)
    ours = foreground * alpha + background * (1 - alpha)
    wanted = slow_l1((image - ours).numpy(), weight.numpy())
    found = composition_loss(alpha, truth, foreground, background, weight)
    assert float(found) == pytest.approx(wanted, rel=1e-4)


def test_laplacian_loss_equals_two_slow_pyramids() -> None:
    alpha, truth = tensors(2)
    weight = (trimaps() == 0.5).float().numpy()
    wanted, mass = [0.0] * 5, [0.0] * 5
    for b in range(2):
        one = slow_pyramid(alpha[b, 0].numpy().astype(np.float64))
        two = slow_pyramid(truth[b, 0].numpy().astype(np.float64))
        for level in range(5):
            mask = weight[b, 0, :: 2**level, :: 2**level]
            wanted[level] += 2**level * float((np.abs(one[level] - two[level]) * mask).sum())
            mass[level] += float(mask.sum())
    total = sum(w / m for w, m in zip(wanted, mass, strict=True))
    found = laplacian_loss(alpha, truth, torch.from_numpy(weight))
    assert float(found) == pytest.approx(total, rel=1e-4)


def test_the_total_weighs_its_parts_as_the_paper_does() -> None:
    alpha, truth = tensors(2)
    foreground, background = tensors(2, 3)
    loss = alpha_loss(alpha, truth, foreground, background, trimaps())
    parts = loss.figures()
    wanted = parts["l1"] + 0.25 * parts["comp"] + 0.5 * parts["lap"]
    assert float(loss.total) == pytest.approx(wanted, rel=1e-6)


def test_a_perfect_alpha_costs_nothing() -> None:
    (truth,) = tensors(1)
    foreground, background = tensors(2, 3)
    assert float(alpha_loss(truth, truth, foreground, background, trimaps()).total) == 0


def test_a_trimap_without_unknown_pixels_gives_zero_and_no_nan() -> None:
    alpha, truth = tensors(2)
    foreground, background = tensors(2, 3)
    alpha.requires_grad_()
    total = alpha_loss(alpha, truth, foreground, background, torch.ones(2, 1, SIZE, SIZE)).total
    total.backward()
    assert float(total.detach()) == 0
    assert alpha.grad is not None and float(alpha.grad.abs().max()) == 0


def test_l1_and_composition_pull_only_on_unknown_pixels() -> None:
    alpha, truth = tensors(2)
    foreground, background = tensors(2, 3)
    trimap = trimaps()
    weight = (trimap == 0.5).float()
    alpha.requires_grad_()
    loss = masked_l1(alpha - truth, weight)
    (loss + composition_loss(alpha, truth, foreground, background, weight)).backward()
    assert alpha.grad is not None
    assert float(alpha.grad[trimap != 0.5].abs().max()) == 0
    assert float(alpha.grad[trimap == 0.5].abs().min()) > 0


def test_distillation_is_the_mean_square_over_the_teachers_and_moves_only_the_student() -> None:
    random = torch.Generator().manual_seed(4)
    student = [torch.randn(2, 3, 5, 4, generator=random, requires_grad=True) for _ in range(4)]
    teacher = [torch.randn(2, 3, 5, 4, generator=random, requires_grad=True) for _ in range(4)]
    wanted = 0.0
    for ours, theirs in zip(student, teacher, strict=True):
        a, b = ours.detach().numpy(), theirs.detach().numpy()
        wanted += float(((a - b) ** 2).mean() / (b**2).mean()) / 4
    loss = distillation_loss(student, teacher)
    loss.backward()
    assert float(loss.detach()) == pytest.approx(wanted, rel=1e-5)
    assert all(part.grad is None for part in teacher)
    assert all(part.grad is not None for part in student)
