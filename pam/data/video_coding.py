"""The loss of video compression: a picture as the last frame of a short clip, coded and decoded."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from torch import Tensor

CODEC: Final = "h264"
ENCODER: Final = "libx264"
RATE = 25  # frames per second


def video_coded(image: Tensor, quality: int, motion: tuple[int, int], before: int) -> Tensor:
    """What H.264 leaves of a picture that a moving camera has come to.

    image: float32 (3, H, W) in [0, 1], H and W even; returns the same, on the device of `image`.
    quality: CRF of x264, 0 (lossless) to 51. motion: pixels (down, right) that the picture moves
    from frame to frame, each less than H / before and W / before. before: frames ahead of it; 0
    codes it as a key frame, more as a frame predicted from the one before.
    """
    steps = range(before, -1, -1)
    frames = [_moved(image, (-motion[0] * step, -motion[1] * step)) for step in steps]
    *_, last = _decoded(_encoded(frames, quality))
    rgb = last.to_ndarray(format="rgb24", src_colorspace="ITU709", dst_colorspace="ITU709")
    return (torch.from_numpy(rgb).permute(2, 0, 1).float() / 255).to(image.device)


def _moved(image: Tensor, offset: tuple[int, int]) -> Tensor:
    """The picture `offset` pixels further down and right, mirrored where nothing is left."""
    down, right = offset
    sides = (max(right, 0), max(-right, 0), max(down, 0), max(-down, 0))
    wide = F.pad(image[None], sides, mode="reflect")[0]
    top, left = max(-down, 0), max(-right, 0)
    return wide[:, top : top + image.shape[1], left : left + image.shape[2]]


def _encoded(frames: list[Tensor], quality: int) -> Iterator[Packet[VideoStream]]:
    encoder = VideoCodecContext.create(ENCODER, "w")
    encoder.height, encoder.width = frames[0].shape[1:]
    encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, RATE)
    encoder.thread_count = 1  # the same seed gives the same picture
    encoder.options = {"preset": "veryfast", "tune": "zerolatency", "crf": str(quality)}
    for number, picture in enumerate(frames):
        levels = (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()
        rgb = VideoFrame.from_ndarray(np.ascontiguousarray(levels), "rgb24")
        frame = rgb.reformat(format="yuv420p", src_colorspace="ITU709", dst_colorspace="ITU709")
        frame.pts = number
        yield from encoder.encode(frame)
    yield from encoder.encode(None)


def _decoded(packets: Iterator[Packet[VideoStream]]) -> Iterator[VideoFrame]:
    decoder = VideoCodecContext.create(CODEC, "r")
    decoder.thread_count = 1
    for packet in packets:
        yield from decoder.decode(packet)
    yield from decoder.decode(None)
