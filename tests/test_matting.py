"""One frame through region, scale and merge, with a network that records what it was shown."""

from fractions import Fraction

import numpy as np
import pytest

from pamcli.engine import Inference
from pamcli.errors import InputError
from pamcli.frame import Frame, Rgb, Trimap
from pamcli.matting import Choice, matte_frame, region, shrink_trimap
from pamcli.path import CostTable, NetworkPath

TABLE = CostTable(shortest=38472, savings=(8465, 6214, 3964, 17466))


class Recorder:
    """Answers with a fixed alpha and a red foreground."""

    costs = TABLE

    def __init__(self, alpha: float = 0.25) -> None:
        self.alpha = alpha
        self.shown: list[tuple[Rgb, Trimap, int]] = []

    def infer(
        self, rgb: Rgb, trimap: Trimap, cost_constraint: int, path: NetworkPath | None = None
    ) -> Inference:
        self.shown.append((rgb, trimap, cost_constraint))
        alpha = np.full(trimap.shape, self.alpha, np.float32)
        red = np.zeros(rgb.shape, np.uint8)
        red[..., 0] = 255
        return Inference(alpha, red, path or TABLE.costliest(cost_constraint), 0.01)


def noise_frame(height: int, width: int) -> Frame:
    rgb = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    return Frame(rgb, 7, Fraction(1, 30))


def square_trimap(height: int, width: int) -> Trimap:
    trimap = np.zeros((height, width), np.uint8)
    trimap[200:300, 210:330] = 128
    trimap[230:270, 240:300] = 255
    return trimap


def test_known_pixels_are_exact_and_the_band_is_the_networks() -> None:
    frame, trimap = noise_frame(480, 640), square_trimap(480, 640)
    matte, spent = matte_frame(
        Recorder(), frame, trimap, Choice(cost_constraint=75), region(trimap)
    )
    assert (matte.alpha[trimap == 0] == 0).all()
    assert (matte.alpha[trimap == 255] == 1).all()
    assert (matte.alpha[trimap == 128] == 0.25).all()
    assert spent.path == (True, True, True, True)


def test_the_network_sees_only_the_region_around_the_band() -> None:
    network, frame, trimap = Recorder(), noise_frame(480, 640), square_trimap(480, 640)
    _, spent = matte_frame(network, frame, trimap, Choice(cost_constraint=60), region(trimap))
    (rgb, seen, constraint), *others = network.shown
    assert not others and constraint == 60
    assert seen.size == spent.pixels < trimap.size
    assert (seen == 128).sum() == (trimap == 128).sum()
    rows, columns = np.nonzero(seen == 128)
    assert rows.min() >= 32 and columns.min() >= 32
    assert rgb.shape[:2] == seen.shape


def test_an_empty_band_costs_nothing() -> None:
    network, frame = Recorder(), noise_frame(64, 48)
    trimap = np.zeros((64, 48), np.uint8)
    trimap[10:20] = 255
    matte, spent = matte_frame(network, frame, trimap, Choice(cost_constraint=75), region(trimap))
    assert network.shown == []
    assert (spent.path, spent.pixels, spent.seconds) == (None, 0, 0.0)
    assert np.array_equal(matte.alpha, (trimap == 255).astype(np.float32))


@pytest.mark.parametrize("size", [(1, 1), (3, 517), (97, 31)])
@pytest.mark.parametrize("scale", [1.0, 0.5, 0.25])
def test_any_size_and_scale_gives_a_matte_of_the_frames_size(
    size: tuple[int, int], scale: float
) -> None:
    frame, trimap = noise_frame(*size), np.full(size, 128, np.uint8)
    choice = Choice(cost_constraint=75, scale=scale)
    matte, _ = matte_frame(Recorder(), frame, trimap, choice, region(trimap))
    assert matte.alpha.shape == size and matte.foreground.shape == (*size, 3)
    assert matte.alpha == pytest.approx(0.25)


def test_foreground_leans_on_the_estimate_where_alpha_is_low() -> None:
    frame, trimap = noise_frame(32, 32), np.full((32, 32), 128, np.uint8)
    low, _ = matte_frame(Recorder(0.0), frame, trimap, Choice(cost_constraint=75), region(trimap))
    high, _ = matte_frame(Recorder(1.0), frame, trimap, Choice(cost_constraint=75), region(trimap))
    assert (low.foreground[..., 0] == 255).all() and (low.foreground[..., 1:] == 0).all()
    assert np.array_equal(high.foreground, frame.rgb)


def test_a_constraint_below_the_minimum_is_refused_even_without_a_band() -> None:
    frame, trimap = noise_frame(32, 32), np.zeros((32, 32), np.uint8)
    with pytest.raises(InputError, match="too small"):
        matte_frame(Recorder(), frame, trimap, Choice(cost_constraint=10), region(trimap))


def test_a_shrunk_trimap_keeps_every_unknown_pixel_unknown() -> None:
    trimap = np.zeros((64, 64), np.uint8)
    trimap[:, 32:] = 255
    trimap[10, 10] = 128
    small = shrink_trimap(trimap, 16, 16)
    assert small[2, 2] == 128
    assert set(np.unique(small)) == {0, 128, 255}
    assert (small == 128).sum() == 1
