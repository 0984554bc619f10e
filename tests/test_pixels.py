"""Pixels as they are written: parts of RGBA, premultiplied colours."""

import numpy as np

from pamcli.pixels import alpha_of, colours_of, premultiply, whole

EVERY_LEVEL = np.arange(256, dtype=np.uint8)


def test_rgba_falls_into_alpha_and_colours() -> None:
    rgba = np.random.default_rng(0).integers(0, 256, (5, 7, 4), np.uint8)
    assert np.array_equal(alpha_of(rgba), rgba[..., 3])
    assert np.array_equal(colours_of(rgba), rgba[..., :3])
    assert colours_of(rgba).flags.c_contiguous and alpha_of(rgba).flags.c_contiguous
    assert whole(rgba) is rgba


def test_premultiplied_is_colour_times_alpha_rounded_for_every_pair_of_levels() -> None:
    colour, alpha = np.meshgrid(EVERY_LEVEL, EVERY_LEVEL)
    rgba = np.dstack([colour, colour[:, ::-1], np.full_like(colour, 200), alpha])
    out = premultiply(rgba)
    exact = rgba[..., :3].astype(float) * alpha[..., None] / 255
    assert np.array_equal(out[..., :3], np.floor(exact + 0.5).astype(np.uint8))
    assert np.array_equal(out[..., 3], alpha)


def test_premultiplying_leaves_the_input_as_it_was() -> None:
    rgba = np.full((2, 3, 4), 128, np.uint8)
    premultiply(rgba)
    assert (rgba == 128).all()
