"""Files of weights and of running trainings; written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

WEIGHTS_KEY, PROGRESS_KEY = "weights", "progress"
RUNNING, RELEASED, STATE = "running.pt", "pam.pt", "training_state.json"


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far a training has come; `crops` and `hours` run on over all stages."""

    stage: int
    step: int = 0  # of this stage
    crops: int = 0
    hours: float = 0.0
    stage_hours: float = 0.0
    skipped: int = 0  # steps whose loss or gradient was not finite
    validation: dict[str, Any] = field(default_factory=dict)


def save_atomically(content: Mapping[str, Any], target: Path) -> None:
    """torch.save into a file beside `target`, flushed to the disk, then renamed."""
    partial = target.with_name(target.name + ".partial")
    with partial.open("wb") as stream:
        torch.save(dict(content), stream)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(target)


def save_weights(weights: Mapping[str, Tensor], progress: Progress, target: Path) -> None:
    """Write what is released: {"weights": {name: float16 tensor}, "progress": {...}}.

    Counters are left out.
    """
    halves = {
        name: value.detach().to("cpu", torch.float16).contiguous()
        for name, value in weights.items()
        if value.is_floating_point()
    }
    save_atomically({WEIGHTS_KEY: halves, PROGRESS_KEY: asdict(progress)}, target)


def load_weights(source: Path) -> dict[str, Tensor]:
    """Read weights as float32. Raises ValueError when the file holds none."""
    content = torch.load(source, map_location="cpu", weights_only=True)
    if not isinstance(content, dict) or WEIGHTS_KEY not in content:
        raise ValueError(f"{source}: no weights in it")
    return {name: value.float() for name, value in content[WEIGHTS_KEY].items()}


def load_progress(source: Path) -> Progress:
    """How far the training had come that wrote the weights in `source`."""
    content = torch.load(source, map_location="cpu", weights_only=True)
    return Progress(**content.get(PROGRESS_KEY, {"stage": 1}))


def load_into(net: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Copy weights into `net`. Raises ValueError when a name is missing or unknown.

    Counters of BatchNorm may be missing: nothing here depends on them.
    """
    missing, unknown = net.load_state_dict(dict(weights), strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unknown:
        raise ValueError(f"weights do not fit: missing {missing[:3]}, unknown {unknown[:3]}")


def write_state(progress: Progress, extra: Mapping[str, Any], target: Path) -> None:
    """training_state.json: what stands beside released weights to say how they came about."""
    text = json.dumps({**asdict(progress), **extra}, indent=1, sort_keys=True)
    partial = target.with_name(target.name + ".partial")
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(target)
