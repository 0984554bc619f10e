"""Colour profiles against their definition, evaluated slowly in float64."""

import struct

import numpy as np
import numpy.typing as npt
import pytest
from profiles import ADOBE, P3, PROPHOTO, SRGB, SRGB_CURVE, gamma_curve, matrix_profile, profile
from profiles import to_xyz as matrix_to_xyz

from pamcli.icc import is_srgb, profile_name, read_profile, to_srgb

SPACES = {
    "Display P3": (P3, SRGB_CURVE, None),
    "Adobe RGB (1998)": (ADOBE, gamma_curve(563 / 256), 563 / 256),
    "ProPhoto RGB": (PROPHOTO, gamma_curve(461 / 256), 461 / 256),
}
RGB = np.random.default_rng(3).integers(0, 256, (37, 41, 3), dtype=np.uint8)


def slow(rgb: npt.NDArray[np.float64], name: str) -> npt.NDArray[np.float64]:
    """Signals in [0, 1] to sRGB levels, unrounded."""
    space, _, gamma = SPACES[name]
    if gamma is None:
        light = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    else:
        light = rgb**gamma
    linear = light @ matrix_to_xyz(space).T @ np.linalg.inv(matrix_to_xyz(SRGB)).T
    linear = np.clip(linear, 0, 1)
    signal = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(255 * signal, np.float64)


@pytest.mark.parametrize("name", SPACES)
def test_colours_are_those_of_the_definition(name: str) -> None:
    found = read_profile(matrix_profile(name, *SPACES[name][:2]))
    assert found is not None and found.name == name and not is_srgb(found)
    assert np.abs(to_srgb(RGB, found) - slow(RGB / 255, name)).max() < 0.75
    deep = RGB.astype(np.uint16) * 257 + 100 * (RGB < 255)
    assert np.abs(to_srgb(deep, found) - slow(deep / 65_535, name)).max() < 0.75


def test_known_colours_of_display_p3() -> None:
    found = read_profile(matrix_profile("Display P3", P3, SRGB_CURVE))
    assert found is not None
    given = np.array([[[255, 255, 255], [0, 0, 0], [128, 128, 128], [234, 51, 35]]], np.uint8)
    wanted = [[255, 255, 255], [0, 0, 0], [128, 128, 128], [255, 0, 0]]
    assert np.abs(to_srgb(given, found)[0].astype(int) - wanted).max() <= 3


def test_srgb_under_any_name_is_recognised() -> None:
    found = read_profile(matrix_profile("a monitor", SRGB, SRGB_CURVE))
    assert found is not None and is_srgb(found)


def test_a_sampled_curve_is_interpolated() -> None:
    samples = np.rint(np.linspace(0, 1, 1024) ** 1.8 * 65_535).astype(">u2").tobytes()
    sampled = struct.pack(">4s4xI", b"curv", 1024) + samples
    exact = read_profile(matrix_profile("exact", PROPHOTO, gamma_curve(1.8)))
    found = read_profile(matrix_profile("sampled", PROPHOTO, sampled))
    assert exact is not None and found is not None
    apart = np.abs(to_srgb(RGB, found).astype(int) - to_srgb(RGB, exact))
    assert apart.max() <= 1


@pytest.mark.parametrize("kind", range(5))
def test_every_kind_of_parametric_curve_is_known(kind: int) -> None:
    numbers = (2.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    order = ((0,), (0, 1, 2), (0, 1, 2, 3), (0, 1, 2, 3, 4), (0, 1, 2, 3, 4, 5, 6))[kind]
    values = [round(numbers[n] * 65_536) for n in order]
    curve = struct.pack(f">4s4xHxx{len(values)}i", b"para", kind, *values)
    found = read_profile(matrix_profile("square", SRGB, curve))
    power = read_profile(matrix_profile("square", SRGB, gamma_curve(2.0)))
    assert found is not None and power is not None
    assert np.array_equal(to_srgb(RGB, found), to_srgb(RGB, power))


def test_a_grey_profile_moves_grey() -> None:
    grey = read_profile(profile({b"kTRC": gamma_curve(1.0)}, b"GRAY"))
    assert grey is not None
    level = to_srgb(np.full((1, 1, 3), 128, np.uint8), grey)[0, 0].tolist()
    assert level == [188, 188, 188]  # half of the light is level 187.9 of sRGB


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"rubbish" * 40,
        matrix_profile("cut", P3, SRGB_CURVE)[:200],
        profile({b"A2B0": bytes(40)}),
        profile({b"A2B0": bytes(40)}, b"CMYK"),
        matrix_profile("odd", P3, struct.pack(">4s4xHxxi", b"para", 9, 1)),
        matrix_profile("long", P3, struct.pack(">4s4xI", b"curv", 2**32 - 1)),
    ],
    ids=["empty", "rubbish", "cut", "table", "cmyk", "kind", "long"],
)
def test_what_cannot_be_applied_is_none(content: bytes) -> None:
    assert read_profile(content) is None
    assert isinstance(profile_name(content), str)
