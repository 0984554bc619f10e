"""The creature as a puppet: drawn layers turned, bent and placed in a frame, alpha kept exact."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from picture import display

SPAN, EYE_LINE, TILT = 2.8, 1.2, 0.0997  # as the layers were drawn: metres, metres, radians
NECK = np.array([0.0, -0.50, 1.16])
EYES = np.array([[-0.225, -0.345, 0.055], [0.225, -0.345, 0.055]])
LENS = 0.6  # pixels: the softness of a real lens, which a drawing lacks
REACH = {"body": 0.95, "head": 0.45}  # metres from the axis to the coat that turns
MUZZLE = (-0.09, 0.08, 0.15)  # height in the head, its spread, and how much farther out it is
EAR_AXIS = 0.06  # metres that the ears stand behind the head's axis


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """One moment. Angles in radians, lengths in metres; right and up are positive."""

    x: float
    height: float = 0.0
    depth: float = 10.0
    squash: float = 1.0  # height over rest height; width follows so that the volume stays
    roll: float = 0.0
    body: float = 0.0  # yaw
    head: float = 0.0  # yaw
    tilt: float = 0.0
    nod: float = 0.0  # metres the head is lowered
    ears: tuple[float, float] = (0.0, 0.0)
    blink: float = 0.0  # 0 open, 1 shut
    drag: tuple[float, float] = (0.0, 0.0)  # metres that loose hair lags behind
    time: float = 0.0  # seconds, for the wind


@dataclass(frozen=True, slots=True, kw_only=True)
class Puppet:
    """Layers by kind and yaw in degrees: premultiplied float32 (S, S, 4), display values."""

    layers: dict[str, dict[int, np.ndarray]]
    loose: dict[str, np.ndarray]
    size: int

    @property
    def density(self) -> float:
        """Pixels per metre of a layer."""
        return self.size / SPAN


def load(folder: Path) -> Puppet:
    """Read `body_<yaw>.npy` and `head_<yaw>.npy`; loose is how freely the hair there moves."""
    layers: dict[str, dict[int, np.ndarray]] = {"body": {}, "head": {}}
    for source in sorted(folder.glob("*_*.npy")):
        kind, yaw = source.stem.split("_")
        drawn = display(np.load(source).astype(np.float32))
        drawn = cv2.GaussianBlur(drawn, (0, 0), LENS)
        layers[kind][int(yaw)] = healed(drawn, np.deg2rad(int(yaw))) if kind == "body" else drawn
    loose = {}
    for kind, drawn in layers.items():
        alpha = np.mean([layer[..., 3] for layer in drawn.values()], axis=0)
        loose[kind] = np.clip(1.7 * (1.0 - cv2.GaussianBlur(alpha, (0, 0), 11.0)), 0.05, 1.0)
    return Puppet(layers=layers, loose=loose, size=alpha.shape[0])


def healed(body: np.ndarray, yaw: float) -> np.ndarray:
    """The body's layer with the coat filled in that is black inside the unseen head."""
    size = body.shape[0]
    density = size / SPAN
    y, x = np.mgrid[:size, :size]
    across = (x - size / 2) / density + NECK[1] * np.sin(yaw)
    up = EYE_LINE - (y - size / 2) / density - NECK[2]
    inside = (across**2 + up**2 < 0.64**2) & (body[..., 3] > 0.5)
    dark = inside & (body[..., :3].max(axis=-1) < 0.42 * body[..., 3])
    hole = cv2.dilate(dark.astype(np.uint8), np.ones((5, 5), np.uint8))
    colour = np.rint(255.0 * body[..., :3] / np.maximum(body[..., 3:], 0.02)).astype(np.uint8)
    filled = cv2.inpaint(colour, hole, 7, cv2.INPAINT_TELEA) / np.float32(255.0)
    mended = np.where(hole[..., None] > 0, filled * body[..., 3:], body[..., :3])
    return np.concatenate([mended, body[..., 3:]], axis=-1).astype(np.float32)


