"""What was found out about frame rates by size: as a table and as a picture."""

from typing import Any

from pamcli.bench_panels import Line, Lines, draw_panels
from pamcli.frame import Rgb

Figures = dict[str, Any]

HEAD = (
    "   target     fps      off  worst 1 s  C_c  scale     MAD     SAD    "
    "ms: decode   hint  network  upsample  compose  encode"
)


def as_text(figures: Figures) -> str:
    """The figures of `bench_rates.run`, to show to a person."""
    lines = [
        "{source}, hint {hint}, {precision}, {threads} threads, the later half of "
        "{seconds:g} s at each target".format(**figures),
        "MAD (thousandths) and SAD (thousands a frame) against the size's highest quality",
    ]
    for size in figures["sizes"]:
        lines += ["{width}x{height}".format(**size), HEAD, _row("highest", size["highest_quality"])]
        lines += [_row(f"{row['target']:g}", row) for row in size["targets"]]
    return "\n".join(lines)


def _row(name: str, row: Figures) -> str:
    is_held = "mad" in row
    off = f"{100 * row['deviation']:+6.1f} %" if is_held else f"{'':8}"
    lost = f"{row['mad']:7.3f} {row['sad']:7.3f}" if is_held else f"{'':15}"
    ms = row["ms"]
    return (
        f"  {name:>7}  {row['fps']:6.2f} {off}  {row['worst_second']:9.2f}  "
        f"{row['cost_constraint']:3.0f}  {row['scale']:.3f} {lost}        "
        f"{ms['decode']:7.1f} {ms['hint']:6.1f}  {ms['network']:7.1f}  {ms['upsample']:8.1f}  "
        f"{ms['compose']:7.1f}  {ms['encode']:6.1f}"
    )


def draw(figures: Figures) -> Rgb:
    """The same as a picture: what is achieved over what is asked for, and the quality lost."""
    return draw_panels(
        "Frame rates held, and what they cost in quality",
        "{source}, hint {hint}, {precision}, {threads} threads".format(**figures),
        [
            Lines(
                title="Achieved",
                x_label="target, frames/s",
                y_label="frames/s",
                lines=_lines(figures, "fps"),
                diagonal="target",
            ),
            Lines(
                title="Lost against the highest quality of the size",
                x_label="target, frames/s",
                y_label="MAD of alpha, thousandths",
                lines=_lines(figures, "mad"),
            ),
        ],
    )


def _lines(figures: Figures, name: str) -> list[Line]:
    return [
        Line(
            label="{width}x{height}".format(**size),
            points=[(float(row["target"]), float(row[name])) for row in size["targets"]],
        )
        for size in figures["sizes"]
    ]
