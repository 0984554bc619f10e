"""BatchNorm's statistics: measured against a batch's own, and taken anew."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from pictures import stirred, tiny_library, write_folders  # noqa: E402

from pam.batch_norm import gaps, main, norms, recalibrate  # noqa: E402
from pam.checkpoint import RELEASED, Progress, load_progress, load_weights, save_weights  # noqa: E402
from pam.data.batch import BatchSettings, make_batch  # noqa: E402
from pam.data.loader import batches  # noqa: E402
from pam.network import Pam  # noqa: E402
from pamcli.path import ALL_PATHS  # noqa: E402

SMALL = BatchSettings(crop=64, batch=2, seed=1)


def wrong_statistics() -> Pam:
    """A network with something to say, whose kept statistics are far from those of any batch."""
    generator = torch.Generator().manual_seed(7)
    net = stirred()
    with torch.no_grad():
        for norm in norms(net):
            assert norm.running_mean is not None and norm.running_var is not None
            norm.running_mean.normal_(0, 3, generator=generator)
            norm.running_var.uniform_(0.01, 20, generator=generator)
    return net


def test_gaps_compare_both_statistics_and_change_nothing() -> None:
    net = wrong_statistics()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    found = gaps(net, [make_batch(tiny_library(), SMALL, 0)])
    assert set(found) == set(ALL_PATHS)
    assert all(own > 0 and kept > 0 and own != kept for own, kept in found.values())
    assert not net.training
    for name, value in net.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_recalibration_takes_the_plain_mean_of_what_comes() -> None:
    net = wrong_statistics()
    convolution, first = net.encoder.s0[0], norms(net)[0]
    seen = []
    convolution.register_forward_hook(lambda _m, _i, out: seen.append(out.mean((0, 2, 3))))
    recalibrate(net, batches(tiny_library(), SMALL, 0, workers=0), 3)
    assert len(seen) == 3
    assert first.running_mean is not None
    torch.testing.assert_close(first.running_mean, torch.stack(seen).mean(0), atol=1e-4, rtol=1e-3)
    assert not net.training and all(norm.momentum == 0.1 for norm in norms(net))


def test_recalibrations_on_other_pictures_agree() -> None:
    wrong, one, other = wrong_statistics(), wrong_statistics(), wrong_statistics()
    recalibrate(one, batches(tiny_library(), SMALL, 0, workers=0), 12)
    recalibrate(other, batches(tiny_library(), SMALL, 50, workers=0), 12, seed=1)
    assert distance(one, other) < distance(one, wrong) / 3


def distance(one: Pam, other: Pam) -> float:
    """Mean difference of the kept means."""
    parts = []
    for first, second in zip(norms(one), norms(other), strict=True):
        assert first.running_mean is not None and second.running_mean is not None
        parts.append(float((first.running_mean - second.running_mean).abs().mean()))
    return sum(parts) / len(parts)


def test_the_command_writes_recalibrated_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = [str(folder) for folder in write_folders(tmp_path)]
    source, target = tmp_path / RELEASED, tmp_path / "new.pt"
    save_weights(wrong_statistics().state_dict(), Progress(stage=2, crops=8), source)
    command = [*pictures, "--checkpoint", str(source), "--count", "1", "--crop", "64"]
    command += ["--batch", "2", "--workers", "0", "--recalibrate", "2", "--out", str(target)]
    assert main(command) == 0
    assert capsys.readouterr().out.count("1111") == 2
    assert load_progress(target) == Progress(stage=2, crops=8)
    name = "encoder.s0.1.running_mean"
    assert not torch.equal(load_weights(target)[name], load_weights(source)[name])
