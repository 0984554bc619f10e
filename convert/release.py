"""Write a model folder: IR and manifest, under their final names only when all is well."""

import datetime
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import openvino as ov
import torch

import pamcli
from pam.network import COSTS, STRIDE
from pamcli.models import MANIFEST, sha256_of

TRAINING_RECORD = "training_state.json"

INT8 = "int8"
"""What the manifest calls its record of the network in int8."""


PATH_ADAPTIVE = {
    "costs": {
        "unit": "MMAC at 1024x1024",
        "shortest": COSTS.shortest,
        "savings": list(COSTS.savings),
        "prior": COSTS.prior,
    },
    "stride": STRIDE,
}
"""What the manifest says of the matting network alone."""


def release(
    model: ov.Model,
    target: Path,
    check: Callable[[Path], None],
    record: Path | None = None,
    facts: Mapping[str, Any] = PATH_ADAPTIVE,
) -> None:
    """Write `model` to the folder `target`, named as the folder.

    check: is given the written .xml before it takes its final name; raises to stop the release,
    which leaves `target` as it was. record: the training's own, else that in `target` if there.
    facts: what the manifest says of this kind of network, its stride at least.
    """
    target.mkdir(parents=True, exist_ok=True)
    name = target.name
    work = Path(tempfile.mkdtemp(prefix=".release-", dir=target))
    try:
        ov.save_model(model, work / f"{name}.xml", compress_to_fp16=False)
        check(work / f"{name}.xml")
        training = _training_record(record or target / TRAINING_RECORD)
        text = json.dumps(manifest(model, work, name, facts, training), indent=1) + "\n"
        (work / MANIFEST).write_text(text, encoding="utf-8")
        for part in (f"{name}.bin", f"{name}.xml", MANIFEST):
            (work / part).replace(target / part)
        for part in _int8_files(name):  # made of the weights before
            (target / part).unlink(missing_ok=True)
    finally:
        shutil.rmtree(work)


def add_int8(network: ov.Model, target: Path, check: Callable[[Path], Mapping[str, Any]]) -> None:
    """Write `network`, the part in int8 of the model in `target`, beside it.

    check: as of `release`; what it returns becomes the manifest's record of int8.
    """
    name = target.name
    structure, weights = _int8_files(name)
    work = Path(tempfile.mkdtemp(prefix=".release-", dir=target))
    try:
        ov.save_model(network, work / structure, compress_to_fp16=False)
        record = dict(check(work / structure))
        content = json.loads((target / MANIFEST).read_bytes())
        content["sha256"] |= {part: sha256_of(work / part) for part in (structure, weights)}
        converted = datetime.datetime.now(datetime.UTC).date().isoformat()
        content[INT8] = {**record, "converted": converted}
        (work / MANIFEST).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        for part in (weights, structure, MANIFEST):
            (work / part).replace(target / part)
    finally:
        shutil.rmtree(work)


def _int8_files(name: str) -> tuple[str, str]:
    return f"{name}_int8.xml", f"{name}_int8.bin"


def manifest(
    model: ov.Model, folder: Path, name: str, facts: Mapping[str, Any], training: Any
) -> dict[str, Any]:
    """What the runtime and a reader need to know about the model in `folder`."""
    return {
        "name": name,
        "sha256": {part: sha256_of(folder / part) for part in (f"{name}.xml", f"{name}.bin")},
        **facts,
        "precision": "weights float16",
        "inputs": {p.get_any_name(): _port(p) for p in model.inputs},
        "outputs": {p.get_any_name(): _port(p) for p in model.outputs},
        "versions": {
            "torch": torch.__version__,
            "openvino": version("openvino"),
            "pamcli": pamcli.__version__,
        },
        "converted": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "training": training,
    }


def _port(port: Any) -> str:
    return f"{port.get_element_type().get_type_name()} {port.get_partial_shape()}"


def _training_record(source: Path) -> Any:
    return json.loads(source.read_bytes()) if source.is_file() else None
