"""One picture between RGB and FFmpeg: orientation, matrix, range, grey as luma."""

import gc

import av
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from clips import numbered

from pamcli.video_frame import Upright, from_pixels, matrix_of, orientation, range_of, to_rgb

UPRIGHT = (0, False)


@pytest.mark.parametrize("pixel_format", ["yuv444p", "yuv420p"])
def test_rgb_survives_bt709_limited(pixel_format: str) -> None:
    rgb = np.full((32, 48, 3), (30, 200, 90), np.uint8)
    frame = from_pixels(rgb, pixel_format, VideoReformatter())
    frame.colorspace, frame.color_range = 1, 1
    back = to_rgb(frame, VideoReformatter(), UPRIGHT)
    assert np.abs(back.astype(int) - rgb).max() <= 2


@pytest.mark.parametrize("pixel_format", ["bgr0", "gbrp", "rgb24"])
def test_rgb_formats_are_exact(pixel_format: str) -> None:
    frame = av.VideoFrame.from_ndarray(numbered(5), "rgb24").reformat(format=pixel_format)
    assert np.array_equal(to_rgb(frame, VideoReformatter(), UPRIGHT), numbered(5))


def test_grey_becomes_limited_luma_and_neutral_chroma() -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    frame = from_pixels(ramp, "yuv420p", VideoReformatter())
    planes = [np.frombuffer(memoryview(p), np.uint8) for p in frame.planes]
    luma = planes[0].reshape(-1, frame.planes[0].line_size)[:16, :16]
    assert np.array_equal(luma, np.rint(16 + ramp * (219 / 255)).astype(np.uint8))
    chroma = planes[1].reshape(-1, frame.planes[1].line_size)[:8, :8]
    assert (chroma == 128).all()
    back = to_rgb(frame, VideoReformatter(), UPRIGHT)
    assert np.abs(back.astype(int) - ramp[..., np.newaxis]).max() <= 1


def test_untagged_frames_go_by_size() -> None:
    sizes = {(64, 48): 5, (1279, 719): 5, (1280, 540): 1, (960, 720): 1}
    assert {size: matrix_of(av.VideoFrame(*size, "yuv420p")) for size in sizes} == sizes


@pytest.mark.parametrize(
    ("pixel_format", "full"),
    [("yuv420p", False), ("yuvj420p", True), ("gray", True), ("rgb24", True)],
)
def test_untagged_range_goes_by_format(pixel_format: str, full: bool) -> None:
    assert (range_of(av.VideoFrame(16, 16, pixel_format)) == 2) is full


@pytest.mark.parametrize("turned", [(k, m) for k in range(4) for m in (False, True)])
def test_turning_is_mirroring_then_rotating_counter_clockwise(turned: tuple[int, bool]) -> None:
    frame = av.VideoFrame.from_ndarray(numbered(3), "rgb24")
    stored = numbered(3)[:, ::-1] if turned[1] else numbered(3)
    shown = to_rgb(frame, VideoReformatter(), turned)
    assert np.array_equal(shown, np.rot90(stored, turned[0]))
    assert shown.flags.c_contiguous


def test_a_frame_without_a_display_matrix_is_upright() -> None:
    assert orientation(av.VideoFrame(16, 16, "yuv420p")) == UPRIGHT


def test_converted_frames_are_freed_without_the_garbage_collector() -> None:
    upright = Upright()
    upright.rgb(av.VideoFrame(16, 16, "yuv420p"))  # the first one is looked at in full
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            upright.rgb(av.VideoFrame(16, 16, "yuv420p"))
            from_pixels(np.zeros((16, 16), np.uint8), "yuv420p", VideoReformatter())
        assert gc.collect() == 0
    finally:
        gc.enable()
