"""Which parts of a picture the network has to see: tiles around the unknown band.

What the network makes of a pixel hangs on its surroundings, not on the whole picture: a band that
is a thin ring, or that of two people, is cheaper in pieces.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.frame import Trimap
from pamcli.trimap import UNKNOWN, Box

CELL = 32
"""Side in pixels of the cells that tiles are made of: the network's stride."""

CONTEXT = 2
"""Cells around what is wanted that the network sees as well."""

OVERHEAD = 0.04
"""What starting the network costs, as a share of the time for 1024x1024 pixels."""

WORTH = 0.8
"""Tiles are taken where they cost at most this share of the whole picture."""

MOST_CELLS = 4096
"""Of one tile: what it needs of memory is bounded, however large the picture."""

LONGEST = 48
"""Cells along the longer side at which a picture is looked at; several count as one beyond."""

Rows = npt.NDArray[np.int64]
"""(n, 4): top, left, bottom and right of rectangles."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of a picture: what is wanted of it, and the larger part that the network sees."""

    core: Box
    seen: Box


def tiles_of(trimap: Trimap) -> tuple[Tile, ...]:
    """Tiles whose cores hold every unknown pixel; none where the whole picture is as cheap.

    trimap: uint8 (H, W). Cores lie within the picture; what is seen is made of whole cells, the
    last of which may reach beyond it, as the picture does that is padded to the network's stride.
    """
    height, width = trimap.shape
    grid = -(-height // CELL), -(-width // CELL)
    merged = _merged(_runs(_occupied(trimap)), grid)
    cores = np.array([part for core in merged for part in _split(core)], np.int64).reshape(-1, 4)
    is_small = grid[0] * grid[1] <= MOST_CELLS
    if is_small and _costs(cores, grid).sum() > WORTH * _cost_of(*grid):
        return ()
    limits = np.array([0, 0, *grid])
    seen = _widened(cores, limits) * CELL
    ends = np.array([height, width, height, width])
    return tuple(
        Tile(Box(*np.minimum(core * CELL, ends).tolist()), Box(*around.tolist()))
        for core, around in zip(cores, seen, strict=True)
    )


def _occupied(trimap: Trimap) -> npt.NDArray[np.bool_]:
    """Whether a cell holds an unknown pixel."""
    unknown = np.asarray(cv2.inRange(trimap, UNKNOWN, UNKNOWN))
    rows = np.maximum.reduceat(unknown, np.arange(0, unknown.shape[0], CELL), axis=0)
    return np.maximum.reduceat(rows, np.arange(0, rows.shape[1], CELL), axis=1) > 0


def _runs(occupied: npt.NDArray[np.bool_]) -> Rows:
    """Rectangles that hold the cells: runs of them within a row, rows as high as LONGEST asks."""
    step = -(-max(occupied.shape) // LONGEST)
    height = len(occupied)
    found: list[tuple[int, int, int, int]] = []
    for top in range(0, height, step):
        bottom = min(top + step, height)
        line = occupied[top:bottom].any(0).astype(np.int8)
        turns = np.flatnonzero(np.diff(line, prepend=0, append=0)).reshape(-1, 2)
        found += [(top, int(left), bottom, int(right)) for left, right in turns]
    return np.array(found, np.int64).reshape(-1, 4)


def _merged(boxes: Rows, grid: tuple[int, int]) -> Rows:
    """The same cells in fewer rectangles: the two that save most become one, until none saves."""
    costs = _costs(boxes, grid)
    while len(boxes) > 1:
        joined = np.concatenate(
            (
                np.minimum(boxes[:, None, :2], boxes[None, :, :2]),
                np.maximum(boxes[:, None, 2:], boxes[None, :, 2:]),
            ),
            axis=2,
        )
        saved = costs[:, None] + costs[None] - _costs(joined, grid)
        np.fill_diagonal(saved, -np.inf)
        one, other = np.unravel_index(saved.argmax(), saved.shape)
        if saved[one, other] <= 0:
            break
        boxes = np.vstack((np.delete(boxes, [one, other], axis=0), joined[one, other]))
        costs = _costs(boxes, grid)
    return boxes


def _split(core: Rows) -> Iterator[tuple[int, ...]]:
    """Halves of a rectangle, and halves of these, until each is within MOST_CELLS."""
    top, left, bottom, right = core.tolist()
    height, width = bottom - top, right - left
    if (height + 2 * CONTEXT) * (width + 2 * CONTEXT) <= MOST_CELLS:
        yield top, left, bottom, right
        return
    if height >= width:
        middle = top + height // 2
        halves = (top, left, middle, right), (middle, left, bottom, right)
    else:
        middle = left + width // 2
        halves = (top, left, bottom, middle), (top, middle, bottom, right)
    for half in halves:
        yield from _split(np.array(half))


def _widened(boxes: Rows, limits: Rows) -> Rows:
    top_left = np.maximum(boxes[..., :2] - CONTEXT, 0)
    return np.concatenate((top_left, np.minimum(boxes[..., 2:] + CONTEXT, limits[2:])), axis=-1)


def _costs(boxes: Rows, grid: tuple[int, int]) -> npt.NDArray[np.float64]:
    wide = _widened(boxes, np.array([0, 0, *grid]))
    return _cost_of(wide[..., 2] - wide[..., 0], wide[..., 3] - wide[..., 1])


def _cost_of(height: "int | Rows", width: "int | Rows") -> npt.NDArray[np.float64]:
    """In cells of the network's time."""
    return np.asarray(height * width + OVERHEAD * (1024 // CELL) ** 2, np.float64)
