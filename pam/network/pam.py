"""The whole network: colour prior, encoder, four decisions, decoder."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

from pam.network.cost_embedding import CostConstraintEmbedding
from pam.network.costs import COSTS
from pam.network.decoder import Decoder
from pam.network.encoder import Encoder
from pam.network.prior import ColourPrior, colour_prior
from pamcli.path import N_ADAPTIVE, NetworkPath, mask_infeasible

STRIDE = 32
"""Height and width of what goes in are multiples of this."""

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)

Decide = Callable[[int, Tensor], bool]
"""(index of the group, its logits (B, 2)) -> whether its blocks run, for the whole batch."""


@dataclass(frozen=True, slots=True, eq=False)
class PamOutput:
    """What one forward pass gives.

    alpha: (B, 1, H, W) in [0, 1]; known pixels are not overwritten yet.
    decisions: Q of Eq. 3, (B, 4, 2); index 1 = run.
    path: the path that ran.
    groups: output of g1 to g4, for the distillation of Eq. 11.
    prior: the colour prior that went in.
    """

    alpha: Tensor
    decisions: Tensor
    path: NetworkPath
    groups: tuple[Tensor, ...]
    prior: ColourPrior


class _ClampTowards(torch.autograd.Function):
    """Clamp to [0, 1] whose gradient still passes where a step would lead back into the range."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.clamp(0, 1)

    @staticmethod
    def backward(ctx: FunctionCtx, *gradients: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors  # type: ignore[attr-defined]
        (gradient,) = gradients
        outwards = ((x < 0) & (gradient > 0)) | ((x > 1) & (gradient < 0))
        return gradient.masked_fill(outwards, 0.0)


def clamp_alpha(x: Tensor) -> Tensor:
    """x clamped to [0, 1]; in training the gradient is cut only where it points outwards."""
    if x.requires_grad:
        clamped: Tensor = _ClampTowards.apply(x)  # type: ignore[no-untyped-call]
        return clamped
    return x.clamp(0, 1)


class Pam(nn.Module):
    """Path-Adaptive Matting. Untrained it returns the colour prior's alpha on every path."""

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.embedding = CostConstraintEmbedding()
        self.encoder = Encoder()
        self.decoder = Decoder()
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1), persistent=False)

    def assemble(self, image: Tensor, trimap: Tensor, prior: ColourPrior) -> Tensor:
        """(B, 13, H, W): picture, one-hot trimap, the prior's colours and its alpha."""
        foreground = (trimap > 0.75).to(image.dtype)
        background = (trimap < 0.25).to(image.dtype)
        unknown = 1 - foreground - background
        pictures = [(p - self.mean) / self.std for p in (image, prior.foreground, prior.background)]
        rgb, *colours = pictures
        return torch.cat((rgb, background, unknown, foreground, *colours, prior.alpha), 1)

    def run(
        self, image: Tensor, trimap: Tensor, prior: ColourPrior, embedded: Tensor, decide: Decide
    ) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
        """Alpha (B, 1, H, W), logits (B, 4, 2) and the four group outputs."""
        enc, dec = self.encoder, self.decoder
        skips = enc.stem(self.assemble(image, trimap, prior))
        x, q1 = enc.psl1(enc.d3(skips[2]), embedded)
        g1 = enc.g1(x, decide(0, q1))
        x, q2 = enc.psl2(enc.d4(g1), embedded)
        g2 = enc.g2(x, decide(1, q2))
        x, q3 = dec.psl3(dec.join4(enc.ppm(enc.d5(g2)), g2), embedded)
        g3 = dec.g3(x, decide(2, q3))
        x, q4 = dec.psl4(dec.join3(g3, g1), embedded)
        g4 = dec.g4(x, decide(3, q4))
        residual = dec.finish(g4, skips)
        alpha = clamp_alpha(prior.alpha + residual.to(prior.alpha.dtype))
        return alpha, torch.stack((q1, q2, q3, q4), 1), (g1, g2, g3, g4)

    def forward(
        self,
        image: Tensor,
        trimap: Tensor,
        cost_constraint: Tensor,
        path: NetworkPath | None = None,
        prior: ColourPrior | None = None,
    ) -> PamOutput:
        """Matte a batch.

        image: float32 (B, 3, H, W) RGB in [0, 1]; trimap: float32 (B, 1, H, W) in {0, 0.5, 1};
        H and W multiples of STRIDE. cost_constraint: int64 (B,), GMAC at 1024 x 1024.
        path: forced on the whole batch, or None: the picture decides, and B must be 1.
        prior: computed here when None.
        Raises InputError when C_c is below C_min and the picture decides.
        """
        prior = prior if prior is not None else colour_prior(image, trimap)
        decided: list[bool] = []
        decide = self._forced(path) if path else self._free(cost_constraint)

        def recorded(group: int, logits: Tensor) -> bool:
            decided.append(decide(group, logits))
            return decided[-1]

        embedded = self.embedding(cost_constraint)
        alpha, logits, groups = self.run(image, trimap, prior, embedded, recorded)
        g1, g2, g3, g4 = decided
        return PamOutput(alpha, logits, (g1, g2, g3, g4), groups, prior)

    @staticmethod
    def _forced(path: NetworkPath) -> Decide:
        return lambda group, logits: path[group]

    @staticmethod
    def _free(cost_constraint: Tensor) -> Decide:
        constraint = int(cost_constraint.item())  # one picture only: a batch cannot branch
        wanted: list[bool] = []

        def decide(group: int, logits: Tensor) -> bool:
            wanted.append(bool(logits[0, 1] > logits[0, 0]))
            rest = [False] * (N_ADAPTIVE - len(wanted))
            return mask_infeasible([*wanted, *rest], COSTS, constraint)[group]

        return decide
