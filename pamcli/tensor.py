"""The only code of the runtime that pads pictures to what the network takes, and cuts them back."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from pamcli.frame import Alpha, Rgb

Array = TypeVar("Array", Alpha, Rgb)


def padded_size(height: int, width: int, stride: int) -> tuple[int, int]:
    """The smallest (height, width) of multiples of `stride` that hold the picture."""
    return -(-height // stride) * stride, -(-width // stride) * stride


def pad_reflect(array: Array, stride: int) -> Array:
    """Grow bottom and right to multiples of `stride`, without a copy where nothing is missing.

    array: (H, W) or (H, W, 3), any H and W from 1. What is added mirrors the picture without
    repeating its edge; a side that is too short for that repeats its last row or column.
    """
    size = padded_size(array.shape[0], array.shape[1], stride)
    rows, columns = (_mirror(n, total) for n, total in zip(array.shape, size, strict=False))
    if array.shape[0] < size[0]:
        array = array[rows]
    if array.shape[1] < size[1]:
        array = np.ascontiguousarray(array[:, columns])
    return array


def _mirror(side: int, total: int) -> npt.NDArray[np.intp]:
    """Which of `side` rows each of `total` rows shows."""
    index = np.arange(total)
    if total - side < side:
        return np.where(index < side, index, 2 * (side - 1) - index)
    return np.minimum(index, side - 1)


def unpad(array: Array, height: int, width: int) -> Array:
    """The top left (height, width) of a padded picture, as an array of its own."""
    return array[:height, :width].copy()
