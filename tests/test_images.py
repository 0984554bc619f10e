"""Stills in and out: depth, order of channels, orientation, whole files only."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from picture_files import exif

from pamcli.errors import InputError, OutputError
from pamcli.images import (
    read_gray,
    read_rgb,
    read_rgba,
    through_jpeg,
    write_png,
    write_rgb,
)

Bytes = npt.NDArray[np.uint8]
RGB = np.random.default_rng(7).integers(0, 256, (21, 34, 3), dtype=np.uint8)


def jpeg_with_orientation(rgb: Bytes, tag: int) -> bytes:
    _, content = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 100])
    block = b"Exif\0\0" + exif(tag)
    app1 = b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block
    return content.tobytes()[:2] + app1 + content.tobytes()[2:]


@pytest.mark.parametrize("suffix", ["png", "webp", "tiff", "tif", "bmp"])
def test_lossless_formats_give_rgb_back(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"picture.{suffix}"
    write_rgb(target, RGB)
    assert np.array_equal(read_rgb(target), RGB)


def test_jpeg_keeps_the_order_of_channels(tmp_path: Path) -> None:
    flat = np.full((16, 16, 3), (200, 40, 90), np.uint8)
    write_rgb(tmp_path / "picture.jpg", flat)
    assert np.abs(read_rgb(tmp_path / "picture.jpg").astype(int) - flat).max() <= 3


@pytest.mark.parametrize(
    "picture",
    [RGB, RGB[..., 0], np.dstack([RGB, RGB[..., 1]]), RGB.astype(np.uint16) * 257 + 3],
    ids=["rgb", "grey", "rgba", "rgb16"],
)
def test_png_holds_every_kind_exactly(tmp_path: Path, picture: Bytes) -> None:
    target = tmp_path / "picture.png"
    write_png(target, picture)
    stored = cv2.imread(str(target), cv2.IMREAD_UNCHANGED)
    assert stored is not None
    assert stored.dtype == picture.dtype
    order = {2: None, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}
    code = order[2 if picture.ndim == 2 else picture.shape[2]]
    assert np.array_equal(stored if code is None else cv2.cvtColor(stored, code), picture)


def test_sixteen_bit_is_rounded_to_eight(tmp_path: Path) -> None:
    deep = np.random.default_rng(1).integers(0, 65536, (9, 11), dtype=np.uint16)
    deep[0, :3] = (0, 65535, 128)
    write_png(tmp_path / "deep.png", deep)
    assert np.array_equal(read_gray(tmp_path / "deep.png"), np.rint(deep / 257).astype(np.uint8))
    assert np.array_equal(read_rgb(tmp_path / "deep.png")[..., 2], np.rint(deep / 257))


def test_grey_pictures_become_rgb_and_equal_channels_grey(tmp_path: Path) -> None:
    write_png(tmp_path / "grey.png", RGB[..., 0])
    assert np.array_equal(read_rgb(tmp_path / "grey.png"), np.repeat(RGB[..., :1], 3, axis=2))
    write_png(tmp_path / "equal.png", np.repeat(RGB[..., :1], 3, axis=2))
    assert np.array_equal(read_gray(tmp_path / "equal.png"), RGB[..., 0])


def test_luma_of_a_coloured_picture_is_bt601(tmp_path: Path) -> None:
    write_png(tmp_path / "colour.png", RGB)
    luma = RGB @ np.array([0.299, 0.587, 0.114])
    assert np.abs(read_gray(tmp_path / "colour.png") - luma).max() <= 0.51


def test_palette_png_is_read(tmp_path: Path) -> None:
    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 3, 0, 0, 0))
    content += chunk(b"PLTE", bytes([255, 0, 0, 0, 0, 255])) + chunk(b"tRNS", bytes([255, 7]))
    content += chunk(b"IDAT", zlib.compress(bytes([0, 0, 1]))) + chunk(b"IEND", b"")
    (tmp_path / "palette.png").write_bytes(content)
    assert read_rgb(tmp_path / "palette.png").tolist() == [[[255, 0, 0], [0, 0, 255]]]
    assert read_rgba(tmp_path / "palette.png").tolist() == [[[255, 0, 0, 255], [0, 0, 255, 7]]]


def test_rgba_is_straight_and_opaque_where_the_file_has_no_alpha(tmp_path: Path) -> None:
    picture = np.dstack([RGB, RGB[..., 1]])
    write_png(tmp_path / "rgba.png", picture)
    assert np.array_equal(read_rgba(tmp_path / "rgba.png"), picture)
    assert np.array_equal(read_rgb(tmp_path / "rgba.png"), RGB)
    write_png(tmp_path / "rgb.png", RGB)
    assert (read_rgba(tmp_path / "rgb.png")[..., 3] == 255).all()


@pytest.mark.parametrize("tag", range(1, 9))
def test_exif_orientation_is_applied(tmp_path: Path, tag: int) -> None:
    smooth = np.asarray(cv2.resize(RGB[:4, :4], (48, 32), interpolation=cv2.INTER_CUBIC), np.uint8)
    shown = {
        1: smooth,
        2: smooth[:, ::-1],
        3: smooth[::-1, ::-1],
        4: smooth[::-1],
        5: smooth.transpose(1, 0, 2),
        6: np.rot90(smooth, -1),
        7: smooth[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(smooth),
    }[tag]
    source = tmp_path / "turned.jpg"
    source.write_bytes(jpeg_with_orientation(smooth, tag))
    assert np.abs(read_rgb(source).astype(int) - shown).mean() < 4
    assert np.array_equal(read_rgba(source)[..., :3], read_rgb(source))


def test_names_in_any_script_work(tmp_path: Path) -> None:
    target = tmp_path / "größe 画像 %d.png"
    write_png(target, RGB)
    assert np.array_equal(read_rgb(target), RGB)


def test_one_pixel_is_a_picture(tmp_path: Path) -> None:
    write_png(tmp_path / "one.png", RGB[:1, :1])
    assert np.array_equal(read_rgb(tmp_path / "one.png"), RGB[:1, :1])


def test_bad_sources_are_one_line_that_names_the_file(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_png(tmp_path / "whole.png", RGB)
    content = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("not a picture")
    (tmp_path / "cut.png").write_bytes(content[:30])
    (tmp_path / "float.tiff").write_bytes(
        cv2.imencode(".tiff", np.zeros((4, 4, 3), np.float32))[1].tobytes()
    )
    expected = {
        "missing.png": "no such file or directory",
        ".": "is a directory",
        "empty.png": "empty file",
        "text.png": "damaged, or no picture of a known format",
        "cut.png": "damaged, or no picture of a known format",
        "float.tiff": "samples of type float32 are not supported; use 8 or 16 bit",
    }
    for name, why in expected.items():
        for read in (read_rgb, read_gray, read_rgba):
            with pytest.raises(InputError) as caught:
                read(tmp_path / name)
            assert str(caught.value) == f"{tmp_path / name}: {why}"
    assert capfd.readouterr().err == ""


def test_a_cut_off_picture_is_refused_not_filled_with_grey(tmp_path: Path) -> None:
    for suffix in ("png", "jpg"):
        source = tmp_path / f"cut.{suffix}"
        write_rgb(source, np.tile(RGB, (8, 8, 1)))
        content = source.read_bytes()
        source.write_bytes(content[: len(content) // 2])
        with pytest.raises(InputError, match="damaged"):
            read_rgb(source)


def test_an_existing_target_is_kept_unless_overwriting(tmp_path: Path) -> None:
    target = tmp_path / "kept.png"
    target.write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"exists; --overwrite replaces it"):
        write_png(target, RGB, overwrite=False)
    assert target.read_bytes() == b"mine"
    write_png(target, RGB)
    assert np.array_equal(read_rgb(target), RGB)
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept.png"]


def test_targets_that_cannot_be_written_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no such folder"):
        write_png(tmp_path / "nowhere" / "a.png", RGB)
    with pytest.raises(OutputError, match="is a folder"):
        write_png(tmp_path, RGB)
    with pytest.raises(OutputError, match="unknown picture format"):
        write_rgb(tmp_path / "a.gifx", RGB)
    assert list(tmp_path.iterdir()) == []


def test_a_lower_jpeg_quality_loses_more() -> None:
    y, x = np.mgrid[0:48, 0:61]
    rgb = np.dstack([120 + 100 * np.sin(x / 9), 60 + 2 * y, 200 - x]).astype(np.uint8)
    losses = [
        float(np.abs(through_jpeg(rgb, quality).astype(float) - rgb).mean())
        for quality in (100, 75, 30, 5)
    ]
    assert losses == sorted(losses) and 0 < losses[0] < 2 < losses[-1]
