"""Stills as they are shown: turned, in sRGB, their alpha straight, their damage said."""

import os
import struct
import zlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import Clip, number_of, write_clip
from picture_files import Bytes, exif, png_with, tiff, webp_with, with_profile
from profiles import P3, SRGB, SRGB_CURVE, description, gamma_curve, matrix_profile, profile

from pamcli.errors import InputError
from pamcli.images import read_gray, read_rgb, read_rgba, read_still, read_stored_alpha, write_rgb

RGB = np.random.default_rng(7).integers(0, 256, (21, 34, 3), dtype=np.uint8)


def shown(stored: Bytes, tag: int) -> Bytes:
    """Straight from the words of EXIF: where its first row and first column stand."""
    return {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.transpose(1, 0, 2),
        6: np.rot90(stored, -1),
        7: stored[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(stored),
    }[tag]


@pytest.mark.parametrize("tag", range(1, 9))
@pytest.mark.parametrize("kind", ["png", "webp"])
def test_pictures_with_alpha_are_turned_too(tmp_path: Path, kind: str, tag: int) -> None:
    rgba = np.dstack([RGB, np.clip(RGB[..., 1], 1, 255)])
    bgra = rgba[..., [2, 1, 0, 3]]
    source = tmp_path / f"turned.{kind}"
    content = (
        png_with(bgra, b"eXIf", exif(tag)) if kind == "png" else webp_with(bgra, b"EXIF", exif(tag))
    )
    source.write_bytes(content)
    assert np.array_equal(read_rgba(source), shown(rgba, tag))
    assert np.array_equal(read_rgb(source), shown(RGB, tag))
    alpha = read_stored_alpha(source)
    assert alpha is not None and np.array_equal(alpha, shown(rgba, tag)[..., 3])


@pytest.mark.parametrize("tag", range(1, 9))
def test_a_tiff_keeps_the_colours_under_its_straight_alpha(tmp_path: Path, tag: int) -> None:
    rgba = np.dstack([RGB, RGB[..., 1]])
    source = tmp_path / "straight.tiff"
    source.write_bytes(tiff(rgba, 2, tag))
    assert np.array_equal(read_rgba(source), shown(rgba, tag))
    assert np.array_equal(read_rgb(source), shown(RGB, tag))


def test_premultiplied_colours_of_a_tiff_are_divided(tmp_path: Path) -> None:
    alpha = np.tile(np.arange(60, 256, 5, dtype=np.uint8), (4, 1))
    rgb = np.dstack([np.full_like(alpha, 200), np.full_like(alpha, 90), np.full_like(alpha, 10)])
    multiplied = np.rint(rgb * (alpha / 255)[..., None]).astype(np.uint8)
    (tmp_path / "a.tiff").write_bytes(tiff(np.dstack([multiplied, alpha]), 1))
    read = read_rgba(tmp_path / "a.tiff")
    assert np.array_equal(read[..., 3], alpha)
    assert np.abs(read[..., :3].astype(int) - rgb).max() <= 3


P3_PROFILE = matrix_profile("Display P3", P3, SRGB_CURVE)


@pytest.mark.parametrize("suffix", ["png", "webp", "jpg"])
def test_a_tagged_still_becomes_srgb_and_says_so(tmp_path: Path, suffix: str) -> None:
    flat = np.full((16, 24, 3), (200, 90, 60), np.uint8)
    source = tmp_path / f"tagged.{suffix}"
    source.write_bytes(with_profile(suffix, flat, P3_PROFILE))
    still = read_still(source)
    assert still.notes == ("colour profile Display P3 converted to sRGB",)
    assert np.abs(still.rgb.astype(int) - (216, 81, 49)).max() <= 3
    assert np.array_equal(read_rgba(source)[..., :3], still.rgb)


def test_masks_are_numbers_and_keep_them_whatever_their_profile(tmp_path: Path) -> None:
    grey = profile({b"kTRC": gamma_curve(1.0)}, b"GRAY")
    source = tmp_path / "mask.png"
    source.write_bytes(png_with(RGB[..., 0], b"iCCP", b"icc\0\0" + zlib.compress(grey)))
    assert np.array_equal(read_gray(source), RGB[..., 0])


def test_an_srgb_profile_changes_nothing_and_is_not_spoken_of(tmp_path: Path) -> None:
    source = tmp_path / "plain.png"
    source.write_bytes(with_profile("png", RGB, matrix_profile("sRGB", SRGB, SRGB_CURVE)))
    assert read_still(source).notes == ()
    assert np.array_equal(read_rgb(source), RGB)


def test_a_profile_of_tables_is_said_to_be_left_out(tmp_path: Path) -> None:
    tables = profile({b"desc": description("A scanner"), b"A2B0": bytes(40)})
    source = tmp_path / "scan.png"
    source.write_bytes(with_profile("png", RGB, tables))
    assert read_still(source).notes == ("colour profile A scanner not applied",)
    assert np.array_equal(read_rgb(source), RGB)


def test_an_animation_gives_its_first_frame_and_says_so(tmp_path: Path) -> None:
    moving = Clip(codec="gif", pixel_format="rgb8", time_base=Fraction(1, 100), times=range(5))
    still = read_still(write_clip(tmp_path / "moving.gif", moving))
    assert number_of(still.rgb) == 0
    assert still.notes == (
        "animated: only the first of 5 frames is used; `pamcli video` takes them all",
    )


def test_a_damaged_jpeg_of_which_a_picture_is_left_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "damaged.jpg"
    write_rgb(source, np.tile(RGB, (8, 8, 1)))
    content = bytearray(source.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4] = b"\xff\x01\xff\x02"
    source.write_bytes(content)
    assert read_still(source).notes == ("damaged: parts of the picture may be wrong",)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\x0a" + bytes(40), "JPEG XL"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "HEIC"),
        (b"\x76\x2f\x31\x01" + bytes(40), "OpenEXR"),
        (b"#?RADIANCE\n" + bytes(40), "Radiance HDR"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
    ],
)
def test_formats_that_are_not_read_are_named(tmp_path: Path, head: bytes, kind: str) -> None:
    (tmp_path / "a.png").write_bytes(head)
    with pytest.raises(InputError) as caught:
        read_rgb(tmp_path / "a.png")
    assert str(caught.value) == (
        f"{tmp_path / 'a.png'}: {kind} cannot be read; save it as PNG, TIFF or JPEG"
    )


def test_the_size_is_looked_at_before_memory_is_asked_for(tmp_path: Path) -> None:
    header = b"IHDR" + struct.pack(">IIBBBBB", 65_535, 65_535, 8, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header
    (tmp_path / "a.png").write_bytes(content + struct.pack(">I", zlib.crc32(header)))
    with pytest.raises(InputError, match="65535x65535 pixels; at most 65536 a side and 268"):
        read_rgb(tmp_path / "a.png")


def test_a_pipe_is_refused_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for read in (read_rgb, read_gray, read_rgba):
        with pytest.raises(InputError, match="not a regular file"):
            read(tmp_path / "pipe.png")
