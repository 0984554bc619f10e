"""FFmpeg's frames as upright RGB: orientation."""

import gc

import av
import numpy as np
import pytest
from clips import numbered

from pamcli.video_frame import Upright, orientation, turned

UPRIGHT = (0, False)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_turning_is_mirroring_then_rotating_counter_clockwise(turns: int, mirrored: bool) -> None:
    stored = numbered(3)[:, ::-1] if mirrored else numbered(3)
    shown = turned(numbered(3), (turns, mirrored))
    assert np.array_equal(shown, np.rot90(stored, turns))
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
        assert gc.collect() == 0
    finally:
        gc.enable()
