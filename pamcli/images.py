"""Still pictures in and out. OpenCV's BGR order and its readers end here."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.decoders_words import decoders_words
from pamcli.errors import InputError, OutputError
from pamcli.frame import Rgb
from pamcli.still_colour import Decoded, Still, in_srgb, straight, to_8_bit, upright
from pamcli.still_file import read_still_file
from pamcli.still_png import Picture, png_of
from pamcli.still_tags import StillTags
from pamcli.targets import write_whole
from pamcli.tiff_tags import with_plain_alpha

JPEG_QUALITY = 95

AS_COLOUR = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH
UNKNOWN = "no picture of a known format"
OPTIONAL = frozenset({"AVIF", "GIF", "JPEG 2000"})  # not in every build of OpenCV
TURNED_BY_OPENCV = frozenset({"TIFF", "BigTIFF"})  # whatever its flags say

# OpenCV's own lines about damaged files would stand beside our one line.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def _decode(source: Path, flags: int) -> tuple[Decoded, StillTags]:
    """Samples in OpenCV's order and the file's depth, turned as EXIF says."""
    content, tags = read_still_file(source)
    if tags.kind == "TIFF":
        content = with_plain_alpha(content)
    try:
        with decoders_words() as words:
            decoded = cv2.imdecode(
                np.frombuffer(content, np.uint8), flags | cv2.IMREAD_IGNORE_ORIENTATION
            )
    except cv2.error as error:
        raise InputError(f"{source}: {_why(error)}") from error
    if decoded is None:
        rest = f"a {tags.kind} that OpenCV cannot read" if tags.kind in OPTIONAL else UNKNOWN
        raise InputError(f"{source}: damaged, or {rest}")
    orientation = 1 if tags.kind in TURNED_BY_OPENCV else tags.orientation
    return upright(decoded, orientation), replace(tags, is_damaged=bool(words))


def _why(error: cv2.error) -> str:
    """OpenCV's own checks speak of its source code."""
    line = " ".join(str(error.err).lower().split())
    return "damaged, or too large" if "(" in line or not line else line


def read_rgb(source: Path) -> Rgb:
    """Colour of a still, uint8 (H, W, 3); see `read_still`, which also says what was done."""
    return read_still(source).rgb


def read_still(source: Path) -> Still:
    """Colour of a still in sRGB: uint8 (H, W, 3), as shown (EXIF orientation applied).

    Grey and palette pictures become RGB, 16-bit samples are rounded to 8, transparency is
    ignored (`read_rgba` keeps it), colours are converted by the picture's profile (`icc`), of an
    animation the first frame is taken. Raises InputError, one line naming the file.
    """
    decoded, tags = _decode(source, AS_COLOUR)
    return in_srgb(decoded, tags, source)


def read_gray(source: Path) -> npt.NDArray[np.uint8]:
    """Luma of a still: uint8 (H, W); equal channels come out as they are. Raises InputError.

    Profiles are not applied: what is read so are masks and trimaps, numbers and no colours.
    """
    bgr = to_8_bit(_decode(source, AS_COLOUR)[0], source)
    blue = np.ascontiguousarray(bgr[..., 0])
    if np.array_equal(blue, bgr[..., 1]) and np.array_equal(blue, bgr[..., 2]):
        return blue
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), np.uint8)


def read_rgba(source: Path) -> npt.NDArray[np.uint8]:
    """Colour and straight alpha of a still: uint8 (H, W, 4); alpha 255 where the file has none.

    Colour as `read_still` gives it. Raises InputError.
    """
    decoded, tags = _decode(source, cv2.IMREAD_UNCHANGED)
    if decoded.ndim != 3 or decoded.shape[2] != 4:
        return np.asarray(cv2.cvtColor(read_rgb(source), cv2.COLOR_RGB2RGBA), np.uint8)
    alpha = to_8_bit(decoded[..., 3], source)
    colours = np.ascontiguousarray(decoded[..., :3])
    if tags.is_premultiplied:
        colours = straight(to_8_bit(colours, source), alpha)
    return np.dstack([in_srgb(colours, tags, source).rgb, alpha])


def read_stored_alpha(source: Path) -> Picture | None:
    """Alpha of a still as its file stores it, uint8 or uint16 (H, W), upright; None without.

    Raises InputError.
    """
    decoded, tags = _decode(source, cv2.IMREAD_UNCHANGED)
    if decoded.ndim != 3 or decoded.shape[2] != 4 or tags.is_cmyk or decoded.dtype.kind != "u":
        return None
    alpha: Picture = cv2.extractChannel(decoded, 3)  # type: ignore[assignment]
    return alpha


def _to_file_order(picture: Picture) -> Picture:
    if picture.ndim == 2:
        return picture
    code = cv2.COLOR_RGB2BGR if picture.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
    converted: Picture = cv2.cvtColor(picture, code)  # type: ignore[assignment]
    return converted


def _write(
    target: Path, picture: Picture, suffix: str, options: list[int], overwrite: bool
) -> None:
    try:
        done, content = cv2.imencode(suffix, _to_file_order(picture), options)
    except cv2.error as error:
        raise OutputError(f"{target}: {str(error.err).lower()}") from error
    if not done:
        raise OutputError(f"{target}: a picture of this size cannot be encoded as {suffix}")
    write_whole(target, content.tobytes(), overwrite=overwrite)


def write_png(target: Path, picture: Picture, *, overwrite: bool = True) -> None:
    """Write a PNG without loss, whole or not at all.

    picture: uint8 or uint16, (H, W) grey, (H, W, 3) RGB or (H, W, 4) straight RGBA.
    Raises OutputError when the target exists and `overwrite` is off, or cannot be written.
    """
    write_whole(target, png_of(picture), overwrite=overwrite)


def write_rgb(target: Path, rgb: Rgb, *, overwrite: bool = True) -> None:
    """Write colour in the format of the target's suffix (png, jpg, webp, tiff, bmp).

    JPEG at quality 95, WebP without loss. Raises OutputError, also for an unknown suffix.
    """
    suffix = target.suffix.lower()
    options = {
        ".png": [],
        ".jpg": [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY],
        ".jpeg": [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY],
        ".webp": [cv2.IMWRITE_WEBP_QUALITY, 101],  # above 100: without loss
        ".tif": [],
        ".tiff": [],
        ".bmp": [],
    }
    if suffix not in options:
        raise OutputError(f"{target}: unknown picture format; use {', '.join(options)}")
    if suffix == ".png":
        write_png(target, rgb, overwrite=overwrite)
    else:
        _write(target, rgb, suffix, options[suffix], overwrite)


def encode_jpeg(rgb: Rgb, quality: int) -> bytes:
    """A JPEG of `quality`, 1 to 100, of at most 65500 pixels a side."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    done, content = cv2.imencode(".jpg", _to_file_order(rgb), options)
    assert done
    return content.tobytes()


def through_jpeg(rgb: Rgb, quality: int) -> Rgb:
    """The picture as a JPEG of `quality` (1 to 100) would show it. uint8 (H, W, 3), RGB."""
    content = np.frombuffer(encode_jpeg(rgb, quality), np.uint8)
    decoded = cv2.imdecode(content, cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)
