"""Makes ICC profiles of a matrix and three curves, as cameras and phones write them."""

import struct
from collections.abc import Mapping

import numpy as np

Chromaticity = tuple[float, float]

P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.3127, 0.3290))
ADOBE = ((0.6400, 0.3300), (0.2100, 0.7100), (0.1500, 0.0600), (0.3127, 0.3290))
PROPHOTO = ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001), (0.3457, 0.3585))
SRGB = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), (0.3127, 0.3290))

D50 = np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)

SRGB_CURVE = struct.pack(
    ">4s4xHxx5i",
    b"para",
    3,
    *(round(n * 65536) for n in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)),
)


def gamma_curve(gamma: float) -> bytes:
    return struct.pack(">4s4xIH", b"curv", 1, round(gamma * 256))


def to_xyz(space: tuple[Chromaticity, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The matrix from linear RGB to XYZ relative to D50, by Bradford's adaptation."""
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in space]).T
    primaries, white = columns[:, :3], columns[:, 3]
    cones = np.diag((BRADFORD @ D50) / (BRADFORD @ white))
    adapted = np.linalg.inv(BRADFORD) @ cones @ BRADFORD
    return np.asarray(adapted @ primaries * np.linalg.solve(primaries, white), np.float64)


def profile(tags: Mapping[bytes, bytes], space: bytes = b"RGB ") -> bytes:
    """A profile of these tags, with the header that readers look at."""
    table, bodies = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for name, body in tags.items():
        table += struct.pack(">4sII", name, start + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    header = struct.pack(
        ">I4sI4s4s4s12x4s", 0, b"test", 0x04300000, b"mntr", space, b"XYZ ", b"acsp"
    )
    header = struct.pack(">I", start + len(bodies)) + header[4:].ljust(64, b"\0")
    header += struct.pack(">I3i", 0, *(round(n * 65536) for n in D50))
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + bodies


def description(name: str) -> bytes:
    text = name.encode("utf-16-be")
    return struct.pack(">4s4xII2s2sII", b"mluc", 1, 12, b"en", b"US", len(text), 28) + text


def matrix_profile(name: str, space: tuple[Chromaticity, ...], curve: bytes) -> bytes:
    """`space`: x and y of red, green, blue and white."""
    columns = to_xyz(space).T
    tags = {b"desc": description(name), b"wtpt": _xyz(D50)}
    tags |= {
        key: _xyz(column) for key, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)
    }
    return profile({**tags, b"rTRC": curve, b"gTRC": curve, b"bTRC": curve})


def _xyz(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *(round(float(v) * 65536) for v in values))
