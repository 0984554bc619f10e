"""How well runs held their frame rate, from their logs: in figures and in words."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, median, pstdev
from typing import Any

from pamcli.frame_log import FrameRow

SETTLING = 0.2
"""Share of the frames that do not count."""

NEAR = 0.05
"""Share of the target, or of the usual scale, within which the run is back."""

USUAL = 3.0
"""Seconds before a disturbance that say what is usual."""

Figures = dict[str, Any]


def rate(rows: Sequence[FrameRow]) -> float:
    """Frames a second."""
    return (len(rows) - 1) / (rows[-1].seconds - rows[0].seconds)


def held(rows: Sequence[FrameRow], target: float, settling: float = SETTLING) -> Figures:
    """How a target was held, over all but the first frames, a share of `settling` of them.

    worst_second: the lowest rate over any second of them. changes: of the scale.
    """
    settled = rows[round(settling * len(rows)) :]
    fps = rate(settled)
    steps = [(a.scale, b.scale) for a, b in pairwise(settled)]
    return {
        "target": target,
        "fps": fps,
        "deviation": fps / target - 1,
        "worst_second": min(_seconds_rates(settled), default=fps),
        "cost_constraint": median(row.cost_constraint for row in settled),
        "cost_constraint_deviation": pstdev(row.cost_constraint for row in settled),
        "scale": fmean(row.scale for row in settled),
        "changes": sum(a != b for a, b in steps),
        "gmac": fmean(row.gmac for row in settled),
        "ms": {
            stage: fmean(getattr(row, f"{stage}_ms") for row in settled)
            for stage in ("decode", "hint", "network", "upsample", "compose", "encode")
        },
    }


def disturbed(rows: Sequence[FrameRow], target: float, start: float, end: float) -> Figures:
    """What a load between `start` and `end`, seconds after the first frame, did to a run.

    rate_back: seconds after start from which the rate of a second is within NEAR of the target, at
    the earliest; None: never while the load lasted. scale_back: the same of the scale after `end`
    against what was usual before `start`.
    """
    origin = rows[0].seconds
    timed = [(row.seconds - origin, row) for row in rows]
    usual = fmean(row.scale for second, row in timed if start - USUAL <= second < start)
    loaded = [second for second, _ in timed if start <= second < end]
    rate_back = next(
        (
            second - start
            for second in loaded
            if sum(second < other <= second + 1 for other in loaded) >= (1 - NEAR) * target
        ),
        None,
    )
    scale_back = next(
        (s - end for s, row in timed if s >= end and row.scale >= (1 - NEAR) * usual), None
    )
    return {
        "usual_scale": usual,
        "loaded_scale": fmean(row.scale for second, row in timed if end - 5 <= second < end),
        "loaded_fps": len(loaded) / (end - start),
        "rate_back": rate_back,
        "scale_back": scale_back,
        "changes_loaded": _moves([row for second, row in timed if start <= second < end]),
        "changes_after": _moves([row for second, row in timed if second >= end]),
    }


def _moves(rows: Sequence[FrameRow]) -> dict[str, int]:
    steps = [(a.scale, b.scale) for a, b in pairwise(rows)]
    return {"falls": sum(b < a for a, b in steps), "rises": sum(b > a for a, b in steps)}


def _seconds_rates(rows: Sequence[FrameRow]) -> list[float]:
    """Frames within the second after each frame, as far as there is a whole one."""
    ends = [row.seconds for row in rows]
    last, rates = 0, []
    for first, begin in enumerate(ends):
        while last < len(ends) and ends[last] <= begin + 1:
            last += 1
        if last == len(ends):
            break
        rates.append((last - first) / (ends[last] - begin))
    return rates


def as_text(figures: Figures) -> str:
    """The figures of `run`, to show to a person."""
    fps = figures["highest_quality_fps"]
    lines = [
        f"{figures['source']}: {fps:.2f} frames/s at the highest quality",
        "target     fps      off  worst 1 s  C_c  scale  changes  MAD",
    ]
    lines += [
        f"{row['target']:6g}  {row['fps']:6.2f} {100 * row['deviation']:+5.1f} %  "
        f"{row['worst_second']:9.2f}  {row['cost_constraint']:3.0f}  {row['scale']:.3f}  "
        f"{row['changes']:7d}  {row['mad']:.3f}"
        for row in figures["targets"]
    ]
    one = figures["disturbed"]
    return "\n".join([*lines, _disturbed_text(one)])


def _disturbed_text(one: Figures) -> str:
    rate, scale = (
        "never" if one[name] is None else f"after {one[name]:.1f} s"
        for name in ("rate_back", "scale_back")
    )
    loaded, after = one["changes_loaded"], one["changes_after"]
    return (
        f"a core taken at {one['target']:g} frames/s: rate back {rate}, "
        f"scale {one['usual_scale']:.3f} to {one['loaded_scale']:.3f} and back {scale}; "
        f"changes {loaded['falls']} down {loaded['rises']} up under load, "
        f"{after['falls']} down {after['rises']} up afterwards"
    )
