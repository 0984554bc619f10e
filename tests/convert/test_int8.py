"""The network in int8: what it may cost, what must stay float, how it is released."""

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

import openvino as ov  # noqa: E402

from convert.__main__ import main  # noqa: E402
from convert.int8_scope import float_layers, kept_in_float, layer_name  # noqa: E402
from convert.release import add_int8, release  # noqa: E402
from convert.verify import VerificationError, picture  # noqa: E402
from convert.verify_int8 import (  # noqa: E402
    Composite,
    Int8Differences,
    Pair,
    check_start,
    compare_int8,
    inputs_of,
)
from pamcli.models import models_folder, read_manifest, verify_files  # noqa: E402
from pamcli.path import FULL_PATH  # noqa: E402


@pytest.fixture(scope="module")
def pair() -> Pair:
    return Pair.read(models_folder() / "pam" / "pam.xml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the released model without its part in int8."""
    copy = tmp_path / "pam"
    copy.mkdir()
    for name in ("pam.xml", "pam.bin", "manifest.json"):
        shutil.copy(models_folder() / "pam" / name, copy)
    record = json.loads((copy / "manifest.json").read_bytes())
    record.pop("int8")
    record["sha256"] = {name: record["sha256"][name] for name in ("pam.xml", "pam.bin")}
    (copy / "manifest.json").write_text(json.dumps(record))
    return copy


def composite(height: int = 64, width: int = 96) -> Composite:
    rgb, trimap = picture(height, width, 0)
    return Composite(rgb, trimap, np.full(trimap.shape, 0.5, np.float32))


def differences(**changed: Any) -> Int8Differences:
    fitting: dict[str, Any] = {
        "loss": {"0000": 0.01, "1111": 0.029},
        "mean": {"0000": 0.002, "1111": 0.003},
        "largest": 0.2,
        "equal_choices": 5,
        "choices": 5,
    }
    return Int8Differences(**{**fitting, **changed})


def test_a_network_does_not_differ_from_itself(pair: Pair, tmp_path: Path) -> None:
    ov.save_model(pair.network, tmp_path / "same.xml", compress_to_fp16=False)
    found = compare_int8(pair, tmp_path / "same.xml", [composite(), composite(32, 64)])
    assert len(found.loss) == len(found.mean) == 16
    assert set(found.loss.values()) == set(found.mean.values()) == {0.0}
    assert found.largest == 0 and found.equal_choices == found.choices == 10
    found.check()
    check_start(pair, tmp_path / "same.xml")


def test_the_released_int8_is_close_but_not_the_same(pair: Pair) -> None:
    found = compare_int8(pair, models_folder() / "pam" / "pam_int8.xml", [composite()])
    assert 0 < max(found.mean.values()) <= 0.01
    assert found.largest > 0


def test_what_costs_too_much_is_refused() -> None:
    differences().check()
    with pytest.raises(VerificationError, match=r"SAD \+3\.1% \(allowed 3%\)"):
        differences(loss={"0000": -0.2, "1111": 0.031}).check()
    with pytest.raises(VerificationError, match="differs too much"):
        differences(mean={"0000": 0.011}).check()
    with pytest.raises(VerificationError):
        differences(mean={"0000": float("nan")}).check()


def test_the_record_names_every_path() -> None:
    found = differences()
    assert found.record()["sad"] == {"0000": 0.01, "1111": 0.029}
    assert found.record()["equal_choices"] == "5 of 5"
    assert list(found.lines())[1] == "1111  SAD +2.90%, mean difference 3.00e-03"


def test_a_crop_of_training_becomes_what_the_runtime_takes() -> None:
    from pam.data.batch import TrainingBatch
    from pam.network import colour_prior

    level = torch.tensor([0.0, 0.5, 1.0]).repeat_interleave(32).expand(1, 1, 32, 96)
    image = torch.linspace(0, 1, 96).expand(1, 3, 32, 96)
    crop = TrainingBatch(
        image=image,
        trimap=level,
        alpha=level,
        foreground=image,
        background=image,
        prior=colour_prior(image, level),
    )
    found = Composite.of_crop(crop)
    assert found.rgb.shape == (32, 96, 3) and found.rgb[0, :, 0].tolist()[::95] == [0, 255]
    assert found.trimap[5, ::32].tolist() == [0, 128, 255]
    assert found.alpha.dtype == np.float32 and found.alpha.shape == (32, 96)


def test_input_assembly_path_selection_and_the_last_sum_stay_float(pair: Pair) -> None:
    kept = kept_in_float(pair.network)
    assert "__module.network.encoder.s0.0/aten::_convolution/Convolution" in kept
    assert sum("decide" in name and "MatMul" in name for name in kept) == 8
    last = next(port for port in pair.network.outputs if "alpha" in port.get_names()).get_node()
    while last.get_type_name() != "Add":
        last = last.input_value(0).get_node()
    assert last.get_friendly_name() in kept
    layers = {"Convolution", "GroupConvolution"}
    convolutions = [n for n in pair.network.get_ops() if n.get_type_name() in layers]
    assert sum(node.get_friendly_name() in kept for node in convolutions) == 1


def test_the_record_names_the_layers_that_are_float_in_the_released_file() -> None:
    model = read_manifest(models_folder() / "pam")
    assert model.int8 is not None
    named = model.record["int8"]["layers_in_float"]
    assert named == float_layers(ov.Core().read_model(model.int8[0]))
    assert "encoder.s0.0" in named and "encoder.e1.0.0" not in named


def test_layers_have_short_names() -> None:
    long = "__module.network.encoder.s0.0/aten::_convolution/Convolution"
    assert layer_name(long) == "encoder.s0.0"


def test_int8_is_added_to_a_release(pair: Pair, folder: Path) -> None:
    before = read_manifest(folder)
    add_int8(pair.network, folder, lambda xml: {"seen": xml.name})
    model = read_manifest(folder)
    verify_files(model)
    assert model.int8 == (folder / "pam_int8.xml", folder / "pam_int8.bin")
    assert model.record["int8"]["seen"] == "pam_int8.xml"
    assert model.costs == before.costs
    assert model.sha256.items() > before.sha256.items()
    assert len(list(folder.iterdir())) == 5


def test_a_failed_check_adds_nothing(pair: Pair, folder: Path) -> None:
    def refuse(xml: Path) -> dict[str, Any]:
        raise VerificationError("differs")

    manifest = (folder / "manifest.json").read_bytes()
    with pytest.raises(VerificationError):
        add_int8(pair.network, folder, refuse)
    assert (folder / "manifest.json").read_bytes() == manifest
    assert len(list(folder.iterdir())) == 3


def test_new_weights_take_the_int8_of_the_old_ones_away(pair: Pair, folder: Path) -> None:
    add_int8(pair.network, folder, lambda xml: {})
    release(ov.Core().read_model(folder / "pam.xml"), folder, lambda xml: None)
    assert read_manifest(folder).int8 is None
    names = sorted(source.name for source in folder.iterdir())
    assert names == ["manifest.json", "pam.bin", "pam.xml"]


def test_inputs_are_the_networks_own(pair: Pair) -> None:
    given = inputs_of(pair.prior, composite(), FULL_PATH)
    assert {port.get_any_name() for port in pair.network.inputs} == set(given)


def test_the_command_says_what_is_missing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["quantize", str(tmp_path), "--target", str(folder)])
    assert left.value.code == 2
    assert "a folder of foregrounds and one of backgrounds" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    given = ["quantize", str(tmp_path / "empty"), str(tmp_path / "empty")]
    assert main([*given, "--target", str(folder)]) == 1
    assert "convert: error:" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["verify", str(tmp_path)])


