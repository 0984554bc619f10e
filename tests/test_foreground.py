"""Foreground colour in the band."""

import numpy as np

from pamcli.foreground import blend_foreground


def test_the_pictures_share_is_alpha_squared() -> None:
    rgb, estimate = np.full((1, 5, 3), 200, np.uint8), np.full((1, 5, 3), 40, np.uint8)
    alpha = np.linspace(0, 1, 5, dtype=np.float32)[None]
    slow = [[40 + 160 * a * a] * 3 for a in alpha[0]]
    assert np.abs(blend_foreground(rgb, estimate, alpha)[0] - np.array(slow)).max() <= 1
