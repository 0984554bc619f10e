# ruff: noqa: TID251 - the pictures of reading clips
"""FFmpeg's frames as upright RGB arrays."""

import cv2
import numpy as np
from av.sidedata.sidedata import SideData
from av.video.frame import VideoFrame

from pamcli.frame import Rgb
from pamcli.video_colour import Colours

TURNS = {(1, 0): 0, (0, -1): 1, (-1, 0): 2, (0, 1): 3}  # first row of the display matrix
ROTATIONS = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}

Orientation = tuple[int, bool]
"""(quarter turns counter-clockwise, mirrored left to right before turning)."""


def orientation(frame: VideoFrame) -> Orientation:
    """How a stored frame is turned to be shown, by its display matrix.

    Looking at the side data makes PyAV's frame a part of a reference cycle, so that it lives until
    the garbage collector comes by: look once a clip, not once a frame.
    """
    try:
        matrix = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:  # PyAV 18 knows no EXIF, which FFmpeg 8 attaches to stills
        return round(frame.rotation / 90) % 4, False
    if not isinstance(matrix, SideData):
        return 0, False
    a, b, _, c, d = np.frombuffer(memoryview(matrix), np.int32)[:5].astype(np.int64)
    mirrored = bool(a * d - b * c < 0)
    if mirrored:
        a, b = -a, -b
    row = (int(np.sign(round(a / 65536))), int(np.sign(round(b / 65536))))
    return TURNS.get(row, 0), mirrored


def turned(rgb: Rgb, orientation: Orientation) -> Rgb:
    """The stored picture as shown, contiguous. rgb: uint8 (H, W, 3)."""
    turns, mirrored = orientation
    shown = cv2.flip(rgb, 1) if mirrored else rgb
    return np.asarray(cv2.rotate(shown, ROTATIONS[turns]) if turns else shown, np.uint8)


class Upright:
    """Converts frames to RGB as shown; the display matrix is read when the rotation changes."""

    def __init__(self) -> None:
        self._colours = Colours()
        self._rotation: int | None = None
        self._orientation: Orientation = (0, False)

    def rgb(self, frame: VideoFrame) -> Rgb:
        """uint8 (H, W, 3), contiguous, as shown."""
        if frame.rotation != self._rotation:
            self._rotation, self._orientation = frame.rotation, orientation(frame)
        return turned(self._colours.rgb(frame), self._orientation)