def _turned(
    puppet: Puppet, kind: str, x: np.ndarray, y: np.ndarray, yaw: float, drawn: float
) -> tuple[np.ndarray, np.ndarray]:
    """Where the layer drawn at another yaw shows what stands at x, y (pixels) at this yaw.

    The coat is taken for a cylinder about the layer's own axis; its outline stays.
    """
    middle, reach = puppet.size / 2, REACH[kind]
    arm = NECK[1] if kind == "head" else 0.0
    now, then = -arm * np.sin(yaw), -arm * np.sin(drawn)
    across = (x - middle) / puppet.density - now
    up = EYE_LINE - (y - middle) / puppet.density
    if kind == "head":
        reach = reach + MUZZLE[2] * np.exp(-(((up - NECK[2] - MUZZLE[0]) / MUZZLE[1]) ** 2))
    angle = np.arcsin(np.clip(across / reach, -1.0, 1.0))
    turned = reach * np.sin(angle + (drawn - yaw) * (1.0 - (2.0 * angle / np.pi) ** 2))
    turned = np.where(np.abs(across) < reach, turned, across)
    if kind == "head":
        ear = np.clip((up - NECK[2] - 0.30) / 0.18, 0.0, 1.0)
        upright = (across + EAR_AXIS * np.sin(yaw)) * np.cos(drawn) / np.cos(yaw)
        turned = turned + ear * (upright - EAR_AXIS * np.sin(drawn) - turned)
    rise = TILT * arm * (np.cos(drawn) - np.cos(yaw))
    return (middle + puppet.density * (turned + then)).astype(np.float32), (
        y - puppet.density * rise
    ).astype(np.float32)


def _sample(puppet: Puppet, kind: str, x: np.ndarray, y: np.ndarray, yaw: float) -> np.ndarray:
    """The layer at any yaw, faded between its two nearest drawings; premultiplied (H, W, 4)."""
    drawn = puppet.layers[kind]
    yaws = np.array(sorted(drawn))
    degrees = float(np.clip(np.rad2deg(yaw), yaws[0], yaws[-1]))
    after = int(np.clip(np.searchsorted(yaws, degrees), 1, len(yaws) - 1))
    share = (degrees - yaws[after - 1]) / (yaws[after] - yaws[after - 1])
    share = np.clip((share - 0.3) / 0.4, 0.0, 1.0)
    total = np.zeros((*x.shape, 4), np.float32)
    for key, weight in ((yaws[after - 1], 1.0 - share), (yaws[after], share)):
        if weight > 0.0:
            where = _turned(puppet, kind, x, y, np.deg2rad(degrees), np.deg2rad(key))
            found = cv2.remap(drawn[key], *where, cv2.INTER_CUBIC)
            total += np.float32(weight) * np.clip(found, 0.0, 1.0)
    return total


def _blown(
    puppet: Puppet, kind: str, x: np.ndarray, y: np.ndarray, pose: Pose
) -> tuple[np.ndarray, np.ndarray]:
    """Undo what wind and drag do to loose hair, which is the more the farther from the skin."""
    loose = cv2.remap(puppet.loose[kind], x, y, cv2.INTER_LINEAR, borderValue=1.0)
    foot = puppet.size / 2 + EYE_LINE * puppet.density
    loose = loose * np.clip((foot - y) / (0.5 * puppet.density), 0.0, 1.0)
    gust = 1.0 + 0.8 * np.sin(0.9 * pose.time + 1.0) * np.sin(0.37 * pose.time)
    phase = 5.2 * pose.time - 0.030 * x - 0.012 * y
    wave = gust * (1.5 * np.sin(phase) + 0.8 * np.sin(1.9 * phase + 0.05 * y) + 1.2)
    lift = 0.8 * gust * np.sin(0.8 * phase + 0.03 * x)
    drag = np.array(pose.drag) * puppet.density
    return x - loose * (wave + drag[0]), y - loose * (lift - drag[1])


