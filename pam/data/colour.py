"""Colour jitter and recolouring on batches of RGB."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from pam.data.draw import Draw

LUMA = (0.299, 0.587, 0.114)


def jitter(draw: Draw, rgb: Tensor) -> Tensor:
    """Brightness, contrast, saturation, hue and gamma, independently for each image.

    rgb: float32 (B, 3, H, W) in [0, 1]; returns the same.
    """
    count = len(rgb)
    gamma = torch.exp(draw.uniforms(-0.35, 0.35, count))
    mixed = torch.einsum("bij,bjhw->bihw", _hue_saturation(draw, count), rgb)
    contrast = torch.exp(draw.uniforms(-0.3, 0.3, count))
    brightness = draw.uniforms(-0.12, 0.12, count)
    mean = mixed.mean((1, 2, 3), keepdim=True)
    out = (mixed - mean) * contrast + mean + brightness
    curved: Tensor = out.clamp(1e-4, 1).pow(gamma)
    return curved


def recolour(draw: Draw, rgb: Tensor) -> Tensor:
    """Smoke of any colour: a random colour, a smooth change of it, and a little of the original.

    rgb: float32 (1, 3, H, W) in [0, 1]; returns the same.
    """
    size = rgb.shape[-1]
    one, two = torch.rand(2, 1, 3, 1, 1, generator=draw.generator).to(rgb.device)
    if draw.chance(0.4):  # grey smoke is the common one
        one, two = one.mean(1, keepdim=True), two.mean(1, keepdim=True)
    weight = draw.smooth(size, 3)
    keep = draw.uniform(0.0, 0.6)
    mixed: Tensor = (1 - keep) * (one * weight + two * (1 - weight)) + keep * rgb
    return mixed


def _hue_saturation(draw: Draw, count: int) -> Tensor:
    """(B, 3, 3): a rotation and a scaling of the chroma plane, grey axis kept (YIQ)."""
    angle = 0.6 * draw.uniforms(-1, 1, count).flatten() ** 3  # mostly small
    saturation = torch.exp(draw.uniforms(-0.7, 0.45, count)).flatten()
    cos, sin = saturation * angle.cos(), saturation * angle.sin()
    to_yiq = torch.tensor(
        [LUMA, (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112)], device=angle.device
    )
    turn = torch.zeros(count, 3, 3, device=angle.device)
    turn[:, 0, 0] = 1
    turn[:, 1, 1], turn[:, 1, 2], turn[:, 2, 1], turn[:, 2, 2] = cos, -sin, sin, cos
    whole: Tensor = torch.linalg.inv(to_yiq) @ turn @ to_yiq
    return whole


def random_alpha(draw: Draw, size: int) -> Tensor:
    """Smooth random alpha, float32 (1, 1, size, size) in [0, 1]: two scales of noise, steepened."""
    cells = round(draw.log_uniform(2, 24))
    coarse = draw.smooth(size, cells)
    fine = draw.smooth(size, min(cells * round(draw.uniform(2, 5)), size // 3))
    share = draw.uniform(0.0, 0.6)
    noise = (1 - share) * coarse + share * fine
    gain = draw.log_uniform(1.2, 12)
    return ((noise - draw.uniform(0.35, 0.65)) * gain + 0.5).clamp(0, 1)


def texture_alpha(draw: Draw, photo: Tensor) -> Tensor:
    """Alpha with the detail of a photograph, as of glass or lace: float32 (1, 1, S, S) in [0, 1].

    photo: float32 (1, 3, S, S) in [0, 1], whose luma is cut at a random level, softly.
    """
    luma = sum(weight * photo[:, i : i + 1] for i, weight in enumerate(LUMA))
    assert isinstance(luma, Tensor)
    level = torch.quantile(luma.flatten()[::7], draw.uniform(0.25, 0.75))
    spread = luma.std().clamp(min=0.02)
    sign = 1.0 if draw.chance(0.5) else -1.0
    return (0.5 + sign * draw.log_uniform(0.4, 3) * (luma - level) / spread).clamp(0, 1)


def mesh_alpha(draw: Draw, size: int) -> Tensor:
    """A net, fence or weave, float32 (1, 1, size, size) in [0, 1]: threads in two directions."""
    steps = torch.arange(size, dtype=torch.float32, device=draw.device)
    bend = draw.smooth(size, round(draw.uniform(2, 5)))[0, 0] * draw.uniform(0, 2)
    angle, pitch = draw.uniform(0, math.pi), draw.log_uniform(6, 40)  # pixels between threads
    thick, soft = draw.uniform(0.08, 0.45), draw.uniform(0.02, 0.12)
    alpha = torch.zeros(size, size, device=draw.device)
    for turn in (0.0, draw.uniform(1.0, 2.1)):
        along = steps[None, :] * math.cos(angle + turn) + steps[:, None] * math.sin(angle + turn)
        phase = along / pitch + bend
        distance = (phase - phase.floor() - 0.5).abs()
        alpha = torch.maximum(alpha, ((thick / 2 - distance) / soft + 0.5).clamp(0, 1))
    return alpha[None, None]


def gaussian_kernel(sigma: float) -> Tensor:
    """Normalised float32 (2r + 1,), r = ceil(2.5 sigma)."""
    radius = max(math.ceil(2.5 * sigma), 1)
    steps = torch.arange(-radius, radius + 1, dtype=torch.float32)
    kernel = torch.exp(-0.5 * (steps / sigma) ** 2)
    return kernel / kernel.sum()
