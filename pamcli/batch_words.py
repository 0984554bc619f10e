"""The words of a batch: kinds of files, what may become of them, what an error means."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a file of the tree is."""

    STILL = "still"
    CLIP = "clip"


class State(StrEnum):
    """Of one file."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class OnError(StrEnum):
    """What a file that fails means for the rest."""

    SKIP = "skip"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one file."""

    state: State
    frames: int = 0  # in the target
    seconds: float = 0.0  # at work on it
    cost: float | None = None  # mean C_c of its frames, GMAC per 1024x1024
    warnings: tuple[str, ...] = ()
    error: str | None = None  # one line
