"""Settings of the training stages; the paper's values are the defaults, our own are named."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Optimiser(Enum):
    """RADAM is the paper's; ADAMW moves faster in short runs, MUON faster still."""

    RADAM = "radam"
    ADAMW = "adamw"
    MUON = "muon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one stage is trained. Fields without a note follow the paper."""

    stage: int
    optimiser: Optimiser = Optimiser.RADAM
    learning_rate: float = 3e-4
    weight_decay: float = 3e-5
    betas: tuple[float, float] = (0.5, 0.999)
    batch: int = 8  # paper: 4; BatchNorm is steadier with more
    crop: int = 192  # pixels; not stated in the paper
    hours: float = 1.0  # wall time of the whole stage; the paper counts epochs instead
    steps: int | None = None  # length of the whole stage in steps, in place of hours
    warm_up: float = 0.02  # share of the stage; ours
    ema_decay: float = 0.999  # ours
    clip_norm: float = 1.0  # ours
    seed: int = 1
    bf16: bool = True  # ours

    def __post_init__(self) -> None:
        """Raises ValueError when a value is out of range."""
        if self.stage not in (1, 2, 3):
            raise ValueError(f"stage {self.stage}: 1, 2 or 3")
        if self.crop % 32 or self.crop < 64:
            raise ValueError(f"crop {self.crop}: a multiple of 32, at least 64")
        if self.batch < 2:
            raise ValueError("batch: at least 2, BatchNorm needs more than one picture")
        if self.hours <= 0 or self.learning_rate <= 0:
            raise ValueError("hours and learning rate must be above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a run saves, logs and stops; nothing here changes what is learnt."""

    save_minutes: float = 1.0
    validate_minutes: float = 15.0
    log_steps: int = 20
    stop_after: int | None = None  # stop at this step of the stage and save, to be resumed
    minutes: float | None = None  # stop after so much wall time of this run and save, likewise
