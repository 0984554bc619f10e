"""The same network in several libraries: one alpha."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from convert import bench_engines  # noqa: E402
from convert.bench_engines import TRUTH, AlphaAlong, differences, lines, onnx_model, times  # noqa: E402
from convert.checkpoint import untrained  # noqa: E402
from convert.fold import prepare  # noqa: E402
from convert.verify import stir  # noqa: E402
from pam.network import Pam  # noqa: E402
from pamcli.bench_peak import sample_picture  # noqa: E402
from pamcli.path import FULL_PATH, SHORTEST_PATH  # noqa: E402

SIDE = 64


@pytest.fixture(scope="module")
def prepared() -> Pam:
    return prepare(stir(untrained(), 0))


def test_all_libraries_agree_and_are_timed(prepared: Pam, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_engines, "REST", 0.0)
    engines = bench_engines.open_engines(prepared, FULL_PATH, SIDE, 1)
    rest = {"PyTorch, eager f32, channels last", "OpenVINO f32", "OpenVINO bf16"}
    assert {TRUTH, *rest} <= set(engines)
    apart = differences(engines)
    assert apart[TRUTH] == 0
    assert all(value < 1e-4 for name, value in apart.items() if "bf16" not in name)
    assert apart["OpenVINO bf16"] < 0.1
    assert np.ptp(engines[TRUTH]()) > 0.5
    assert all(seconds > 0 for seconds in times(engines, repeats=1).values())


def test_the_paths_give_different_alphas(prepared: Pam) -> None:
    rgb, trimap = sample_picture(SIDE, SIDE)
    image, known = torch.from_numpy(rgb)[None], torch.from_numpy(trimap)[None]
    with torch.inference_mode():
        alphas = [AlphaAlong(prepared, path)(image, known) for path in (FULL_PATH, SHORTEST_PATH)]
    assert alphas[0].shape == (1, SIDE, SIDE)
    assert float((alphas[0] - alphas[1]).abs().max()) > 1e-3


def test_onnx_runtime_gives_the_same_alpha(prepared: Pam) -> None:
    onnxruntime = pytest.importorskip("onnxruntime", reason="pip install 'pamcli[compare]'")
    pytest.importorskip("onnxscript", reason="pip install 'pamcli[compare]'")
    rgb, trimap = sample_picture(SIDE, SIDE)
    module = AlphaAlong(prepared, SHORTEST_PATH).eval()
    session = onnxruntime.InferenceSession(onnx_model(module, rgb, trimap))
    (found,) = session.run(["alpha"], {"image": rgb[None], "trimap": trimap[None]})
    with torch.inference_mode():
        alpha = module(torch.from_numpy(rgb)[None], torch.from_numpy(trimap)[None])
    assert np.abs(found - alpha.numpy()).max() < 1e-4


def test_each_line_says_time_difference_and_ratios() -> None:
    seconds = {TRUTH: 0.2, "OpenVINO f32": 0.1, "OpenVINO bf16": 0.05}
    apart = {TRUTH: 0.0, "OpenVINO f32": 2e-6, "OpenVINO bf16": 0.01}
    said = list(lines(apart, seconds))
    assert len(said) == 3
    assert "200.0 ms" in said[0] and said[0].endswith("OpenVINO f32 0.500, OpenVINO bf16 0.250")
    assert "at most 2.0e-06" in said[1]
