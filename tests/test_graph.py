"""One model in two parts: what the network's precision must not touch, and what is kept of both."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pamcli import graph as module
from pamcli.engine import Engine
from pamcli.errors import ModelError
from pamcli.graph import CompiledParts, Inputs, load_openvino
from pamcli.kept_files import VARIABLE
from pamcli.models import ReleasedModel, load_model, models_folder
from pamcli.settings import Precision

HINTS = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": 1}


@pytest.fixture(scope="module")
def model() -> ReleasedModel:
    return load_model()


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of kept files that holds none yet."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def alpha_of(model: ReleasedModel, precision: Precision = Precision.F32) -> Any:
    request = CompiledParts(model, HINTS).request(precision)
    return request.infer(inputs(64, 96))["alpha"].copy()


def refuse_to_compile(*_: Any) -> Any:
    raise AssertionError("a part was read again")


def inputs(height: int, width: int) -> Inputs:
    y, x = np.mgrid[:height, :width]
    inside = np.hypot(y / height - 0.5, x / width - 0.5)
    noise = np.random.default_rng(0).integers(0, 60, (height, width, 3))
    rgb = np.where(inside[..., None] < 0.3, (150, 120, 90), (60, 80, 110)) + noise
    return {
        "image": rgb.astype(np.uint8)[None],
        "trimap": np.select([inside < 0.2, inside > 0.4], [255, 0], 128).astype(np.uint8)[None],
        "cost_constraint": np.array([75], np.int32),
        "path": np.zeros(4, np.int32),
    }


def test_both_parts_are_the_whole(model: ReleasedModel) -> None:
    given = inputs(64, 96)
    core = load_openvino().Core()
    whole = core.compile_model(
        core.read_model(model.xml, model.bin), "CPU", {**HINTS, "INFERENCE_PRECISION_HINT": "f32"}
    )
    wanted = whole.create_infer_request().infer(given)
    found = CompiledParts(model, HINTS).request(Precision.F32).infer(given)
    assert np.abs(found["alpha"] - wanted["alpha"]).max() < 1e-5
    assert np.array_equal(found["decided"], wanted["decided"])


def test_the_prior_is_float32_whatever_the_network_is(model: ReleasedModel) -> None:
    given = inputs(64, 96)
    priors = []
    for precision in (Precision.F32, Precision.BF16, Precision.INT8):
        request = CompiledParts(model, HINTS).request(precision)
        found = request._prior.infer({name: given[name] for name in ("image", "trimap")})
        priors.append([tensor.copy() for tensor in found.values()])
    for other in priors[1:]:
        assert all(np.array_equal(one, two) for one, two in zip(priors[0], other, strict=True))


def test_pictures_of_any_size_follow_each_other(model: ReleasedModel) -> None:
    parts = CompiledParts(model, HINTS)
    request = parts.request(Precision.F32)
    for size in ((32, 32), (96, 64), (64, 128), (32, 32)):
        alone = parts.request(Precision.F32).infer(inputs(*size))["alpha"].copy()
        assert np.array_equal(request.infer(inputs(*size))["alpha"], alone)


@pytest.mark.parametrize("precision", [Precision.F32, Precision.INT8])
def test_a_kept_part_gives_the_same_and_is_not_read_again(
    model: ReleasedModel, empty_cache: Path, monkeypatch: pytest.MonkeyPatch, precision: Precision
) -> None:
    compiled = alpha_of(model, precision)
    assert len(list(empty_cache.iterdir())) == 3
    monkeypatch.setattr(CompiledParts, "_graph", refuse_to_compile)
    assert np.array_equal(alpha_of(model, precision), compiled)


def test_a_part_kept_in_one_precision_serves_the_other(
    model: ReleasedModel, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = alpha_of(model, Precision.BF16)
    for entry in empty_cache.iterdir():
        entry.unlink()
    alpha_of(model, Precision.F32)
    monkeypatch.setattr(CompiledParts, "_graph", refuse_to_compile)
    assert np.array_equal(alpha_of(model, Precision.BF16), expected)


def test_a_kept_part_with_changed_bytes_is_compiled_anew(
    model: ReleasedModel, empty_cache: Path
) -> None:
    compiled = alpha_of(model)
    for entry in empty_cache.iterdir():
        content = bytearray(entry.read_bytes())
        half = len(content) // 2
        content[half : half + 4096] = bytes(4096)
        entry.write_bytes(content)
    assert np.array_equal(alpha_of(model), compiled)


def test_a_kept_part_that_openvino_refuses_is_compiled_anew(
    model: ReleasedModel, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = alpha_of(model)
    monkeypatch.setattr(module, "read_kept", lambda name: b"of another build")
    assert np.array_equal(alpha_of(model), compiled)


def test_another_model_another_version_and_another_processor_have_names_of_their_own(
    model: ReleasedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [CompiledParts(model, HINTS).name_of("reduced")]
    assert CompiledParts(model, HINTS).name_of("reduced") == names[0]
    names.append(CompiledParts(model, HINTS).name_of("network"))
    (tmp_path / "pam.xml").write_bytes(model.xml.read_bytes())
    (tmp_path / "pam.bin").write_bytes(model.bin.read_bytes()[:-1] + b"?")
    other = replace(model, folder=tmp_path, sha256={})
    names.append(CompiledParts(other, HINTS).name_of("reduced"))
    monkeypatch.setattr(module, "instruction_sets", lambda: frozenset({"avx2"}))
    names.append(CompiledParts(model, HINTS).name_of("reduced"))
    monkeypatch.setattr(load_openvino(), "__version__", "2027.0.0")
    names.append(CompiledParts(model, HINTS).name_of("reduced"))
    assert len(set(names)) == 5


def test_a_model_that_does_not_name_its_prior_is_refused(tmp_path: Path) -> None:
    model = load_model()
    text = (models_folder() / "pam" / "pam.xml").read_text()
    other = tmp_path / "pam.xml"
    other.write_text(text.replace("prior_alpha", "something_else"))
    (tmp_path / "pam.bin").symlink_to(model.bin)
    with pytest.raises(ModelError, match="no model that OpenVINO can run"):
        Engine(replace(model, folder=tmp_path, sha256={}), precision=Precision.F32)
