# ruff: noqa: TID251 - the pictures of writing clips
"""Pixels into FFmpeg's pictures: BT.709 or RGB as it is, alpha and grey without rounding twice."""

import cv2
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import VideoReformatter

from pamcli.ffmpeg import BT709, EXACT, FULL, LIMITED
from pamcli.pixels import Pixels, alpha_of, colours_of
from pamcli.presets import Encoding

__all__ = ["Pixels", "to_picture"]

Samples = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

PACKED = {
    ("gray", 1): None,
    ("rgb24", 1): cv2.COLOR_GRAY2RGB,
    ("rgb24", 3): None,
    ("bgr0", 3): cv2.COLOR_RGB2BGRA,
    ("bgra", 4): cv2.COLOR_RGBA2BGRA,
    ("rgba", 4): None,
}
"""Formats of one plane and channels to how OpenCV makes them; None: as the pixels lie."""

ARGB_FROM_RGBA = [0, 1, 1, 2, 2, 3, 3, 0]

GREY_LEVELS = np.arange(256)


def to_picture(pixels: Pixels, encoding: Encoding, reformatter: VideoReformatter) -> VideoFrame:
    """`pixels` in the encoding's pixel format, tagged with matrix and range.

    Without loss: grey and RGB formats, and alpha in any format, always in full range: of n bits
    it is alpha x (2^n - 1) / 255, rounded. Other formats are BT.709 in limited range; grey is luma
    alone. Raises ValueError for a format that cannot hold such pixels.
    """
    name = encoding.pixel_format
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if (name, channels) in PACKED or (name, channels) == ("argb", 4):
        return _packed(pixels, name, channels)
    if not name.startswith("yuv") or (channels == 4) != name.startswith("yuva"):
        raise ValueError(f"{channels} channels as {name}")
    if channels == 1:
        return _luma_alone(pixels, name)
    if channels == 4:
        return _with_alpha(pixels, name, reformatter)
    return _luma_chroma(pixels, name, reformatter)


def _luma_chroma(rgb: Pixels, name: str, reformatter: VideoReformatter) -> VideoFrame:
    picture = reformatter.reformat(
        VideoFrame.from_ndarray(np.ascontiguousarray(rgb), "rgb24"),
        format=name,
        dst_colorspace=BT709,
        src_color_range=FULL,
        dst_color_range=LIMITED,
        interpolation=EXACT,
        threads=1,
    )
    return _tagged(picture)


def _with_alpha(rgba: Pixels, name: str, reformatter: VideoReformatter) -> VideoFrame:
    """The colours as without alpha, which swscale does several times faster, and alpha itself."""
    colours = _luma_chroma(colours_of(rgba), name.replace("yuva", "yuv"), reformatter)
    picture = VideoFrame(colours.width, colours.height, name)
    depth = _depth(picture)
    *planes, alpha = picture.planes
    for plane, given in zip(planes, colours.planes, strict=True):
        _samples(plane, depth)[:] = _samples(given, depth)
    _samples(alpha, depth)[:] = cv2.LUT(alpha_of(rgba), _table(0, (1 << depth) - 1))
    return _tagged(picture)


def _packed(pixels: Pixels, name: str, channels: int) -> VideoFrame:
    if name == "argb":
        argb = np.empty_like(pixels)
        cv2.mixChannels([pixels], [argb], ARGB_FROM_RGBA)
        return VideoFrame.from_ndarray(argb, name)
    conversion = PACKED[name, channels]
    packed = pixels if conversion is None else cv2.cvtColor(pixels, conversion)
    if name == "bgr0":
        return _bgr0(np.asarray(packed, np.uint8))
    return VideoFrame.from_ndarray(np.ascontiguousarray(packed, np.uint8), name)


def _bgr0(bgra: Pixels) -> VideoFrame:
    """PyAV makes no such picture from an array."""
    picture = VideoFrame(bgra.shape[1], bgra.shape[0], "bgr0")
    plane = picture.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    rows[:, : 4 * picture.width] = bgra.reshape(len(bgra), -1)
    return picture


def _luma_alone(grey: Pixels, name: str) -> VideoFrame:
    """Grey as limited-range luma with neutral chroma: exact, where swscale would round twice."""
    picture = VideoFrame(grey.shape[1], grey.shape[0], name)
    depth = _depth(picture)
    step = 1 << (depth - 8)
    luma, *chroma = picture.planes
    _samples(luma, depth)[:] = cv2.LUT(grey, _table(16 * step, 235 * step))
    for plane in chroma:
        _samples(plane, depth)[:] = 128 * step
    return _tagged(picture)


def _tagged(picture: VideoFrame) -> VideoFrame:
    """The same picture: some encoders, as ProRes, take the tags from it and not from the stream."""
    picture.colorspace, picture.color_range = BT709, LIMITED
    picture.color_primaries = picture.color_trc = BT709
    return picture


def _depth(picture: VideoFrame) -> int:
    return picture.format.components[0].bits


def _table(black: int, white: int) -> Samples:
    """The sample for each of 256 levels."""
    samples = np.rint(black + GREY_LEVELS * (white - black) / 255)
    return samples.astype(np.uint8) if white <= 255 else samples.astype(np.uint16)


def _samples(plane: VideoPlane, depth: int) -> Samples:
    """A view of the plane, (H, W), without what fills up its lines."""
    lines = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return (lines if depth <= 8 else lines.view(np.uint16))[:, : plane.width]
