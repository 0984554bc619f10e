"""The network: size, cost, paths, and the colour prior that it starts from."""

from itertools import pairwise
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional as F  # noqa: E402

from pam.describe import count_gmac, parameters, prior_macs_per_pixel  # noqa: E402
from pam.network import C_MAX, C_MIN, COSTS, Pam, colour_prior  # noqa: E402
from pam.network.depthwise import DepthwiseConv  # noqa: E402
from pam.network.prior import first_guess  # noqa: E402
from pamcli.errors import InputError  # noqa: E402
from pamcli.path import ALL_PATHS, FULL_PATH, SHORTEST_PATH, mask_infeasible  # noqa: E402


def sample(height: int = 64, width: int = 96, batch: int = 1):  # type: ignore[no-untyped-def]
    random = torch.Generator().manual_seed(3)
    image = torch.rand(batch, 3, height, width, generator=random)
    trimap = torch.full((batch, 1, height, width), 0.5)
    trimap[..., : width // 4], trimap[..., -width // 4 :] = 0.0, 1.0
    return image, trimap, torch.full((batch,), C_MAX)


def randomised(seed: int = 0) -> Pam:
    """A network in which every weight matters; fresh ones end in zeros."""
    torch.manual_seed(seed)
    net = Pam().eval()
    for parameter in net.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return net


def test_size_and_full_cost_are_the_papers_within_two_percent() -> None:
    assert parameters() == pytest.approx(7.1e6, rel=0.02)
    assert count_gmac()[FULL_PATH] == pytest.approx(74.6, rel=0.02)


def test_the_cost_table_is_what_is_counted_rounded_up() -> None:
    for path, gmac in count_gmac().items():
        assert 0 <= COSTS.cost(path) - gmac < 0.006
    ordered = sorted(ALL_PATHS, key=COSTS.mmac)
    assert all(COSTS.mmac(a) < COSTS.mmac(b) for a, b in pairwise(ordered))
    assert (COSTS.minimum, COSTS.maximum) == (C_MIN, C_MAX)
    assert COSTS.prior == pytest.approx(prior_macs_per_pixel(), rel=0.01)


@pytest.mark.parametrize("path", [SHORTEST_PATH, FULL_PATH])
def test_the_untrained_network_is_the_prior(path: tuple[bool, bool, bool, bool]) -> None:
    image, trimap, constraint = sample()
    with torch.no_grad():
        out = Pam().eval()(image, trimap, constraint, path)
    assert torch.equal(out.alpha, out.prior.alpha)


def test_every_path_gives_another_alpha_of_the_pictures_size() -> None:
    net, (image, trimap, constraint) = randomised(), sample()
    with torch.no_grad():
        alphas = [net(image, trimap, constraint, path).alpha for path in ALL_PATHS]
    assert all(alpha.shape == trimap.shape for alpha in alphas)
    assert len({alpha.sum().item() for alpha in alphas}) == 16


def test_a_free_choice_follows_the_logits_within_the_constraint() -> None:
    for seed in range(5):
        net, (image, trimap, _) = randomised(seed), sample()
        for constraint in (39, 47, 60, 75, 400):
            with torch.no_grad():
                out = net(image, trimap, torch.tensor([constraint]))
            wanted = (out.decisions[0, :, 1] > out.decisions[0, :, 0]).tolist()
            assert out.path == mask_infeasible(wanted, COSTS, constraint)
            assert COSTS.cost(out.path) <= constraint


def test_a_constraint_below_the_minimum_is_refused() -> None:
    image, trimap, _ = sample()
    with pytest.raises(InputError, match="38 is too small"):
        Pam().eval()(image, trimap, torch.tensor([38]))


def test_all_parameters_learn_between_the_two_extreme_paths() -> None:
    net, (image, trimap, constraint) = randomised().train(), sample(batch=2)
    for path in (FULL_PATH, SHORTEST_PATH):
        out = net(image, trimap, constraint, path)
        (out.alpha.mean() + out.decisions.mean()).backward()
    assert [name for name, p in net.named_parameters() if p.grad is None] == []


def test_clamped_alpha_still_learns_back_into_the_range() -> None:
    from pam.network.pam import clamp_alpha

    x = torch.tensor([-0.5, -0.5, 0.5, 1.5, 1.5], requires_grad=True)
    pull = torch.tensor([1.0, -1.0, 1.0, 1.0, -1.0])
    (clamp_alpha(x) * pull).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0.0, -1.0, 1.0, 1.0, 0.0]


