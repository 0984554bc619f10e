"""The subject network's model against the network, with random weights."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from convert.__main__ import main  # noqa: E402
from convert.checkpoint import CheckpointError, load_subject  # noqa: E402
from convert.subject import (  # noqa: E402
    SIZES,
    prepare_subject,
    subject_model,
    verify_subject,
)
from convert.verify import TOLERANCE, VerificationError  # noqa: E402
from pam.checkpoint import Progress, save_weights, write_state  # noqa: E402
from pam.subject.network import STRIDE, SubjectNetwork  # noqa: E402
from pamcli.models import ModelFiles, ReleasedModel, read_files, verify_files  # noqa: E402


def random_network(seed: int) -> SubjectNetwork:
    """Every weight random, and statistics of BatchNorm as if it had seen pictures."""
    torch.manual_seed(seed)
    network = SubjectNetwork().eval()
    for parameter in network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, 0, 0.05)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.running_mean, 0, 0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
    return network


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training's folder: weights and record."""
    folder = tmp_path_factory.mktemp("training")
    save_weights(random_network(1).state_dict(), Progress(stage=1), folder / "subject.pt")
    write_state(Progress(stage=1, step=7), {}, folder / "training_state.json")
    return folder / "subject.pt"


@pytest.fixture(scope="module")
def released(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> ModelFiles:
    """The model folder that the command makes of it."""
    target = tmp_path_factory.mktemp("models") / "subject"
    assert main([str(checkpoint), "--subject", "--target", str(target)]) == 0
    return read_files(target)


def test_the_model_equals_the_network_at_other_sizes_than_the_traced_one(
    checkpoint: Path, released: ModelFiles
) -> None:
    found = verify_subject(released.xml, prepare_subject(load_subject(checkpoint)))
    assert set(found.by_size) == set(SIZES)
    assert found.worst <= TOLERANCE


def test_folding_and_rounding_hardly_change_the_network(checkpoint: Path) -> None:
    network = load_subject(checkpoint)
    image, previous = torch.rand(1, 3, 96, 64), torch.rand(1, 1, 96, 64)
    with torch.no_grad():
        before = network(image, previous)
        after = prepare_subject(network)(image, previous)
    assert float((before - after).abs().max()) < 0.02 * float(before.abs().max())


def test_another_network_is_told_apart(released: ModelFiles) -> None:
    with pytest.raises(VerificationError, match="differs"):
        verify_subject(released.xml, prepare_subject(random_network(2)))


def test_the_manifest_says_what_the_runtime_needs(released: ModelFiles) -> None:
    verify_files(released)
    assert not isinstance(released, ReleasedModel)
    assert released.stride == STRIDE
    assert set(released.record["inputs"]) == {"image", "previous"}
    assert set(released.record["outputs"]) == {"mask", "uncertainty"}
    assert released.record["training"]["step"] == 7
    assert released.record["parameters"] == sum(p.numel() for p in random_network(1).parameters())
    names = sorted(source.name for source in released.folder.iterdir())
    assert names == ["manifest.json", "subject.bin", "subject.xml"]


def test_weights_are_stored_as_float16(released: ModelFiles) -> None:
    parameters = int(released.record["parameters"])
    assert released.bin.stat().st_size < 2.1 * parameters


def test_its_maps_lie_between_0_and_1() -> None:
    import openvino as ov

    model = subject_model(prepare_subject(random_network(3)))
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    rgb = np.random.default_rng(0).integers(0, 256, (1, 64, 96, 3), dtype=np.uint8)
    found = compiled({"image": rgb, "previous": np.zeros((1, 64, 96), np.float32)})
    for name in ("mask", "uncertainty"):
        assert found[name].shape == (1, 64, 96)
        assert 0 <= found[name].min() < found[name].max() <= 1


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    save_weights({"head.weight": torch.zeros(2, 2)}, Progress(stage=1), tmp_path / "subject.pt")
    with pytest.raises(CheckpointError, match=r"subject\.pt: no weights of this network"):
        load_subject(tmp_path / "subject.pt")
    assert main([str(tmp_path / "subject.pt"), "--subject", "--target", str(tmp_path / "x")]) == 1
    assert not (tmp_path / "x").exists()


def test_the_command_verifies_a_released_model(released: ModelFiles, checkpoint: Path) -> None:
    given = ["--subject", "--target", str(released.folder), "--checkpoint"]
    assert main(["verify", *given, str(checkpoint)]) == 0
