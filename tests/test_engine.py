import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pamcli import engine as module
from pamcli.engine import Engine
from pamcli.errors import InputError, ModelError
from pamcli.frame import Rgb, Trimap
from pamcli.graph import Found, Inputs
from pamcli.kept_files import VARIABLE
from pamcli.models import load_model, models_folder, read_manifest
from pamcli.path import ALL_PATHS, FULL_PATH, SHORTEST_PATH, NetworkPath
from pamcli.self_check import Trial, choose
from pamcli.settings import Precision
from pamcli.tensor import pad_reflect
from pamcli.tiles import Tile, tiles_of
from pamcli.trimap import UNKNOWN, Box, merge_known


@pytest.fixture(scope="module")
def exact() -> Engine:
    return Engine(load_model(), precision=Precision.F32)


def scene(height: int, width: int) -> tuple[Rgb, Trimap]:
    """A bright disc on a dark ground, both noisy, with an unknown ring."""
    y, x = np.mgrid[:height, :width]
    distance = np.hypot(y / height - 0.5, x / width - 0.5)
    noise = np.random.default_rng(0).integers(0, 40, (height, width, 3))
    rgb = np.where(distance[..., None] < 0.3, 200, 40) + noise
    trimap = np.select([distance < 0.2, distance > 0.4], [255, 0], 128)
    return rgb.astype(np.uint8), trimap.astype(np.uint8)


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (31, 33), (64, 64), (45, 97), (96, 128)])
def test_any_size_gives_a_matte_of_that_size(exact: Engine, size: tuple[int, int]) -> None:
    found = exact.infer(*scene(*size), 75)
    assert found.alpha.shape == size and found.alpha.dtype == np.float32
    assert np.isfinite(found.alpha).all()
    assert found.alpha.min() >= 0 and found.alpha.max() <= 1
    assert found.seconds > 0


def test_padding_is_all_that_happens_to_an_odd_size(exact: Engine) -> None:
    rgb, trimap = scene(45, 70)
    padded = exact.infer(pad_reflect(rgb, 32), pad_reflect(trimap, 32), 75, FULL_PATH)
    found = exact.infer(rgb, trimap, 75, FULL_PATH)
    assert np.array_equal(found.alpha, padded.alpha[:45, :70])


def test_known_pixels_are_nearly_known_before_any_merge(exact: Engine) -> None:
    rgb, trimap = scene(96, 96)
    alpha = exact.infer(rgb, trimap, 75).alpha
    assert alpha[trimap == 255].mean() > 0.9
    assert alpha[trimap == 0].mean() < 0.1


@pytest.mark.parametrize("precision", [Precision.F32, Precision.BF16, Precision.INT8])
def test_the_first_run_on_a_larger_picture_is_right(precision: Precision) -> None:
    engine = Engine(load_model(), precision=precision, threads=1)
    for size in ((32, 32), (64, 96), (128, 96), (160, 192)):
        first = engine.infer(*scene(*size), 75, FULL_PATH)
        again = engine.infer(*scene(*size), 75, FULL_PATH)
        assert np.array_equal(first.alpha, again.alpha)


