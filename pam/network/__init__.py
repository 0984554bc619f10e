"""The network, one part per file, named as in the paper."""

from pam.network.cost_embedding import C_MAX, C_MIN
from pam.network.costs import COSTS
from pam.network.pam import STRIDE, Pam, PamOutput
from pam.network.prior import ColourPrior, colour_prior
from pamcli.path import NetworkPath

__all__ = [
    "COSTS",
    "C_MAX",
    "C_MIN",
    "STRIDE",
    "ColourPrior",
    "NetworkPath",
    "Pam",
    "PamOutput",
    "colour_prior",
]
