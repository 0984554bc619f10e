"""Stage 3: the path prior, Algorithm 1 and the path loss."""

import json
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pictures import stirred, tiny_library, write_folders  # noqa: E402
from torch import Tensor, nn  # noqa: E402

from pam.batch_norm import norms  # noqa: E402
from pam.checkpoint import RELEASED, STATE, Progress, save_weights  # noqa: E402
from pam.data.batch import BatchSettings, make_batch  # noqa: E402
from pam.data.draw import Draw  # noqa: E402
from pam.data.loader import batches  # noqa: E402
from pam.losses import path_loss, unknown_error  # noqa: E402
from pam.network import COSTS, Pam  # noqa: E402
from pam.path_prior import N_CANDIDATES, N_GROUP, PathPrior, error_table, load_prior  # noqa: E402
from pam.path_prior import main as write_prior  # noqa: E402
from pam.settings import Optimiser, Recipe  # noqa: E402
from pam.stage3 import Stage3, best_paths, own_path  # noqa: E402
from pam.train import main as train  # noqa: E402
from pam.trainer import Trainer  # noqa: E402
from pamcli.path import ALL_PATHS, FULL_PATH, SHORTEST_PATH, parse_path  # noqa: E402

SMALL = BatchSettings(crop=64, batch=2, seed=1)


def mean_of(norm: nn.BatchNorm2d) -> Tensor:
    assert norm.running_mean is not None
    return norm.running_mean


def last_layers(net: Pam) -> list[nn.Linear]:
    """What gives the logits of the four decisions."""
    layers = (net.encoder.psl1, net.encoder.psl2, net.decoder.psl3, net.decoder.psl4)
    last = [layer.decide[2] for layer in layers]
    return [layer for layer in last if isinstance(layer, nn.Linear)]


def prior_of(best: dict[str, int]) -> PathPrior:
    """A table in which each named path is best for so many pictures; 1111 is second."""
    rows = []
    for name, count in best.items():
        row = np.full(len(ALL_PATHS), 0.5, np.float32)
        row[ALL_PATHS.index(parse_path(name))] = 0.1
        rows += [row] * count
    return PathPrior(np.stack(rows))


def test_the_prior_is_the_share_of_pictures_by_brute_force() -> None:
    errors = np.random.default_rng(0).random((50, 16)).astype(np.float32)
    prior = PathPrior(errors)
    for constraint in (39, 47, 60, 75):
        allowed = sorted((p for p in ALL_PATHS if COSTS.cost(p) <= constraint), key=COSTS.cost)
        allowed = allowed[-N_GROUP:]
        best = Counter(min(allowed, key=lambda path: row[ALL_PATHS.index(path)]) for row in errors)
        found = prior.weights(constraint)
        assert set(found) == set(allowed)
        assert math.isclose(sum(found.values()), 1)
        assert all(math.isclose(found[path], best[path] / 50) for path in allowed)


def test_candidates_are_feasible_different_and_follow_the_prior() -> None:
    prior = prior_of({"1010": 30, "0011": 60, "0110": 10})
    drawn = Counter[str]()
    for index in range(400):
        chosen = prior.candidates(60, Draw(1, index))
        assert len(set(chosen)) == len(chosen) == N_CANDIDATES
        assert all(COSTS.is_feasible(path, 60) for path in chosen)
        drawn["".join("01"[run] for run in chosen[0])] += 1
    assert set(drawn) == {"1010", "0011", "0110"}
    assert 0.5 < drawn["0011"] / 400 < 0.7


def test_where_fewer_paths_fit_all_of_them_are_candidates() -> None:
    prior = prior_of({"1111": 5})
    assert prior.candidates(39, Draw(1, 0)) == [SHORTEST_PATH]
    fitting = [path for path in ALL_PATHS if COSTS.cost(path) <= 45]
    assert sorted(prior.candidates(45, Draw(1, 0))) == sorted(fitting)


@pytest.mark.parametrize("shape", [(0, 16), (4, 15), (16,)])
def test_a_table_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="table"):
        PathPrior(np.zeros(shape, np.float32))
    with pytest.raises(ValueError, match="finite"):
        PathPrior(np.full((2, 16), np.nan, np.float32))


def test_the_error_table_holds_what_each_path_gives_alone() -> None:
    net, source = stirred(), batches(tiny_library(), SMALL, 0, workers=0)
    table = error_table(net, source, 3)
    assert table.shape == (3, 16) and len({float(v) for v in table[0]}) == 16
    batch = make_batch(tiny_library(), SMALL, 1)
    with torch.no_grad():
        out = net(batch.image, batch.trimap, torch.tensor([75, 75]), FULL_PATH, batch.prior)
    wanted = unknown_error(out.alpha, batch.alpha, batch.trimap)
    assert table[2, ALL_PATHS.index(FULL_PATH)] == pytest.approx(float(wanted[0]), rel=1e-4)


