"""One frame through region, scale and merge, with a network that records what it was shown."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from pamcli.composite import composite, solid
from pamcli.engine import Inference
from pamcli.errors import InputError
from pamcli.frame import Frame, Rgb, Trimap
from pamcli.matting import (
    Choice,
    find_alpha,
    find_colours,
    matte_frame,
    region,
    shrink_trimap,
)
from pamcli.path import CostTable, NetworkPath
from pamcli.tiles import Tile

TABLE = CostTable(shortest=38472, savings=(8465, 6214, 3964, 17466))


class Recorder:
    """Answers with a fixed alpha."""

    costs = TABLE

    def __init__(self, alpha: float = 0.25) -> None:
        self.alpha = alpha
        self.shown: list[tuple[Rgb, Trimap, int]] = []

    def infer(
        self,
        rgb: Rgb,
        trimap: Trimap,
        cost_constraint: int,
        path: NetworkPath | None = None,
        tiles: Sequence[Tile] = (),
    ) -> Inference:
        self.shown.append((rgb, trimap, cost_constraint))
        alpha = np.full(trimap.shape, self.alpha, np.float32)
        return Inference(alpha, path or TABLE.costliest(cost_constraint), 0.01, trimap.size)


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
    assert matte.alpha == pytest.approx(0.25, abs=1e-4)


def test_colours_are_those_of_the_foreground_around_the_band_and_the_frames_own_elsewhere() -> None:
    trimap = square_trimap(480, 640)
    alpha = np.where(trimap == 128, np.float32(0.5), trimap / np.float32(255))
    rgb = composite(alpha, solid((200, 60, 40), alpha.shape), solid((40, 90, 220), alpha.shape))
    frame, box = Frame(rgb, 0, Fraction(1)), region(trimap)
    assert box is not None
    matte, _ = matte_frame(Recorder(0.5), frame, trimap, Choice(cost_constraint=75), box)
    assert np.abs(matte.foreground[trimap == 128].astype(int) - (200, 60, 40)).max() <= 2
    assert np.abs(matte.foreground[box.slices].astype(int) - (200, 60, 40)).max() <= 20
    outside = np.ones(trimap.shape, bool)
    outside[box.slices] = False
    assert outside.any() and np.array_equal(matte.foreground[outside], rgb[outside])
    assert np.array_equal(matte.foreground[trimap == 255], rgb[trimap == 255])


def test_alpha_and_colours_can_be_had_one_after_the_other() -> None:
    frame, trimap = noise_frame(480, 640), square_trimap(480, 640)
    choice, box = Choice(cost_constraint=75, scale=0.5), region(trimap)
    whole, spent = matte_frame(Recorder(), frame, trimap, choice, box)
    alpha, spent_on_alpha = find_alpha(Recorder(), frame, trimap, choice, box)
    matte = find_colours(frame, alpha, trimap, box)
    assert spent == spent_on_alpha
    assert np.array_equal(matte.alpha, whole.alpha)
    assert np.array_equal(matte.foreground, whole.foreground)


def test_at_a_lower_scale_alpha_follows_the_full_frame() -> None:
    truth = np.zeros((256, 256), np.float32)
    truth[:, 122:] = 1
    trimap = np.zeros((256, 256), np.uint8)
    trimap[:, 90:160], trimap[:, 160:] = 128, 255
    rgb = composite(truth, solid((200, 60, 40), truth.shape), solid((40, 90, 220), truth.shape))

    box = region(trimap)
    assert box is not None
    shown = truth[box.slices]

    class Seen(Recorder):
        def infer(
            self,
            rgb: Rgb,
            trimap: Trimap,
            cost_constraint: int,
            path: NetworkPath | None = None,
            tiles: Sequence[Tile] = (),
        ) -> Inference:
            found = super().infer(rgb, trimap, cost_constraint, path, tiles)
            small = cv2.resize(shown, trimap.shape[::-1], interpolation=cv2.INTER_AREA)
            return replace(found, alpha=np.asarray(small, np.float32))

    choice = Choice(cost_constraint=75, scale=0.25)
    alpha, spent = find_alpha(Seen(), Frame(rgb, 0, Fraction(1)), trimap, choice, box)
    assert np.abs(alpha - truth).max() < 0.05
    assert spent.pixels == (box.height // 4) * (box.width // 4)


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
