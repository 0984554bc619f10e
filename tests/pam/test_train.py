"""The training loop: schedule, moving average, exact resume, bad batches, the command line."""

import json
import math
import signal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from pictures import tiny_library, write_folders  # noqa: E402
from torch import Tensor  # noqa: E402

from pam.checkpoint import RELEASED, RUNNING, STATE, Progress, load_weights  # noqa: E402
from pam.data.batch import BatchSettings, TrainingBatch, make_batch  # noqa: E402
from pam.data.draw import Draw  # noqa: E402
from pam.data.loader import batches  # noqa: E402
from pam.logbook import read  # noqa: E402
from pam.network import Pam  # noqa: E402
from pam.schedule import FLOOR, MovingAverage, learning_rate  # noqa: E402
from pam.settings import Optimiser, Recipe, Schedule  # noqa: E402
from pam.stage1 import stage1_loss  # noqa: E402
from pam.stage2 import Stage2  # noqa: E402
from pam.train import main, parser, recipe_of, stop_on_signal  # noqa: E402
from pam.trainer import Trainer  # noqa: E402

STEPS = 4
SMALL = BatchSettings(crop=64, batch=2, seed=1)


def recipe(stage: int = 1, optimiser: Optimiser = Optimiser.ADAMW) -> Recipe:
    return Recipe(stage=stage, crop=64, batch=2, steps=STEPS, optimiser=optimiser)


def trainer(folder: Path, stage: int = 1, optimiser: Optimiser = Optimiser.ADAMW) -> Trainer:
    torch.manual_seed(0)
    return Trainer(Pam(), recipe(stage, optimiser), Progress(stage=stage), folder)


def run(made: Trainer, stop_after: int | None) -> None:
    source = batches(tiny_library(), SMALL, made.progress.step, workers=0)
    schedule = Schedule(log_steps=2, stop_after=stop_after)
    made.run(source, stage1_loss, schedule, stopped=lambda: False)


def test_the_rate_warms_up_and_then_only_falls() -> None:
    rates = [learning_rate(1.0, i / 100, 0.1) for i in range(101)]
    assert rates[0] == pytest.approx(FLOOR)
    assert rates[10] == pytest.approx(1.0)
    assert all(one < two for one, two in pairwise(rates[:11]))
    assert all(one > two for one, two in pairwise(rates[10:]))
    assert rates[55] == pytest.approx(FLOOR + (1 - FLOOR) * 0.5)
    assert learning_rate(1.0, 1.3, 0.1) == pytest.approx(FLOOR)


def test_the_moving_average_equals_the_slow_one() -> None:
    net = torch.nn.BatchNorm1d(3)
    average = MovingAverage(net, 0.5)
    slow = net.weight.detach().clone()
    for update in range(1, 9):
        with torch.no_grad():
            net.weight.fill_(float(update))
        average.update(net)
        decay = min(0.5, (1 + update) / (10 + update))
        slow = decay * slow + (1 - decay) * net.weight.detach()
    torch.testing.assert_close(average.values["weight"], slow)
    assert math.isclose(float(net.weight.detach()[0]), 8.0)


