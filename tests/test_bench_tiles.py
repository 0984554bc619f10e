"""The bench of tiles: bands of the share that was asked for, compared with the whole."""

import numpy as np
import pytest

from pamcli import bench_tiles
from pamcli.settings import Precision
from pamcli.trimap import UNKNOWN


@pytest.mark.parametrize(("count", "share"), [(1, 0.02), (1, 0.2), (2, 0.1), (4, 0.05)])
def test_the_band_has_the_share_that_was_asked_for(count: int, share: float) -> None:
    rgb, trimap = bench_tiles.picture((270, 480), count, share)
    assert rgb.shape == (270, 480, 3)
    assert np.mean(trimap == UNKNOWN) == pytest.approx(share, rel=0.05)
    assert {0, UNKNOWN, 255} == set(np.unique(trimap))


def test_tiles_are_compared_with_the_whole_frame() -> None:
    figures = bench_tiles.run(
        (320, 1024), shares=(0.01, 0.6), subjects=(1,), precision=Precision.F32, threads=1
    )
    thin, wide = figures["rows"]
    assert thin["tiles"] == 1
    assert thin["pixels"] < 0.8
    assert thin["in_frame"] < 1
    assert (wide["tiles"], wide["pixels"], wide["time"], wide["in_band"]) == (0, 1.0, 1.0, 0.0)
    assert "1     1%" in bench_tiles.as_text(figures)