def test_memory_that_is_not_kept_is_settled_by_a_second_run(
    exact: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[tuple[int, ...]] = []

    class Request:
        def infer_tiles(self, inputs: Inputs, tiles: Iterable[Box | None]) -> Iterator[Found]:
            sizes.append(inputs["trimap"].shape[1:])
            return request.infer_tiles(inputs, tiles)

    request = exact._request
    monkeypatch.setattr(exact, "_request", Request())
    monkeypatch.setattr(exact, "_keeps_memory", False)
    monkeypatch.setattr(exact, "_seen", [])
    for size in ((32, 32), (64, 64), (32, 64), (64, 64)):
        exact.infer(*scene(*size), 75)
    assert sizes == [(32, 32), (32, 32), (64, 64), (64, 64), (32, 64), (64, 64)]


def two_rings(height: int, width: int) -> tuple[Rgb, Trimap]:
    """Two discs far apart, each with a thin band."""
    rgb = np.random.default_rng(3).integers(0, 40, (height, width, 3), np.uint8)
    trimap = np.zeros((height, width), np.uint8)
    y, x = np.mgrid[:height, :width]
    for across in (60, width - 60):
        distance = np.hypot(y - height / 2, x - across)
        rgb[distance < 30] += np.array([180, 140, 90], np.uint8)
        trimap[distance < 36] = UNKNOWN
        trimap[distance < 26] = 255
    return rgb, trimap


def test_tiles_give_what_the_whole_picture_gives_and_take_fewer_pixels(exact: Engine) -> None:
    rgb, trimap = two_rings(150, 1280)
    tiles = tiles_of(trimap)
    whole = exact.infer(rgb, trimap, 75, FULL_PATH)
    parts = exact.infer(rgb, trimap, 75, FULL_PATH, tiles)
    assert len(tiles) == 2
    assert parts.pixels == sum(tile.seen.height * tile.seen.width for tile in tiles)
    assert parts.pixels < 0.8 * whole.pixels
    assert parts.path == FULL_PATH
    difference = np.abs(merge_known(parts.alpha, trimap) - merge_known(whole.alpha, trimap))
    assert difference.mean() < 1 / 255
    assert difference.max() < 0.25


def test_one_tile_of_everything_is_the_whole_picture(exact: Engine) -> None:
    rgb, trimap = scene(64, 90)
    all_of_it = Tile(Box(0, 0, 64, 90), Box(0, 0, 64, 96))
    found = exact.infer(rgb, trimap, 75, FULL_PATH, (all_of_it,))
    assert np.array_equal(found.alpha, exact.infer(rgb, trimap, 75, FULL_PATH).alpha)


def test_results_outlive_the_next_run(exact: Engine) -> None:
    first = exact.infer(*scene(64, 64), 75)
    kept = first.alpha.copy()
    exact.infer(*scene(64, 64)[:1], np.full((64, 64), 128, np.uint8), 75)
    assert np.array_equal(first.alpha, kept)


@pytest.mark.parametrize("path", ALL_PATHS)
def test_a_forced_path_runs(exact: Engine, path: tuple[bool, bool, bool, bool]) -> None:
    assert exact.infer(*scene(32, 64), exact.costs.maximum, path).path == path


def test_the_network_keeps_every_constraint(exact: Engine) -> None:
    for constraint in range(exact.costs.minimum, exact.costs.maximum + 2):
        found = exact.infer(*scene(32, 32), constraint)
        assert exact.costs.is_feasible(found.path, constraint)


def test_the_least_constraint_leaves_the_shortest_path(exact: Engine) -> None:
    assert exact.infer(*scene(32, 32), exact.costs.minimum).path == SHORTEST_PATH


def test_a_huge_constraint_is_the_largest(exact: Engine) -> None:
    found = exact.infer(*scene(64, 64), 10**12)
    assert np.array_equal(found.alpha, exact.infer(*scene(64, 64), 75).alpha)


def test_too_small_a_constraint_is_an_input_error(exact: Engine) -> None:
    with pytest.raises(InputError, match="38 is too small"):
        exact.infer(*scene(32, 32), exact.costs.minimum - 1)


def test_a_forced_path_beyond_the_constraint_is_an_input_error(exact: Engine) -> None:
    with pytest.raises(InputError, match="path 1111 costs"):
        exact.infer(*scene(32, 32), exact.costs.maximum - 1, FULL_PATH)


def test_a_trimap_of_another_size_is_an_input_error(exact: Engine) -> None:
    with pytest.raises(InputError, match="trimap of 64x32 pixels for a picture of 32x32"):
        exact.infer(scene(32, 32)[0], scene(32, 64)[1], 75)


@pytest.mark.parametrize(("precision", "mean"), [(Precision.BF16, 1e-2), (Precision.INT8, 1e-2)])
@pytest.mark.parametrize("path", [SHORTEST_PATH, FULL_PATH])
def test_less_exact_precisions_are_close_to_float32(
    exact: Engine, precision: Precision, mean: float, path: NetworkPath
) -> None:
    fast = Engine(load_model(), precision=precision)
    found, wanted = (engine.infer(*scene(96, 128), 75, path) for engine in (fast, exact))
    assert np.abs(found.alpha - wanted.alpha).mean() < mean
    assert not np.array_equal(found.alpha, wanted.alpha)
    assert found.path == wanted.path == path


def test_a_precision_that_was_asked_for_is_not_compared() -> None:
    engine = Engine(load_model(), precision=Precision.INT8, threads=1)
    assert engine.precision is Precision.INT8
    assert engine.verdict.trials == ()


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of the tests' cache: what is kept in it is nobody else's."""
    shutil.copytree(os.environ[VARIABLE], tmp_path / "cache")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))


@pytest.mark.usefixtures("own_cache")
def test_auto_compares_what_the_processor_can_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "instruction_sets", lambda: frozenset({"avx512_bf16"}))
    verdict = Engine(load_model(), threads=1, fresh=True).verdict
    assert [trial.precision for trial in verdict.trials] == ["f32", "bf16", "int8"]
    assert verdict.precision is choose(verdict.trials)
    monkeypatch.setattr(module, "instruction_sets", lambda: frozenset({"avx2"}))
    verdict = Engine(load_model(), threads=1, fresh=True).verdict
    assert [trial.precision for trial in verdict.trials] == ["f32", "int8"]


def test_a_model_without_int8_is_still_one(monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_model()
    old = replace(model, sha256={name: model.sha256[name] for name in ("pam.xml", "pam.bin")})
    with pytest.raises(ModelError, match="model pam: no int8 model is released"):
        Engine(old, precision=Precision.INT8)
    monkeypatch.setattr(module, "instruction_sets", lambda: frozenset({"avx2"}))
    assert Engine(old).precision is Precision.F32


@pytest.mark.usefixtures("own_cache")
def test_a_verdict_is_kept_until_it_is_asked_for_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Engine(load_model(), threads=1, fresh=True).verdict
    monkeypatch.setattr(module, "compare", lambda requests: (_trial("f32", 1.0),))
    assert Engine(load_model(), threads=1).verdict == first
    assert Engine(load_model(), threads=5).verdict.trials == (_trial("f32", 1.0),)
    assert Engine(load_model(), threads=1, fresh=True).verdict.trials == (_trial("f32", 1.0),)


def _trial(precision: str, milliseconds: float) -> Trial:
    return Trial(precision=Precision(precision), milliseconds=milliseconds, mean=0, largest=0)


@pytest.mark.parametrize("spoilt", ["pam.xml", "pam.bin"])
def test_truncated_files_are_a_model_error(tmp_path: Path, spoilt: str) -> None:
    folder = tmp_path / "pam"
    shutil.copytree(models_folder() / "pam", folder)
    content = (folder / spoilt).read_bytes()
    (folder / spoilt).write_bytes(content[: len(content) // 3])
    with pytest.raises(ModelError) as error:
        Engine(read_manifest(folder), precision=Precision.F32)
    assert "\n" not in str(error.value) and "pam.xml" in str(error.value)


def test_files_that_are_missing_are_a_model_error(tmp_path: Path) -> None:
    folder = tmp_path / "pam"
    shutil.copytree(models_folder() / "pam", folder)
    (folder / "pam_int8.bin").unlink()
    with pytest.raises(ModelError, match=r"pam: cannot be read \(No such file"):
        Engine(read_manifest(folder))


def test_telemetry_is_off_and_writes_nothing(tmp_path: Path) -> None:
    code = (
        "from pamcli.graph import load_openvino; import sys; load_openvino(); "
        "assert sys.modules['openvino_telemetry'] is None"
    )
    environment = {k: v for k, v in os.environ.items() if k != "CI"}
    environment["HOME"] = str(tmp_path)
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert list(tmp_path.iterdir()) == []
