"""The meadow's layers put together for a camera that slides sideways, with wind and a shadow."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from picture import display, over

EYE, FOCAL, HORIZON, FULL_WIDTH, ROWS = 1.67, 1900.0, 300, 2080, 720  # as the layers were drawn
DEPTHS = {
    "lawn_3": 45.0,
    "trees": 60.0,
    "lawn_2": 20.0,
    "shrubs": 20.0,
    "lawn_1": 12.3,
    "lawn_0": 8.0,
}  # metres, far to near
SWAY = {"lawn_3": 0.4, "trees": 1.2, "lawn_2": 1.2, "shrubs": 2.2, "lawn_1": 2.4, "lawn_0": 3.4}
SUN_LEAN = (1.13, 0.058)  # how far a shadow reaches right and down per pixel of height
FRAME = (720, 1280)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Where the camera is. centre: metres to the right; zoom 1 shows layers pixel for pixel."""

    centre: float
    zoom: float = 1.0
    time: float = 0.0  # seconds
    shake: tuple[float, float] = (0.0, 0.0)  # pixels

    def to_frame(self, x: float, y: float) -> tuple[float, float]:
        """Unzoomed pixels to pixels of the frame."""
        return (
            (x - 640.0) * self.zoom + 640.0 + self.shake[0],
            (y - 430.0) * self.zoom + 430.0 + self.shake[1],
        )

    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        """Unzoomed coordinates of every pixel, float32 (H, W)."""
        y, x = np.mgrid[: FRAME[0], : FRAME[1]].astype(np.float32)
        return (
            (x - 640.0 - self.shake[0]) / self.zoom + 640.0,
            (y - 430.0 - self.shake[1]) / self.zoom + 430.0,
        )


def load(folder: Path) -> dict[str, np.ndarray]:
    """Every layer at full size, premultiplied display values float32 (H, W, 4), and `sky`."""
    layers = {"sky": sky()}
    for name in ("soil", *DEPTHS):
        drawn = display(np.load(folder / f"{name}.npy").astype(np.float32))
        layers[name] = np.clip(
            cv2.resize(drawn, (FULL_WIDTH, ROWS), interpolation=cv2.INTER_CUBIC), 0.0, 1.0
        )
    return layers


def sky() -> np.ndarray:
    """Soft clouds on a pale blue, float32 (480, 2400, 3) display values: octaves of noise."""
    rng, height, width = np.random.default_rng(5), 480, 2400
    cloud = np.zeros((height, width), np.float32)
    for octave in range(7):
        rows, columns = 3 * 2**octave, 6 * 2**octave
        grain = rng.normal(size=(rows, columns)).astype(np.float32)
        cloud += 0.55**octave * cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)
    down = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None]
    cover = 1.0 / (1.0 + np.exp(-3.2 * (cloud - 0.25 - 0.5 * down)))
    clear = np.stack([0.50 + 0.28 * down, 0.66 + 0.18 * down, 0.84 + 0.08 * down], axis=-1)
    lit = 0.86 + 0.10 * np.clip(cloud - cv2.GaussianBlur(cloud, (0, 0), 30), -1.0, 1.0)
    white = np.stack([lit, lit * 0.99, lit * 0.975], axis=-1)
    return (clear + 0.85 * cover[..., None] * (white - clear)).astype(np.float32)