def _ears(
    puppet: Puppet, x: np.ndarray, y: np.ndarray, pose: Pose
) -> tuple[np.ndarray, np.ndarray]:
    """Undo the swing of each ear about its root."""
    middle = puppet.size / 2
    for side, angle in zip((-1.0, 1.0), pose.ears, strict=True):
        root = -NECK[1] * np.sin(pose.head) + side * 0.24 * np.cos(pose.head)
        root_x = middle + puppet.density * root
        root_y = middle - puppet.density * (NECK[2] + 0.34 - EYE_LINE)
        up = (root_y - y) / puppet.density
        mine = np.clip(
            0.5
            + side
            * (x - middle + puppet.density * NECK[1] * np.sin(pose.head))
            / (0.16 * puppet.density),
            0.0,
            1.0,
        )
        bend = -angle * mine * np.clip(up / 0.35, 0.0, 1.0)
        c, s, dx, dy = np.cos(bend), np.sin(bend), x - root_x, y - root_y
        x, y = root_x + c * dx - s * dy, root_y + s * dx + c * dy
    return x, y


def _lids(puppet: Puppet, x: np.ndarray, y: np.ndarray, pose: Pose) -> np.ndarray:
    """Undo a blink: the fur above and below closes over each eye. Gives y."""
    c, s = np.cos(pose.head), np.sin(pose.head)
    radius = 0.105 * puppet.density
    for eye in EYES + NECK:
        across, away = c * eye[0] - s * eye[1], s * eye[0] + c * eye[1]
        eye_x = puppet.size / 2 + puppet.density * across
        eye_y = puppet.size / 2 - puppet.density * (eye[2] - EYE_LINE + TILT * away)
        v, near = (y - eye_y) / radius, np.exp(-(((x - eye_x) / (1.25 * radius)) ** 4))
        slit = 1.0 - 0.93 * pose.blink * near
        size = np.abs(v)
        opened = np.where(size < slit, size / slit, 1.0 + (size - slit) / (2.2 - slit) * 1.2)
        y = np.where(size < 2.2, eye_y + radius * np.sign(v) * opened, y)
    return y


def draw(
    puppet: Puppet, pose: Pose, lens: tuple[float, float, float], size: tuple[int, int]
) -> np.ndarray:
    """The puppet in a frame, premultiplied (H, W, 4). lens: foot x, foot y, pixels per metre."""
    foot_x, foot_y, density = lens
    frame = np.zeros((*size, 4), np.float32)
    scale = density / puppet.density
    left, right = int(foot_x - 0.56 * SPAN * density), int(foot_x + 0.56 * SPAN * density)
    top, bottom = int(foot_y - 2.9 * density), int(foot_y + 0.4 * density)
    left, right, top, bottom = max(left, 0), min(right, size[1]), max(top, 0), min(bottom, size[0])
    if left >= right or top >= bottom:
        return frame
    y, x = np.mgrid[top:bottom, left:right].astype(np.float32)
    c, s = np.cos(pose.roll), np.sin(pose.roll)
    dx, dy = (x - foot_x) / scale, (y - foot_y) / scale
    dx, dy = c * dx + s * dy, -s * dx + c * dy
    x = puppet.size / 2 + dx * np.sqrt(pose.squash)
    y = puppet.size / 2 + EYE_LINE * puppet.density + dy / pose.squash
    body = _sample(puppet, "body", *_blown(puppet, "body", x, y, pose), pose.body)
    head = _head(puppet, x, y, pose)
    frame[top:bottom, left:right] = head + (1.0 - head[..., 3:]) * body
    return frame


def _head(puppet: Puppet, x: np.ndarray, y: np.ndarray, pose: Pose) -> np.ndarray:
    """The head's layer: carried by the body's turn, then tilted, lowered, blinking."""
    carried = -NECK[1] * (np.sin(pose.body) - np.sin(pose.head)) * 0.6
    x = x - puppet.density * carried
    y = y - puppet.density * pose.nod
    pivot_x = puppet.size / 2 - puppet.density * NECK[1] * np.sin(pose.head)
    pivot_y = puppet.size / 2 - puppet.density * (NECK[2] - 0.3 - EYE_LINE)
    c, s, dx, dy = np.cos(pose.tilt), np.sin(pose.tilt), x - pivot_x, y - pivot_y
    x, y = pivot_x + c * dx + s * dy, pivot_y - s * dx + c * dy
    x, y = _ears(puppet, x, y, pose)
    x, y = x.astype(np.float32), _lids(puppet, x, y, pose).astype(np.float32)
    x, y = _blown(puppet, "head", x, y, pose)
    return _sample(puppet, "head", x, y, pose.head)
