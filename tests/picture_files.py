"""Picture files with tags that OpenCV does not write: EXIF, profiles, kinds of alpha."""

import struct
import zlib

import cv2
import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]


def exif(orientation: int) -> bytes:
    """A TIFF header with the one tag 0x0112."""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 0)


def png_with(picture: Bytes, name: bytes, body: bytes) -> bytes:
    """A PNG with one more chunk behind its header."""
    content = cv2.imencode(".png", picture)[1].tobytes()
    chunk = struct.pack(">I", len(body)) + name + body
    chunk += struct.pack(">I", zlib.crc32(name + body))
    return bytes(content[:33] + chunk + content[33:])


def webp_with(picture: Bytes, name: bytes, body: bytes) -> bytes:
    """An extended WebP with one more chunk at its end."""
    stored = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes()[12:]
    height, width = picture.shape[:2]
    flags = {b"EXIF": 8, b"ICCP": 32}[name] | 16 * (picture.shape[2] == 4)
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    if stored[:4] == b"VP8X":
        stored = stored[18:]
    extended = b"VP8X" + struct.pack("<IB3x", 10, flags) + sides
    extra = name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
    parts = extended + (extra + stored if name == b"ICCP" else stored + extra)
    return bytes(b"RIFF" + struct.pack("<I", 4 + len(parts)) + b"WEBP" + parts)


def tiff(picture: Bytes, extra: int, tag: int = 1) -> bytes:
    """An uncompressed TIFF of four channels. extra: 1 premultiplied, 2 straight."""
    height, width, channels = picture.shape
    entries = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, 4, 0), (259, 3, 1, 1)]
    entries += [(262, 3, 1, 2), (273, 4, 1, 0), (274, 3, 1, tag), (277, 3, 1, channels)]
    entries += [(278, 3, 1, height), (279, 4, 1, picture.nbytes), (338, 3, 1, extra)]
    end = 8 + 2 + 12 * len(entries) + 4
    places = {258: end, 273: end + 8}
    packed = b"".join(
        struct.pack("<HHII", code, kind, count, places.get(code, value))
        for code, kind, count, value in entries
    )
    head = b"II*\0" + struct.pack("<IH", 8, len(entries)) + packed + bytes(4)
    return head + struct.pack("<4H", *[8] * 4) + bytes(picture.tobytes())


def with_profile(suffix: str, rgb: Bytes, icc: bytes) -> bytes:
    bgr = np.ascontiguousarray(rgb[..., ::-1])
    if suffix == "png":
        return png_with(bgr, b"iCCP", b"icc\0\0" + zlib.compress(icc))
    if suffix == "webp":
        return webp_with(bgr, b"ICCP", icc)
    content = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes()
    parts = [icc[:100], icc[100:]]
    blocks = b"".join(
        b"\xff\xe2" + struct.pack(">H", len(p) + 16) + b"ICC_PROFILE\0" + bytes([n, 2]) + p
        for n, p in enumerate(parts, 1)
    )
    return bytes(content[:2] + blocks + content[2:])
