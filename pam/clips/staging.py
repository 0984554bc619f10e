"""Random clips: every number of a scene from one seed, and busts that never float."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from pam.clips.motion import Wander, any_sway, applied, wander
from pam.clips.scene import CORNERS, Actor, Camera, ClipSettings, Manner, Scene, joined
from pam.clips.sources import Cutout

MARGIN = 2.0  # pixels by which an edge that cuts a subject off stays outside the frame
MOST_RELIEF = 0.4  # how much more than the far background its nearest parts move
SOONEST = 4.0  # seconds in which a subject has left and is back
COVER = 1.25  # a subject that both sides cut off is this much wider than the frame at least


def any_scene(
    settings: ClipSettings, cutouts: tuple[Cutout, ...], backdrop: Path, seed: tuple[int, int]
) -> Scene:
    """A random clip; the same seed, (of the run, number of the clip), gives the same one."""
    rng = np.random.default_rng(seed)
    camera = any_camera(settings, rng)
    actors = []
    for index, cutout in enumerate(cutouts):
        actor = any_actor(settings, cutout, (index + 0.5) / len(cutouts), rng)
        actors.append(kept_outside(settings, camera, actor))
    return Scene(
        settings=settings,
        actors=tuple(actors),
        camera=camera,
        backdrop=backdrop,
        defocus=rng.uniform(0.5, 4) if rng.random() < 0.4 else 0.0,
        relief=rng.uniform(0, MOST_RELIEF),
        shutter=rng.uniform(0.2, 0.7),
        dimming=wander(rng, [rng.uniform(0, 0.15)], 0.5),
        noise=(rng.uniform(0, 0.012), rng.uniform(0, 0.0006)),
        seed=seed,
    )


def any_camera(settings: ClipSettings, rng: np.random.Generator) -> Camera:
    """On a tripod, held in a hand, or panning and zooming."""
    width, kind = settings.width, rng.integers(3)
    held, panned = kind > 0, kind == 2
    shake = held * rng.uniform(0.001, 0.006) * width
    pan = panned * rng.uniform(0.02, 0.1) * width
    reach = (pan, 0.4 * pan, panned * rng.uniform(0, 0.08))
    turn = held * rng.uniform(0, 0.01)
    return Camera(
        pan=wander(rng, reach, 0.25), shake=wander(rng, (shake, shake, turn), rng.uniform(1.5, 5))
    )


def any_actor(
    settings: ClipSettings, cutout: Cutout, across: float, rng: np.random.Generator
) -> Actor:
    """A subject at about `across` of the frame's width (0 to 1) with a manner of its own."""
    zoom = any_zoom(settings, cutout, rng)
    size = (max(round(cutout.height * zoom), 2), max(round(cutout.width * zoom), 2))
    fixed = cutout.left or cutout.right or cutout.top
    manner = Manner.STAYS if fixed else list(Manner)[rng.choice(3, p=(0.3, 0.45, 0.25))]
    x = settings.width * (across + rng.uniform(-0.15, 0.15))
    y = settings.height * (1.0 if cutout.bottom else rng.uniform(0.4, 0.6))
    walk = any_walk(settings, manner, rng, stands=cutout.bottom)
    if manner is Manner.LEAVES:
        walk = leaving(settings, walk, min(x, settings.width - x) + 0.75 * size[1], rng)
    return Actor(
        cutout=cutout,
        manner=manner,
        size=size,
        pivot=(size[1] / 2, float(size[0]) if cutout.bottom else size[0] / 2),
        home=(x, y),
        walk=walk,
        sway=any_sway(rng, rng.uniform(0.002, 0.012)),
        nearness=rng.uniform(1.0, 1.5),
    )


def any_zoom(settings: ClipSettings, cutout: Cutout, rng: np.random.Generator) -> float:
    """Frame pixels per pixel of the cutout's picture, such that cut edges can stay outside."""
    high, wide = settings.height / cutout.height, settings.width / cutout.width
    least = max(
        COVER * wide if cutout.left and cutout.right else 0.0,
        COVER * high if cutout.top and cutout.bottom else 0.0,
    )
    free = high * rng.uniform(0.75, 1.2) if cutout.bottom else min(high, wide) * rng.uniform(0.5, 1)
    return max(free, least)


def any_walk(
    settings: ClipSettings, manner: Manner, rng: np.random.Generator, *, stands: bool
) -> Wander:
    """How a subject goes about its place. stands: on the frame's lower edge."""
    lively = 0.15 if manner is Manner.STAYS else 1.0
    reach = [
        lively * rng.uniform(0.05, 0.25) * settings.width,
        lively * rng.uniform(0.01, 0.03 if stands else 0.12) * settings.height,
        lively * rng.uniform(0.02, 0.12),
        lively * rng.uniform(0.02, 0.08 if stands else 0.3),
    ]
    return wander(rng, reach, rng.uniform(0.2, 0.8))


def leaving(settings: ClipSettings, walk: Wander, far: float, rng: np.random.Generator) -> Wander:
    """The same, but `far` pixels to the left and to the right, once each in about the clip."""
    seconds = max(settings.frames / settings.rate, SOONEST)
    reach, pace, phase = walk.reach.copy(), walk.pace.copy(), walk.phase.copy()
    reach[0] = [far, 0, 0, 0]
    pace[0, 0] = 2 * np.pi / (seconds * rng.uniform(0.8, 1.3))
    phase[0, 0] = rng.choice([0.0, np.pi])
    return Wander(reach=reach, pace=pace, phase=phase)


def kept_outside(settings: ClipSettings, camera: Camera, actor: Actor) -> Actor:
    """The actor moved, by the same for the whole clip, so that no cut edge is ever seen."""
    box = np.array([actor.size[1], actor.size[0]]) * CORNERS
    times = np.arange(settings.frames + 1) / settings.rate
    views = [camera.view(time, settings.size, actor.nearness) for time in times]
    zoom = max(float(np.linalg.norm(view[:, 0])) for view in views)
    seen = np.stack([applied(joined(v, actor, t), box) for v, t in zip(views, times, strict=True)])
    spare = MARGIN + 1.3 * zoom * actor.swayed()
    cut, (height, width) = actor.cutout, settings.size
    right = min(0.0, seen[:, (1, 3), 0].min() - width - spare) if cut.right else 0.0
    left = max(0.0, seen[:, (0, 2), 0].max() + spare) if cut.left else 0.0
    low = min(0.0, seen[:, (2, 3), 1].min() - height - spare) if cut.bottom else 0.0
    top = max(0.0, seen[:, (0, 1), 1].max() + spare) if cut.top else 0.0
    least = min(float(np.linalg.norm(view[:, 0])) for view in views)
    x, y = actor.home
    return replace(actor, home=(x - (right + left) / least, y - (low + top) / least))
