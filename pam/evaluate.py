"""`python -m pam evaluate`: errors of a checkpoint on a folder of stills with known alpha."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pam.checkpoint import load_into, load_weights
from pam.data.store import read_grey, read_rgb
from pam.network import C_MAX, STRIDE, Pam, colour_prior
from pam.placing import placed
from pamcli.frame import Alpha, Rgb, Trimap
from pamcli.metrics import UNKNOWN, StillErrors, still_errors
from pamcli.path import FULL_PATH, NetworkPath, parse_path, path_name

PIXELS_PER_MPX = 1e6
DEFAULT_PATHS = "1111,1011,0011,0000"
HALF, PRIOR, CLOSED_FORM, ALL = "alpha=.5", "prior", "closed form", "all"
Table = dict[str, dict[str, dict[str, float]]]
"""{method: {group of names: {"sad", "mse", "grad", "conn", "count"}}}"""


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """One picture of a validation folder: image, trimap and true alpha of one size."""

    name: str
    image: Rgb
    trimap: Trimap
    alpha: Alpha

    @property
    def group(self) -> str:
        """The part of the name before its first "_"."""
        return self.name.split("_", 1)[0]


def read_stills(folder: Path, *, limit_mpx: float | None = None) -> Iterator[Still]:
    """Every sub-folder with image.png, trimap.png and alpha.png, by name.

    limit_mpx: larger pictures are left out. Raises ValueError when a picture does not decode.
    """
    for place in sorted(path.parent for path in folder.glob("*/alpha.png")):
        alpha = read_grey(place / "alpha.png")
        if limit_mpx is not None and alpha.size > limit_mpx * PIXELS_PER_MPX:
            continue
        yield Still(
            place.name,
            read_rgb(place / "image.png"),
            read_grey(place / "trimap.png"),
            alpha.astype(np.float32) / np.float32(255),
        )


def to_tensors(image: Rgb, trimap: Trimap) -> tuple[Tensor, Tensor]:
    """(1, 3, H, W) in [0, 1] and (1, 1, H, W) in {0, .5, 1}, mirrored up to multiples of STRIDE.

    Values of the trimap other than 0 and 255 count as unknown.
    """
    height, width = trimap.shape
    pad = (0, -width % STRIDE, 0, -height % STRIDE)
    rgb = torch.from_numpy(image.astype(np.float32) / 255).permute(2, 0, 1).unsqueeze(0)
    levels = np.full(trimap.shape, 0.5, np.float32)
    levels[trimap == 0], levels[trimap == 255] = 0.0, 1.0
    hints = torch.from_numpy(levels)[None, None]
    return F.pad(rgb, pad, mode="reflect"), F.pad(hints, pad, mode="reflect")


@torch.inference_mode()
def predict(
    net: Pam, image: Rgb, trimap: Trimap, path: NetworkPath, *, bf16: bool = False
) -> Alpha:
    """Alpha of one picture by one path, known pixels exact; computed where `net` lies."""
    device = net.mean.device
    rgb, hints = to_tensors(image, trimap)
    rgb, hints = rgb.to(device, memory_format=torch.channels_last), hints.to(device)
    prior = colour_prior(rgb, hints)
    constraint = torch.full((1,), C_MAX, device=device)
    with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
        out = net(rgb, hints, constraint, path=path, prior=prior)
    return _exact(out.alpha, trimap)


@torch.inference_mode()
def predict_prior(image: Rgb, trimap: Trimap) -> Alpha:
    """Alpha of the colour prior alone."""
    return _exact(colour_prior(*to_tensors(image, trimap)).alpha, trimap)


def evaluate(
    stills: Iterable[Still], methods: dict[str, Callable[[Still], Alpha]], *, only_sad: bool = False
) -> Table:
    """Mean errors of each method per group of names, and over all pictures under "all".

    only_sad: Grad and Conn, which take longest, are not computed and are NaN.
    """
    found: dict[str, dict[str, list[StillErrors]]] = {name: {} for name in methods}
    for still in stills:
        for name, method in methods.items():
            errors = _errors(method(still), still, only_sad=only_sad)
            for group in (still.group, ALL):
                found[name].setdefault(group, []).append(errors)
    return {
        name: {group: _mean(errors) for group, errors in groups.items()}
        for name, groups in found.items()
    }


def standard_methods(
    net: Pam, paths: Sequence[NetworkPath], *, bf16: bool = False
) -> dict[str, Callable[[Still], Alpha]]:
    """alpha = .5, the prior alone, and the network by each of `paths`."""
    methods: dict[str, Callable[[Still], Alpha]] = {
        HALF: lambda still: np.full(still.trimap.shape, 0.5, np.float32),
        PRIOR: lambda still: predict_prior(still.image, still.trimap),
    }
    for path in paths:
        methods[path_name(path)] = _by_path(net, path, bf16=bf16)
    return methods


def validate(net: Pam, folder: Path, *, limit_mpx: float) -> dict[str, float]:
    """SAD of the full path per group of names: the short form that a training records."""
    was_training = net.training
    net.eval()
    method = {"full": _by_path(net, FULL_PATH, bf16=True)}
    table = evaluate(read_stills(folder, limit_mpx=limit_mpx), method, only_sad=True)
    net.train(was_training)
    return {group: round(errors["sad"], 3) for group, errors in table["full"].items()}


def main(argv: list[str]) -> int:
    """Print the table or its JSON; returns the exit code."""
    options = _parser().parse_args(argv)
    if options.threads:
        torch.set_num_threads(options.threads)
    net = Pam()
    load_into(net, load_weights(options.checkpoint))
    net = placed(net, options.device).eval()
    paths = [parse_path(name) for name in options.paths.split(",")]
    stills = list(read_stills(options.folder, limit_mpx=options.limit_mpx))
    if not stills:
        print(f"{options.folder}: no stills in it", file=sys.stderr)
        return 1
    methods = standard_methods(net, paths, bf16=options.bf16)
    table = evaluate(stills, methods, only_sad=options.only_sad)
    known = options.folder / "closed_form.json"
    if known.exists():
        table[CLOSED_FORM] = _recorded(known, stills)
    print(json.dumps(table, indent=1) if options.json else render(table))
    return 0


def render(table: Table) -> str:
    """The table as text: a line per method and group."""
    lines = [f"{'method':<12} {'group':<8} {'n':>3} {'SAD':>8} {'MSE':>8} {'Grad':>8} {'Conn':>8}"]
    for method, groups in table.items():
        for group, mean in sorted(groups.items(), key=lambda item: (item[0] == ALL, item[0])):
            figures = " ".join(f"{mean[key]:8.3f}" for key in ("sad", "mse", "grad", "conn"))
            lines.append(f"{method:<12} {group:<8} {mean['count']:3.0f} {figures}")
    return "\n".join(lines)


def _by_path(net: Pam, path: NetworkPath, *, bf16: bool) -> Callable[[Still], Alpha]:
    return lambda still: predict(net, still.image, still.trimap, path, bf16=bf16)


def _exact(alpha: Tensor, trimap: Trimap) -> Alpha:
    height, width = trimap.shape
    values = alpha[0, 0, :height, :width].float().cpu().numpy().copy()
    values[trimap == 0], values[trimap == 255] = 0.0, 1.0
    return values


def _errors(alpha: Alpha, still: Still, *, only_sad: bool) -> StillErrors:
    """Errors after rounding to 8 bits, which is what a file would hold."""
    rounded = np.round(alpha * 255).astype(np.float32) / np.float32(255)
    if not only_sad:
        return still_errors(rounded, still.alpha, still.trimap)
    difference = (rounded - still.alpha)[still.trimap == UNKNOWN].astype(np.float64)
    mse = float(np.square(difference).mean()) * 1000 if difference.size else 0.0
    return StillErrors(float(np.abs(difference).sum()) / 1000, mse, float("nan"), float("nan"))


def _mean(errors: Sequence[StillErrors]) -> dict[str, float]:
    keys = ("sad", "mse", "grad", "conn")
    rows = [asdict(error) for error in errors]
    return {**{k: float(np.mean([row[k] for row in rows])) for k in keys}, "count": len(rows)}


def _recorded(source: Path, stills: Sequence[Still]) -> dict[str, dict[str, float]]:
    """Errors measured elsewhere, {name: {"sad", "mse", "grad", "conn"}}, of the same stills."""
    known = json.loads(source.read_text(encoding="utf-8"))
    groups: dict[str, list[StillErrors]] = {}
    for still in stills:
        if still.name in known:
            figures = known[still.name]
            errors = StillErrors(figures["sad"], figures["mse"], figures["grad"], figures["conn"])
            for group in (still.group, ALL):
                groups.setdefault(group, []).append(errors)
    return {group: _mean(errors) for group, errors in groups.items()}


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m pam evaluate", description=__doc__)
    add = made.add_argument
    add("folder", type=Path, help="sub-folders with image.png, trimap.png and alpha.png")
    add("--checkpoint", type=Path, required=True)
    add("--paths", default=DEFAULT_PATHS, help="network paths, such as 1111,0000")
    add("--json", action="store_true")
    add("--limit-mpx", type=float, help="leave out pictures of more megapixels")
    add("--bf16", action="store_true")
    add("--only-sad", action="store_true", help="no Grad and Conn: faster")
    add("--threads", type=int)
    add("--device", default="cpu")
    return made
