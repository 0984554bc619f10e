"""What the network is: parameters and the cost of its sixteen paths."""

import torch
from torch.utils.flop_counter import FlopCounterMode

from pam.network import C_MAX, COSTS, ColourPrior, Pam
from pam.network.propagation import SWEEPS
from pam.network.reduced import REDUCTION
from pamcli.path import ALL_PATHS, NetworkPath, path_name

SIDE = 1024
FLOPS_PER_MAC = 2

FULL_MACS = 57
"""Of the prior, for each pixel: masking two colours, reducing eleven planes, widening ten, blending
two colours, applying one line."""

GUESS_MACS = 80
"""Of its first guess, for each pixel of the reduced picture: weighting, halving, normalising,
widening and blending two colours there and in the pyramid (4/3 of it), one projection, one
bound."""

SWEEP_MACS, WINDOW_MACS = 54, 230
"""Of one sweep of the propagation, for each pixel of the reduced picture: products and weights;
for each of its blocks: sums over windows of 14 planes and of 5, one solution."""


def prior_macs_per_pixel() -> int:
    """Multiply-adds of the colour prior for each pixel of the picture."""
    sweeps = sum(SWEEP_MACS + WINDOW_MACS / side**2 for side, _ in SWEEPS)
    return round(FULL_MACS + (GUESS_MACS + sweeps) / REDUCTION**2)


def parameters() -> int:
    """Learnt numbers in the network."""
    with torch.device("meta"):
        return sum(p.numel() for p in Pam().parameters())


def count_gmac() -> dict[NetworkPath, float]:
    """Multiply-adds of convolutions and linear layers of every path at 1024 x 1024, in GMAC."""
    with torch.device("meta"):
        network = Pam().eval()
        picture, plane = torch.empty(1, 3, SIDE, SIDE), torch.empty(1, 1, SIDE, SIDE)
        constraint = torch.full((1,), C_MAX)
        prior = ColourPrior(picture, picture, plane)
        counted = {}
        for path in ALL_PATHS:
            with FlopCounterMode(display=False) as counter, torch.no_grad():
                network(picture, plane, constraint, path, prior)
            counted[path] = counter.get_total_flops() / FLOPS_PER_MAC / 1e9
    return counted


def describe() -> str:
    """A table for a person."""
    lines = [f"parameters {parameters() / 1e6:.3f} M", "path   GMAC at 1024x1024 (table, MMAC)"]
    counted = count_gmac()
    for path in sorted(counted, key=lambda p: counted[p]):
        lines.append(f"{path_name(path)}   {counted[path]:7.3f}   {COSTS.mmac(path)}")
    lines.append(f"colour prior, on every path, beside the network: {COSTS.prior / 1000:.3f} GMAC")
    lines.append(f"C_min {COSTS.minimum}, C_max {COSTS.maximum}")
    return "\n".join(lines)
