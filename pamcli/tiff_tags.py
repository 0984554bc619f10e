"""The directory at the start of a TIFF file, which is also what EXIF consists of (TIFF 6.0)."""

import struct
from collections.abc import Iterator
from typing import Literal

WIDTH, HEIGHT, BITS, PHOTOMETRIC, ORIENTATION = 256, 257, 258, 262, 274
EXTRA_SAMPLES, PROFILE = 338, 34675
CMYK = 5  # a photometric interpretation
PREMULTIPLIED, STRAIGHT = 1, 2  # what an extra sample is
NUMBERS = {1: "B", 3: "H", 4: "I"}  # types of whole numbers, as `struct` names them
ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
ENTRY = 12  # bytes


def entries(tiff: bytes) -> dict[int, int]:
    """The first number of each tag of the first directory; empty for what is no TIFF."""
    return {tag: number for tag, number, _, _ in _walk(tiff)}


def orientation_of(tiff: bytes) -> int:
    """EXIF orientation, 1 to 8; 1 where it isn't said."""
    found = entries(tiff).get(ORIENTATION, 1)
    return found if 1 <= found <= 8 else 1


def profile_of(tiff: bytes) -> bytes | None:
    """The ICC profile, if there is one."""
    found = ((n, length) for tag, n, _, length in _walk(tiff, bytes_too=True) if tag == PROFILE)
    return next((tiff[start : start + length] for start, length in found), None)


def with_plain_alpha(tiff: bytes) -> bytes:
    """The same TIFF, whose straight alpha is said to be premultiplied.

    libtiff multiplies 8-bit colours by straight alpha while it reads them, and leaves others be.
    """
    for tag, number, place, _ in _walk(tiff):
        if (tag, number) == (EXTRA_SAMPLES, STRAIGHT):
            order: Literal["little", "big"] = "little" if tiff[:1] == b"I" else "big"
            return tiff[:place] + PREMULTIPLIED.to_bytes(2, order) + tiff[place + 2 :]
    return tiff


def _walk(tiff: bytes, *, bytes_too: bool = False) -> Iterator[tuple[int, int, int, int]]:
    """(tag, first number, its place, how many) of each entry; for bytes their offset as number."""
    order = ORDERS.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return
    (start,) = struct.unpack_from(order + "I", tiff, 4)
    if start + 2 > len(tiff):
        return
    (count,) = struct.unpack_from(order + "H", tiff, start)
    end = min(start + 2 + ENTRY * count, len(tiff) - ENTRY + 1)
    for at in range(start + 2, end, ENTRY):
        tag, kind, length, offset = struct.unpack_from(order + "HHII", tiff, at)
        if tag == PROFILE:
            if bytes_too:
                yield tag, offset, at + 8, length
        elif kind in NUMBERS and length >= 1:
            size = struct.calcsize(order + NUMBERS[kind])
            place = at + 8 if length * size <= 4 else offset
            if place + size <= len(tiff):
                yield tag, struct.unpack_from(order + NUMBERS[kind], tiff, place)[0], place, length
