"""What `pamcli bench` can measure: each mode with its options, its words and its picture."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pamcli.errors import UsageError
from pamcli.settings import HintSettings, RuntimeSettings

SIZE = 288, 512  # height, width
PRESETS_SIZE = 1080, 1920
PIPELINE_SIZE = 720, 1280


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options of a benchmark."""

    source: Path | None
    height: int | None
    width: int | None
    peak: bool
    hint: HintSettings
    runtime: RuntimeSettings

    def size(self, usual: tuple[int, int]) -> tuple[int, int]:
        """(height, width), pixels."""
        return self.height or usual[0], self.width or usual[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was measured: for JSON, in words, and how its picture is drawn, if it has one."""

    figures: Any
    text: str
    draw: Callable[[Any], Any] | None = None


def tell(line: str) -> None:
    """What is being measured now, on stderr."""
    print(line, file=sys.stderr)


def table(asked: Asked) -> Found:
    """The machine, the network, the pipeline."""
    from pamcli import bench, bench_figures, bench_stages

    runtime, size = asked.runtime, asked.size(SIZE)
    stages = bench_stages.run(asked.source, hint=asked.hint, runtime=runtime)
    network = bench.run(size, precision=runtime.precision, threads=runtime.threads, peak=asked.peak)
    figures = {**network, "pipeline": stages}
    return Found(figures=figures, text=bench_figures.as_text(figures), draw=bench_figures.draw)


def rates(asked: Asked) -> Found:
    """Targets by size."""
    from pamcli import bench_rates, rates_figures

    wanted = bench_rates.Rates(
        source=asked.source,
        hint=asked.hint,
        runtime=asked.runtime,
        sides=bench_rates.SIDES if asked.height is None else (asked.height,),
    )
    figures = bench_rates.run(wanted, tell)
    return Found(figures=figures, text=rates_figures.as_text(figures), draw=rates_figures.draw)


def paper(asked: Asked) -> Found:
    """The columns of the paper's Table 1."""
    from pamcli import bench_paper, paper_figures

    figures = bench_paper.run(asked.runtime)
    return Found(figures=figures, text=paper_figures.as_text(figures))


def track(asked: Asked) -> Found:
    """How well targets are held."""
    from pamcli import bench_tracking, tracking_figures

    assert asked.source is not None
    wanted = bench_tracking.Tracking(source=asked.source, hint=asked.hint, runtime=asked.runtime)
    figures = bench_tracking.run(wanted, tell)
    return Found(figures=figures, text=tracking_figures.as_text(figures))


def pipeline(asked: Asked) -> Found:
    """A whole run against the network alone."""
    from pamcli import bench_pipeline

    figures = bench_pipeline.run(
        asked.size(PIPELINE_SIZE),
        precision=asked.runtime.precision,
        threads=asked.runtime.threads,
    )
    return Found(figures=figures, text=bench_pipeline.as_text(figures))


def tiles(asked: Asked) -> Found:
    """What tiles save."""
    from pamcli import bench_tiles

    figures = bench_tiles.run(
        asked.size(PIPELINE_SIZE),
        precision=asked.runtime.precision,
        threads=asked.runtime.threads,
    )
    return Found(figures=figures, text=bench_tiles.as_text(figures))


def presets(asked: Asked) -> Found:
    """What each preset keeps."""
    from pamcli import bench_presets

    size = asked.size(PRESETS_SIZE)
    rows = bench_presets.run(size)
    return Found(figures=rows, text=bench_presets.as_text(rows, size))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """A way to measure, and the options that it takes beside those of every mode."""

    measure: Callable[[Asked], Found]
    takes: frozenset[str] = frozenset()


MODES = {
    "": Mode(
        measure=table,
        takes=frozenset({"SOURCE", "--height", "--width", "--peak", "--plot", "--trimap"}),
    ),
    "--rates": Mode(measure=rates, takes=frozenset({"SOURCE", "--height", "--plot", "--trimap"})),
    "--paper": Mode(measure=paper),
    "--track": Mode(measure=track, takes=frozenset({"--trimap"})),
    "--pipeline": Mode(measure=pipeline, takes=frozenset({"--height", "--width"})),
    "--tiles": Mode(measure=tiles, takes=frozenset({"--height", "--width"})),
    "--presets": Mode(measure=presets, takes=frozenset({"--height", "--width"})),
}
"""By the option that asks for it; the first is asked for by none."""


def mode_of(asked_for: dict[str, bool], given: dict[str, bool]) -> Mode:
    """The one mode that is asked for. Raises UsageError for two, or for an option it has no use of.

    asked_for: by the names in MODES; given: by the names in `Mode.takes`.
    """
    names = [name for name, is_asked in asked_for.items() if is_asked]
    if len(names) > 1:
        raise UsageError(f"{names[0]} and {names[1]} exclude each other")
    name = names[0] if names else ""
    mode = MODES[name]
    for option, is_given in given.items():
        if is_given and option not in mode.takes:
            raise UsageError(f"{name or 'bench'} does not take {option}")
    return mode
