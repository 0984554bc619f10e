"""Settings of the subject network's training."""

from __future__ import annotations

from dataclasses import dataclass

from pam.settings import Optimiser


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one training runs; either `minutes` or `steps` is its length."""

    size: int = 160  # pixels: a batch has about the area of a square of so many
    batch: int = 16
    minutes: float = 60.0
    steps: int | None = None  # in place of minutes
    optimiser: Optimiser = Optimiser.MUON
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up: float = 0.03  # share of the training
    ema_decay: float = 0.998
    clip_norm: float = 2.0
    seed: int = 1

    def __post_init__(self) -> None:
        """Raises ValueError when a value is out of range."""
        if self.size < 64 or self.batch < 2:
            raise ValueError("size: at least 64 pixels; batch: at least 2, as BatchNorm needs")
        if self.minutes <= 0 or self.learning_rate <= 0:
            raise ValueError("minutes and learning rate must be above 0")
        if self.optimiser is Optimiser.RADAM:
            raise ValueError("optimiser: muon or adamw")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """When a run logs, saves, validates and stops; nothing here changes what is learnt."""

    log_steps: int = 50
    save_minutes: float = 1.0
    validate_minutes: float = 8.0
    stop_after: int | None = None  # stop at this step and save, to be resumed
