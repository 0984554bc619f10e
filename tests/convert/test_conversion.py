"""The IR against the network, with random weights: nothing here depends on training."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import openvino as ov  # noqa: E402

import convert  # noqa: E402
from convert.__main__ import main  # noqa: E402
from convert.checkpoint import CheckpointError, load, untrained  # noqa: E402
from convert.fold import fold_batch_norm, fold_normalisation, prepare  # noqa: E402
from convert.ir import subgraphs  # noqa: E402
from convert.release import release  # noqa: E402
from convert.verify import VerificationError, picture, stir, verify  # noqa: E402
from pam.network import COSTS, Pam  # noqa: E402
from pamcli.models import read_manifest, verify_files  # noqa: E402
from pamcli.path import ALL_PATHS, FULL_PATH, mask_infeasible, parse_path  # noqa: E402

PAIRS = 1000
"""Random (picture, C_c) pairs."""


def random_network(seed: int) -> Pam:
    """Every weight random, and statistics of BatchNorm as if it had seen pictures."""
    network = stir(untrained(), seed)
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
    return network


def insist(network: Pam, wanted: float) -> Pam:
    """Logits far beyond what pictures give: `wanted` for run, the opposite for bypass."""
    layers = (network.encoder.psl1, network.encoder.psl2, network.decoder.psl3)
    for layer in (*layers, network.decoder.psl4):
        torch.nn.init.zeros_(layer.decide[2].weight)
        layer.decide[2].bias.data = torch.tensor([-wanted, wanted])
    return network


def request_of(model: ov.Model, precision: str = "f32") -> Any:
    hints = {
        "INFERENCE_PRECISION_HINT": precision,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": 1,
    }
    return ov.Core().compile_model(model, "CPU", hints).create_infer_request()


def inputs(height: int, width: int, constraint: int, path: list[int], seed: int = 0) -> Any:
    rgb, trimap = picture(height, width, seed)
    return {
        "image": rgb[None],
        "trimap": trimap[None],
        "cost_constraint": np.array([constraint], np.int32),
        "path": np.array(path, np.int32),
    }


@pytest.fixture(scope="module")
def prepared() -> Pam:
    return prepare(random_network(3))


@pytest.fixture(scope="module")
def adaptive(prepared: Pam) -> ov.Model:
    return convert.image_adaptive(prepared)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_folding_changes_no_result() -> None:
    network = random_network(0)
    folded = fold_normalisation(fold_batch_norm(network))
    assert any(isinstance(m, torch.nn.BatchNorm2d) for m in network.modules())
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in folded.modules())
    rgb, trimap = picture(64, 96, 0)
    image = torch.from_numpy(rgb).permute(2, 0, 1)[None] / 255
    known = torch.from_numpy(trimap)[None, None] / 255
    with torch.no_grad():
        for path in (FULL_PATH, parse_path("0000")):
            before = network(image, known, torch.tensor([75]), path=path)
            after = folded(image, known, torch.tensor([75]), path=path)
            assert (before.alpha - before.prior.alpha).abs().max() > 1e-3
            assert (before.alpha - after.alpha).abs().max() < 1e-4


def test_the_ir_is_the_network_on_every_path(
    prepared: Pam, adaptive: ov.Model, tmp_path: Path
) -> None:
    ov.save_model(adaptive, tmp_path / "pam.xml", compress_to_fp16=False)
    found = verify(tmp_path / "pam.xml", prepared, ((32, 32), (96, 160)))
    assert set(found.alpha) >= {"0000", "0110", "1111", "free 60"}
    assert found.worst <= 1e-4


def test_other_weights_do_not_pass(adaptive: ov.Model, tmp_path: Path) -> None:
    ov.save_model(adaptive, tmp_path / "pam.xml", compress_to_fp16=False)
    with pytest.raises(VerificationError):
        verify(tmp_path / "pam.xml", prepare(random_network(4)), ((32, 32),))


def test_no_batch_norm_remains_and_weights_are_float16(adaptive: ov.Model) -> None:
    assert len(subgraphs(adaptive)) == 9
    for graph in subgraphs(adaptive):
        for node in graph.get_ops():
            assert "BatchNorm" not in node.get_type_name()
            if node.get_type_name() == "Constant" and node.get_element_type() == ov.Type.f32:
                assert np.prod(node.shape, dtype=int) < 16


@pytest.mark.parametrize(("path", "size"), [("1111", (96, 64)), ("1001", (96, 64)), ("0110", None)])
def test_the_static_subnetwork_is_the_same_function(
    prepared: Pam, adaptive: ov.Model, path: str, size: tuple[int, int] | None
) -> None:
    given = inputs(96, 64, 75, [int(digit) for digit in path])
    one = request_of(adaptive).infer(given)["alpha"]
    given.pop("path")
    static = request_of(convert.static_subnetwork(prepared, parse_path(path), size))
    difference = np.abs(one - static.infer(given)["alpha"]).max()
    assert difference < 5e-5  # rounding, which the prior's divisions by small variances enlarge


def test_only_the_chosen_branch_costs_time(adaptive: ov.Model) -> None:
    request = request_of(adaptive)
    times = {}
    for path in ([0] * 4, [1] * 4):
        runs = [_processor_time(request, inputs(160, 160, 75, path)) for _ in range(5)]
        times[tuple(path)] = min(runs[1:])
    assert times[0, 0, 0, 0] < 0.8 * times[1, 1, 1, 1]


def _processor_time(request: Any, given: Any) -> float:
    started = time.process_time()
    request.infer(given)
    return time.process_time() - started


@pytest.mark.parametrize(
    ("seed", "wanted", "precision"),
    [(5, None, "f32"), (6, None, "bf16"), (7, 1e4, "f32"), (8, float("inf"), "bf16")],
)
def test_no_picture_and_no_weight_breaks_a_constraint(
    seed: int, wanted: float | None, precision: str
) -> None:
    network = random_network(seed)
    if wanted is not None:
        insist(network, wanted)
    request = request_of(convert.image_adaptive(prepare(network)), precision)
    rng = np.random.default_rng(seed)
    for _ in range(PAIRS // 4):
        size = rng.integers(1, 4, 2) * 32
        given = inputs(32, 32, int(rng.integers(COSTS.minimum, COSTS.maximum + 3)), [-1] * 4)
        given["image"] = rng.integers(0, 256, (1, *size, 3), np.uint8)
        given["trimap"] = rng.choice(np.array([0, 128, 255], np.uint8), (1, *size))
        given["path"] = rng.integers(-1, 2, 4).astype(np.int32)
        decided = request.infer(given)["decided"]
        constraint = int(given["cost_constraint"][0])
        path = tuple(bool(run) for run in decided)
        assert COSTS.is_feasible(path, constraint)  # type: ignore[arg-type]
        if wanted is not None:
            forced = [bool(p) for p in given["path"]]  # free means run with such logits
            assert path == mask_infeasible(forced, COSTS, constraint)


def test_below_c_min_the_graph_takes_the_shortest_path(adaptive: ov.Model) -> None:
    request = request_of(adaptive)
    for constraint in (-(2**31), -1, 0, 38):
        decided = request.infer(inputs(32, 32, constraint, [1] * 4))["decided"]
        assert not decided.any()


def test_forced_paths_are_masked_like_free_ones(adaptive: ov.Model) -> None:
    request = request_of(adaptive)
    for constraint in COSTS.steps():
        for path in ALL_PATHS:
            given = inputs(32, 32, constraint, [int(run) for run in path])
            decided = tuple(bool(run) for run in request.infer(given)["decided"])
            assert decided == mask_infeasible(path, COSTS, constraint)


def test_a_release_has_a_true_manifest(adaptive: ov.Model, tmp_path: Path) -> None:
    record = tmp_path / "training_state.json"
    record.write_text('{"stage": 1}')
    release(adaptive, tmp_path / "pam", lambda xml: None, record)
    model = read_manifest(tmp_path / "pam")
    verify_files(model)
    assert model.costs == COSTS
    assert model.record["training"] == {"stage": 1}
    assert sorted(f.name for f in model.folder.iterdir()) == ["manifest.json", "pam.bin", "pam.xml"]


def test_a_failed_check_leaves_the_folder_as_it_was(adaptive: ov.Model, tmp_path: Path) -> None:
    def refuse(xml: Path) -> None:
        assert xml.is_file()
        raise VerificationError("differs")

    (tmp_path / "pam").mkdir()
    (tmp_path / "pam" / "pam.xml").write_text("old")
    with pytest.raises(VerificationError):
        release(adaptive, tmp_path / "pam", refuse)
    assert [f.name for f in (tmp_path / "pam").iterdir()] == ["pam.xml"]
    assert (tmp_path / "pam" / "pam.xml").read_text() == "old"


def test_weights_of_a_checkpoint_are_read(tmp_path: Path) -> None:
    weights = {name: value.half() for name, value in untrained().state_dict().items()}
    torch.save({"weights": weights}, tmp_path / "pam.pt")
    network = load(tmp_path / "pam.pt")
    assert not network.training
    first = network.encoder.s0[0].weight
    assert torch.equal(first, weights["encoder.s0.0.weight"].float())


@pytest.mark.parametrize("content", [b"", b"no checkpoint", json.dumps({}).encode()])
def test_what_is_no_checkpoint_is_refused(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pam.pt").write_bytes(content)
    with pytest.raises(CheckpointError):
        load(tmp_path / "pam.pt")
    assert main([str(tmp_path / "pam.pt"), "--target", str(tmp_path / "pam")]) == 1
    assert "convert: error:" in capsys.readouterr().err
    assert not (tmp_path / "pam").exists()
