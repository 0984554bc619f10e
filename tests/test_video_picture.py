"""Pixels into FFmpeg's pictures: alpha and grey without rounding twice, RGB as it is."""

import gc

import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from pamcli.pixels import Pixels
from pamcli.presets import Encoding
from pamcli.video_alpha import alpha_of, rows_of
from pamcli.video_colour import Colours
from pamcli.video_picture import to_picture

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)


def encoding(pixel_format: str) -> Encoding:
    return Encoding(encoder="none", options={}, pixel_format=pixel_format, container="none")


def picture_of(pixels: Pixels, pixel_format: str) -> VideoFrame:
    return to_picture(pixels, encoding(pixel_format), VideoReformatter())


def every_alpha() -> Pixels:
    colours = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    return np.dstack([colours, RAMP])


@pytest.mark.parametrize(
    ("name", "bits"),
    [
        ("yuva420p", 8),
        ("yuva444p", 8),
        ("yuva420p10le", 10),
        ("yuva444p10le", 10),
        ("yuva444p12le", 12),
        ("yuva444p16le", 16),
    ],
)
def test_every_level_of_alpha_is_exact_in_its_own_plane(name: str, bits: int) -> None:
    stored = alpha_of(picture_of(every_alpha(), name), VideoReformatter())
    white = (1 << bits) - 1
    assert np.array_equal(stored, np.rint(RAMP * (white / 255)).astype(stored.dtype))
    assert np.array_equal(np.rint(stored * (255 / white)).astype(np.uint8), RAMP)


@pytest.mark.parametrize("name", ["bgra", "rgba", "argb"])
def test_packed_rgba_is_the_same_samples_in_another_order(name: str) -> None:
    rgba = every_alpha()
    picture = picture_of(rgba, name)
    stored = rows_of(picture.planes[0], np.uint8)[:, : 4 * 16].reshape(16, 16, 4)
    assert np.array_equal(stored, rgba[..., ["rgba".index(channel) for channel in name]])


@pytest.mark.parametrize("name", ["bgr0", "rgb24"])
@pytest.mark.parametrize("size", [(16, 16), (5, 7), (1, 1)])
def test_packed_rgb_is_exact(name: str, size: tuple[int, int]) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    assert np.array_equal(picture_of(rgb, name).to_ndarray(format="rgb24"), rgb)


@pytest.mark.parametrize(("bits", "suffix"), [(8, ""), (10, "10le")])
@pytest.mark.parametrize("chroma", ["420", "444"])
def test_grey_becomes_limited_luma_and_neutral_chroma(bits: int, suffix: str, chroma: str) -> None:
    picture = picture_of(RAMP, f"yuv{chroma}p{suffix}")
    kind, step = (np.uint8, 1) if bits == 8 else (np.uint16, 4)
    luma, *others = (rows_of(plane, kind)[:, : plane.width] for plane in picture.planes)
    assert np.array_equal(luma, np.rint(step * (16 + RAMP * (219 / 255))).astype(kind))
    assert all((plane == 128 * step).all() for plane in others)
    back = Colours().rgb(picture)
    assert np.abs(back.astype(int) - RAMP[..., np.newaxis]).max() <= (1 if bits == 8 else 0)


@pytest.mark.parametrize("name", ["gray", "rgb24"])
def test_grey_is_exact_where_it_is_not_luma(name: str) -> None:
    assert np.array_equal(picture_of(RAMP, name).to_ndarray(format="gray"), RAMP)


@pytest.mark.parametrize(
    ("name", "bound"), [("yuv444p", 2), ("yuv420p", 2), ("yuv444p10le", 1), ("yuva444p10le", 1)]
)
@pytest.mark.parametrize("colour", [(30, 200, 90), (255, 255, 255), (0, 0, 0), (250, 10, 20)])
def test_colours_survive_tagged_bt709_limited(
    name: str, bound: int, colour: tuple[int, int, int]
) -> None:
    pixels = np.full((32, 48, 4), (*colour, 77), np.uint8)
    picture = picture_of(pixels if "a" in name else np.ascontiguousarray(pixels[..., :3]), name)
    tags = picture.colorspace, picture.color_primaries, picture.color_trc, picture.color_range
    assert tags == (1, 1, 1, 1)
    assert np.abs(Colours().rgb(picture).astype(int) - colour).max() <= bound


@pytest.mark.parametrize(
    ("channels", "name"), [(4, "yuv420p"), (3, "yuva420p"), (4, "rgb24"), (3, "gray"), (1, "bgra")]
)
def test_a_format_that_cannot_hold_the_pixels_is_an_error(channels: int, name: str) -> None:
    pixels = np.zeros((4, 4) if channels == 1 else (4, 4, channels), np.uint8)
    with pytest.raises(ValueError, match=f"{channels} channels as {name}"):
        picture_of(pixels, name)


def test_pictures_are_freed_without_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            picture_of(RAMP, "yuv420p")
            picture_of(every_alpha(), "yuva444p10le")
        assert gc.collect() == 0
    finally:
        gc.enable()
