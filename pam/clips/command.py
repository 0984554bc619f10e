"""`python -m pam clips`: clips with exactly known alpha, composed of cut-outs and photographs."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from av.error import FFmpegError

from pam.clips.files import write_clip
from pam.clips.layers import drawn
from pam.clips.scene import ClipSettings
from pam.clips.sources import Foreground, find_foregrounds, find_pictures, to_cutout
from pam.clips.staging import any_scene

BANDS = (8.0, 20.0)  # pixels of a 1080p frame by which a trimap's unknown band exceeds the soft
DRAWN, THERE, FAILED = "composed", "there already", "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What clips are composed of, and where they go."""

    folder: Path
    subjects: tuple[Foreground, ...]
    backdrops: tuple[Path, ...]
    settings: ClipSettings
    seed: int
    layers: bool  # also write foreground and background


def main(argv: Sequence[str]) -> int:
    """Compose what is missing; returns the exit code: 1 when a clip failed, 130 on Ctrl-C."""
    options = parser().parse_args(argv)
    try:
        run = to_run(options)
    except (ValueError, OSError) as error:
        parser().error(str(error))
    counts: Counter[str] = Counter()
    try:
        compose_all(run, options.count, counts)
    except KeyboardInterrupt:
        print(summary(options.out, counts))
        return 130
    print(summary(options.out, counts))
    return 1 if counts[FAILED] else 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m pam clips", description=__doc__)
    add = made.add_argument
    add("foregrounds", type=Path, help="RGBA pictures; sub-folders: sequences, image and alpha")
    add("backgrounds", type=Path, help="folder of photographs")
    add("--out", type=Path, required=True, help="where the clips' folders go; those there are kept")
    add("--count", type=int, required=True, help="clips in all")
    add("--seed", type=int, default=1, help="another seed, other clips")
    add("--size", default="854x480", help="of the frames, WIDTHxHEIGHT: %(default)s")
    add("--frames", type=int, default=150)
    add("--fps", type=int, default=25)
    add("--pairs", type=float, default=0.3, help="share of clips with two subjects: %(default)s")
    add("--names", type=Path, help="file that names the only foregrounds to use, one a line")
    add("--without", type=Path, help="file that names foregrounds not to use, one a line")
    add("--layers", action="store_true", help="also write foreground.mkv and background.mkv")
    return made


def to_run(options: argparse.Namespace) -> Run:
    """Raises ValueError for a size that is none, a number out of range, no pictures; OSError."""
    found = re.fullmatch(r"(\d+)x(\d+)", options.size)
    if not found:
        raise ValueError(f"size {options.size}: write it as 854x480")
    if options.count < 1 or options.seed < 0:
        raise ValueError("count must be 1 or more, seed 0 or more")
    backdrops = find_pictures(options.backgrounds)
    if not backdrops:
        raise ValueError(f"{options.backgrounds}: no pictures")
    return Run(
        folder=options.out,
        subjects=chosen(find_foregrounds(options.foregrounds), options.names, options.without),
        backdrops=backdrops,
        settings=ClipSettings(
            width=int(found[1]),
            height=int(found[2]),
            frames=options.frames,
            rate=options.fps,
            pairs=options.pairs,
        ),
        seed=options.seed,
        layers=options.layers,
    )


def chosen(
    found: Sequence[Foreground], names: Path | None, without: Path | None
) -> tuple[Foreground, ...]:
    """The foregrounds that `names` lists, or all, without those that `without` lists.

    Raises ValueError when none is left, and when a listed name isn't there: a list of another
    folder would keep nothing apart. OSError when a list cannot be read.
    """
    known = {foreground.name for foreground in found}
    kept = known
    for source, keeps in ((names, True), (without, False)):
        if source is not None:
            listed = {line.strip() for line in source.read_text().splitlines()} - {""}
            if listed - known:
                raise ValueError(f"{source}: {min(listed - known)}: no such foreground")
            kept = kept & listed if keeps else kept - listed
    if not kept:
        raise ValueError("no foregrounds to use")
    return tuple(foreground for foreground in found if foreground.name in kept)


def compose_all(run: Run, count: int, counts: Counter[str]) -> None:
    """The clips that are not there yet, one after the other; a picture that fails costs one."""
    for number in range(count):
        target = run.folder / f"clip_{run.seed:04d}_{number:04d}"
        if target.exists():
            counts[THERE] += 1
            continue
        started = time.monotonic()
        try:
            compose(run, number, target)
        except (ValueError, OSError, FFmpegError) as error:
            counts[FAILED] += 1
            said = f"failed: {error}"
        else:
            counts[DRAWN] += 1
            said = f"{time.monotonic() - started:.1f} s"
        print(f"{target.name}: {said}", file=sys.stderr)


def compose(run: Run, number: int, target: Path) -> None:
    """One clip. Raises ValueError when a picture cannot be read, OSError when none is written."""
    seed = (run.seed, number)
    rng = np.random.default_rng([*seed, 1])
    backdrop = run.backdrops[int(rng.integers(len(run.backdrops)))]
    band = max(2.0, rng.uniform(*BANDS) * min(run.settings.size) / 1080)
    cutouts = tuple(map(to_cutout, cast(run, number)))
    scene = any_scene(run.settings, cutouts, backdrop, seed)
    write_clip(target, scene, drawn(scene), band, layers=run.layers)


def cast(run: Run, number: int) -> list[Foreground]:
    """One subject or two, the nearest first; every one has its turn before one comes again."""
    count = len(run.subjects)
    order = np.random.default_rng(run.seed).permutation(count)
    rng = np.random.default_rng([run.seed, number, count])
    turns = [number % count]
    if count > 1 and rng.random() < run.settings.pairs:
        turns.append((number + 1 + int(rng.integers(count - 1))) % count)
    return [run.subjects[order[turn]] for turn in turns]


def summary(folder: Path, counts: Counter[str]) -> str:
    """One line of all counts."""
    parts = ", ".join(f"{counts[name]} {name}" for name in (DRAWN, THERE, FAILED))
    return f"{folder}: {parts}"
