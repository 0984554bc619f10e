# ruff: noqa: TID251 - the pictures that reading and writing clips share
"""One picture between an RGB array and FFmpeg's frame: matrix, range, orientation."""

import cv2
import numpy as np
import numpy.typing as npt
from av.sidedata.sidedata import SideData
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from pamcli.ffmpeg import BT601, BT709, BT2020, EXACT, FULL, LIMITED
from pamcli.frame import Rgb

Pixels = npt.NDArray[np.uint8]
"""uint8: (H, W) grey, (H, W, 3) RGB or (H, W, 4) straight RGBA."""

# AVCOL_SPC numbers of H.273 to the matrices that swscale has.
MATRICES = {1: BT709, 4: 4, 5: BT601, 6: BT601, 7: 7, 9: BT2020, 10: BT2020}
HD_WIDTH, HD_HEIGHT = 1280, 720
TURNS = {(1, 0): 0, (0, -1): 1, (-1, 0): 2, (0, 1): 3}  # first row of the display matrix

LUMA_OF_GREY = np.rint(16 + np.arange(256) * 219 / 255).astype(np.uint8)
"""Limited-range luma (BT.709, 8 bit) of a grey value 0 to 255."""

NEUTRAL_CHROMA = 128


Orientation = tuple[int, bool]
"""(quarter turns counter-clockwise, mirrored left to right before turning)."""


def orientation(frame: VideoFrame) -> Orientation:
    """How a stored frame is turned to be shown, by its display matrix.

    Looking at the side data makes PyAV's frame a part of a reference cycle, so that it lives until
    the garbage collector comes by: look once a clip, not once a frame.
    """
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if not isinstance(matrix, SideData):
        return 0, False
    a, b, _, c, d = np.frombuffer(memoryview(matrix), np.int32)[:5].astype(np.int64)
    mirrored = bool(a * d - b * c < 0)
    if mirrored:
        a, b = -a, -b
    row = (int(np.sign(round(a / 65536))), int(np.sign(round(b / 65536))))
    return TURNS.get(row, 0), mirrored


def matrix_of(frame: VideoFrame) -> int:
    """By tag; untagged, BT.709 from 1280 or 720 pixels on and BT.601 below."""
    is_hd = frame.width >= HD_WIDTH or frame.height >= HD_HEIGHT
    return MATRICES.get(int(frame.colorspace), BT709 if is_hd else BT601)


def range_of(frame: VideoFrame) -> int:
    """By tag; untagged, grey and "yuvj" formats are full and other luma formats limited."""
    name = frame.format.name
    if frame.format.is_rgb or name.startswith(("yuvj", "pal")):
        return FULL
    if name.startswith(("gray", "ya", "mono")):
        return LIMITED if frame.color_range == LIMITED else FULL
    return FULL if frame.color_range == FULL else LIMITED


def to_rgb(frame: VideoFrame, reformatter: VideoReformatter, turned: Orientation) -> Rgb:
    """uint8 (H, W, 3) as shown, contiguous."""
    converted = reformatter.reformat(
        frame,
        format="rgb24",
        src_colorspace=matrix_of(frame),
        src_color_range=range_of(frame),
        dst_color_range=FULL,
        interpolation=EXACT,
        threads=1,
    )
    turns, mirrored = turned
    rgb = np.asarray(converted.to_ndarray(), np.uint8)
    if mirrored:
        rgb = rgb[:, ::-1]
    return np.ascontiguousarray(np.rot90(rgb, turns))


class Upright:
    """Converts frames to RGB as shown; the display matrix is read when the rotation changes."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()
        self._rotation: int | None = None
        self._turned: Orientation = (0, False)

    def rgb(self, frame: VideoFrame) -> Rgb:
        """uint8 (H, W, 3), contiguous, as shown."""
        if frame.rotation != self._rotation:
            self._rotation, self._turned = frame.rotation, orientation(frame)
        return to_rgb(frame, self._reformatter, self._turned)


def from_pixels(pixels: Pixels, pixel_format: str, reformatter: VideoReformatter) -> VideoFrame:
    """The picture in `pixel_format`: gray, bgra and bgr0 without loss, yuv as BT.709 limited."""
    if pixel_format == "gray":
        return VideoFrame.from_ndarray(np.ascontiguousarray(pixels), "gray")
    if pixel_format == "bgra":
        bgra = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA), np.uint8)
        return VideoFrame.from_ndarray(bgra, "bgra")
    if pixels.ndim == 2:
        return _luma_only(pixels, pixel_format)
    rgb = VideoFrame.from_ndarray(np.ascontiguousarray(pixels), "rgb24")
    if pixel_format == "bgr0":
        return reformatter.reformat(rgb, format="bgr0")
    return reformatter.reformat(
        rgb,
        format=pixel_format,
        dst_colorspace=BT709,
        src_color_range=FULL,
        dst_color_range=LIMITED,
        interpolation=EXACT,
        threads=1,
    )


def _luma_only(grey: Pixels, pixel_format: str) -> VideoFrame:
    """Grey as limited-range luma with neutral chroma: exact, where swscale would round twice."""
    height, width = grey.shape
    picture = VideoFrame(width, height, pixel_format)
    luma = np.asarray(cv2.LUT(grey, LUMA_OF_GREY))
    for index, plane in enumerate(picture.planes):
        view = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        view[:, : plane.width] = luma if index == 0 else NEUTRAL_CHROMA
    picture.colorspace, picture.color_range = BT709, LIMITED
    return picture
