"""One model in two parts: what the network's precision must not touch."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pamcli.engine import Engine
from pamcli.errors import ModelError
from pamcli.graph import PRIOR_OUTPUTS, Inputs, Request, load_openvino
from pamcli.models import load_model, models_folder
from pamcli.settings import Precision

HINTS = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": 1}


@pytest.fixture(scope="module")
def graph() -> Any:
    model = load_model()
    return load_openvino().Core().read_model(model.xml, model.bin)


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


def test_both_parts_are_the_whole(graph: Any) -> None:
    given = inputs(64, 96)
    whole = (
        load_openvino()
        .Core()
        .compile_model(graph, "CPU", {**HINTS, "INFERENCE_PRECISION_HINT": "f32"})
    )
    wanted = whole.create_infer_request().infer(given)
    found = Request(graph, Precision.F32, HINTS).infer(given)
    assert np.abs(found["alpha"] - wanted["alpha"]).max() < 1e-5
    for name in ("foreground", "decided"):
        assert np.array_equal(found[name], wanted[name])


def test_the_prior_is_float32_whatever_the_network_is(graph: Any) -> None:
    given = inputs(64, 96)
    priors = []
    for precision in (Precision.F32, Precision.BF16):
        request = Request(graph, precision, HINTS)
        pictures = {name: given[name] for name in ("image", "trimap")}
        found = request._prior.infer(pictures)
        priors.append([found[name] for name in PRIOR_OUTPUTS])
    assert all(np.array_equal(one, other) for one, other in zip(*priors, strict=True))


def test_pictures_of_any_size_follow_each_other(graph: Any) -> None:
    request = Request(graph, Precision.F32, HINTS)
    for size in ((32, 32), (96, 64), (64, 128), (32, 32)):
        alone = Request(graph, Precision.F32, HINTS).infer(inputs(*size))["alpha"].copy()
        assert np.array_equal(request.infer(inputs(*size))["alpha"], alone)


def test_a_model_that_does_not_name_its_prior_is_refused(tmp_path: Path) -> None:
    model = load_model()
    text = (models_folder() / "pam" / "pam.xml").read_text()
    other = tmp_path / "pam.xml"
    other.write_text(text.replace("prior_alpha", "something_else"))
    (tmp_path / "pam.bin").symlink_to(model.bin)
    with pytest.raises(ModelError, match="no model that OpenVINO can run"):
        Engine(replace(model, folder=tmp_path), precision=Precision.F32)
