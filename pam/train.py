"""`python -m pam train`: the command line of the training."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event

import torch

from pam.checkpoint import RUNNING, Progress, load_into, load_progress, load_weights
from pam.data.batch import BatchSettings
from pam.data.loader import batches
from pam.data.store import load_library
from pam.evaluate import validate
from pam.network import Pam
from pam.path_prior import load_prior
from pam.placing import placed
from pam.settings import Optimiser, Recipe, Schedule
from pam.stage1 import stage1_loss
from pam.stage2 import Stage2
from pam.stage3 import Stage3
from pam.trainer import LossFunction, Trainer

VALIDATED_MPX = 0.55  # larger stills would hold the training up
FAST_RATE, FAST_BETAS, FAST_DECAY = 8e-4, (0.9, 0.999), 1e-2  # of AdamW and Muon


def main(argv: list[str]) -> int:
    """Run or resume one stage; returns the exit code. Ctrl-C and SIGTERM save and return 0."""
    options = parser().parse_args(argv)
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    device = torch.device(options.device)
    library = load_library(options.foregrounds, options.backgrounds)
    trainer, loss_function = prepare(options, device)
    trainer.extra["pictures"] = library.counts()
    if options.validate:
        trainer.validate = partial(validate, folder=options.validate, limit_mpx=VALIDATED_MPX)
    schedule = Schedule(
        save_minutes=options.save_minutes,
        validate_minutes=options.validate_minutes,
        stop_after=options.stop_after,
        minutes=options.minutes,
    )
    recipe = trainer.recipe
    made = batches(
        library,
        BatchSettings(crop=recipe.crop, batch=recipe.batch, seed=recipe.seed),
        trainer.progress.step,
        workers=options.workers,
        device=device,
    )
    with stop_on_signal() as stopped:
        trainer.run(made, loss_function, schedule, stopped)
    print(f"step {trainer.progress.step}, {trainer.share_done:.0%} of the stage: {options.out}")
    return 0


def prepare(options: argparse.Namespace, device: torch.device) -> tuple[Trainer, LossFunction]:
    """The trainer, fresh or resumed, and the loss of its stage."""
    recipe = recipe_of(options)
    net, progress = Pam(), Progress(stage=recipe.stage)
    if options.init:
        load_into(net, load_weights(options.init))
        before = load_progress(options.init)
        progress = Progress(stage=recipe.stage, crops=before.crops, hours=before.hours)
    loss_function: LossFunction = stage1_loss
    if recipe.stage > 1:
        loss_function = path_loss_function(options, placed(net, device))
    trainer = Trainer(net, recipe, progress, options.out, device)
    if (options.out / RUNNING).exists():
        if not options.resume:
            raise SystemExit(f"{options.out}: a training is there already; --resume goes on")
        trainer.restore()
    return trainer, loss_function


def path_loss_function(options: argparse.Namespace, net: Pam) -> LossFunction:
    """The loss of stage 2 or 3. The teacher is --teacher, else what the stage starts from.

    Raises SystemExit when an option is missing.
    """
    if not options.init:
        before = "stage 1" if options.stage == 2 else "stage 2"
        raise SystemExit(f"stage {options.stage} needs --init: the weights of {before}")
    teacher = net
    if options.teacher:
        teacher = placed(Pam(), net.mean.device)
        load_into(teacher, load_weights(options.teacher))
    if options.stage == 2:
        return Stage2(teacher).loss
    if not options.path_prior:
        raise SystemExit("stage 3 needs --path-prior: the table that `python -m pam prior` wrote")
    return Stage3(teacher, load_prior(options.path_prior)).loss


def recipe_of(options: argparse.Namespace) -> Recipe:
    """The paper's recipe with what the command line changes."""
    recipe = Recipe(
        stage=options.stage,
        batch=options.batch,
        crop=options.crop,
        hours=options.hours,
        steps=options.steps,
        seed=options.seed,
        ema_decay=options.ema,
        bf16=not options.f32,
    )
    optimiser = Optimiser(options.optimiser)
    if optimiser is not Optimiser.RADAM:
        recipe = replace(
            recipe,
            optimiser=optimiser,
            learning_rate=FAST_RATE,
            betas=FAST_BETAS,
            weight_decay=FAST_DECAY,
        )
    return replace(recipe, learning_rate=options.rate) if options.rate else recipe


def parser() -> argparse.ArgumentParser:
    """Options of `python -m pam train`."""
    made = argparse.ArgumentParser(prog="python -m pam train", description=__doc__)
    add = made.add_argument
    add("foregrounds", type=Path, help="folder of RGBA pictures, or one packed .npz file")
    add("backgrounds", type=Path, nargs="?", help="folder of photographs (not with a packed file)")
    add("--out", type=Path, required=True, help="folder of this training")
    add("--stage", type=int, default=1, choices=(1, 2, 3))
    add("--hours", type=float, default=1.0, help="wall time of the whole stage")
    add("--steps", type=int, help="length of the whole stage in steps, in place of --hours")
    add("--stop-after", type=int, metavar="STEP", help="save and end at this step")
    add("--minutes", type=float, help="save and end this run after so much wall time")
    add("--resume", action="store_true", help="go on with the training in --out")
    add("--init", type=Path, help="weights to start from")
    add("--teacher", type=Path, help="weights of stage 1 for the distillation; default: --init")
    add("--path-prior", type=Path, help="for stage 3: the .npy table of `python -m pam prior`")
    add("--crop", type=int, default=192)
    add("--batch", type=int, default=8)
    add("--optimiser", choices=[kind.value for kind in Optimiser], default="radam")
    add("--rate", type=float, help="peak learning rate")
    add("--ema", type=float, default=0.999, help="decay of the averaged weights")
    add("--seed", type=int, default=1)
    add("--workers", type=int, default=1, help="processes that make data; 0: on the device")
    add("--threads", type=int, help="threads of the training process")
    add("--device", default="cpu")
    add("--f32", action="store_true", help="no bf16 autocast")
    add("--save-minutes", type=float, default=1.0)
    add("--validate", type=Path, metavar="FOLDER", help="stills whose SAD is logged now and then")
    add("--validate-minutes", type=float, default=15.0)
    return made


@contextmanager
def stop_on_signal() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C or SIGTERM came meanwhile; the loop asks between two steps."""
    asked = Event()
    before = {
        number: signal.signal(number, lambda *_: asked.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
