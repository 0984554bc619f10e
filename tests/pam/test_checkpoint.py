"""Checkpoints: float16 weights, whole files only, and weights that must fit."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from pam.checkpoint import (  # noqa: E402
    Progress,
    load_into,
    load_progress,
    load_weights,
    save_atomically,
    save_weights,
)
from pam.network import Pam  # noqa: E402


def test_weights_come_back_within_half_precision_and_fit(tmp_path: Path) -> None:
    torch.manual_seed(1)
    net, target = Pam(), tmp_path / "pam.pt"
    save_weights(net.state_dict(), Progress(stage=2, crops=7), target)
    other = Pam()
    load_into(other, load_weights(target))
    for name, value in net.named_parameters():
        found = other.get_parameter(name)
        assert torch.equal(found, value.half().float()), name
    assert load_progress(target) == Progress(stage=2, crops=7)
    stored = torch.load(target, weights_only=True)["weights"]
    assert {value.dtype for value in stored.values()} == {torch.float16}
    assert target.stat().st_size < 16_000_000


def test_weights_that_do_not_fit_are_refused_by_name() -> None:
    net = Pam()
    weights = net.state_dict()
    weights["decoder.nonsense"] = torch.zeros(1)
    with pytest.raises(ValueError, match="nonsense"):
        load_into(net, weights)
    del weights["decoder.nonsense"], weights["decoder.head.1.bias"]
    with pytest.raises(ValueError, match="head"):
        load_into(net, weights)


def test_a_file_without_weights_is_refused(tmp_path: Path) -> None:
    save_atomically({"something": 1}, tmp_path / "other.pt")
    with pytest.raises(ValueError, match="no weights"):
        load_weights(tmp_path / "other.pt")


def test_a_failed_save_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "file.pt"
    save_atomically({"value": 1}, target)
    with pytest.raises(Exception, match="pickle"):
        save_atomically({"value": lambda: 1}, target)
    assert torch.load(target, weights_only=True) == {"value": 1}