def backdrop(layers: dict[str, np.ndarray], view: View, shadow: np.ndarray) -> np.ndarray:
    """The meadow without the subject, float32 (720, 1280, 3); shadow (H, W) darkens the ground."""
    x, y = view.grid()
    drift = 260.0 + 0.02 * FOCAL * view.centre + 9.0 * view.time
    picture = cv2.remap(
        layers["sky"],
        x + np.float32(drift),
        y + 60.0,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    left = (FULL_WIDTH - FRAME[1]) / 2
    slide = view.centre * np.maximum(y - HORIZON, 0.0) / EYE
    _lay(layers["soil"], x + left + slide, y, picture, view)
    for name, depth in DEPTHS.items():
        if name == "lawn_0":
            picture *= 1.0 - shadow[..., None] * np.float32([0.66, 0.63, 0.56])
        _lay(layers[name], x + (left + FOCAL * view.centre / depth), y, picture, view, SWAY[name])
    return np.clip(picture * cloud_shade(x + slide, y, view.time)[..., None], 0.0, 1.0)


def _lay(
    layer: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    picture: np.ndarray,
    view: View,
    sway: float = 0.0,
) -> None:
    """Lay a layer resampled at x, y over the rows of `picture` that it touches, in place."""
    used = np.flatnonzero(layer[..., 3].any(axis=1))
    if not len(used):
        return
    rows = slice(
        max(int(view.to_frame(0, used[0] - 8)[1]), 0),
        max(int(view.to_frame(0, used[-1] + 8)[1]) + 1, 0),
    )
    x, y = x[rows], y[rows]
    if sway:
        push = breeze(x, y, view.time, sway)
        x, y = x + push[0], y + push[1]
    taken = cv2.remap(
        layer,
        x.astype(np.float32),
        y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    picture[rows] = over(taken, picture[rows])


def breeze(
    x: np.ndarray, y: np.ndarray, time: float, strength: float
) -> tuple[np.ndarray, np.ndarray]:
    """Pixels by which foliage is pushed: gusts that travel to the right, flutter on top."""
    gust = 0.6 + 0.4 * np.sin(1.7 * time - 0.006 * x + 0.004 * y)
    sway = gust * np.sin(3.9 * time - 0.021 * x + 0.013 * y)
    flutter = 0.35 * np.sin(8.3 * time + 0.11 * x - 0.07 * y)
    return strength * (sway + flutter), 0.25 * strength * np.sin(5.1 * time + 0.05 * x + 0.09 * y)


def cloud_shade(x: np.ndarray, y: np.ndarray, time: float) -> np.ndarray:
    """The light's slow change as thin clouds pass, float32 (H, W) about 1."""
    wave = np.sin(0.0021 * x - 0.42 * time) + 0.6 * np.sin(
        0.0047 * x + 0.004 * y - 0.7 * time + 2.0
    )
    return (0.98 + 0.045 * wave).astype(np.float32)


def cast(
    alpha: np.ndarray, ground: float, foot_x: float, near: float, density: float
) -> np.ndarray:
    """The subject's shadow on level ground, float32 (H, W) in [0, 1].

    alpha: float32 (H, W); ground: row where the subject would touch down; near: 1 on the ground,
    0 well above it; density: pixels per metre.
    """
    step = 4
    small = cv2.resize(alpha, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    rows, columns = small.shape
    y = np.arange(rows, dtype=np.float32)[:, None] * step
    shadow = np.zeros_like(small)
    for row in range(min(rows, int(ground / step))):
        high = ground - row * step
        if not small[row].any() or high < 0:
            continue
        move = np.float32([[1, 0, SUN_LEAN[0] * high / step], [0, 1, 0]])
        line = cv2.warpAffine(small[row : row + 1], move, (columns, 1))
        line = cv2.blur(line, (1 + 2 * int(1 + high / 90), 1))
        thick = density * (0.085 if high < 1.1 * density else 0.04) + 0.02 * high
        middle = ground - 0.04 * density + SUN_LEAN[1] * high
        shadow = np.maximum(shadow, line * np.exp(-(((y - middle) / thick) ** 2)))
    x = np.arange(columns, dtype=np.float32)[None] * step
    touch = np.exp(
        -(((x - foot_x) / (0.62 * density)) ** 4)
        - ((y - ground + 0.05 * density) / (0.13 * density)) ** 2
    )
    shadow = np.maximum(cv2.GaussianBlur(shadow, (0, 0), 1.2), 0.95 * near * touch)
    return cv2.resize(shadow, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)
