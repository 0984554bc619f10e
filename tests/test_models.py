import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pamcli import models
from pamcli.errors import ModelError
from pamcli.models import (
    ReleasedModel,
    list_models,
    load_files,
    load_model,
    models_folder,
    read_manifest,
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the released model, which load_model reads instead."""
    copy = tmp_path / "pam"
    shutil.copytree(models_folder() / "pam", copy)
    monkeypatch.setattr(models, "models_folder", lambda: tmp_path)
    return copy


def message(error: pytest.ExceptionInfo[ModelError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


def test_the_released_model_is_whole() -> None:
    model = load_model()
    assert "pam" in list_models()
    assert model.xml.is_file() and model.bin.is_file()
    assert model.stride == 32
    assert set(model.sha256) == {"pam.xml", "pam.bin", "pam_int8.xml", "pam_int8.bin"}
    assert model.int8 is not None and all(source.is_file() for source in model.int8)
    assert set(model.record) >= {"precision", "versions", "inputs", "outputs", "training"}


def test_every_released_model_is_listed_and_whole() -> None:
    assert list_models() == ["pam", "subject"]
    matting, subject = (load_files(name) for name in list_models())
    assert isinstance(matting, ReleasedModel)
    assert matting == load_model()
    assert not isinstance(subject, ReleasedModel)
    assert set(subject.sha256) == {"subject.xml", "subject.bin"}


def test_the_manifest_states_the_costs_of_the_network() -> None:
    pytest.importorskip("torch")
    from pam.network import COSTS, STRIDE

    model = load_model()
    assert model.costs == COSTS
    assert model.stride == STRIDE


def test_a_missing_model_is_named(folder: Path) -> None:
    with pytest.raises(ModelError) as error:
        load_model("other")
    assert "model other" in message(error)


def test_a_manifest_of_before_int8_is_read(folder: Path) -> None:
    record = json.loads((folder / "manifest.json").read_bytes())
    record.pop("int8")
    record["sha256"] = {name: record["sha256"][name] for name in ("pam.xml", "pam.bin")}
    (folder / "manifest.json").write_text(json.dumps(record))
    model = load_model()
    assert model.int8 is None
    assert model.sources == (folder / "pam.xml", folder / "pam.bin")


def test_what_int8_costs_is_recorded() -> None:
    found = load_model().record["int8"]["against_float32"]
    assert len(found["sad"]) == len(found["mean_difference"]) == 16
    assert max(found["sad"].values()) <= 0.03


@pytest.mark.parametrize("name", ["pam.xml", "pam.bin", "pam_int8.xml", "pam_int8.bin"])
def test_one_changed_byte_is_found(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(ModelError) as error:
        load_model()
    assert name in message(error)
    assert load_model(verify=False).name == "pam"


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "pam.bin").unlink()
    with pytest.raises(ModelError) as error:
        load_model()
    assert "pam.bin" in message(error)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda record: record.pop("costs"),
        lambda record: record["costs"].update(savings=[1, 2, 3]),
        lambda record: record.update(stride="many"),
        lambda record: record.update(sha256=None),
    ],
)
def test_a_manifest_that_lacks_something_is_refused(
    folder: Path, spoil: Callable[[dict[str, Any]], object]
) -> None:
    record = json.loads((folder / "manifest.json").read_bytes())
    spoil(record)
    (folder / "manifest.json").write_text(json.dumps(record))
    with pytest.raises(ModelError) as error:
        load_model()
    assert "manifest.json" in message(error)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe"])
def test_a_manifest_that_is_none_is_refused(folder: Path, content: bytes) -> None:
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(ModelError):
        read_manifest(folder)
