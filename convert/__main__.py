"""`python -m convert CHECKPOINT`, or `quantize FOREGROUNDS BACKGROUNDS`, `verify`, `bench`."""

import argparse
import copy
import sys
import tempfile
from pathlib import Path

import openvino as ov
import torch

from convert import bench
from convert.checkpoint import CheckpointError, load, load_subject, untrained
from convert.fold import prepare
from convert.ir import image_adaptive
from convert.release import TRAINING_RECORD, release
from convert.subject import (
    SubjectDifferences,
    facts,
    prepare_subject,
    subject_model,
    verify_subject,
)
from convert.verify import Differences, VerificationError, stir, verify
from pam.network import Pam
from pamcli.errors import ModelError, PamError
from pamcli.models import models_folder


def main(arguments: list[str]) -> int:
    """Exit code 0, or 1 with the reason on stderr and the model folder as it was."""
    parser = argparse.ArgumentParser(prog="python -m convert", description=__doc__)
    parser.add_argument("what", nargs="?", help="a checkpoint, `quantize`, `verify` or `bench`")
    parser.add_argument("folders", nargs="*", type=Path, help="for quantize: what is composited")
    parser.add_argument("--untrained", action="store_true", help="convert weights as drawn")
    parser.add_argument("--subject", action="store_true", help="the subject network, not `pam`")
    parser.add_argument("--target", type=Path, help="default: models/pam or models/subject")
    parser.add_argument("--checkpoint", type=Path, help="for verify; default: TARGET/NAME.pt")
    options = parser.parse_args(arguments)
    target = options.target or models_folder() / ("subject" if options.subject else "pam")
    checkpoint = options.checkpoint or target / f"{target.name}.pt"
    torch.set_num_threads(1)  # small pictures: more threads wait for each other
    try:
        if options.what == "quantize":
            _quantize(*_two(parser, options.folders), target)
        elif options.folders:
            parser.error(f"unexpected: {options.folders[0]}")
        elif options.what == "bench":
            bench.report(untrained())
        elif options.what == "verify":
            _verify(target, checkpoint, subject=options.subject)
        elif options.subject and options.what:
            _convert_subject(Path(options.what), target)
        elif options.untrained or options.what:
            source = None if options.untrained else Path(options.what)
            _convert(source, target)
        else:
            parser.error("a checkpoint, --untrained, quantize, verify or bench is needed")
    except (CheckpointError, VerificationError, PamError) as error:
        print(f"convert: error: {error}", file=sys.stderr)
        return 1
    return 0


def _convert(source: Path | None, target: Path) -> None:
    network = load(source) if source else untrained()
    _check_conversion(network)
    prepared = prepare(network)
    record = source.parent / TRAINING_RECORD if source else None
    release(image_adaptive(prepared), target, lambda xml: _print(verify(xml, prepared)), record)
    print(f"{target}: written")


def _convert_subject(source: Path, target: Path) -> None:
    network = load_subject(source)
    prepared = prepare_subject(network)
    release(
        subject_model(prepared),
        target,
        lambda xml: _print(verify_subject(xml, prepared)),
        source.parent / TRAINING_RECORD,
        facts(network),
    )
    print(f"{target}: written")


def _two(parser: argparse.ArgumentParser, folders: list[Path]) -> tuple[Path, Path]:
    if len(folders) != 2:
        parser.error("quantize needs a folder of foregrounds and one of backgrounds")
    return folders[0], folders[1]


def _quantize(foregrounds: Path, backgrounds: Path, target: Path) -> None:
    try:
        from convert import quantize
    except ModuleNotFoundError as error:
        raise ModelError(f"{error.name} is missing: make convert-deps") from error
    quantize.release_int8(foregrounds, backgrounds, target)
    print(f"{target}: int8 written")


def _check_conversion(network: Pam) -> None:
    """The same with noise in place of every weight of zero: a residual of 0 compares nothing."""
    if all(parameter.any() for parameter in network.parameters()):
        return
    with tempfile.TemporaryDirectory() as folder:
        stirred = prepare(stir(copy.deepcopy(network), seed=0))
        ov.save_model(image_adaptive(stirred), Path(folder) / "pam.xml", compress_to_fp16=False)
        verify(Path(folder) / "pam.xml", stirred)


def _verify(target: Path, checkpoint: Path, *, subject: bool) -> None:
    xml = target / f"{target.name}.xml"
    if subject:
        _print(verify_subject(xml, prepare_subject(load_subject(checkpoint))))
    else:
        _print(verify(xml, prepare(load(checkpoint))))


def _print(found: Differences | SubjectDifferences) -> None:
    print("\n".join(found.lines()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
