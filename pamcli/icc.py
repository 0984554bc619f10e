"""Colour profiles of pictures: what cameras and phones write, made into sRGB.

ICC.1:2022 profiles of three curves and a matrix (Display P3, Adobe RGB, ProPhoto) and grey ones of
one curve are applied; those that hold tables in many dimensions (printers, scanners) are not. Both
sides are relative to D50, so that no white has to be adapted.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.frame import Rgb

Floats = npt.NDArray[np.float64]
Samples = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
Curve = Callable[[Floats], Floats]
"""A signal in [0, 1] to light in [0, 1]."""

SRGB_TO_XYZ = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)
"""IEC 61966-2-1 primaries, adapted to D50 by Bradford's matrix, as ICC profiles store them."""

TAG_TABLE = 128  # bytes of the header before it
MOST_TAGS = 100
STEPS = 65_536  # of linear light: at the black end one is 0.05 of the 255 levels
ROWS = 32  # at once: what stays in the processor's cache
SAME = 1.0  # levels of 255: a profile that moves no colour further is sRGB itself


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile that can be applied."""

    name: str
    curves: tuple[Curve, Curve, Curve]
    to_srgb: Floats  # (3, 3), linear light to linear light


def profile_name(icc: bytes) -> str:
    """As the profile describes itself; "unnamed" where it does not."""
    body = _tags(icc).get(b"desc", b"")
    try:
        if body[:4] == b"desc":
            text = body[12 : 12 + int.from_bytes(body[8:12], "big")].decode("latin-1")
        else:
            length, offset = struct.unpack_from(">II", body, 20)
            text = body[offset : offset + length].decode("utf-16-be", "replace")
    except struct.error:
        return "unnamed"
    clean = " ".join("".join(c if c.isprintable() else " " for c in text[:80]).split())
    return clean or "unnamed"


def read_profile(icc: bytes) -> Profile | None:
    """The profile of RGB or grey pictures; None for other kinds and for damaged ones."""
    tags, space = _tags(icc), icc[16:20]
    name = profile_name(icc)
    try:
        if space == b"GRAY":
            grey = _curve(tags[b"kTRC"])
            return Profile(name, (grey, grey, grey), np.eye(3))
        if space != b"RGB " or icc[20:24] != b"XYZ ":
            return None
        red, green, blue = (_curve(tags[key]) for key in (b"rTRC", b"gTRC", b"bTRC"))
        columns = [_xyz(tags[key]) for key in (b"rXYZ", b"gXYZ", b"bXYZ")]
    except (KeyError, ValueError, struct.error):
        return None
    return Profile(name, (red, green, blue), np.linalg.inv(SRGB_TO_XYZ) @ np.stack(columns, axis=1))


def is_srgb(profile: Profile) -> bool:
    """Whether no colour moves by more than a level of 255."""
    axis = np.arange(0, 256, 15, dtype=np.uint8)
    grid = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(1, -1, 3)
    return int(np.abs(to_srgb(grid, profile).astype(int) - grid).max()) <= SAME


def to_srgb(rgb: Samples, profile: Profile) -> Rgb:
    """uint8 (H, W, 3) sRGB; colours that sRGB does not hold are clipped channel by channel.

    rgb: uint8 or uint16 (H, W, 3), in the profile's colours.
    """
    levels = np.linspace(0, 1, 256 if rgb.dtype == np.uint8 else STEPS)
    light = np.stack([curve(levels) for curve in profile.curves], axis=-1).astype(np.float32)
    matrix = (profile.to_srgb * (STEPS - 1)).astype(np.float32)
    encoded = _encoded_steps()
    out = np.empty(rgb.shape, np.uint8)
    for top in range(0, len(rgb), ROWS):
        linear = cv2.transform(_looked_up(rgb[top : top + ROWS], light), matrix)
        steps = np.clip(linear + np.float32(0.5), 0, STEPS - 1).astype(np.uint16)
        np.take(encoded, steps, out=out[top : top + ROWS], mode="clip")
    return out


def _looked_up(strip: Samples, light: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    if strip.dtype == np.uint8:
        return np.asarray(cv2.LUT(strip, light[np.newaxis]), np.float32)
    return np.stack([light[strip[..., channel], channel] for channel in range(3)], axis=-1)


def _encoded_steps() -> npt.NDArray[np.uint8]:
    """The sRGB level of each step of linear light (IEC 61966-2-1)."""
    light = np.linspace(0, 1, STEPS)
    signal = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * signal), np.uint8)


def _tags(icc: bytes) -> dict[bytes, bytes]:
    if len(icc) < TAG_TABLE + 4 or icc[36:40] != b"acsp":
        return {}
    count = min(int.from_bytes(icc[TAG_TABLE : TAG_TABLE + 4], "big"), MOST_TAGS)
    entries = icc[TAG_TABLE + 4 : TAG_TABLE + 4 + 12 * count]
    found = struct.iter_unpack(">4sII", entries[: len(entries) // 12 * 12])
    return {key: icc[offset : offset + size] for key, offset, size in found}


def _xyz(body: bytes) -> Floats:
    return np.array(struct.unpack_from(">3i", body, 8)) / 65_536


def _curve(body: bytes) -> Curve:
    """ICC.1:2022 10.6 and 10.18. Raises ValueError for a curve of another kind."""
    if body[:4] == b"para":
        return _parametric(int.from_bytes(body[8:10], "big"), body)
    if body[:4] != b"curv":
        raise ValueError("not a curve")
    count = int.from_bytes(body[8:12], "big")
    if count == 0:
        return lambda signal: signal
    samples = np.array(struct.unpack_from(f">{count}H", body, 12), np.float64)
    if count == 1:
        gamma = float(samples[0]) / 256
        return lambda signal: np.power(signal, gamma)
    places = np.linspace(0, 1, count)
    return lambda signal: np.interp(signal, places, samples / 65_535)


def _parametric(kind: int, body: bytes) -> Curve:
    """(aX + b)^g + e from d on, cX + f below; what a kind does not give is 0, or 1 for a."""
    if kind > 4:
        raise ValueError("unknown parametric curve")
    names = ("g", "ga b", "ga b e", "ga b c d", "ga b c d e f")[kind].replace(" ", "")
    given = dict(zip(names, struct.unpack_from(f">{len(names)}i", body, 12), strict=True))
    g, a, b, c, d, e, f = (given.get(n, 65_536 * (n == "a")) / 65_536 for n in "gabcdef")
    if kind in (1, 2):
        if a == 0:
            raise ValueError("a curve without a slope")
        d, f = -b / a, e
    return lambda x: np.clip(
        np.where(x >= d, np.power(np.maximum(a * x + b, 0), g) + e, c * x + f), 0, 1
    )
