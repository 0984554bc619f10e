# ruff: noqa: TID251 - the colours of reading clips
"""The colours of FFmpeg's frames as 8-bit RGB: matrix, range, depth, dynamic range."""

import cv2
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import VideoReformatter

from pamcli.ffmpeg import BT601, BT709, BT2020, EXACT, FULL, LIMITED
from pamcli.frame import Rgb
from pamcli.tone_map import HDR_TRANSFERS, WIDE_SDR
from pamcli.video_hdr import PLANAR, ToneMapper

Samples = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
"""One plane of a frame, (H, W)."""

# AVCOL_SPC numbers of H.273 to the matrices that swscale has.
MATRICES = {1: BT709, 4: 4, 5: BT601, 6: BT601, 7: 7, 9: BT2020, 10: BT2020}
CONSTANT_LUMINANCE = 10
OTHER_MATRICES = {
    8: "YCgCo",
    11: "Y'D'zD'x",
    12: "chromaticity-derived",
    13: "chromaticity-derived, constant luminance",
    14: "ICtCp",
    15: "IPT-C2",
    16: "YCgCo-Re",
    17: "YCgCo-Ro",
}
HD_WIDTH, HD_HEIGHT = 1280, 720

DEEP_PLANAR_RGB = tuple(
    f"gbr{alpha}p{depth}le" for alpha in ("", "a") for depth in (9, 10, 12, 14, 16)
)
"""Formats whose planes are taken as they lie."""

WHITE_16 = 0xFFFF
"""White of samples that use all of 16 bits."""

WHITE_OF_VIDEO = 255 << 8
"""What swscale makes of white in its 16-bit RGB, except for full-range samples of over 8 bits."""


def matrix_of(frame: VideoFrame) -> int:
    """By tag; untagged, BT.2020 for HDR, BT.709 from 1280 or 720 pixels on and BT.601 below."""
    if hdr_of(frame) is not None:
        return MATRICES.get(int(frame.colorspace), BT2020)
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


def hdr_of(frame: VideoFrame) -> str | None:
    """ "PQ", "HLG" or, for everything that is shown as it is, None; by tag."""
    return HDR_TRANSFERS.get(int(frame.color_trc))


def mapping_of(frame: VideoFrame) -> str | None:
    """The transfer of `tone_map` that leads to SDR of BT.709; None where nothing has to be done."""
    is_wide = int(frame.color_primaries) == BT2020
    return hdr_of(frame) or (WIDE_SDR if is_wide else None)


def colour_notes(frame: VideoFrame) -> list[str]:
    """One line for each thing about a clip's colours that a person should know."""
    lines = []
    hdr, tag = hdr_of(frame), int(frame.colorspace)
    if hdr is not None:
        lines.append(f"HDR ({hdr}) was tone-mapped to SDR")
    elif mapping_of(frame) is not None:
        lines.append("its BT.2020 colours were brought into BT.709")
    if frame.format.is_rgb:
        return lines
    if tag == CONSTANT_LUMINANCE:
        lines.append("BT.2020 of constant luminance was read as the usual BT.2020")
    if tag in OTHER_MATRICES:
        name = {BT709: "BT.709", BT601: "BT.601", BT2020: "BT.2020"}[matrix_of(frame)]
        lines.append(
            f"its colour matrix, {OTHER_MATRICES[tag]}, is not known here: colours are wrong, "
            f"read as {name}"
        )
    return lines


class Colours:
    """Makes frames of one clip into 8-bit RGB; holds what FFmpeg keeps from frame to frame."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()
        self._mappers: dict[tuple[int, int, str, int], ToneMapper] = {}

    def rgb(self, frame: VideoFrame) -> Rgb:
        """uint8 (H, W, 3) as stored, rounded to the nearest of 256 levels; alpha is dropped."""
        name, mapping = frame.format.name, mapping_of(frame)
        if name.startswith("gray") and mapping is None and _depth(frame) <= 16:
            return np.asarray(cv2.cvtColor(self._grey(frame), cv2.COLOR_GRAY2RGB), np.uint8)
        is_plain = frame.format.is_rgb or name.startswith(("pal", "ya8", "mono"))
        if is_plain and mapping is None and _depth(frame) <= 8:
            return np.asarray(self._converted(frame, "rgb24").to_ndarray(), np.uint8)
        return self._through_16_bits(frame, mapping)

    def _converted(self, frame: VideoFrame, pixel_format: str) -> VideoFrame:
        return self._reformatter.reformat(
            frame,
            format=pixel_format,
            src_colorspace=matrix_of(frame),
            src_color_range=range_of(frame),
            dst_color_range=FULL,
            interpolation=EXACT,
            threads=1,
        )

    def _through_16_bits(self, frame: VideoFrame, mapping: str | None) -> Rgb:
        """By way of 16-bit planes, in half the time that swscale takes for packed 8-bit pixels.

        Those it also rounds up to 1.5 levels wrong from full-range samples of over 8 bits, and
        lets wrap around from 255 to 0 where video is brighter than white.
        """
        wide, white = frame, (1 << _depth(frame)) - 1
        if mapping is not None or not frame.format.name.startswith(DEEP_PLANAR_RGB):
            wide, white = self._converted(frame, PLANAR), _white_16(frame)
        if mapping is not None:
            key = frame.height, frame.width, mapping, white
            if key not in self._mappers:
                self._mappers[key] = ToneMapper(key[:2], mapping, white)
            wide, white = self._mappers[key].mapped(wide), WHITE_16
        green, blue, red = (
            cv2.convertScaleAbs(_samples(plane, np.uint16), alpha=255 / white)
            for plane in wide.planes[:3]
        )
        return np.asarray(cv2.merge([red, green, blue]), np.uint8)

    def _grey(self, frame: VideoFrame) -> npt.NDArray[np.uint8]:
        """Luma to full range by its own arithmetic: swscale takes all grey for full-range."""
        depth = _depth(frame)
        if frame.format.name.endswith("be"):
            frame = self._converted(frame, frame.format.name.removesuffix("be") + "le")
        luma = _samples(frame.planes[0], np.uint8 if depth <= 8 else np.uint16)
        if range_of(frame) == FULL:
            return np.asarray(cv2.convertScaleAbs(luma, alpha=255 / ((1 << depth) - 1)), np.uint8)
        step = 1 << (depth - 8)
        above_black = cv2.subtract(luma, np.full_like(luma, 16 * step))  # stops at 0
        return np.asarray(cv2.convertScaleAbs(above_black, alpha=255 / (219 * step)), np.uint8)


def _depth(frame: VideoFrame) -> int:
    return max(component.bits for component in frame.format.components)


def _white_16(frame: VideoFrame) -> int:
    """The sample of white in the 16-bit RGB that swscale makes of a frame."""
    depth = _depth(frame)
    if depth > 16:
        return WHITE_16
    if range_of(frame) == LIMITED or depth <= 8:
        return WHITE_OF_VIDEO
    return ((1 << depth) - 1) << (16 - depth)


def _samples(plane: VideoPlane, kind: type[np.uint8] | type[np.uint16]) -> Samples:
    """The plane as it lies in memory, without what fills up its lines."""
    lines = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    samples: Samples = lines.view(kind)  # type: ignore[assignment]
    return samples[:, : plane.width]
