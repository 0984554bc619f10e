"""The log of a training: one CSV, a line for each value, so that stages may log what they like."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from pam.checkpoint import Progress

LOG = "log.csv"
HEADER = ("stage", "step", "crops", "hours", "name", "value")

Curves = dict[str, list[tuple[float, float]]]
"""By name of the value: (hours, value), in the order in which they were logged."""


def append(folder: Path, progress: Progress, values: Mapping[str, float]) -> None:
    """Write `values` as of `progress`; the file is begun with HEADER."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / LOG
    is_new = not log.exists()
    when = (progress.stage, progress.step, progress.crops, f"{progress.hours:.5f}")
    with log.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        if is_new:
            writer.writerow(HEADER)
        writer.writerows((*when, name, f"{value:.6g}") for name, value in values.items())


def read(folder: Path) -> Curves:
    """The curves of a training. Raises OSError without a log, ValueError for a broken one."""
    curves: Curves = {}
    with (folder / LOG).open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        if tuple(next(rows, ())) != HEADER:
            raise ValueError(f"{folder / LOG}: no log of a training")
        for row in rows:
            if len(row) != len(HEADER):
                continue  # the last line of a run that was cut off while it wrote
            curves.setdefault(row[4], []).append((float(row[3]), float(row[5])))
    return curves
