"""`python -m pam subject`: train the subject network, or measure one."""

from __future__ import annotations

import argparse
from dataclasses import fields
from functools import partial
from pathlib import Path

import torch

from pam.checkpoint import RUNNING, Progress, load_into, load_progress, load_weights
from pam.data.loader import made_ahead
from pam.settings import Optimiser
from pam.subject.batch import BatchSettings, make_batch
from pam.subject.evaluate import figures
from pam.subject.network import SubjectNetwork
from pam.subject.recipe import Pauses, Recipe
from pam.subject.store import Folders, load_sources
from pam.subject.trainer import SubjectTrainer
from pam.train import stop_on_signal


def main(argv: list[str]) -> int:
    """Returns the exit code. Ctrl-C and SIGTERM save a training and return 0."""
    options = parser().parse_args(argv)
    if options.threads:
        torch.set_num_threads(options.threads)
    return train(options) if options.what == "train" else evaluate(options)


def train(options: argparse.Namespace) -> int:
    """Run or resume a training."""
    torch.manual_seed(options.seed)
    sources = load_sources(_folders(options), held_out=False)
    held_out = load_sources(_folders(options), held_out=True)
    trainer = _trainer(options)
    trainer.extra["pictures"] = sources.counts()
    trainer.validate = partial(figures, held_out=held_out, composites=options.composites)
    recipe = trainer.recipe
    settings = BatchSettings(size=recipe.size, batch=recipe.batch, seed=recipe.seed)
    batches = made_ahead(
        partial(make_batch, sources, settings), trainer.progress.step, options.workers
    )
    pauses = Pauses(validate_minutes=options.validate_minutes, stop_after=options.stop_after)
    with stop_on_signal() as stopped:
        trainer.run(batches, pauses, stopped)
    print(f"{trainer.status()}: {options.out}")
    return 0


def evaluate(options: argparse.Namespace) -> int:
    """Print the figures of given weights on what is held out."""
    net = SubjectNetwork()
    load_into(net, load_weights(options.weights))
    held_out = load_sources(_folders(options), held_out=True)
    for name, value in figures(net.eval(), held_out, options.composites).items():
        print(f"{name:25} {value:.4f}")
    return 0


def parser() -> argparse.ArgumentParser:
    """Options of both commands."""
    made = argparse.ArgumentParser(prog="python -m pam subject", description=__doc__)
    commands = made.add_subparsers(dest="what", required=True)
    training = commands.add_parser("train", help="train, or go on with --resume")
    measuring = commands.add_parser("evaluate", help="figures on what is held out")
    for command in (training, measuring):
        command.add_argument("people", type=Path, help="folder with image/, mask/ and val.txt")
        command.add_argument("cut_outs", type=Path, help="folder of RGBA pictures")
        command.add_argument("scenes", type=Path, help="folder of photographs")
        command.add_argument(
            "--occupied", type=Path, help="names of the scenes that hold a subject, one a line"
        )
        command.add_argument(
            "--composites", type=int, default=60, help="how many of each kind to measure on"
        )
        command.add_argument("--threads", type=int)
    measuring.add_argument("--weights", type=Path, required=True)
    add = training.add_argument
    add("--out", type=Path, required=True, help="folder of this training")
    add("--resume", action="store_true", help="go on with the training in --out")
    add("--init", type=Path, help="weights to start from")
    kinds = {"size": int, "batch": int, "steps": int, "seed": int, "optimiser": Optimiser}
    for field in fields(Recipe):
        kind = kinds.get(field.name, float)
        add(f"--{field.name.replace('_', '-')}", type=kind, default=field.default)
    add("--stop-after", type=int, metavar="STEP", help="save and end at this step")
    add("--validate-minutes", type=float, default=Pauses().validate_minutes)
    add("--workers", type=int, default=1, help="processes that make pictures; 0: none")
    return made


def _trainer(options: argparse.Namespace) -> SubjectTrainer:
    """Fresh, begun with --init, or resumed."""
    recipe = Recipe(**{field.name: getattr(options, field.name) for field in fields(Recipe)})
    progress = Progress(stage=1)
    if options.init:
        before = load_progress(options.init)
        progress = Progress(stage=1, crops=before.crops, hours=before.hours)
    trainer = SubjectTrainer(recipe, progress, options.out)
    if options.init:
        trainer.start_from(load_weights(options.init))
    if (options.out / RUNNING).exists():
        if not options.resume:
            raise SystemExit(f"{options.out}: a training is there already; --resume goes on")
        trainer.restore()
    return trainer


def _folders(options: argparse.Namespace) -> Folders:
    return Folders(
        people=options.people,
        cut_outs=options.cut_outs,
        scenes=options.scenes,
        occupied=options.occupied,
    )