def test_the_unknown_error_is_the_mean_over_the_band_of_each_picture() -> None:
    generator = torch.Generator().manual_seed(2)
    alpha, truth = torch.rand(2, 3, 1, 8, 9, generator=generator)
    trimap = torch.randint(0, 3, (3, 1, 8, 9), generator=generator) / 2
    trimap[2] = 1
    found = unknown_error(alpha, truth, trimap)
    for index in range(2):
        band = trimap[index] == 0.5
        wanted = (alpha[index] - truth[index]).abs()[band].mean()
        assert float(found[index]) == pytest.approx(float(wanted), rel=1e-4)
    assert float(found[2]) == 0


def test_the_path_loss_is_cross_entropy_up_to_the_first_parting() -> None:
    q = torch.randn(2, 4, 2, generator=torch.Generator().manual_seed(3), requires_grad=True)
    best, taken = [parse_path("1010"), parse_path("0110")], parse_path("1110")
    wanted, count = 0.0, 0
    for row, path in zip(q.detach().double(), best, strict=True):
        for layer in range(4):
            wanted -= float(torch.log_softmax(row[layer], 0)[int(path[layer])])
            count += 1
            if path[layer] != taken[layer]:
                break
    loss = path_loss(q, best, taken)
    assert float(loss.detach()) == pytest.approx(wanted / count, rel=1e-5)
    loss.backward()
    assert q.grad is not None
    moved = q.grad.abs().sum(2) > 0
    assert moved.tolist() == [[True, True, False, False], [True, False, False, False]]


def test_the_networks_own_path_wins_only_when_it_is_feasible_and_better() -> None:
    candidates = [parse_path("0010"), parse_path("1000")]
    errors = torch.tensor([[0.3, 0.1, 0.2], [0.2, 0.4, 0.3]])
    own = [(parse_path("0100"), 0.1), (parse_path("0100"), 0.2), (FULL_PATH, 0.0)]
    found = best_paths(candidates, errors, own, 47)
    assert found == [parse_path("0100"), parse_path("0010"), parse_path("0010")]


def test_a_path_that_costs_just_the_constraint_is_feasible() -> None:
    exact = next(c for c in COSTS.steps() if c == 60)
    assert best_paths(
        [SHORTEST_PATH], torch.tensor([[0.5]]), [(parse_path("0011"), 0.1)], exact
    ) == [parse_path("0011")]


def test_the_networks_own_path_follows_its_logits_with_noise() -> None:
    net, batch = stirred(), make_batch(tiny_library(), SMALL, 0).row(0)
    with torch.no_grad():
        for layer in last_layers(net):
            layer.bias.copy_(torch.tensor([-50.0, 50.0]))
        assert own_path(net, batch, 75, Draw(1, 0))[0] == FULL_PATH
        for layer in last_layers(net):
            layer.weight.zero_()
            layer.bias.zero_()
        taken = {own_path(net, batch, 75, Draw(1, index))[0] for index in range(40)}
    assert len(taken) > 6


def test_stage_3_learns_paths_and_leaves_batch_norm_and_teacher_alone(tmp_path: Path) -> None:
    recipe = Recipe(stage=3, crop=64, batch=2, steps=4, optimiser=Optimiser.ADAMW)
    made = Trainer(stirred(), recipe, Progress(stage=3), tmp_path)
    stage = Stage3(made.net, prior_of({"0011": 3, "1111": 3}))
    statistics = [mean_of(norm).clone() for norm in norms(made.net)]
    taught = {name: value.clone() for name, value in stage.teacher.state_dict().items()}
    before = last_layers(made.net)[3].weight.detach().clone()
    for step in range(3):
        parts = made.step(make_batch(tiny_library(), SMALL, step), stage.loss)
        assert parts["pt"] > 0 and parts["ds"] >= 0
    assert not torch.equal(last_layers(made.net)[3].weight.detach(), before)
    for norm, kept in zip(norms(made.net), statistics, strict=True):
        assert torch.equal(mean_of(norm), kept)
    for name, value in stage.teacher.state_dict().items():
        assert torch.equal(value, taught[name]), name


def test_the_whole_chain_runs_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = [str(folder) for folder in write_folders(tmp_path)]
    save_weights(stirred().state_dict(), Progress(stage=2, crops=10), tmp_path / RELEASED)
    small = ["--crop", "64", "--batch", "2", "--workers", "0"]
    table = tmp_path / "errors.npy"
    start = [*pictures, "--checkpoint", str(tmp_path / RELEASED)]
    assert write_prior([*start, "--out", str(table), "--count", "3", *small]) == 0
    assert "C_c 60:" in capsys.readouterr().out
    assert load_prior(table).errors.shape == (3, 16)
    command = [*pictures, "--stage", "3", "--out", str(tmp_path / "run"), "--steps", "2", *small]
    command += ["--init", str(tmp_path / RELEASED)]
    with pytest.raises(SystemExit, match="--path-prior"):
        train(command)
    assert train([*command, "--path-prior", str(table)]) == 0
    state = json.loads((tmp_path / "run" / STATE).read_text())
    assert (state["stage"], state["step"], state["crops"]) == (3, 2, 14)
