"""Released models: where they lie, what their manifests say, whether their files are whole."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pamcli.errors import ModelError
from pamcli.path import N_ADAPTIVE, CostTable

PATH_LEARNING_STAGE = 3
"""Stage of the training in which the network learns to choose its path."""

MANIFEST, COSTS = "manifest.json", "costs"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    """A model folder whose manifest was read."""

    name: str
    folder: Path
    stride: int  # height and width of what goes in are multiples of this
    sha256: Mapping[str, str]  # of each file by its name
    record: Mapping[str, Any]  # the rest of the manifest: how it was made

    @property
    def xml(self) -> Path:
        """The network's structure."""
        return self.folder / f"{self.name}.xml"

    @property
    def bin(self) -> Path:
        """The network's weights."""
        return self.folder / f"{self.name}.bin"

    @property
    def int8(self) -> tuple[Path, Path] | None:
        """Structure and weights of the network in int8, without the colour prior; None where the
        manifest does not list them.
        """
        names = f"{self.name}_int8.xml", f"{self.name}_int8.bin"
        if not set(names) <= self.sha256.keys():
            return None
        return self.folder / names[0], self.folder / names[1]

    @property
    def sources(self) -> tuple[Path, ...]:
        """Every file that the runtime reads but for the manifest."""
        return self.xml, self.bin, *(self.int8 or ())


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedModel(ModelFiles):
    """The matting network, with what each of its paths costs."""

    costs: CostTable

    @property
    def decides(self) -> bool:
        """Whether its path selection layers are trained, which the last stage does.

        Before, their decisions mean nothing, and the costliest path within C_c runs.
        """
        training = self.record.get("training") or {}
        return int(training.get("stage", PATH_LEARNING_STAGE)) >= PATH_LEARNING_STAGE


def models_folder() -> Path:
    """Inside an installed package, else `models/` of the checkout."""
    package = Path(__file__).parent
    installed = package / "released"
    return installed if installed.is_dir() else package.parent / "models"


def list_models() -> list[str]:
    """Names of the models that are there, whole or not."""
    return sorted(manifest.parent.name for manifest in models_folder().glob(f"*/{MANIFEST}"))


def load_model(name: str = "pam", *, verify: bool = True) -> ReleasedModel:
    """The matting network: its manifest, and its files checked unless told otherwise.

    Raises ModelError when the model is missing, its manifest broken or a file not the released one.
    """
    model = read_manifest(models_folder() / name)
    if verify:
        verify_files(model)
    return model


def load_files(name: str, *, verify: bool = True) -> ModelFiles:
    """Any released model, as `load_model`: one with a cost table is a ReleasedModel."""
    folder = models_folder() / name
    model = read_files(folder)
    if COSTS in model.record:
        model = read_manifest(folder)
    if verify:
        verify_files(model)
    return model


def read_manifest(folder: Path) -> ReleasedModel:
    """The matting network in `folder`, files unchecked. Raises ModelError."""
    files = read_files(folder)
    record = dict(files.record)
    try:
        costs = record.pop(COSTS)
        first, second, third, fourth = (int(saving) for saving in costs["savings"])
        table = CostTable(
            int(costs["shortest"]), (first, second, third, fourth), int(costs["prior"])
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{folder / MANIFEST}: no manifest of a model with {N_ADAPTIVE} adaptive groups"
        ) from error
    return ReleasedModel(
        name=files.name,
        folder=folder,
        stride=files.stride,
        sha256=files.sha256,
        record=record,
        costs=table,
    )


def read_files(folder: Path) -> ModelFiles:
    """Any model in `folder`, files unchecked. Raises ModelError."""
    source = folder / MANIFEST
    try:
        record = json.loads(source.read_bytes())
        return ModelFiles(
            name=record.pop("name"),
            folder=folder,
            stride=int(record.pop("stride")),
            sha256=dict(record.pop("sha256")),
            record=record,
        )
    except FileNotFoundError as error:
        raise ModelError(f"model {folder.name}: not found in {folder.parent}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{source}: no manifest of a model") from error


def verify_files(model: ModelFiles) -> None:
    """Raises ModelError for the first file that is missing or differs from the released one."""
    for source in model.sources:
        try:
            found = sha256_of(source)
        except OSError as error:
            raise ModelError(f"{source}: cannot be read ({error.strerror})") from error
        if found != model.sha256.get(source.name):
            raise ModelError(f"{source}: not the released file (its sha256 differs)")


def sha256_of(source: Path) -> str:
    """Hexadecimal SHA-256 of a file. Raises OSError."""
    with source.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