@pytest.mark.parametrize("optimiser", [Optimiser.ADAMW, Optimiser.MUON])
def test_a_cut_run_ends_at_the_weights_of_an_uncut_one(
    tmp_path: Path, optimiser: Optimiser
) -> None:
    whole = trainer(tmp_path / "whole", optimiser=optimiser)
    run(whole, None)
    run(trainer(tmp_path / "cut", optimiser=optimiser), STEPS // 2)
    resumed = trainer(tmp_path / "cut", optimiser=optimiser)
    resumed.restore()
    assert resumed.progress.step == STEPS // 2
    run(resumed, None)
    assert resumed.progress.step == STEPS
    assert resumed.progress.crops == whole.progress.crops == 2 * STEPS
    for name, value in whole.net.state_dict().items():
        torch.testing.assert_close(resumed.net.state_dict()[name], value, msg=name)
    for name, value in whole.average.values.items():
        torch.testing.assert_close(resumed.average.values[name], value, msg=name)


def test_training_changes_the_weights_and_writes_log_weights_and_state(tmp_path: Path) -> None:
    made = trainer(tmp_path)
    before = {name: value.clone() for name, value in made.net.state_dict().items()}
    run(made, None)
    assert made.progress.skipped == 0
    head = "decoder.head.1.weight"
    assert not torch.equal(made.net.state_dict()[head], before[head])
    curves = read(tmp_path)
    assert all(len(curves[name]) == 2 for name in ("loss", "crops_per_s", "rate", "norm"))
    assert all(value > 0 for _, value in [*curves["loss"], *curves["crops_per_s"]])
    state = json.loads((tmp_path / STATE).read_text())
    assert (state["stage"], state["step"], state["crops"]) == (1, STEPS, 2 * STEPS)
    assert state["recipe"]["optimiser"] == "adamw"
    released = load_weights(tmp_path / RELEASED)
    torch.testing.assert_close(released[head], made.average.values[head], atol=1e-3, rtol=1e-3)


def test_a_batch_that_is_not_finite_is_skipped_and_leaves_nothing_behind(tmp_path: Path) -> None:
    made = trainer(tmp_path)
    before = {name: value.clone() for name, value in made.net.state_dict().items()}
    good = make_batch(tiny_library(), SMALL, 0)
    bad = TrainingBatch(
        image=good.image * float("nan"),
        trimap=good.trimap,
        alpha=good.alpha,
        foreground=good.foreground,
        background=good.background,
        prior=good.prior,
    )
    assert made.step(bad, stage1_loss) == {}
    assert made.progress.skipped == 1
    for name, value in made.net.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert made.step(good, stage1_loss)["loss"] > 0


def test_validation_sees_the_averaged_weights_and_is_recorded(tmp_path: Path) -> None:
    made = trainer(tmp_path)
    seen: list[dict[str, Tensor]] = []

    def validate(net: Pam) -> dict[str, float]:
        seen.append({name: value.clone() for name, value in net.state_dict().items()})
        return {"am": 1.5}

    made.validate = validate
    run(made, None)
    assert len(seen) == 1
    head = "decoder.head.1.weight"
    assert torch.equal(seen[0][head], made.average.values[head])
    state = json.loads((tmp_path / STATE).read_text())
    assert state["validation"] == {"crops": 2 * STEPS, "sad": {"am": 1.5}}


def test_the_status_tells_pace_and_hours_to_go(tmp_path: Path) -> None:
    made = Trainer(Pam(), Recipe(stage=1, crop=64, batch=4, hours=2.0), Progress(stage=1), tmp_path)
    made.progress.step, made.progress.stage_hours, made.progress.hours = 900, 0.5, 3.25
    assert made.status() == (
        "stage 1: 25.0%, step 900, 2.0 crops/s, 0.50 h spent, 1.50 h to go, 3.25 h in all"
    )


def test_minutes_end_a_run_before_its_stage(tmp_path: Path) -> None:
    made = trainer(tmp_path)
    source = batches(tiny_library(), SMALL, 0, workers=0)
    made.run(source, stage1_loss, Schedule(minutes=1e-6), stopped=lambda: False)
    assert made.progress.step == 1 < STEPS
    assert (tmp_path / RUNNING).exists()


def test_ctrl_c_and_sigterm_end_the_run_between_two_steps() -> None:
    before = signal.getsignal(signal.SIGTERM)
    for number in (signal.SIGINT, signal.SIGTERM):
        with stop_on_signal() as stopped:
            assert not stopped()
            signal.raise_signal(number)
            assert stopped()
    assert signal.getsignal(signal.SIGTERM) is before


def test_stopping_saves_at_once(tmp_path: Path) -> None:
    made = trainer(tmp_path)
    source = batches(tiny_library(), SMALL, 0, workers=0)
    made.run(source, stage1_loss, Schedule(), stopped=lambda: made.progress.step >= 1)
    assert made.progress.step == 1
    assert (tmp_path / RUNNING).exists()


def test_stage_2_teaches_connect_layers_and_leaves_the_teacher_alone(tmp_path: Path) -> None:
    made = trainer(tmp_path, stage=2)
    stage = Stage2(made.net)
    last = made.net.encoder.g1.connect.body[2]
    assert isinstance(last, torch.nn.Conv2d) and last.bias is not None
    with torch.no_grad():  # a student off its teacher has something to learn from the groups
        last.bias.add_(0.5)
    taught = {name: value.clone() for name, value in stage.teacher.state_dict().items()}
    before = last.bias.detach().clone()
    batch = make_batch(tiny_library(), SMALL, 0)
    bypassing = next(i for i in range(99) if Draw(1, i).integer(16) < 8)  # g1 is the first bit
    _, parts = stage.loss(made.net, batch, Draw(1, bypassing))
    assert parts["ds"] > 0
    for step in range(6):
        made.progress.step = step
        made.step(batch, stage.loss)
    assert not torch.equal(last.bias.detach(), before)
    for name, value in stage.teacher.state_dict().items():
        assert torch.equal(value, taught[name]), name


def test_stage_2_runs_every_path_in_time(tmp_path: Path) -> None:
    drawn = {Draw(1, index).integer(16) for index in range(200)}
    assert drawn == set(range(16))


def test_the_defaults_are_those_of_the_paper_and_the_faster_ones_have_their_own() -> None:
    base = ["fg", "bg", "--out", "run"]
    paper = recipe_of(parser().parse_args(base))
    assert (paper.optimiser, paper.learning_rate) == (Optimiser.RADAM, 3e-4)
    assert (paper.betas, paper.weight_decay) == ((0.5, 0.999), 3e-5)
    for optimiser in (Optimiser.ADAMW, Optimiser.MUON):
        fast = recipe_of(parser().parse_args([*base, "--optimiser", optimiser.value]))
        assert (fast.optimiser, fast.learning_rate) == (optimiser, 8e-4)
    assert recipe_of(parser().parse_args([*base, "--rate", "0.001"])).learning_rate == 1e-3


@pytest.mark.parametrize("wrong", [{"crop": 100}, {"batch": 1}, {"hours": 0.0}, {"stage": 9}])
def test_impossible_recipes_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Recipe(**{"stage": 1, **wrong})


def test_the_command_trains_refuses_to_overwrite_and_goes_on(tmp_path: Path) -> None:
    foregrounds, backgrounds = write_folders(tmp_path)
    out = tmp_path / "run"
    command = [str(foregrounds), str(backgrounds), "--out", str(out), "--crop", "64"]
    command += ["--batch", "2", "--steps", "3", "--workers", "0"]
    assert main([*command, "--stop-after", "1"]) == 0
    with pytest.raises(SystemExit, match="--resume"):
        main(command)
    assert main([*command, "--resume"]) == 0
    state = json.loads((out / STATE).read_text())
    assert (state["step"], state["crops"]) == (3, 6)
    assert state["pictures"]["backgrounds"] == 3
    second = tmp_path / "second"
    command[command.index(str(out))] = str(second)
    with pytest.raises(SystemExit, match="--init"):
        main([*command, "--stage", "2"])
    assert main([*command, "--stage", "2", "--init", str(out / RELEASED)]) == 0
    assert json.loads((second / STATE).read_text())["crops"] == 12
