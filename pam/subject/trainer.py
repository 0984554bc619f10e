"""The training loop of the subject network: steps, saving, resuming, validation."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pam.checkpoint import (
    RUNNING,
    STATE,
    Progress,
    load_into,
    save_atomically,
    save_weights,
    write_state,
)
from pam.logbook import append
from pam.muon import Muon
from pam.placing import placed
from pam.schedule import MovingAverage, learning_rate
from pam.settings import Optimiser
from pam.subject.batch import SubjectBatch
from pam.subject.losses import subject_loss
from pam.subject.network import SubjectNetwork
from pam.subject.recipe import Pauses, Recipe

WEIGHTS = "subject.pt"
MINUTES_PER_HOUR, SECONDS_PER_HOUR = 60.0, 3600.0

Validate = Callable[[SubjectNetwork], dict[str, float]]


class SubjectTrainer:
    """State of a training: network, optimiser, moving average, progress; lives in `folder`."""

    def __init__(self, recipe: Recipe, progress: Progress, folder: Path) -> None:
        self.recipe, self.progress, self.folder = recipe, progress, folder
        self.net = placed(SubjectNetwork(), "cpu").train()
        self.average = MovingAverage(self.net, recipe.ema_decay)
        self.optimiser = _optimiser(self.net, recipe)
        self.extra: dict[str, Any] = {}  # goes into training_state.json
        self.validate: Validate | None = None  # figures of the averaged weights

    @property
    def share_done(self) -> float:
        """How much of the training is over: of its steps where set, else of its minutes."""
        if self.recipe.steps is not None:
            return self.progress.step / self.recipe.steps
        return self.progress.stage_hours * MINUTES_PER_HOUR / self.recipe.minutes

    def start_from(self, weights: dict[str, torch.Tensor]) -> None:
        """Begin with these weights instead of random ones. Raises ValueError if they do not fit."""
        load_into(self.net, weights)
        self.average = MovingAverage(self.net, self.recipe.ema_decay)

    def step(self, batch: SubjectBatch) -> dict[str, float]:
        """One optimiser step, or a counted skip when loss or gradient is not finite."""
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(
                self.recipe.learning_rate, self.share_done, self.recipe.warm_up
            )
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.net(batch.image, batch.previous)
        loss = subject_loss(logits, batch)
        self.progress.step += 1
        self.progress.crops += len(batch.image)
        self.optimiser.zero_grad(set_to_none=True)
        loss.total.backward()
        norm = nn.utils.clip_grad_norm_(self.net.parameters(), self.recipe.clip_norm)
        if not bool(torch.isfinite(norm)):
            self.progress.skipped += 1
            return {}
        self.optimiser.step()
        self.average.update(self.net)
        return {**loss.figures(), "norm": float(norm)}

    def run(
        self, batches: Iterator[SubjectBatch], pauses: Pauses, stopped: Callable[[], bool]
    ) -> None:
        """Train until all is done, `stopped` or `pauses.stop_after`; then save."""
        sums: list[dict[str, float]] = []
        last = saved_at = validated_at = time.monotonic()
        while not self._over(pauses) and not stopped():
            sums.append(self.step(next(batches)))
            now = time.monotonic()
            self._count_time(now - last)
            last = now
            if self.progress.step % pauses.log_steps == 0:
                self._log(_means(sums))
                sums = []
            if now - saved_at > pauses.save_minutes * 60:
                self.save()
                saved_at = now
            if now - validated_at > pauses.validate_minutes * 60:
                self._validate()
                validated_at = time.monotonic()
        if self.share_done >= 1:
            self._validate()
        self.save()

    def status(self) -> str:
        """One line for a person."""
        spent = self.progress.stage_hours * SECONDS_PER_HOUR
        pace = self.progress.step * self.recipe.batch / spent if spent else float("nan")
        return f"step {self.progress.step}, {self.share_done:.1%}, {pace:.1f} pictures/s"

    def save(self) -> None:
        """Write what resuming needs, the averaged weights, and the state."""
        self.folder.mkdir(parents=True, exist_ok=True)
        content = {
            "net": self.net.state_dict(),
            "average": self.average.values,
            "average_updates": self.average.updates,
            "optimiser": self.optimiser.state_dict(),
            "progress": asdict(self.progress),
        }
        save_atomically(content, self.folder / RUNNING)
        save_weights(self.average.values, self.progress, self.folder / WEIGHTS)
        recipe = {**asdict(self.recipe), "optimiser": self.recipe.optimiser.value}
        write_state(self.progress, {"recipe": recipe, **self.extra}, self.folder / STATE)

    def restore(self) -> None:
        """Go on where `save` left off. Raises OSError when there is no running training."""
        content = torch.load(self.folder / RUNNING, map_location="cpu", weights_only=True)
        load_into(self.net, content["net"])
        self.average.values = content["average"]
        self.average.updates = content["average_updates"]
        self.optimiser.load_state_dict(content["optimiser"])
        self.progress = Progress(**content["progress"])

    def _over(self, pauses: Pauses) -> bool:
        stop_after = pauses.stop_after
        return self.share_done >= 1 or (stop_after is not None and self.progress.step >= stop_after)

    def _count_time(self, seconds: float) -> None:
        self.progress.stage_hours += seconds / SECONDS_PER_HOUR
        self.progress.hours += seconds / SECONDS_PER_HOUR

    def _validate(self) -> None:
        if self.validate is not None:
            averaged = SubjectNetwork()
            load_into(averaged, self.average.values)
            self.progress.validation = self.validate(placed(averaged, "cpu").eval())
            self._log(self.progress.validation)

    def _log(self, values: dict[str, float]) -> None:
        append(self.folder, self.progress, values)
        told = ", ".join(f"{name} {value:.4g}" for name, value in values.items())
        print(f"{self.status()}: {told}", flush=True)


def _optimiser(net: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    rate, decay = recipe.learning_rate, recipe.weight_decay
    if recipe.optimiser is Optimiser.MUON:
        return Muon(net, lr=rate, weight_decay=decay)
    return torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=decay, fused=True)


def _means(parts: list[dict[str, float]]) -> dict[str, float]:
    """Mean of each value over the steps that were not skipped."""
    kept = [part for part in parts if part]
    return {name: sum(part[name] for part in kept) / len(kept) for name in (kept or [{}])[0]}
