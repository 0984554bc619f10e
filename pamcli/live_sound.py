"""The sound of a live job: pieces that come when they come, made into one line without gaps."""

from collections import deque
from threading import Lock

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
"""float32 (2, N), left and right, in [-1, 1]."""

RATE = 48_000
"""Samples a second."""

PIECE = 1024
"""Samples of a frame of AAC."""

CHANNELS = 2

TREMBLE = RATE // 100
"""Samples by which the time of a piece may be off without being a gap."""

MOST_WAITING = 10 * RATE


class SoundLine:
    """Takes pieces with their times from one thread, gives frames of PIECE samples to another.

    Where nothing comes there is silence, and what comes twice or too late is cut.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._pieces: deque[tuple[int, Samples]] = deque()
        self._waiting = 0  # samples in them
        self._next: int | None = None  # sample with which the next frame begins
        self._left: list[Samples] = []  # what does not fill a frame yet
        self._left_samples = 0
        self.lost = 0  # samples that came too late or were too many

    def add(self, begin: int, samples: Samples) -> None:
        """A piece whose first sample stands at `begin` on the timeline."""
        with self._lock:
            self._pieces.append((begin, samples))
            self._waiting += samples.shape[1]
            while self._waiting > MOST_WAITING:
                _, oldest = self._pieces.popleft()
                self._waiting -= oldest.shape[1]
                self.lost += oldest.shape[1]

    def take(self, until: int, sure: int) -> list[tuple[int, Samples]]:
        """Frames, each with its first sample's time, of all that begins before `until`.

        sure: up to this sample nothing more is waited for: what is missing there is silence.
        """
        while (piece := self._pop(until)) is not None:
            self._append(*piece)
        if self._end() < sure:
            self._append(sure, np.zeros((CHANNELS, 0), np.float32))
        return self._frames()

    def _pop(self, until: int) -> tuple[int, Samples] | None:
        with self._lock:
            if not self._pieces or self._pieces[0][0] >= until:
                return None
            piece = self._pieces.popleft()
            self._waiting -= piece[1].shape[1]
            return piece

    def _end(self) -> int:
        """Sample up to which there is sound."""
        return 0 if self._next is None else self._next + self._left_samples

    def _append(self, begin: int, samples: Samples) -> None:
        if self._next is None:
            self._next = begin
        late = self._end() - begin
        if late > TREMBLE:
            cut = min(late, samples.shape[1])
            self.lost += cut
            samples = samples[:, cut:]
        elif late < -TREMBLE:
            self._keep(np.zeros((CHANNELS, -late), np.float32))
        self._keep(samples)

    def _keep(self, samples: Samples) -> None:
        self._left.append(samples)
        self._left_samples += samples.shape[1]

    def _frames(self) -> list[tuple[int, Samples]]:
        if self._next is None or self._left_samples < PIECE:
            return []
        line = np.concatenate(self._left, axis=1)
        count = self._left_samples // PIECE
        frames = [
            (self._next + n * PIECE, line[:, n * PIECE : (n + 1) * PIECE]) for n in range(count)
        ]
        self._next += count * PIECE
        self._left, self._left_samples = [line[:, count * PIECE :]], line.shape[1] - count * PIECE
        return frames
