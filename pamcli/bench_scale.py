"""What much footage costs, by size and budget: `python -m pamcli.bench_scale`."""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path

from pamcli.bench_clip import Material, made_material, scaled_material
from pamcli.engine import Engine
from pamcli.machine import cpu_name, peak_memory
from pamcli.models import load_model
from pamcli.settings import CostSettings, HintSettings, Output, OutputSettings, RuntimeSettings
from pamcli.video_job import VideoJob, run
from pamcli.video_read import probe

FRAMES = {480: 48, 720: 32, 1080: 20, 2160: 12}
"""Frames that are matted of each size, by its shorter side: some ten seconds on two cores."""

MADE = 720, 1280
"""Size of the clip that is made where none is given."""

WARM_UP = Fraction(1, 10)
"""Seconds of each clip that are matted first: the network meets its sizes."""

HOUR = 3600
MINUTES = 1e6
RATE = 30
"""Frames a second of the footage that is reckoned with."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a frame may cost."""

    cost_constraint: int  # C_c, GMAC per 1024x1024
    scale: float = 1.0

    @property
    def name(self) -> str:
        """As the options say it."""
        return f"--cost {self.cost_constraint} --scale {self.scale:g}"


BUDGETS = (Budget(75), Budget(60), Budget(39), Budget(75, 0.5), Budget(39, 0.5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement."""

    size: tuple[int, int]  # height, width
    budget: Budget
    fps: float  # frames a second of the whole run, decoding and encoding included
    cores: int
    bytes_per_frame: float  # of the alpha in H.264

    @property
    def frames_per_core_hour(self) -> float:
        """Of one core among as many as were measured."""
        return self.fps * HOUR / self.cores

    @property
    def core_hours(self) -> float:
        """For a million minutes."""
        return MINUTES * 60 * RATE / self.frames_per_core_hour

    @property
    def terabytes(self) -> float:
        """That the alpha of a million minutes takes."""
        return MINUTES * 60 * RATE * self.bytes_per_frame / 1e12


def measured(given: Material, engine: Engine) -> Iterator[Row]:
    """Every size with every budget; alpha in H.264 is written. The subject is found by itself."""
    engines = partial(_same, engine)
    with tempfile.TemporaryDirectory(prefix="pamcli-") as name:
        folder = Path(name)
        for side, frames in FRAMES.items():
            clip = scaled_material(given, folder, side, frames).clip
            info = probe(clip)
            for budget in BUDGETS:
                job = VideoJob(
                    info=info,
                    hint=HintSettings(),
                    cost=CostSettings(constraint=budget.cost_constraint, scale=budget.scale),
                    output=OutputSettings(
                        output=Output.ALPHA, target=folder / "out.mp4", overwrite=True, audio=False
                    ),
                    runtime=RuntimeSettings(),
                    end=frames / info.average_rate if info.average_rate else None,
                )
                run(replace(job, end=WARM_UP), engines=engines)
                report = run(job, engines=engines)
                yield Row(
                    size=(info.height, info.width),
                    budget=budget,
                    fps=report.fps,
                    cores=engine.threads,
                    bytes_per_frame=job.output.target.stat().st_size / frames,
                )


def _same(engine: Engine, precision: object, threads: object) -> Engine:
    return engine


def as_line(row: Row) -> str:
    """A row of a table in Markdown."""
    height, width = row.size
    return (
        f"| {width}x{height} | `{row.budget.name}` | {row.fps:.2f} | "
        f"{row.frames_per_core_hour:,.0f} | {row.core_hours:,.0f} | {row.terabytes:.1f} |"
    )


def main() -> None:
    """Print the table of docs/scale.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path, nargs="?", help="default: a made one")
    clip = parser.parse_args().clip
    engine = Engine(load_model())
    print(f"{cpu_name()}, {engine.threads} cores, {engine.precision}")
    print("| size | budget | frames/s | frames a core-hour | core-hours | TB of alpha |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="pamcli-") as name:
        frames = max(FRAMES.values())
        made = made_material(Path(name), MADE, frames, frames) if clip is None else None
        for row in measured(made or Material(clip=clip, hint=HintSettings()), engine):
            print(as_line(row), flush=True)
    print(f"peak memory {peak_memory() / 1e9:.1f} GB")


if __name__ == "__main__":
    main()
