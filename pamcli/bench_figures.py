"""What `pamcli bench` found out about this machine: as a table and as a picture."""

from typing import Any

from pamcli.bench_panels import Bars, Line, Lines, draw_panels
from pamcli.frame import Rgb

Figures = dict[str, Any]


def as_text(figures: Figures) -> str:
    """The figures of `bench.run`, with or without those of the pipeline, to show to a person."""
    lines = ["{processor}, {threads} threads, {chosen} chosen".format(**figures)]
    lines.append("peak, of a 3x3 convolution with 64 channels: " + _peaks(figures) + " GFLOP/s")
    lines += _shares(figures)
    lines.append("network on {width}x{height}".format(**figures))
    for name, found in figures["precisions"].items():
        lines += _paths(name, found)
    if "pipeline" in figures:
        lines += _pipeline(figures["pipeline"])
    return "\n".join(lines)


def _peaks(figures: Figures) -> str:
    precisions = figures["precisions"].items()
    return ", ".join(f"{name} {found['convolution']:.0f}" for name, found in precisions)


def _shares(figures: Figures) -> list[str]:
    return [
        "path 1111 at 1024x1024, {name}: {network:.0f} GFLOP/s, {share:.0%} of the "
        "{convolution:.0f} GFLOP/s of that convolution".format(name=name, **found["peak"])
        for name, found in figures["precisions"].items()
        if "peak" in found
    ]


def _paths(name: str, found: Figures) -> list[str]:
    head = f"{name:<5} path   GMAC/1024x1024   GMAC      ms   GFLOP/s   of peak"
    rows = [
        "      {path}   {cost:14.1f} {gmac:6.1f} {ms:7.1f} {gflops:9.0f} {share:9.0%}".format(**row)
        for row in found["paths"]
    ]
    return [head, *rows, "      {ms_per_gmac:.2f} ms per GMAC + {ms:.1f} ms".format(**found["fit"])]


def _pipeline(found: Figures) -> list[str]:
    stages = ", ".join(f"{name} {ms:.1f}" for name, ms in found["ms"].items())
    return [
        "pipeline on {source} of {width}x{height}, hint {hint}, {precision}, {frames} frames at "
        "the highest quality: {fps:.2f} frames/s".format(**found),
        f"      ms a frame, the stages side by side: {stages}",
        f"      ms from frame to frame: {found['period_ms']:.1f}",
    ]


def draw(figures: Figures) -> Rgb:
    """The same as a picture: milliseconds over cost, and milliseconds of each stage."""
    network = Lines(
        title="Network on {width}x{height}: each dot a path".format(**figures),
        x_label="cost, GMAC per 1024x1024",
        y_label="ms",
        lines=[
            Line(label=name, points=[(row["cost"], row["ms"]) for row in found["paths"]])
            for name, found in figures["precisions"].items()
        ],
    )
    panels: list[Lines | Bars] = [network]
    if "pipeline" in figures:
        found = figures["pipeline"]
        panels.append(
            Bars(
                title="Pipeline on {width}x{height}, {precision}: {fps:.1f} frames/s".format(
                    **found
                ),
                x_label="ms a frame, the stages side by side",
                bars=[*found["ms"].items(), ("all", found["period_ms"])],
            )
        )
    subtitle = "{processor}, {threads} threads".format(**figures)
    return draw_panels("What a path costs here, and what stands around it", subtitle, panels)
