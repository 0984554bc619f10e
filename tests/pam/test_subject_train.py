"""Training and measuring the subject network by its command."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from subject_pictures import tiny_sources, write_folders  # noqa: E402

from pam.checkpoint import RUNNING, STATE, Progress, load_weights  # noqa: E402
from pam.logbook import read  # noqa: E402
from pam.subject.batch import BatchSettings, SubjectBatch, make_batch  # noqa: E402
from pam.subject.command import main  # noqa: E402
from pam.subject.evaluate import find, overlap, people_overlap  # noqa: E402
from pam.subject.network import SubjectNetwork  # noqa: E402
from pam.subject.recipe import Pauses, Recipe  # noqa: E402
from pam.subject.trainer import WEIGHTS, SubjectTrainer  # noqa: E402


def arguments(folder: Path, out: str, *more: str) -> list[str]:
    options = ["--size", "64", "--batch", "2", "--steps", "3", "--workers", "0", "--threads", "1"]
    options += ["--composites", "2"]
    folders = [str(folder / name) for name in ("person", "fg", "bg")]
    return ["train", *folders, "--out", str(folder / out), *options, *more]


def test_a_training_resumed_equals_one_uninterrupted(tmp_path: Path) -> None:
    write_folders(tmp_path)
    assert main(arguments(tmp_path, "whole")) == 0
    assert main(arguments(tmp_path, "parts", "--stop-after", "2")) == 0
    assert main(arguments(tmp_path, "parts", "--resume")) == 0
    whole, parts = (load_weights(tmp_path / name / WEIGHTS) for name in ("whole", "parts"))
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    state = json.loads((tmp_path / "parts" / STATE).read_text())
    assert state["step"] == 3
    assert state["crops"] == 6
    assert state["pictures"] == {"people": 2, "portrait": 11, "scenes": 2}
    assert {"people_iou", "portraits_unknown_in_band", "empty_share"} <= set(
        read(tmp_path / "parts")
    )


def test_a_training_is_never_begun_over_another(tmp_path: Path) -> None:
    write_folders(tmp_path)
    main(arguments(tmp_path, "one", "--stop-after", "1"))
    with pytest.raises(SystemExit, match="--resume"):
        main(arguments(tmp_path, "one"))


def test_weights_to_start_from_are_taken(tmp_path: Path) -> None:
    write_folders(tmp_path)
    main(arguments(tmp_path, "one", "--stop-after", "1"))
    given = load_weights(tmp_path / "one" / WEIGHTS)
    main(arguments(tmp_path, "two", "--stop-after", "0", "--init", str(tmp_path / "one" / WEIGHTS)))
    taken = load_weights(tmp_path / "two" / WEIGHTS)
    assert all(torch.equal(given[name], taken[name]) for name in given)


def test_stopping_saves_at_once(tmp_path: Path) -> None:
    made = SubjectTrainer(Recipe(size=64, batch=2, steps=9), Progress(stage=1), tmp_path)
    settings = BatchSettings(size=64, batch=2)
    batches = (make_batch(tiny_sources(), settings, index) for index in range(9))
    made.run(batches, Pauses(), stopped=lambda: made.progress.step >= 1)
    assert made.progress.step == 1
    assert (tmp_path / RUNNING).exists()


def test_a_step_without_a_finite_gradient_is_counted_and_changes_nothing(tmp_path: Path) -> None:
    made = SubjectTrainer(Recipe(size=64, batch=2, steps=9), Progress(stage=1), tmp_path)
    batch = make_batch(tiny_sources(), BatchSettings(size=64, batch=2), 0)
    spoilt = SubjectBatch(
        image=batch.image,
        previous=batch.previous,
        alpha=batch.alpha * float("nan"),
        unknown=batch.unknown,
        trust=batch.trust,
    )
    before = {name: value.clone() for name, value in made.net.named_parameters()}
    assert made.step(spoilt) == {}
    assert made.progress.skipped == 1
    assert all(torch.equal(before[name], value) for name, value in made.net.named_parameters())


@pytest.mark.parametrize("wrong", [{"size": 32}, {"batch": 1}, {"minutes": 0.0}])
def test_a_recipe_out_of_range_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Recipe(**wrong)


def test_evaluation_prints_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_folders(tmp_path)
    main(arguments(tmp_path, "one", "--stop-after", "1"))
    capsys.readouterr()
    folders = [str(tmp_path / name) for name in ("person", "fg", "bg")]
    weights = str(tmp_path / "one" / WEIGHTS)
    assert main(["evaluate", *folders, "--weights", weights, "--composites", "2"]) == 0
    printed = dict(line.split() for line in capsys.readouterr().out.splitlines())
    assert 0 <= float(printed["people_iou"]) <= 1
    assert 0 <= float(printed["portraits_unknown_in_band"]) <= 1
    assert "things_iou" not in printed  # none is held out here


def test_masks_are_found_at_the_pictures_own_size() -> None:
    net = SubjectNetwork().eval()
    torch.nn.init.zeros_(net.head.weight)
    assert net.head.bias is not None
    net.head.bias.data = torch.tensor([4.0, -4.0])  # all is subject, without a doubt
    found = find(net, np.zeros((75, 121, 3), np.uint8))
    assert found.mask.shape == found.uncertainty.shape == (75, 121)
    assert found.mask == pytest.approx(0.982, abs=1e-3)
    assert found.uncertainty == pytest.approx(0.0046, abs=1e-4)
    person = tiny_sources().people[0]
    expected = float((person.mask > 0).mean())
    assert people_overlap(net, [person])[0] == pytest.approx(expected)


def test_overlap_counts_pixels() -> None:
    one, two = np.zeros((4, 5)), np.zeros((4, 5))
    one[:2], two[1:3] = 1, 1
    assert overlap(one, two) == pytest.approx(5 / 15)
    assert overlap(0 * one, 0 * two) == 1
