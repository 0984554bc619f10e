"""Trimap maths against slow, obvious versions."""

import time
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pamcli.errors import InputError
from pamcli.trimap import band_pixels, check_trimap, from_mask, merge_known, unknown_box

Bytes = npt.NDArray[np.uint8]


def disc(height: int, width: int, radius: float) -> npt.NDArray[np.bool_]:
    rows, columns = np.mgrid[0:height, 0:width]
    return np.asarray(np.hypot(rows - height // 2, columns - width // 2) <= radius)


def best_seconds(call: Callable[[], object], times: int = 15) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    return min(took)


def test_drawn_values_are_snapped_by_the_stated_limits() -> None:
    values = np.array([[0, 1, 50, 51, 127, 128, 204, 205, 254, 255]], np.uint8)
    expected = [[0, 0, 0, 128, 128, 128, 128, 255, 255, 255]]
    assert check_trimap(values, (1, 10)).tolist() == expected


def test_rgb_and_rgba_trimaps_are_read_as_gray() -> None:
    gray = np.array([[0, 128, 255]], np.uint8)
    opaque = np.full((1, 3), 9, np.uint8)
    assert (check_trimap(np.dstack([gray] * 3), (1, 3)) == gray).all()
    assert (check_trimap(np.dstack([gray, gray, gray, opaque]), (1, 3)) == gray).all()


def test_jpeg_noise_leaves_only_the_edges_of_a_trimap_in_doubt() -> None:
    truth = np.zeros((120, 160), np.uint8)
    truth[disc(120, 160, 50)] = 128
    truth[disc(120, 160, 35)] = 255
    _, coded = cv2.imencode(".jpg", truth, [cv2.IMWRITE_JPEG_QUALITY, 75])
    decoded = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
    wrong = check_trimap(decoded, truth.shape) != truth
    edge = cv2.morphologyEx(truth, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)) > 0
    assert not (wrong & ~edge).any()


def test_another_size_is_refused_with_both_sizes() -> None:
    with pytest.raises(InputError) as caught:
        check_trimap(np.zeros((480, 640), np.uint8), (720, 1280), "trimap.png")
    assert str(caught.value) == "trimap.png: 640x480, but the frame is 1280x720"


def test_a_trimap_without_unknown_pixels_is_refused_only_where_one_is_required() -> None:
    known = np.array([[0, 255]], np.uint8)
    assert (check_trimap(known, (1, 2)) == known).all()
    with pytest.raises(InputError, match=r"^a\.png: no unknown pixel: every value is known$"):
        check_trimap(known, (1, 2), "a.png", unknown_required=True)


@given(st.integers(0, 10_000))
def test_known_pixels_are_exact_and_unknown_ones_untouched(seed: int) -> None:
    rng = np.random.default_rng(seed)
    alpha = rng.normal(0.5, 2, (7, 9)).astype(np.float32)
    alpha[0, 0] = np.nan
    trimap = rng.choice(np.array([0, 128, 255], np.uint8), (7, 9))
    merged = merge_known(alpha, trimap)
    assert merged.dtype == np.float32
    assert (merged[trimap == 0] == 0).all()
    assert (merged[trimap == 255] == 1).all()
    unknown = trimap == 128
    assert np.array_equal(merged[unknown], alpha[unknown], equal_nan=True)


@given(
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    margin=st.integers(0, 40),
    stride=st.sampled_from([1, 8, 32, 64]),
    seed=st.integers(0, 10_000),
)
def test_the_box_holds_the_band_and_its_margin(
    size: tuple[int, int], margin: int, stride: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    trimap = rng.choice(np.array([0, 255], np.uint8), size)
    trimap[rng.random(size) < 0.01] = 128
    box = unknown_box(trimap, margin, stride)
    rows, columns = np.nonzero(trimap == 128)
    if box is None:
        assert rows.size == 0
        return
    sides = (box.top, box.bottom, rows, size[0]), (box.left, box.right, columns, size[1])
    for first, end, marked, limit in sides:
        assert 0 <= first <= max(0, marked.min() - margin)
        assert min(limit, marked.max() + 1 + margin) <= end <= limit
        assert (end - first) % stride == 0 or end - first == limit
        assert end - first < marked.max() + 1 - marked.min() + 2 * margin + stride
    assert trimap[box.slices].shape == (box.height, box.width)


def test_a_box_grows_by_no_more_than_the_stride() -> None:
    trimap = np.zeros((200, 300), np.uint8)
    trimap[100, 150] = 128
    box = unknown_box(trimap, 10, 32)
    assert box is not None
    assert (box.height, box.width) == (32, 32)


def slow_band(hard: npt.NDArray[np.bool_], band: float) -> npt.NDArray[np.bool_]:
    """Pixels within band / 2 of the border: half a pixel nearer than the nearest edge pixel."""
    edge = np.zeros_like(hard)
    for axis in (0, 1):
        step = np.diff(hard, axis=axis)
        index = [slice(None)] * 2
        for part in (slice(None, -1), slice(1, None)):
            index[axis] = part
            edge[tuple(index)] |= step
    places = np.argwhere(edge)
    every = np.indices(hard.shape).reshape(2, -1).T
    apart = np.linalg.norm(every[:, None] - places[None], axis=2).min(axis=1)
    return np.asarray(apart.reshape(hard.shape) + 0.5 <= band / 2)


@pytest.mark.parametrize("band", [3.0, 6.0, 9.5, 16.0])
def test_the_band_of_a_hard_mask_is_centred_on_its_edge(band: float) -> None:
    hard = disc(50, 60, 15)
    hard[30:, 20:30] = True
    trimap = from_mask(hard, band)
    near = slow_band(hard, band)
    assert (trimap[near] == 128).all()
    assert (trimap[~near & hard] == 255).all()
    assert (trimap[~near & ~hard] == 0).all()


def test_a_wide_band_is_right_to_the_coarser_grid() -> None:
    hard = disc(160, 160, 45)
    trimap = from_mask(hard, 50)
    assert (trimap[slow_band(hard, 42)] == 128).all()
    assert (trimap[~slow_band(hard, 58)] != 128).all()


@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.float64])
def test_values_between_five_and_ninety_five_percent_are_unknown(kind: type) -> None:
    row = np.array([0.02, 0.04, 0.06, 0.3, 0.7, 0.94, 0.96, 1.0])
    mask = np.repeat(np.repeat(row, 40)[None], 60, axis=0)
    scaled: npt.NDArray[np.generic] = (mask * (255 if kind is np.uint8 else 1)).astype(kind)
    middles = from_mask(scaled, 6)[30, 20::40]
    assert middles.tolist() == [0, 0, 128, 128, 128, 128, 255, 255]


