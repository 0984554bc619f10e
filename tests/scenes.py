"""Made scenes with exact truth: a subject that moves, before textured walls and before screens."""

import cv2
import numpy as np

from pamcli.frame import Alpha, Rgb

SIZE = 144, 256  # height, width


def texture(seed: int, size: tuple[int, int], grain: float = 4.0) -> np.ndarray:
    """float32 (H, W, 3) about 128 with a spread of 40."""
    noise = np.random.default_rng(seed).normal(0, 1, (*size, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), grain)
    return np.asarray(128 + 40 * smooth / smooth.std(), np.float32)


def with_noise(rgb: np.ndarray, seed: int, spread: float = 3.0) -> Rgb:
    noise = np.random.default_rng(seed).normal(0, spread, rgb.shape)
    return np.clip(rgb + noise, 0, 255).astype(np.uint8)


WALL = texture(1, SIZE) - (0, 0, 40)
OTHER_WALL = texture(2, SIZE, 9.0) - (60, 0, -90)
SKIN = texture(3, (80, 80), 6.0) * 0.6 + (110, 30, -10)
RADIUS = 30


def centre(number: int) -> tuple[int, int]:
    """Column and row of the subject's centre in frame `number`."""
    return 60 + 2 * number, 72 + round(8 * np.sin(number / 4))


def truth(number: int) -> Alpha:
    """A disc with a soft edge of a pixel."""
    x, y = centre(number)
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    inside = RADIUS + 0.5 - np.hypot(columns - x, rows - y)
    return np.asarray(np.clip(inside, 0, 1), np.float32)


def walk(number: int, wall: np.ndarray = WALL) -> Rgb:
    """A disc with a texture of its own that moves before a wall; with noise."""
    x, y = centre(number)
    subject = np.zeros((*SIZE, 3), np.float32)
    left, top = x - 40, y - 40
    right = min(left + 80, SIZE[1])
    if left < right:
        subject[top : top + 80, left:right] = SKIN[:, : right - left]
    alpha = truth(number)[..., None]
    return with_noise(alpha * subject + (1 - alpha) * wall, number)


def iou(mask: np.ndarray, alpha: np.ndarray) -> float:
    """Intersection over union of two masks at one half."""
    one, two = mask > 0.5, alpha > 0.5
    return float((one & two).sum() / max(1, (one | two).sum()))


def wrong(trimap: np.ndarray, alpha: Alpha) -> float:
    """Share of the pixels that are known and wrong by more than a tenth."""
    false = ((trimap == 255) & (alpha < 0.9)) | ((trimap == 0) & (alpha > 0.1))
    return float(false.mean())


def before_screen(
    screen: tuple[int, int, int],
    shirt: tuple[int, int, int],
    *,
    light: tuple[float, float] = (0.5, 1.2),
    spill: float = 0.35,
    noise: float = 4.0,
) -> tuple[Rgb, Alpha]:
    """A head with thin strands and a shirt before a screen lit from one side, 240x320.

    light: brightness at the left and right. spill: share of the screen's colour at the subject's
    edge, falling off within a few pixels. Chroma is halved in both directions, as in video.
    """
    alpha, body = _figure()
    rows, columns = alpha.shape
    subject = np.where(body[..., None] > 0, np.array(shirt), np.array((200, 145, 115)))
    depth = cv2.distanceTransform((alpha > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    share = (spill * np.exp(-depth / 5))[..., None]
    subject = (1 - share) * subject + share * np.array(screen) * 0.8
    wall = np.array(screen) * np.linspace(*light, columns)[None, :, None]
    rgb = alpha[..., None] * subject + (1 - alpha[..., None]) * wall
    coded = cv2.cvtColor(with_noise(rgb, 0, noise), cv2.COLOR_RGB2YCrCb)
    half = cv2.resize(coded[..., 1:], (columns // 2, rows // 2), interpolation=cv2.INTER_AREA)
    coded[..., 1:] = cv2.resize(half, (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(coded, cv2.COLOR_YCrCb2RGB), np.uint8), alpha


def _figure() -> tuple[Alpha, np.ndarray]:
    """Alpha and shirt, drawn at twice the size."""
    head, body = np.zeros((480, 640), np.uint8), np.zeros((480, 640), np.uint8)
    cv2.circle(head, (320, 180), 76, 255, -1)
    for angle in np.linspace(1.1 * np.pi, 1.9 * np.pi, 24):
        direction = np.array([np.cos(angle), np.sin(angle)])
        begin, end = (np.rint((320, 180) + r * direction).astype(int).tolist() for r in (70, 105))
        cv2.line(head, begin, end, 255, 3, cv2.LINE_AA)
    cv2.ellipse(body, (320, 500), (190, 230), 0, 0, 360, 255, -1)
    whole = np.maximum(head, body)
    small = [cv2.resize(m, (320, 240), interpolation=cv2.INTER_AREA) for m in (whole, body)]
    return np.asarray(small[0] / 255, np.float32), np.asarray(small[1])
