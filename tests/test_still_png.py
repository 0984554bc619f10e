"""PNG as it is written: what any reader gets back."""

import struct
import zlib

import cv2
import numpy as np
import pytest

from pamcli import still_png
from pamcli.still_png import SIGNATURE, Picture, png_of


def made(shape: tuple[int, ...], kind: type[np.uint8] | type[np.uint16]) -> Picture:
    values = np.random.default_rng(4).integers(0, np.iinfo(kind).max, shape, endpoint=True)
    return values.astype(np.uint8) if kind is np.uint8 else values.astype(np.uint16)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (64, 33), (9, 6, 3), (9, 6, 4), (1, 40, 4)])
def test_a_picture_comes_back_exactly(
    shape: tuple[int, ...], kind: type[np.uint8] | type[np.uint16]
) -> None:
    picture = made(shape, kind)
    read = cv2.imdecode(np.frombuffer(png_of(picture), np.uint8), cv2.IMREAD_UNCHANGED)
    assert read is not None
    if read.ndim == 3:
        code = cv2.COLOR_BGR2RGB if read.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
        read = cv2.cvtColor(read, code)
    assert read.dtype == picture.dtype
    assert np.array_equal(read, picture)


def test_a_view_of_a_picture_is_written_as_it_is_seen() -> None:
    picture = made((20, 30, 4), np.uint8)
    assert png_of(picture[::2, ::-1, :3]) == png_of(picture[::2, ::-1, :3].copy())


def test_chunks_have_their_lengths_and_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still_png, "LONGEST", 100)
    content = png_of(made((16, 16), np.uint8))
    assert content.startswith(SIGNATURE)
    kinds, at, stream = [], len(SIGNATURE), b""
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        (check,) = struct.unpack_from(">I", content, at + 8 + length)
        assert check == zlib.crc32(kind + body)
        kinds.append(kind)
        stream += body if kind == b"IDAT" else b""
        at += 12 + length
    assert kinds[0] == b"IHDR"
    assert kinds[-1] == b"IEND"
    assert kinds.count(b"IDAT") == -(-len(stream) // 100) > 1
    assert len(zlib.decompress(stream)) == 16 * 17