def write_pictures(folder: Path) -> tuple[Path, Path]:
    """A soft textured disc to cut out, and noise to put it on: folders as training reads them."""
    y, x = np.mgrid[:160, :160]
    texture = [128 + 100 * np.sin(x / (3 + i)) * np.cos(y / (5 + i)) for i in range(3)]
    alpha = np.clip((53 - np.hypot(x - 80, y - 80)) / 12 + 0.5, 0, 1) * 255
    coarse = np.random.default_rng(0).integers(0, 256, (6, 6, 3), np.uint8)
    pictures = {
        "portrait_0": np.stack([*texture, alpha], -1).astype(np.uint8),
        "photo_0": cv2.resize(coarse, (160, 160), interpolation=cv2.INTER_CUBIC),
    }
    folders = folder / "foregrounds", folder / "backgrounds"
    for target, (name, pixels) in zip(folders, pictures.items(), strict=True):
        target.mkdir()
        assert cv2.imwrite(str(target / f"{name}.png"), pixels)
    return folders


@pytest.mark.slow
def test_quantising_gives_int8_that_passes_its_own_check(pair: Pair, folder: Path) -> None:
    pytest.importorskip("nncf")
    from convert import quantize

    foregrounds, backgrounds = write_pictures(folder.parent)
    quantize.release_int8(foregrounds, backgrounds, folder)
    model = read_manifest(folder)
    verify_files(model)
    assert model.int8 is not None and model.int8[1].stat().st_size < 0.6 * model.bin.stat().st_size
