"""The subject network: shapes, size, what it depends on, and that it can learn."""

from collections.abc import Iterator

import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional as F  # noqa: E402

from pam.subject.batch import SubjectBatch  # noqa: E402
from pam.subject.losses import (  # noqa: E402
    EDGE_WEIGHT,
    EDGE_WINDOW,
    HAIR_WINDOW,
    SMOOTHING,
    UNTOLD_WEIGHT,
    WRONG,
    edge_share,
    overlap_loss,
    subject_loss,
    told_weight,
)
from pam.subject.network import (  # noqa: E402
    MISSED_WEIGHT,
    SubjectNetwork,
    WholePicture,
    parameter_count,
    to_maps,
)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """On pictures this small more threads only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def batch(count: int, size: int = 64) -> SubjectBatch:
    """Discs at different places, brighter than what is around them."""
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    alphas, images = [], []
    for number in range(count):
        distance = torch.hypot(rows - 24.0 - 12 * number, columns - 40.0 + 14 * number)
        alpha = (16 - distance).clamp(0, 1)
        noise = 0.1 * torch.rand(3, size, size, generator=torch.Generator().manual_seed(number))
        images.append(0.2 + 0.6 * alpha + noise)
        alphas.append(alpha[None])
    alpha = torch.stack(alphas)
    return SubjectBatch(
        image=torch.stack(images),
        previous=torch.zeros_like(alpha),
        alpha=alpha,
        unknown=((alpha > 0.02) & (alpha < 0.98)).float(),
        trust=torch.ones_like(alpha),
    )


@pytest.mark.parametrize("size", [(32, 32), (96, 160), (224, 32), (160, 288)])
def test_logits_have_half_the_size_of_any_multiple_of_the_stride(size: tuple[int, int]) -> None:
    net = SubjectNetwork().eval()
    with torch.no_grad():
        logits = net(torch.rand(1, 3, *size), torch.rand(1, 1, *size))
    assert logits.shape == (1, 2, size[0] // 2, size[1] // 2)
    assert logits.dtype == torch.float32


def test_it_is_small() -> None:
    assert 1_000_000 < parameter_count(SubjectNetwork()) < 2_000_000


def test_the_previous_mask_and_far_pixels_matter() -> None:
    torch.manual_seed(0)
    net = SubjectNetwork().eval()
    whole = net.e5[2]
    assert isinstance(whole, WholePicture)
    torch.nn.init.normal_(whole.widen.weight, 0, 0.1)
    image, previous = torch.rand(1, 3, 256, 256), torch.zeros(1, 1, 256, 256)
    with torch.no_grad():
        plain = net(image, previous)
        shown = net(image, torch.ones_like(previous))
        image[..., -8:, -8:] = 0
        far = net(image, previous)
    assert not torch.allclose(plain, shown, atol=1e-4)
    assert not torch.equal(plain[..., 0, 0], far[..., 0, 0])


def test_two_pictures_are_learnt_by_heart_in_a_few_steps() -> None:
    torch.manual_seed(0)
    net, given = SubjectNetwork().train(), batch(2)
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-2)
    for _ in range(70):
        loss = subject_loss(net(given.image, given.previous), given)
        optimiser.zero_grad()
        loss.total.backward()
        optimiser.step()
    mask, uncertain = net(given.image, given.previous).split(1, 1)
    found = F.interpolate(mask, scale_factor=2.0, mode="bilinear") > 0
    truth = given.alpha > 0.5
    assert float((found & truth).sum() / (found | truth).sum()) > 0.9
    edge = F.max_pool2d(given.unknown, 2) > 0
    assert float((uncertain > 0)[edge].float().mean()) > 0.9
    assert float((uncertain > 0)[~edge].float().mean()) < 0.2


def test_the_chance_undoes_the_weight_of_missed_pixels() -> None:
    chance = 0.3
    learnt = MISSED_WEIGHT * chance / (MISSED_WEIGHT * chance + 1 - chance)
    logits = torch.logit(torch.tensor([0.8, learnt])).view(1, 2, 1, 1).expand(1, 2, 3, 5)
    mask, uncertain = to_maps(logits)[0]
    assert mask.shape == (6, 10)
    assert torch.allclose(mask, torch.tensor(0.8))
    assert torch.allclose(uncertain, torch.tensor(chance))


def test_the_loss_equals_the_slow_one() -> None:
    given, logits = batch(2, 32), torch.randn(2, 2, 16, 16)
    given.trust[:, :, :8] = 0.5
    entropies, weights, doubts = [], [], []
    for number in range(2):
        for y in range(16):
            for x in range(16):
                window = (number, 0, slice(2 * y, 2 * y + 2), slice(2 * x, 2 * x + 2))
                alpha, trust = given.alpha[window].mean(), given.trust[window].mean()
                unknown = F.max_pool2d(given.unknown[number], 2)[0]
                reach = EDGE_WINDOW // 2
                around = unknown[
                    max(y - reach, 0) : y + reach + 1, max(x - reach, 0) : x + reach + 1
                ]
                weight = trust * (1 + EDGE_WEIGHT * around.sum() / EDGE_WINDOW**2)
                p, u = logits[number, :, y, x].sigmoid()
                entropies.append(-weight * (alpha * p.log() + (1 - alpha) * (1 - p).log()))
                weights.append(weight)
                uncertain = max(float(unknown[y, x]), float((p - alpha).abs() > WRONG))
                far = y > 3 + HAIR_WINDOW // 2
                told = 1 if uncertain or far else UNTOLD_WEIGHT
                doubt = MISSED_WEIGHT * uncertain * u.log() + (1 - uncertain) * (1 - u).log()
                doubts.append(-told * doubt)
    found = subject_loss(logits, given)
    assert float(found.entropy) == pytest.approx(float(sum(entropies) / sum(weights)), rel=1e-4)
    assert float(found.uncertain) == pytest.approx(float(sum(doubts) / len(doubts)), rel=1e-4)


def test_overlap_is_one_minus_intersection_over_union() -> None:
    alpha, mask = torch.zeros(1, 1, 10, 10), torch.zeros(1, 1, 10, 10)
    alpha[..., :6], mask[..., 4:] = 1, 1
    found = float(overlap_loss(mask, alpha, torch.ones_like(alpha)))
    assert found == pytest.approx(1 - (0.2 + SMOOTHING) / (1.0 + SMOOTHING))
    assert float(overlap_loss(alpha, alpha, torch.ones_like(alpha))) == pytest.approx(0)


def test_an_empty_mask_is_right_where_nobody_is() -> None:
    empty = torch.zeros(1, 1, 8, 8)
    assert float(overlap_loss(empty, empty, torch.ones_like(empty))) == pytest.approx(0)


def test_the_edge_share_is_one_in_the_middle_of_unknown_pixels_only() -> None:
    unknown = torch.zeros(1, 1, 21, 21)
    unknown[..., 5:16, 5:16] = 1
    share = edge_share(unknown)
    assert float(share[0, 0, 10, 10]) == pytest.approx(1)
    assert float(share[0, 0, 0, 0]) == 0


def test_a_hand_made_mask_says_little_about_hair_around_its_edge() -> None:
    trust, uncertain = torch.ones(1, 1, 64, 64), torch.zeros(1, 1, 64, 64)
    trust[..., 32, 32], uncertain[..., 32, 33] = 0.3, 1
    weight = told_weight(uncertain, trust)[0, 0]
    reach = HAIR_WINDOW // 2
    assert float(weight[32, 33]) == 1
    assert float(weight[32 + reach, 32]) == pytest.approx(UNTOLD_WEIGHT)
    assert float(weight[32 + reach + 1, 32]) == 1
    untold = float((weight < 1).sum())
    assert untold == HAIR_WINDOW**2 - 1
