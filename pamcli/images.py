"""Still pictures in and out. OpenCV's BGR order and its readers end here."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.errors import InputError, OutputError
from pamcli.frame import Rgb
from pamcli.targets import write_whole

Picture = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

EIGHT_BIT_STEP = 257
"""A 16-bit sample is 257 times the 8-bit sample of the same intensity."""

PNG_LEVEL = 3  # zlib level: beyond it files shrink by per cents and take several times as long
JPEG_QUALITY = 95

# OpenCV's own lines about damaged files would stand beside our one line.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def _content(source: Path) -> npt.NDArray[np.uint8]:
    """Read by Python, so that any file name works on any system."""
    try:
        content = np.fromfile(source, np.uint8)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InputError(f"{source}: {why}") from error
    if not content.size:
        raise InputError(f"{source}: empty file")
    return content


def _decode(source: Path, flags: int) -> npt.NDArray[np.generic]:
    """Samples in OpenCV's order and the file's depth; EXIF orientation as `flags` say."""
    content = _content(source)
    try:
        decoded = cv2.imdecode(content, flags)
    except cv2.error as error:
        raise InputError(f"{source}: {str(error.err).lower()}") from error
    if decoded is None:
        raise InputError(f"{source}: damaged, or no picture of a known format")
    return np.asarray(decoded)


def _to_8_bit(samples: npt.NDArray[np.generic], source: Path) -> npt.NDArray[np.uint8]:
    """Rounded to the nearest of 256 levels."""
    if samples.dtype == np.uint8:
        return np.asarray(samples, np.uint8)
    if samples.dtype == np.uint16:
        wide = np.asarray(samples, np.uint32)
        return ((wide + EIGHT_BIT_STEP // 2) // EIGHT_BIT_STEP).astype(np.uint8)
    raise InputError(
        f"{source}: samples of type {samples.dtype} are not supported; use 8 or 16 bit"
    )


def _read_colour(source: Path) -> npt.NDArray[np.uint8]:
    """uint8 (H, W, 3) in BGR order, turned as EXIF says; alpha is dropped, not multiplied."""
    return _to_8_bit(_decode(source, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH), source)


def read_rgb(source: Path) -> Rgb:
    """Colour of a still: uint8 (H, W, 3), as shown (EXIF orientation applied).

    Grey and palette pictures become RGB, 16-bit samples are rounded to 8, transparency is
    ignored (`read_rgba` keeps it). Raises InputError, one line naming the file.
    """
    return np.asarray(cv2.cvtColor(_read_colour(source), cv2.COLOR_BGR2RGB), np.uint8)


def read_gray(source: Path) -> npt.NDArray[np.uint8]:
    """Luma of a still: uint8 (H, W); equal channels come out as they are. Raises InputError."""
    bgr = _read_colour(source)
    blue = np.ascontiguousarray(bgr[..., 0])
    if np.array_equal(blue, bgr[..., 1]) and np.array_equal(blue, bgr[..., 2]):
        return blue
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), np.uint8)


def read_rgba(source: Path) -> npt.NDArray[np.uint8]:
    """Colour and straight alpha of a still: uint8 (H, W, 4); alpha 255 where the file has none.

    EXIF orientation is applied to pictures without alpha; a picture with alpha comes as stored.
    Raises InputError.
    """
    stored = _decode(source, cv2.IMREAD_UNCHANGED)
    if stored.ndim == 3 and stored.shape[2] == 4:
        return np.asarray(cv2.cvtColor(_to_8_bit(stored, source), cv2.COLOR_BGRA2RGBA), np.uint8)
    return np.asarray(cv2.cvtColor(_read_colour(source), cv2.COLOR_BGR2RGBA), np.uint8)


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
    _write(target, picture, ".png", [cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL], overwrite)


def write_rgb(target: Path, rgb: Rgb, *, overwrite: bool = True) -> None:
    """Write colour in the format of the target's suffix (png, jpg, webp, tiff, bmp).

    JPEG at quality 95, WebP without loss. Raises OutputError, also for an unknown suffix.
    """
    suffix = target.suffix.lower()
    options = {
        ".png": [cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL],
        ".jpg": [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY],
        ".jpeg": [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY],
        ".webp": [cv2.IMWRITE_WEBP_QUALITY, 101],  # above 100: without loss
        ".tif": [],
        ".tiff": [],
        ".bmp": [],
    }
    if suffix not in options:
        raise OutputError(f"{target}: unknown picture format; use {', '.join(options)}")
    _write(target, rgb, suffix, options[suffix], overwrite)


def through_jpeg(rgb: Rgb, quality: int) -> Rgb:
    """The picture as a JPEG of `quality` (1 to 100) would show it. uint8 (H, W, 3), RGB."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    done, content = cv2.imencode(".jpg", _to_file_order(rgb), options)
    decoded = cv2.imdecode(content, cv2.IMREAD_COLOR) if done else None
    assert decoded is not None
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)
