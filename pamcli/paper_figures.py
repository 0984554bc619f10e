"""The paper's Table 1 as this machine fills it, in words."""

from typing import Any

Figures = dict[str, Any]


def as_text(figures: Figures) -> str:
    """The figures of `bench_paper.run`, to show to a person."""
    names = list(figures["rows"][0]["precisions"])
    lines = [
        "{processor}, {threads} threads; a picture of {side}x{side}, every figure of a process of "
        "its own: first run / best run, peak memory".format(**figures),
        f"parameters {figures['parameters'] / 1e6:.2f} M; the colour prior costs "
        f"{figures['prior_gmac']:.3f} GMAC beside every path",
        "C_c  path  GMAC at 1024x1024"
        + "".join(f"  {name:>26}" for name in names)
        + f"  the paper, {figures['paper']['cores']} cores",
    ]
    return "\n".join([*lines, *(_row(row, figures["paper"]) for row in figures["rows"])])


def _row(row: Figures, paper: Figures) -> str:
    measured = "".join(f"  {_measured(found):>26}" for found in row["precisions"].values())
    seconds = row["paper_seconds"]
    theirs = "-" if seconds is None else f"{seconds:.2f} s, {paper['memory']:g} GB"
    return f"{row['cost_constraint']:3d}  {row['path']}  {row['gmac']:17.1f}{measured}  {theirs}"


def _measured(found: Figures) -> str:
    memory = "-" if found["memory"] is None else f"{found['memory']:.2f} GB"
    return f"{found['first']:.2f} / {found['best']:.2f} s, {memory}"
