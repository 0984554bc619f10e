"""A trained network before simulated pictures: what the commands that measure have in common."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from pam.checkpoint import load_into, load_weights
from pam.data.batch import BatchSettings, TrainingBatch
from pam.data.loader import batches
from pam.data.store import load_library
from pam.network import Pam
from pam.placing import placed


def simulation_parser(command: str, description: str | None) -> argparse.ArgumentParser:
    """The options that `simulation` reads."""
    made = argparse.ArgumentParser(prog=f"python -m pam {command}", description=description)
    add = made.add_argument
    add("foregrounds", type=Path, help="folder of RGBA pictures, or one packed .npz file")
    add("backgrounds", type=Path, nargs="?", help="folder of photographs (not with a packed file)")
    add("--checkpoint", type=Path, required=True, help="weights of the network")
    add("--crop", type=int, default=192)
    add("--batch", type=int, default=8)
    add("--workers", type=int, default=1)
    add("--threads", type=int)
    add("--device", default="cpu")
    add("--f32", action="store_true", help="no bf16 autocast")
    return made


@contextmanager
def simulation(
    options: argparse.Namespace, seed: int
) -> Iterator[tuple[Pam, Iterator[TrainingBatch]]]:
    """The network in evaluation mode and endless batches that `seed` names, under autocast."""
    if options.threads:
        torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    net = Pam()
    load_into(net, load_weights(options.checkpoint))
    library = load_library(options.foregrounds, options.backgrounds)
    settings = BatchSettings(crop=options.crop, batch=options.batch, seed=seed)
    source = batches(library, settings, 0, workers=options.workers, device=device)
    with torch.autocast(device.type, torch.bfloat16, enabled=not options.f32):
        yield placed(net, device).eval(), _outside_autocast(source, device)


def _outside_autocast(
    source: Iterator[TrainingBatch], device: torch.device
) -> Iterator[TrainingBatch]:
    """Pictures are made in float32, whatever the network runs in."""
    while True:
        with torch.autocast(device.type, enabled=False):
            batch = next(source)
        yield batch
