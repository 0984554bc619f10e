"""A picture of the background alone, laid over each frame: camera and light may move a little."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.errors import InputError
from pamcli.frame import Frame, Rgb
from pamcli.hint_coarse import CoarseSource
from pamcli.images import read_rgb
from pamcli.subject import Estimate
from pamcli.subject_cues import resize
from pamcli.trimap_plate import difference, has_structure, in_common, match_light, subject_of

Warp = npt.NDArray[np.float64]
"""3x3: from a pixel (x, y) of the frame to its place in the plate, at the size they are judged."""

ROWS = 540  # frames are judged at this many rows at most
CORNERS, APART = 600, 7  # points that are followed into the plate, and pixels between them
LEAST_POINTS = 12  # that must agree on the camera's move; with fewer it counts as unmoved
TOLERANCE = 1.5  # pixels by which a point may miss it
UNMOVED = 0.3  # pixels: a smaller move of every corner is none
MOST_MOVED = 0.25  # of the width: a larger move is a mistake

LEAST_IN_COMMON = 0.1
"""Share of the plate's structure that a frame must show; unrelated pictures share up to .05."""


class PlateSource(CoarseSource):
    """Whatever the plate does not show is the subject.

    The plate is moved to fit each frame (a homography, fitted to followed corners and begun at the
    last frame's) and its exposure and white balance are matched.
    """

    def __init__(self, plate: Path) -> None:
        self._name = str(plate)
        self._whole = read_rgb(plate)
        self._plate: Rgb | None = None
        self._warp: Warp = np.eye(3)
        self._frames = self._foreign = 0

    def estimate(self, frame: Frame) -> Estimate:
        picture = _reduced(frame.rgb)
        if self._plate is None:
            self._plate = self._fitting(frame)
        self._warp = find_warp(picture, self._plate, self._warp)
        behind, shown = laid_over(self._plate, self._warp)
        if in_common(picture, behind) < LEAST_IN_COMMON:
            return self._nothing(frame, picture)
        self._frames += 1
        apart = difference(picture, match_light(behind, picture))
        apart[shown == 0] = 0
        mask, uncertainty = subject_of(apart)
        uncertainty[shown == 0] = 1
        return Estimate(resize(mask, frame.size), 1.0, resize(uncertainty, frame.size))

    def notes(self) -> list[str]:
        if not self._foreign:
            return []
        count = f"{self._foreign} of the frames"
        return [f"{self._name} has nothing in common with {count}: the matte is empty there"]

    def _fitting(self, frame: Frame) -> Rgb:
        if self._whole.shape[:2] != frame.size:
            height, width = self._whole.shape[:2]
            wanted = f"the frame is {frame.size[1]}x{frame.size[0]}"
            raise InputError(f"{self._name}: {width}x{height}, but {wanted}")
        return _reduced(self._whole)

    def _nothing(self, frame: Frame, picture: Rgb) -> Estimate:
        """An empty mask; an error when the very first frame with anything on it is another view."""
        if not self._frames and has_structure(picture):
            raise InputError(
                f"{self._name}: has nothing in common with the frame at {frame.seconds:.3f} s"
            )
        self._foreign += 1
        return Estimate(np.zeros(frame.size, np.float32), 0.0)


def _reduced(rgb: Rgb) -> Rgb:
    scale = min(1.0, ROWS / rgb.shape[0])
    size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def laid_over(plate: Rgb, warp: Warp) -> tuple[Rgb, npt.NDArray[np.uint8]]:
    """The plate moved to fit the frame, and where it shows anything, uint8 (H, W) {0, 1}."""
    height, width = plate.shape[:2]
    everywhere = np.ones((height, width), np.uint8)
    if _move(warp, (height, width)) < UNMOVED:
        return plate, everywhere
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpPerspective(plate, warp, (width, height), flags=flags)
    shown = cv2.warpPerspective(everywhere, warp, (width, height), flags=flags)
    return np.asarray(moved, np.uint8), np.asarray(shown, np.uint8)


def find_warp(frame: Rgb, plate: Rgb, guess: Warp) -> Warp:
    """Where the frame's pixels lie in the plate, from corners followed by pyramidal Lucas-Kanade.

    The camera's move is what most of them agree on (RANSAC); `guess` where too few do.
    """
    seen, behind = _even(frame), _even(plate)
    corners = cv2.goodFeaturesToTrack(seen, CORNERS, 0.02, APART)
    if corners is None:
        return guess
    points = np.asarray(corners, np.float32)
    begin = np.asarray(cv2.perspectiveTransform(points, guess), np.float32)
    found, good, _ = cv2.calcOpticalFlowPyrLK(
        seen, behind, points, begin.copy(), winSize=(15, 15), maxLevel=4,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )  # fmt: skip
    kept = good.ravel() > 0
    if kept.sum() < LEAST_POINTS:
        return guess
    warp, inliers = cv2.findHomography(points[kept], found[kept], cv2.RANSAC, TOLERANCE)
    size = frame.shape[0], frame.shape[1]
    if warp is None or inliers.sum() < LEAST_POINTS:
        return guess
    found_warp = np.asarray(warp, np.float64)
    return found_warp if _move(found_warp, size) <= MOST_MOVED * size[1] else guess


def _even(rgb: Rgb) -> npt.NDArray[np.uint8]:
    """Gray with its local mean and contrast made even, so that other light does not matter."""
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    centred = gray - cv2.blur(gray, (31, 31))
    contrast = np.sqrt(cv2.blur(np.square(centred), (31, 31))) + 4
    return np.asarray(np.clip(128 + 50 * centred / contrast, 0, 255), np.uint8)


def _move(warp: Warp, size: tuple[int, int]) -> float:
    """Pixels by which the frame's corner that moves most is moved."""
    height, width = size
    corners = np.array([[[0, 0]], [[width, 0]], [[0, height]], [[width, height]]], np.float64)
    moved = np.asarray(cv2.perspectiveTransform(corners, warp))
    return float(np.linalg.norm(moved - corners, axis=-1).max())
