"""The torch modules that are traced: the network from uint8 pictures to alpha."""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from pam.network import C_MAX, COSTS, NetworkPath, Pam
from pam.network.connect import AdaptiveGroup
from pam.network.prior import full_prior, reduced_prior
from pam.network.reduced import widen
from pamcli.path import MMAC_PER_GMAC, N_ADAPTIVE

GROUPS = (("encoder", "g1"), ("encoder", "g2"), ("decoder", "g3"), ("decoder", "g4"))


class RunTimeGroup(nn.Module):
    """An AdaptiveGroup that chooses at run time; to be scripted, so that the choice survives."""

    def __init__(self, group: AdaptiveGroup) -> None:
        super().__init__()
        self.blocks = group.blocks
        self.connect = group.connect

    def forward(self, x: Tensor, run: Tensor) -> Tensor:
        """x: (1, C, H, W); run: bool (1,) -> same shape as x."""
        y: Tensor = self.blocks(x) if bool(run) else self.connect(x)
        return y


Decide = Callable[[int, Tensor], Any]


def matte(
    network: Pam, image: Tensor, trimap: Tensor, cost_constraint: Tensor, decide: Decide
) -> tuple[Tensor, Tensor, tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Alpha float32 (1, H, W), F̂ uint8 (1, H, W, 3), the outputs of the four groups; and of the
    prior: both colours and alpha, the maps before and after they are enlarged, what is seen.

    image: uint8 (1, H, W, 3); trimap: uint8 (1, H, W).
    """
    picture = image.permute(0, 3, 1, 2).float() / 255
    known = trimap.unsqueeze(1).float() / 255
    maps, seen = reduced_prior(picture, known)
    wide = widen(maps, picture)
    prior = full_prior(picture, known, wide, seen)
    embedded = network.embedding(cost_constraint.long())
    alpha, _, groups = network.run(picture, known, prior, embedded, decide)
    foreground = (prior.foreground * 255 + 0.5).clamp(0, 255).to(torch.uint8)
    return alpha.squeeze(1), foreground.permute(0, 2, 3, 1), groups, (*prior, maps, wide, seen)


class ImageAdaptive(nn.Module):
    """One model for all paths: every path selection layer decides while it runs.

    The constraint holds by arithmetic: a group runs only if what it costs more than its connect
    layer fits in what C_c leaves, whatever the logits or the forced path say.
    """

    def __init__(self, network: Pam) -> None:
        super().__init__()
        self.network = copy.deepcopy(network)
        for part, name in GROUPS:
            owner = getattr(self.network, part)
            setattr(owner, name, torch.jit.script(RunTimeGroup(getattr(owner, name))))

    def forward(
        self, image: Tensor, trimap: Tensor, cost_constraint: Tensor, path: Tensor
    ) -> tuple[Tensor, ...]:
        """image: uint8 (1, H, W, 3) RGB; trimap: uint8 (1, H, W) in {0, 128, 255}; H, W multiples
        of 32. cost_constraint: int32 (1,), GMAC. path: int32 (4,): -1 free, 0 bypass, 1 run.
        Returns alpha float32 (1, H, W), F̂ uint8 (1, H, W, 3), decided int32 (4,), and what g3 and
        g4 gave: OpenVINO 2026.4 loses what an `If` gives to one reader only when a picture comes
        that is larger than all before; what is an output of the model too keeps its memory. Last
        the colour prior, where the runtime cuts the model in two.
        """
        slack = cost_constraint.clamp(0, C_MAX) * MMAC_PER_GMAC - COSTS.shortest
        decided: list[Tensor] = []

        def decide(group: int, logits: Tensor) -> Tensor:
            nonlocal slack
            forced = path[group : group + 1]
            wanted = (forced > 0) | ((forced < 0) & (logits[:, 1] > logits[:, 0]))
            run = wanted & (slack >= COSTS.savings[group])
            slack = slack - run.int() * COSTS.savings[group]
            decided.append(run.int())
            return run

        alpha, foreground, groups, prior = matte(
            self.network, image, trimap, cost_constraint, decide
        )
        assert len(decided) == N_ADAPTIVE
        return alpha, foreground, torch.cat(decided), *groups[2:], *prior


class Subnetwork(nn.Module):
    """The network along one fixed path."""

    def __init__(self, network: Pam, path: NetworkPath) -> None:
        super().__init__()
        self.network = network
        self.path = path

    def forward(
        self, image: Tensor, trimap: Tensor, cost_constraint: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Inputs as of ImageAdaptive; returns alpha float32 (1, H, W), F̂ uint8 (1, H, W, 3)."""
        alpha, foreground, *_ = matte(
            self.network, image, trimap, cost_constraint, lambda group, logits: self.path[group]
        )
        return alpha, foreground
