"""The drawing of a trimap over its picture."""

import numpy as np

from pamcli.trimap_drawing import drawn_over


def test_the_band_is_tinted_the_background_dark_and_the_subject_as_it_is() -> None:
    rgb = np.full((1, 3, 3), 100, np.uint8)
    before = rgb.copy()
    drawn = drawn_over(rgb, np.array([[0, 128, 255]], np.uint8))
    assert drawn[0].tolist() == [[35, 35, 35], [193, 76, 136], [100, 100, 100]]
    assert np.array_equal(rgb, before)