def test_holes_and_specks_become_unknown_without_a_band() -> None:
    mask = disc(120, 120, 40)
    mask[58:61, 58:61] = False
    mask[5, 5] = True
    whole = from_mask(disc(120, 120, 40), 12)
    trimap = from_mask(mask, 12)
    changed = trimap != whole
    assert changed.sum() == 10
    assert (trimap[changed] == 128).all()


def test_a_large_hole_keeps_a_background_of_its_own() -> None:
    mask = disc(160, 160, 70) & ~disc(160, 160, 25)
    assert from_mask(mask, 10)[80, 80] == 0


@pytest.mark.parametrize("value", [0, 255])
def test_an_even_mask_has_no_band(value: int) -> None:
    assert (from_mask(np.full((40, 50), value, np.uint8), 12) == value).all()


def test_a_mask_of_one_pixel_is_a_speck() -> None:
    assert from_mask(np.ones((1, 1), bool), 3).tolist() == [[128]]
    assert from_mask(np.zeros((1, 1), bool), 3).tolist() == [[0]]


def test_no_band_is_drawn_where_the_subject_leaves_the_frame() -> None:
    mask = np.zeros((80, 80), np.uint8)
    mask[40:, 20:60] = 255
    assert (from_mask(mask, 8)[-1, 30:50] == 255).all()


def test_the_band_follows_the_shorter_side_of_the_frame() -> None:
    assert band_pixels(24, (1080, 1920)) == 24
    assert band_pixels(24, (1920, 1080)) == 24
    assert band_pixels(24, (720, 1280)) == 16
    assert band_pixels(24, (10, 10)) == 3


def test_the_trimap_of_a_720p_mask_takes_milliseconds() -> None:
    mask = disc(720, 1280, 300).astype(np.uint8) * 255
    soft: Bytes = np.asarray(cv2.GaussianBlur(mask, (0, 0), 4), np.uint8)
    assert best_seconds(lambda: from_mask(soft, 16)) < 0.03  # 2 ms on an idle core
