"""The two pictures of an evaluation: quality against cost, and the stills that came out worst."""

from collections.abc import Sequence
from pathlib import Path

from pamcli.evaluate_data import Spoiling, read_still
from pamcli.evaluate_rows import CLOSED_FORM, HALF, Evaluation, Row, by_way, mean
from pamcli.evaluate_sheet import SheetRow, draw_sheet
from pamcli.evaluate_still import matte_still, spoilt
from pamcli.frame import Rgb
from pamcli.matting import Choice, Network, region
from pamcli.path import path_name
from pamcli.plots import BLUE, ORANGE, Chart, Curve, draw_chart

WORST_STILLS = 6
X_LABEL = "cost constraint C_c, GMAC per 1024x1024"


def quality_picture(found: Evaluation, spoiling: Spoiling) -> Rgb:
    """Error (SAD of stills, else MAD of clips) and measured milliseconds over C_c."""
    key, unit, kind = ("sad", "SAD / 1e3", "stills")
    if not found.stills:
        key, unit, kind = ("mad", "MAD x 1e3", "clips")
    ways = by_way(found.stills or found.clips)
    means = {way: mean(rows) for way, rows in ways.items()}
    constraints = sorted(int(way) for way in ways if way.isdecimal())
    rows = [means[str(constraint)] for constraint in constraints]
    level = (CLOSED_FORM, means[CLOSED_FORM][key]) if CLOSED_FORM in means else None
    count = len(ways[HALF])
    return draw_chart(
        Chart(
            title=f"{unit.split()[0]} and time against the cost constraint",
            subtitle=f"mean over {count} {kind}{spoiling}; for comparison, {HALF} in the unknown "
            f"band: {means[HALF][key]:.4g}",
            x_label=X_LABEL,
            xs=constraints,
            left=Curve(label=unit, values=[row[key] for row in rows], colour=BLUE, level=level),
            right=Curve(
                label="measured ms of the network",
                values=[row["ms"] for row in rows],
                colour=ORANGE,
            ),
        )
    )


def worst_picture(
    network: Network,
    dataset: Path,
    stills: Sequence[Row],
    constraints: Sequence[int],
    spoiling: Spoiling,
) -> Rgb:
    """The stills with the highest mean squared error at the highest C_c, matted once more."""
    constraint = max(constraints)
    rows = [row for row in stills if row.way == str(constraint)]
    rows.sort(key=lambda row: row.figures["mse"], reverse=True)
    shown = rows[:WORST_STILLS]
    title = f"The {len(shown)} worst of {len(rows)} stills by MSE in the band, C_c {constraint}"
    sheet = [_sheet_row(network, dataset / row.name, row, constraint, spoiling) for row in shown]
    return draw_sheet(f"{title}{spoiling}", sheet)


def _sheet_row(
    network: Network, folder: Path, row: Row, constraint: int, spoiling: Spoiling
) -> SheetRow:
    """The part of a still around its band."""
    still = read_still(folder)
    shown = spoilt(still, spoiling)
    matte, spent = matte_still(network, still, shown, Choice(cost_constraint=constraint))
    box = region(still.trimap)
    assert box is not None and spent.path is not None
    part = box.slices
    figures = "   ".join(f"{key.upper()} {row.figures[key]:.3g}" for key in ("mse", "sad"))
    return SheetRow(
        label=f"{row.name}   {figures}   path {path_name(spent.path)}",
        rgb=shown.frame.rgb[part],
        trimap=still.trimap[part],
        truth=still.truth[part],
        matte=matte[part],
    )
