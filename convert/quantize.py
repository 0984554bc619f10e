"""The network in int8 (NNCF), calibrated on composites of the training pipeline."""

import logging
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nncf
import openvino as ov
from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters
from nncf.quantization.range_estimator import RangeEstimatorParametersSet

from convert.int8_scope import float_layers, kept_in_float
from convert.release import add_int8
from convert.verify_int8 import Composite, Pair, check_start, compare_int8, inputs_of
from pam.data.batch import BatchSettings, make_batch
from pam.data.store import Library, load_library
from pamcli.errors import ModelError
from pamcli.models import read_manifest, verify_files
from pamcli.path import ALL_PATHS

CALIBRATION = BatchSettings(crop=256, batch=4, seed=0)
CALIBRATION_BATCHES = 12

HELD_OUT = (BatchSettings(crop=192, batch=8, seed=1), BatchSettings(crop=320, batch=8, seed=2))
"""What the result is judged on: other composites, of other sizes."""


def release_int8(foregrounds: Path, backgrounds: Path, target: Path) -> None:
    """Quantise the model in `target` and, if that does no harm, write the result beside it.

    The folders are what training composites. Raises ModelError when there is no model or no
    picture, VerificationError when int8 costs too much.
    """
    model = read_manifest(target)
    verify_files(model)
    try:
        library = load_library(foregrounds, backgrounds)
    except (OSError, ValueError) as error:
        raise ModelError(f"{foregrounds}, {backgrounds}: {error}") from error
    pair = Pair.read(model.xml)
    network = quantise(pair, library)

    def check(xml: Path) -> dict[str, Any]:
        found = compare_int8(pair, xml, held_out(library))
        print("\n".join(found.lines()), flush=True)
        found.check()
        check_start(pair, xml)
        return {
            "calibrated_on": f"{CALIBRATION_BATCHES * CALIBRATION.batch} composites",
            "layers_in_float": float_layers(network),
            "against_float32": found.record(),
            "versions": {part: version(part) for part in ("nncf", "openvino")},
        }

    add_int8(network, target, check)


def quantise(pair: Pair, library: Library) -> ov.Model:
    """The network of `pair` with int8 where that is safe, each `If` seen on both branches.

    Ranges are the widest that the calibration shows: NNCF's own choice, the mean of the crops'
    ranges, cuts the strongest residuals off.
    """
    nncf.set_log_level(logging.ERROR)
    paths = ALL_PATHS * CALIBRATION_BATCHES
    items = [
        inputs_of(pair.prior, composite, path)
        for composite, path in zip(
            composites(library, CALIBRATION, CALIBRATION_BATCHES), paths, strict=False
        )
    ]
    return nncf.quantize(
        pair.network,
        nncf.Dataset(items),
        subset_size=len(items),
        preset=nncf.QuantizationPreset.MIXED,
        ignored_scope=nncf.IgnoredScope(names=sorted(kept_in_float(pair.network))),
        advanced_parameters=AdvancedQuantizationParameters(
            activations_range_estimator_params=RangeEstimatorParametersSet.MINMAX
        ),
    )


def composites(library: Library, settings: BatchSettings, batches: int) -> Iterator[Composite]:
    """Crops of the training pipeline as the runtime would be given them."""
    for index in range(batches):
        batch = make_batch(library, settings, index)
        for row in range(settings.batch):
            yield Composite.of_crop(batch.row(row))


def held_out(library: Library) -> list[Composite]:
    """The composites that the result is judged on."""
    return [composite for settings in HELD_OUT for composite in composites(library, settings, 1)]
