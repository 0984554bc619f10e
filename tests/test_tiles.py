"""Tiles around the unknown band: nothing unknown left out, nothing seen twice as much as needed."""

import numpy as np
import pytest

from pamcli.frame import Trimap
from pamcli.tiles import CELL, CONTEXT, MOST_CELLS, WORTH, Tile, tiles_of
from pamcli.trimap import UNKNOWN, Box


def trimap_of(size: tuple[int, int], *unknown: Box) -> Trimap:
    trimap = np.zeros(size, np.uint8)
    for box in unknown:
        trimap[box.slices] = UNKNOWN
    return trimap


def pixels(tiles: tuple[Tile, ...]) -> int:
    return sum(tile.seen.height * tile.seen.width for tile in tiles)


def is_covered(trimap: Trimap, tiles: tuple[Tile, ...]) -> bool:
    left = trimap == UNKNOWN
    for tile in tiles:
        left[tile.core.slices] = False
    return not left.any()


def test_a_band_that_fills_the_picture_needs_no_tiles() -> None:
    assert tiles_of(trimap_of((256, 384), Box(0, 0, 256, 384))) == ()


def test_a_picture_without_a_band_needs_no_tiles() -> None:
    assert tiles_of(trimap_of((256, 384))) == ()


def test_two_subjects_far_apart_are_two_tiles() -> None:
    trimap = trimap_of((320, 1280), Box(96, 0, 224, 128), Box(100, 1180, 228, 1280))
    tiles = tiles_of(trimap)
    margin = CONTEXT * CELL
    assert [tile.core for tile in tiles] == [Box(96, 0, 224, 128), Box(96, 1152, 256, 1280)]
    assert tiles[0].seen == Box(96 - margin, 0, 224 + margin, 128 + margin)
    assert is_covered(trimap, tiles)


@pytest.mark.parametrize("size", [(1080, 1920), (1111, 1999), (1633, 2999)])
def test_a_ring_is_cut_where_that_saves(size: tuple[int, int]) -> None:
    y, x = np.mgrid[: size[0], : size[1]]
    distance = np.hypot((y - size[0] / 2) / size[0], (x - size[1] / 2) / size[1])
    trimap = np.where(np.abs(distance - 0.2) < 0.01, UNKNOWN, 0).astype(np.uint8)
    tiles = tiles_of(trimap)
    assert is_covered(trimap, tiles)
    assert pixels(tiles) <= WORTH * trimap.size * 1.05


def test_random_bands_are_covered_by_cores_that_are_seen_with_their_surroundings() -> None:
    random = np.random.default_rng(5)
    for _ in range(60):
        size = tuple(int(side) for side in random.integers(1, 700, 2))
        trimap = np.zeros(size, np.uint8)
        for _ in range(int(random.integers(1, 6))):
            top, left = (int(random.integers(0, side)) for side in size)
            trimap[top : top + 20, left : left + 30] = UNKNOWN
        tiles = tiles_of(trimap)
        height, width = (-(-side // CELL) * CELL for side in size)
        if tiles:
            assert is_covered(trimap, tiles)
        for tile in tiles:
            assert (tile.seen.height % CELL, tile.seen.width % CELL) == (0, 0)
            assert tile.core.bottom <= size[0] and tile.core.right <= size[1]
            assert tile.seen.top == max(tile.core.top - CONTEXT * CELL, 0)
            assert tile.seen.left == max(tile.core.left - CONTEXT * CELL, 0)
            assert tile.seen.bottom <= height and tile.seen.right <= width


def test_no_tile_is_larger_than_memory_allows() -> None:
    trimap = trimap_of((3000, 4100), Box(0, 0, 3000, 4100))
    tiles = tiles_of(trimap)
    assert is_covered(trimap, tiles)
    assert all(t.seen.height * t.seen.width <= MOST_CELLS * CELL**2 for t in tiles)
