"""The figures of an evaluation as text for a person and as JSON for a program."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pamcli.evaluate_paths import PathStatistics
from pamcli.evaluate_rows import (
    CLOSED_FORM,
    ERRORS,
    Evaluation,
    Row,
    by_group,
    by_way,
    mean,
    ratios,
)

STILL_COLUMNS = {
    "sad": "SAD/1e3", "mse": "MSEx1e3", "grad": "Grad/1e3", "conn": "Conn/1e3",
    "gmac": "GMAC", "ms": "ms",
}  # fmt: skip
CLIP_COLUMNS = {
    "mad": "MADx1e3", "mse": "MSEx1e3", "grad": "Grad/1e3", "conn": "Conn/1e3",
    "dtssd": "dtSSDx1e2", "gmac": "GMAC", "ms": "ms",
}  # fmt: skip
PATH_COLUMNS = ("chosen", "cheapest", "random", "static", "oracle")

Record = dict[str, Any]


def as_record(evaluation: Evaluation) -> dict[str, Record]:
    """For each way to matte: its means over the stills, per group and still by still, under "clips"
    those of the clips, under "paths" the statistics of every path, under "of_closed_form" its means
    over closed-form matting's on the stills that both solved.
    """
    records: dict[str, Record] = {}
    for way, rows in by_way(evaluation.stills).items():
        records[way] = {
            **mean(rows),
            "groups": {name: _mean_of(group) for name, group in by_group(rows).items()},
            "stills": _each(rows),
        }
    for way, ratio in ratios(evaluation.stills, CLOSED_FORM).items():
        records[way]["of_closed_form"] = ratio
    for way, rows in by_way(evaluation.clips).items():
        records.setdefault(way, {})["clips"] = {**mean(rows), "each": _each(rows)}
    for statistics in evaluation.paths:
        records[str(statistics.constraint)]["paths"] = asdict(statistics)
    return records


def _mean_of(rows: Sequence[Row]) -> Record:
    return {**mean(rows), "count": len(rows)}


def _each(rows: Sequence[Row]) -> dict[str, Record]:
    return {row.name: {**row.figures, "paths": dict(row.paths)} for row in rows}


def as_text(evaluation: Evaluation) -> str:
    """Tables: each still or clip, then the means."""
    tables = []
    if evaluation.stills:
        tables.append(_table("still", STILL_COLUMNS, evaluation.stills))
        tables += _ratio_table(ratios(evaluation.stills, CLOSED_FORM))
    if evaluation.clips:
        tables.append(_table("clip", CLIP_COLUMNS, evaluation.clips))
    if evaluation.paths:
        tables.append(_path_table(evaluation.paths))
    return "\n\n".join(tables)


def _table(kind: str, columns: Mapping[str, str], rows: Sequence[Row]) -> str:
    """Rows of each still or clip, then of each group where there are several, then of all."""
    groups = by_group(rows)
    parts = [*groups.items(), ("all", rows)] if len(groups) > 1 else [("all", rows)]
    means = [
        (f"{name} ({len(of_way)})", way, mean(of_way), "")
        for name, part in parts
        for way, of_way in by_way(part).items()
    ]
    each = [(row.name, row.way, row.figures, _paths(row.paths)) for row in rows]
    width = max(len(name) for name, *_ in (*each, *means))
    heading = f"{'C_c':>11} " + " ".join(f"{title:>9}" for title in columns.values())

    def line(name: str, way: str, figures: Mapping[str, float], paths: str) -> str:
        cells = " ".join(_cell(figures.get(key)) for key in columns)
        return f"{name:<{width}} {way:>11} {cells}  {paths}".rstrip()

    return "\n".join(
        [
            f"{kind:<{width}} {heading}  path",
            *(line(*row) for row in each),
            "",
            f"{'mean':<{width}} {heading}",
            *(line(*row) for row in means),
        ]
    )


def _ratio_table(found: Mapping[str, Mapping[str, float]]) -> list[str]:
    """A table, or nothing where there is nothing to compare with."""
    if not found:
        return []
    heading = " ".join(f"{key.capitalize() if len(key) > 3 else key.upper():>9}" for key in ERRORS)
    lines = ["means over closed-form matting's", f"{'C_c':>11} {heading}  stills"]
    for way, ratio in found.items():
        cells = " ".join(_cell(ratio.get(key)) for key in ERRORS)
        lines.append(f"{way:>11} {cells}  {ratio['count']:g}")
    return ["\n".join(lines)]


def _cell(value: float | None) -> str:
    return " " * 9 if value is None else f"{value:9.3f}"


def _paths(paths: Mapping[str, int]) -> str:
    """ "1111", or with counts where there are several pictures: "1111 x20, 1011 x4"."""
    if list(paths.values()) == [1]:
        return next(iter(paths))
    return ", ".join(f"{path} x{count}" for path, count in paths.items())


def _path_table(paths: Sequence[PathStatistics]) -> str:
    lines = [
        "mean SAD/1e3 by who chooses the path",
        f"{'C_c':>4} " + " ".join(f"{name:>9}" for name in PATH_COLUMNS) + "  static path; taken",
    ]
    for row in paths:
        figures = " ".join(f"{getattr(row, name):9.3f}" for name in PATH_COLUMNS)
        lines.append(f"{row.constraint:>4} {figures}  {row.static_path}; {_paths(row.taken)}")
    return "\n".join(lines)
