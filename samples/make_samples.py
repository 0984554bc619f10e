"""Make every file of the samples folder from nothing.

    python make_samples.py --out samples [--work folder] [--quick] [--only clip]

needs bpy 4.5 (Python 3.11), numpy, opencv-python and av. Blender's drawings are kept in the work
folder, each drawn by a process of its own, so that a second run only puts them together.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import meadow
import numpy as np
import puppet
import record
import story
from picture import composite, display, settle, tone, trimap
from sound import ambience

HERE = Path(__file__).parent
YAWS = {"body": (0, 10, 20, 30, 40), "head": (-20, -10, 0, 10, 20, 30, 40)}  # degrees
REACH = 18  # pixels of unknown band on each side of soft alpha
STILLS = ("wig", "feathers", "fern")
FRAME = meadow.FRAME


def blender(script: str, *words: object) -> None:
    """Run a drawing script with this Python; its log goes to the work folder's log."""
    command = [sys.executable, str(HERE / script), *map(str, words)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def draw_layers(work: Path, *, quick: bool) -> None:
    """Draw whatever layer of the creature or the meadow is not in the work folder yet."""
    (work / "layers").mkdir(parents=True, exist_ok=True)
    (work / "land").mkdir(exist_ok=True)
    size, samples = (260, 6) if quick else (520, 20)
    for kind, yaws in YAWS.items():
        for yaw in yaws:
            target = work / "layers" / f"{kind}_{yaw}.npy"
            if not target.exists():
                blender("creature.py", kind, yaw, samples, size, target)
    if not all((work / "land" / f"{name}.npy").exists() for name in ("soil", *meadow.DEPTHS)):
        blender("landscape.py", 0.5 if quick else 1.0, work / "land")


def subject(actor: puppet.Puppet, second: float) -> np.ndarray:
    """The creature in the frame at one instant, premultiplied float32 (H, W, 4)."""
    pose, view = story.pose_at(second), story.view_at(second)
    x, y, density, _ = story.lens_at(pose, view)
    return puppet.draw(actor, pose, (x, y, density), FRAME)


def exposed(actor: puppet.Puppet, second: float) -> np.ndarray:
    """The creature over half a frame's time: as many instants as its speed calls for."""
    open_for = 0.5 / story.RATE
    instants = int(np.clip(np.ceil(story.speed_at(second) * open_for / 3.0), 1, 7))
    steps = (np.arange(instants) + 0.5) / instants - 0.5
    return np.mean([subject(actor, second + open_for * step) for step in steps], axis=0)


def scenes(
    actor: puppet.Puppet, land: dict[str, np.ndarray], every: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Per frame: stored alpha uint8 (H, W), foreground and background float32 (H, W, 3)."""
    for index in range(0, round(story.SECONDS * story.RATE), every):
        second = index / story.RATE
        pose, view = story.pose_at(second), story.view_at(second)
        layer = exposed(actor, second)
        x, _, density, ground = story.lens_at(pose, view)
        near = float(np.clip(1.0 - pose.height / 0.5, 0.0, 1.0))
        shadow = meadow.cast(layer[..., 3], ground, x, near, density)
        yield (*settle(layer), meadow.backdrop(land, view, shadow))


def grain(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """uint8 with a sensor's noise: stronger in the light in counts, weaker in the curve."""
    noise = rng.standard_normal(image.shape[:2], np.float32)[..., None]
    noise = noise + 0.4 * rng.standard_normal(image.shape, np.float32)
    return np.rint(np.clip(255.0 * image + (1.5 - 0.8 * image) * 0.7 * noise, 0, 255)).astype(
        np.uint8
    )


def make_clip(out: Path, work: Path, *, quick: bool) -> dict[str, float]:
    """clip.mp4, clip_alpha.mkv and clip_trimap.mkv. Gives what was measured."""
    actor, land = puppet.load(work / "layers"), meadow.load(work / "land")
    rng, every, worst = np.random.default_rng(9), 4 if quick else 1, 0.0
    alphas = work / "alpha"
    alphas.mkdir(exist_ok=True)
    count = 0
    with record.Clip(out / "clip.mp4", FRAME[::-1], story.RATE // every, 2500) as clip:
        clip.speak(ambience(story.SECONDS, [start + span for start, span, *_ in story.HOPS]))
        for count, (alpha, foreground, background) in enumerate(scenes(actor, land, every), 1):
            image = composite(alpha, foreground, background)
            clip.write(grain(image, rng))
            worst = max(worst, float(np.abs(np.rint(255.0 * image) / 255.0 - image).max()))
            np.savez_compressed(alphas / f"{count - 1:04d}", alpha=alpha)
    saved = [alphas / f"{index:04d}.npz" for index in range(count)]
    record.grey_clip(
        out / "clip_alpha.mkv", (np.load(name)["alpha"] for name in saved), story.RATE // every
    )
    record.grey_clip(
        out / "clip_trimap.mkv",
        (trimap(np.load(name)["alpha"], REACH) for name in saved),
        story.RATE // every,
    )
    back = record.grey_frames(out / "clip_alpha.mkv")
    lost = max(
        int((read != np.load(name)["alpha"]).sum()) for read, name in zip(back, saved, strict=True)
    )
    return {"frames": count, "worst_rounding": worst, "alpha_pixels_not_read_back": lost}


def still_background(name: str, work: Path) -> np.ndarray:
    """What stands behind a still's subject: display values float32 (H, W, 3)."""
    drawn = np.load(work / "stills" / f"{name}_back.npy").astype(np.float32)
    return tone(drawn[..., :3])


def make_stills(out: Path, work: Path, *, quick: bool) -> dict[str, float]:
    """still_N.jpg with its alpha and trimap, and background.jpg."""
    folder = work / "stills"
    folder.mkdir(parents=True, exist_ok=True)
    if not all((folder / f"{name}.npy").exists() for name in (*STILLS, "dusk_back")):
        blender("stills.py", 0.4 if quick else 1.0, folder)
    rng, worst = np.random.default_rng(4), 0.0
    for number, name in enumerate(STILLS, 1):
        layer = display(np.load(folder / f"{name}.npy").astype(np.float32))
        alpha, foreground = settle(layer)
        behind = cv2.resize(
            still_background(name, work), alpha.shape[::-1], interpolation=cv2.INTER_CUBIC
        )
        image = np.clip(composite(alpha, foreground, np.clip(behind, 0, 1)), 0.0, 1.0)
        record.picture(out / f"still_{number}.jpg", grain(image, rng))
        record.picture(out / f"still_{number}_alpha.png", alpha)
        record.picture(out / f"still_{number}_trimap.png", trimap(alpha, 12))
        worst = max(worst, float(np.abs(image - np.rint(255.0 * image) / 255.0).max()))
    dusk = cv2.resize(still_background("dusk", work), (1280, 720), interpolation=cv2.INTER_CUBIC)
    record.picture(out / "background.jpg", grain(np.clip(dusk, 0.0, 1.0), rng))
    return {"stills_worst_rounding": worst}


def main() -> None:
    """Read the command line, draw, put together, and print what was measured as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--work", type=Path, help="keeps the drawings between runs")
    parser.add_argument("--quick", action="store_true", help="small and coarse, to try a change")
    parser.add_argument("--only", choices=("clip", "stills"))
    choice = parser.parse_args()
    work = choice.work or Path(tempfile.gettempdir()) / "pamcli_samples"
    choice.out.mkdir(parents=True, exist_ok=True)
    work.mkdir(parents=True, exist_ok=True)
    measured: dict[str, float] = {}
    if choice.only != "stills":
        draw_layers(work, quick=choice.quick)
        measured |= make_clip(choice.out, work, quick=choice.quick)
    if choice.only != "clip":
        measured |= make_stills(choice.out, work, quick=choice.quick)
    print(json.dumps(measured, indent=2))


if __name__ == "__main__":
    main()
