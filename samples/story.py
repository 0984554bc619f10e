"""What happens in the clip, second by second: the creature's pose and the camera's view."""

import numpy as np
from meadow import EYE, FOCAL, HORIZON, View
from puppet import Pose

SECONDS, RATE = 11.0, 24
HOPS = (  # start s, seconds, metres to the right, metres high
    (0.75, 0.46, 0.85, 0.28),
    (1.42, 0.46, 0.95, 0.34),
    (2.10, 0.44, 0.70, 0.24),
    (7.95, 0.42, 0.75, 0.26),
    (8.52, 0.46, 1.25, 0.34),
    (9.15, 0.46, 1.35, 0.36),
    (9.95, 0.40, 0.50, 0.20),
)
SHAKE = (5.9, 0.95)  # start s, seconds: shakes its head
START = -2.35  # metres


def ease(t: float, *keys: tuple[float, float]) -> float:
    """A value that moves smoothly through (second, value) keys and rests at both ends."""
    times, values = np.array(keys).T
    after = int(np.clip(np.searchsorted(times, t), 1, len(times) - 1))
    u = np.clip((t - times[after - 1]) / (times[after] - times[after - 1]), 0.0, 1.0)
    return float(values[after - 1] + (values[after] - values[after - 1]) * u * u * (3.0 - 2.0 * u))


def travel(t: float) -> tuple[float, float, float, float]:
    """Place x, height, squash and roll at second t, from the hops."""
    x, height, squash, roll = START, 0.0, 1.0, 0.0
    for start, span, far, high in HOPS:
        u = float(np.clip((t - start) / span, 0.0, 1.0))
        x += far * (0.85 * u + 0.15 * u * u * (3.0 - 2.0 * u))
        height += 4.0 * high * u * (1.0 - u)
        squash += 0.13 * high / 0.3 * np.sin(np.pi * u) ** 2
        squash -= 0.13 * np.exp(-(((t - start + 0.05) / 0.07) ** 2))
        landed = t - start - span
        if landed > 0.0:
            squash -= 0.16 * np.exp(-7.0 * landed) * np.sin(18.0 * landed + 0.35)
        roll += 0.14 * np.sin(2.0 * np.pi * u) * (0.0 < u < 1.0)
    return x, height, squash + 0.008 * np.sin(5.6 * t), roll


def shiver(t: float) -> float:
    """The head's yaw while it shakes, radians."""
    u = (t - SHAKE[0]) / SHAKE[1]
    if not 0.0 < u < 1.0:
        return 0.0
    return float(0.33 * np.sin(np.pi * u) ** 0.7 * np.sin(2.0 * np.pi * 4.6 * (t - SHAKE[0])))


def pose_at(t: float) -> Pose:
    """The creature at second t."""
    x, height, squash, roll = travel(t)
    before, after = travel(t - 0.035), travel(t + 0.01)
    speed = ((after[0] - before[0]) / 0.045, (after[1] - before[1]) / 0.045)
    turn = np.deg2rad(ease(t, (2.5, 38), (3.3, 18), (5.6, 12), (7.0, 12), (7.8, 40)))
    look = ease(
        t,
        (0.0, 32),
        (0.6, 38),
        (2.6, 38),
        (3.1, 12),
        (3.7, -4),
        (4.3, -18),
        (4.9, -18),
        (5.5, 12),
        (5.9, 18),
        (6.9, 18),
        (7.3, 6),
        (7.8, 40),
    )
    late = shiver(t - 0.05)
    back = -0.10 * speed[1] - 0.03 * speed[0]
    twitch = 0.22 * max(0.0, np.sin(21.0 * t)) * (3.55 < t < 3.95) - 0.20 * (
        max(0.0, np.sin(24.0 * t)) * (5.1 < t < 5.4)
    )
    ears = (
        0.04 * np.sin(1.9 * t) - 0.7 * back + twitch - 1.5 * late,
        0.05 * np.sin(1.6 * t + 1.0) + 0.7 * back - 0.5 * twitch - 1.5 * late,
    )
    blink = sum(np.exp(-(((t - when) / 0.055) ** 4)) for when in (0.35, 3.25, 4.55, 7.35, 10.7))
    blink = max(blink, 0.9 * (SHAKE[0] + 0.1 < t < SHAKE[0] + SHAKE[1] - 0.1))
    return Pose(
        x=x,
        height=height,
        squash=squash,
        roll=roll,
        body=turn,
        depth=ease(t, (0.7, 11.0), (2.7, 10.2), (7.9, 10.2), (9.8, 9.6)),
        head=np.deg2rad(look) + shiver(t),
        blink=min(blink, 1.0),
        ears=ears,
        tilt=0.10 * np.sin(0.8 * t) * (t < 9)
        + ease(t, (3.9, 0), (4.4, 0.14), (5.0, 0.14), (5.5, 0))
        + 0.5 * shiver(t - 0.02),
        nod=0.020 * np.sin(2.8 * t)
        + 0.15 * (1.0 - squash)
        + ease(t, (0.0, 0), (2.8, 0), (3.2, 0.05), (3.8, 0), (7.0, 0), (7.4, 0.07), (7.8, 0)),
        drag=(0.035 * speed[0] + 0.9 * late * 0.3, 0.030 * speed[1]),
        time=t,
    )


def view_at(t: float) -> View:
    """The camera at second t: it follows late, creeps in, and is held by hand."""
    lags = np.linspace(0.0, 1.4, 24)
    wanted = np.mean([travel(max(t - lag + 0.35, 0.0))[0] for lag in lags])
    shake = (
        2.2 * np.sin(1.3 * t) + 1.1 * np.sin(2.9 * t + 1.0),
        1.4 * np.sin(1.7 * t + 0.5) + 0.8 * np.sin(3.7 * t),
    )
    return View(
        centre=float(np.clip(0.62 * wanted + 0.20, -1.75, 1.75)),
        time=t,
        shake=shake,
        zoom=ease(t, (0.0, 1.0), (5.5, 1.08), (7.9, 1.08), (9.5, 1.0)),
    )


def lens_at(pose: Pose, view: View) -> tuple[float, float, float, float]:
    """Foot x, foot y, pixels per metre, and the row of the ground below, in the frame."""
    density = FOCAL / pose.depth
    x, ground = view.to_frame(640.0 + density * (pose.x - view.centre), HORIZON + density * EYE)
    density *= view.zoom
    return x, ground - density * pose.height, density, ground


def speed_at(t: float) -> float:
    """About how fast the subject's quickest part moves in the frame, pixels per second."""
    step = 0.01
    there, then = (lens_at(pose_at(t + d), view_at(t + d)) for d in (-step, step))
    glide = np.hypot(then[0] - there[0], then[1] - there[1]) / (2 * step)
    swing = abs(shiver(t + step) - shiver(t - step)) / (2 * step) * 150.0
    return float(max(glide, swing))