RED, BLUE, WHITE = (0.8, 0.1, 0.1), (0.1, 0.2, 0.7), (1.0, 1.0, 1.0)


def ramp(front: tuple[float, float, float], behind: tuple[float, float, float]) -> tuple[Any, Any]:
    """Alpha across a picture of 64 x 40, flat at both ends, and what it makes of two colours."""
    alpha = torch.linspace(-0.2, 1.2, 64).clamp(0, 1).view(1, 1, 1, 64).expand(1, 1, 40, 64)
    colours = (torch.tensor(colour).view(1, 3, 1, 1) for colour in (front, behind))
    one, other = colours
    return alpha, alpha * one + (1 - alpha) * other


def constants(*colours: tuple[float, float, float]) -> Any:
    return torch.cat([torch.tensor(c).view(1, 3, 1, 1).expand(1, 3, 40, 64) for c in colours])


def test_the_first_guess_is_exact_on_two_flat_colours() -> None:
    alpha, image = ramp(RED, BLUE)
    found = first_guess(image, constants(RED, BLUE), torch.ones(2, 1, 1, 1))
    assert (found - alpha).abs().max() < 0.005


def test_the_prior_is_near_on_two_flat_colours_and_exact_where_known() -> None:
    alpha, image = ramp(RED, BLUE)
    trimap = torch.where(alpha == 0, 0.0, torch.where(alpha == 1, 1.0, 0.5))
    prior = colour_prior(image, trimap)
    assert (prior.alpha - alpha).abs()[trimap == 0.5].max() < 0.05
    assert (prior.alpha - alpha).abs()[trimap == 0.5].mean() < 0.02
    assert (prior.alpha[trimap != 0.5] == trimap[trimap != 0.5]).all()
    known = (trimap == 1).expand_as(image)
    assert torch.equal(prior.foreground[known], image[known])
    far = prior.foreground - torch.tensor(RED).view(1, 3, 1, 1)
    assert far.abs()[(trimap == 0.5).expand_as(image)].max() < 0.1


def test_without_known_pixels_the_prior_is_undecided() -> None:
    image, trimap, _ = sample()
    prior = colour_prior(image, torch.full_like(trimap, 0.5))
    assert (prior.alpha - 0.5).abs().max() < 1e-5
    assert torch.equal(prior.foreground, image) and torch.equal(prior.background, image)


@pytest.mark.parametrize("missing", ["foreground", "background"])
def test_with_one_side_known_the_other_takes_the_least_share_that_explains(missing: str) -> None:
    front, behind = (WHITE, BLUE) if missing == "foreground" else (BLUE, WHITE)
    truth, image = ramp(front, behind)
    seen = torch.tensor([missing != "foreground", missing != "background"]).view(2, 1, 1, 1).float()
    colours = torch.where(seen.bool(), constants(front, behind), torch.cat((image, image)))
    assert (first_guess(image, colours, seen) - truth).abs().max() < 0.005
    known, value = (truth == 0, 0.0) if missing == "foreground" else (truth == 1, 1.0)
    prior = colour_prior(image, torch.where(known, value, 0.5))
    assert (prior.alpha - truth).abs().mean() < 0.02
    assert (prior.alpha[known] == value).all()


@pytest.mark.parametrize("size", [(1, 1), (33, 1), (65, 130)])
def test_the_prior_takes_any_size(size: tuple[int, int]) -> None:
    image = torch.rand(1, 3, *size)
    prior = colour_prior(image, torch.full((1, 1, *size), 0.5))
    assert prior.alpha.shape[2:] == size and bool(torch.isfinite(prior.background).all())


def test_split_gradients_of_the_depthwise_convolution_are_pytorchs() -> None:
    torch.manual_seed(1)
    conv, x = DepthwiseConv(16, 7), torch.randn(2, 16, 12, 20, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        mine = conv(x)
    (mine.float() ** 2).sum().backward()
    assert x.grad is not None and conv.weight.grad is not None
    found = [x.grad.clone(), conv.weight.grad.clone()]
    x.grad = conv.weight.grad = None
    F.conv2d(x, conv.weight, padding=3, groups=16).square().sum().backward()
    assert x.grad is not None and conv.weight.grad is not None
    for fast, slow in zip(found, (x.grad, conv.weight.grad), strict=True):
        assert (fast - slow).abs().max() <= 0.02 * slow.abs().max()
