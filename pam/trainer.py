"""The loop that all stages share: steps, schedule, moving average, saving, resuming."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pam.batch_norm import freeze_batch_norm
from pam.checkpoint import (
    RELEASED,
    RUNNING,
    STATE,
    Progress,
    load_into,
    save_atomically,
    save_weights,
    write_state,
)
from pam.data.batch import TrainingBatch
from pam.data.draw import Draw
from pam.logbook import append
from pam.muon import Muon
from pam.network import Pam
from pam.placing import placed
from pam.schedule import MovingAverage, learning_rate
from pam.settings import Optimiser, Recipe, Schedule

LossFunction = Callable[[Pam, TrainingBatch, Draw], tuple[Tensor, dict[str, float]]]
Validate = Callable[[Pam], dict[str, float]]
SECONDS_PER_HOUR = 3600.0
PATH_LEARNING = 3  # the stage that compares paths, with the statistics that they run with
PATH_SEED = 7919  # keeps the draws of the loss apart from those of the data


class Trainer:
    """State of one stage: network, optimiser, moving average, progress; lives in `folder`."""

    def __init__(
        self,
        net: Pam,
        recipe: Recipe,
        progress: Progress,
        folder: Path,
        device: torch.device | None = None,
    ) -> None:
        self.recipe, self.progress, self.folder = recipe, progress, folder
        self.device = device or torch.device("cpu")
        self.net = placed(net, self.device).train()
        if recipe.stage == PATH_LEARNING:
            freeze_batch_norm(self.net)
        self.average = MovingAverage(self.net, recipe.ema_decay)
        self.optimiser = build_optimiser(self.net, recipe)
        self.extra: dict[str, Any] = {}  # goes into training_state.json
        self.validate: Validate | None = None  # figures of the averaged weights

    @property
    def share_done(self) -> float:
        """How much of the stage is over, 0 to 1: of its steps where set, else of its hours."""
        if self.recipe.steps is not None:
            return self.progress.step / self.recipe.steps
        return self.progress.stage_hours / self.recipe.hours

    def step(self, batch: TrainingBatch, loss_function: LossFunction) -> dict[str, float]:
        """One optimiser step, or a counted skip when loss or gradient is not finite."""
        rate = learning_rate(self.recipe.learning_rate, self.share_done, self.recipe.warm_up)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        draw = Draw(self.recipe.seed + PATH_SEED, self.progress.step)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.recipe.bf16):
            loss, parts = loss_function(self.net, batch, draw)
        self.progress.step += 1
        self.progress.crops += len(batch.image)
        self.optimiser.zero_grad(set_to_none=True)
        norm = loss.new_tensor(float("nan"))
        if bool(torch.isfinite(loss)):
            loss.backward()
            norm = nn.utils.clip_grad_norm_(self.net.parameters(), self.recipe.clip_norm)
        if not bool(torch.isfinite(norm)):
            self._skip()
            return {}
        self.optimiser.step()
        self.average.update(self.net)
        return {**parts, "loss": float(loss.detach()), "norm": float(norm)}

    def run(
        self,
        batches: Iterator[TrainingBatch],
        loss_function: LossFunction,
        schedule: Schedule,
        stopped: Callable[[], bool],
    ) -> None:
        """Train until the stage is over, `stopped` or `schedule.stop_after`; then save."""
        window = LogWindow(self.progress.crops)
        begun = last = saved_at = validated_at = time.monotonic()
        while not self._over(schedule, last - begun) and not stopped():
            window.add(self.step(window.timed(batches), loss_function))
            now = time.monotonic()
            self._count_time(now - last)
            last = now
            if self.progress.step % schedule.log_steps == 0:
                rate = self.optimiser.param_groups[0]["lr"]
                self._log(
                    {**window.means(self.progress.crops), "rate": rate, "share": self.share_done}
                )
                window = LogWindow(self.progress.crops)
            if self.validate and now - validated_at > schedule.validate_minutes * 60:
                self._validate()
                validated_at = time.monotonic()
            if now - saved_at > schedule.save_minutes * 60:
                self.save()
                print(self.status(), flush=True)
                saved_at = time.monotonic()
        if self.validate and self.share_done >= 1:
            self._validate()
        self.save()

    def status(self) -> str:
        """One line for a person: how far, how fast, how long to the end of the stage."""
        done, spent = self.share_done, self.progress.stage_hours
        left = spent * (1 / done - 1) if done else float("nan")
        crops = self.progress.step * self.recipe.batch
        pace = crops / spent / SECONDS_PER_HOUR if spent else float("nan")
        return (
            f"stage {self.progress.stage}: {done:.1%}, step {self.progress.step}, "
            f"{pace:.1f} crops/s, {spent:.2f} h spent, {max(left, 0.0):.2f} h to go, "
            f"{self.progress.hours:.2f} h in all"
        )

    def save(self) -> None:
        """Write what resuming needs, the released form of the averaged weights, and the state."""
        self.folder.mkdir(parents=True, exist_ok=True)
        content = {
            "net": self.net.state_dict(),
            "average": self.average.values,
            "average_updates": self.average.updates,
            "optimiser": self.optimiser.state_dict(),
            "progress": asdict(self.progress),
        }
        save_atomically(content, self.folder / RUNNING)
        save_weights(self.average.values, self.progress, self.folder / RELEASED)
        recipe = {**asdict(self.recipe), "optimiser": self.recipe.optimiser.value}
        write_state(self.progress, {"recipe": recipe, **self.extra}, self.folder / STATE)

    def restore(self) -> None:
        """Go on where `save` left off. Raises OSError when there is no running training."""
        content = torch.load(self.folder / RUNNING, map_location=self.device, weights_only=True)
        load_into(self.net, content["net"])
        self.average.values = content["average"]
        self.average.updates = content["average_updates"]
        self.optimiser.load_state_dict(content["optimiser"])
        self.progress = Progress(**content["progress"])

    def _over(self, schedule: Schedule, seconds: float) -> bool:
        stop_after, minutes = schedule.stop_after, schedule.minutes
        if stop_after is not None and self.progress.step >= stop_after:
            return True
        return self.share_done >= 1 or (minutes is not None and seconds >= minutes * 60)

    def _count_time(self, seconds: float) -> None:
        self.progress.stage_hours += seconds / SECONDS_PER_HOUR
        self.progress.hours += seconds / SECONDS_PER_HOUR

    def _validate(self) -> None:
        if self.validate is not None:
            averaged = Pam()
            load_into(averaged, self.average.values)
            figures = self.validate(placed(averaged, self.device))
            self.progress.validation = {"crops": self.progress.crops, "sad": figures}
            self._log({f"sad_{group}": value for group, value in figures.items()})

    def _skip(self) -> None:
        """Count the step, and put back statistics that the bad batch may have spoilt."""
        self.progress.skipped += 1
        with torch.no_grad():
            for name, value in self.net.named_buffers():
                if name in self.average.values:
                    value.copy_(self.average.values[name])

    def _log(self, values: dict[str, float]) -> None:
        append(self.folder, self.progress, values)


class LogWindow:
    """Sums of what one line of the log tells."""

    def __init__(self, crops: int) -> None:
        self.crops, self.begun = crops, time.monotonic()
        self.waited, self.steps = 0.0, 0
        self.sums: dict[str, float] = {}

    def timed(self, batches: Iterator[TrainingBatch]) -> TrainingBatch:
        """The next batch; the time spent waiting for it is counted."""
        asked = time.monotonic()
        batch = next(batches)
        self.waited += time.monotonic() - asked
        return batch

    def add(self, parts: dict[str, float]) -> None:
        """Count one step; an empty one was skipped."""
        self.steps += bool(parts)
        for name, value in parts.items():
            self.sums[name] = self.sums.get(name, 0.0) + value

    def means(self, crops: int) -> dict[str, float]:
        """Mean losses, crops per second, and the share of time spent waiting for data."""
        seconds = time.monotonic() - self.begun
        return {
            **{name: total / self.steps for name, total in self.sums.items()},
            "crops_per_s": (crops - self.crops) / seconds,
            "waited": self.waited / seconds,
        }


def build_optimiser(net: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """RAdam as in the paper, or AdamW, or Muon."""
    if recipe.optimiser is Optimiser.RADAM:
        return torch.optim.RAdam(
            net.parameters(),
            lr=recipe.learning_rate,
            betas=recipe.betas,
            weight_decay=recipe.weight_decay,
            foreach=True,
        )
    if recipe.optimiser is Optimiser.MUON:
        return Muon(
            net, lr=recipe.learning_rate, betas=recipe.betas, weight_decay=recipe.weight_decay
        )
    return torch.optim.AdamW(
        net.parameters(),
        lr=recipe.learning_rate,
        betas=recipe.betas,
        weight_decay=recipe.weight_decay,
        fused=True,
    )
