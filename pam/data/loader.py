"""Batches ahead of the training: made by processes on the CPU, or on the device itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Generic, TypeVar

import torch
from torch.utils.data import DataLoader, Dataset

from pam.data.batch import BatchSettings, TrainingBatch, make_batch
from pam.data.store import Library

Item = TypeVar("Item")
ENDLESS = 1 << 40
AHEAD = 6


class _Sequence(Dataset[Item], Generic[Item]):
    """Item i is what `make` gives for `first + i`."""

    def __init__(self, make: Callable[[int], Item], first: int) -> None:
        self.make, self.first = make, first

    def __getitem__(self, item: int) -> Item:
        return self.make(self.first + item)


class _Counter:
    """Sampler that counts without end."""

    def __iter__(self) -> Iterator[int]:
        return iter(range(ENDLESS))

    def __len__(self) -> int:
        return ENDLESS


def batches(
    library: Library,
    settings: BatchSettings,
    first: int,
    *,
    workers: int = 1,
    device: torch.device | None = None,
) -> Iterator[TrainingBatch]:
    """Batches `first`, `first + 1`, ... on `device`, the same ones for any number of workers.

    workers: processes that work ahead on the CPU; 0: made on `device` when asked for.
    """
    device = device or torch.device("cpu")
    if workers == 0:
        held = library.to(device)
        for index in range(first, ENDLESS):
            yield make_batch(held, settings, index, device)
        return
    for batch in made_ahead(partial(make_batch, library, settings), first, workers):
        yield batch.to(device)


def made_ahead(make: Callable[[int], Item], first: int, workers: int) -> Iterator[Item]:
    """make(first), make(first + 1), ..., the same ones for any number of workers.

    workers: processes that work ahead; 0: made when asked for.
    """
    if workers == 0:
        yield from map(make, range(first, ENDLESS))
        return
    yield from DataLoader(
        _Sequence(make, first),
        batch_size=None,
        sampler=_Counter(),
        num_workers=workers,
        prefetch_factor=AHEAD,
        worker_init_fn=_quiet,
    )


def _quiet(_worker: int) -> None:
    """Workers leave Ctrl-C and SIGTERM to the trainer, which ends them after its last save."""
    import signal

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    torch.set_num_threads(1)
