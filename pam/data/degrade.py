"""What cameras and codecs do to a picture: blur, noise, JPEG, H.264; then 8 bits."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from pam.data.colour import LUMA, gaussian_kernel
from pam.data.draw import Draw
from pam.data.video_coding import video_coded

BLOCK = 8
# ITU-T T.81, Annex K, tables K.1 and K.2
LUMA_TABLE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
CHROMA_TABLE = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *((99,) * 8 for _ in range(4)),
)


def degrade(draw: Draw, image: Tensor) -> Tensor:
    """Each degradation on a random part of the batch, then rounding to 8 bits.

    image: float32 (B, 3, H, W) in [0, 1], H and W multiples of 16; returns the same.
    """
    out = image.clone()
    for row in draw.rows(0.3, len(out)).tolist():
        out[row : row + 1] = blur(out[row : row + 1], draw.uniform(0.3, 1.3))
    for row in draw.rows(0.12, len(out)).tolist():
        out[row : row + 1] = soften(out[row : row + 1], draw.uniform(1.3, 2.5))
    noisy = draw.rows(0.35, len(out))
    if len(noisy):
        out[noisy] = add_noise(draw, out[noisy])
    coded = draw.rows(0.35, len(out))
    if len(coded):
        quality = draw.uniforms(30, 95, len(coded)).flatten()
        out[coded] = jpeg(out[coded], quality)
    for row in draw.rows(0.2, len(out)).tolist():
        motion = (draw.integer(9) - 4, draw.integer(9) - 4)
        out[row] = video_coded(out[row], 16 + draw.integer(19), motion, draw.integer(3))
    return (out.clamp(0, 1) * 255).round() / 255


def blur(image: Tensor, sigma: float) -> Tensor:
    """Gaussian blur with mirrored borders; float32 (B, C, H, W)."""
    kernel = gaussian_kernel(sigma).to(image.device)
    radius = len(kernel) // 2
    flat = image.flatten(0, 1).unsqueeze(1)  # one plane a row: grouped convolution is slow on CPU
    flat = F.pad(flat, (radius,) * 4, mode="reflect")
    flat = F.conv2d(F.conv2d(flat, kernel.view(1, 1, 1, -1)), kernel.view(1, 1, -1, 1))
    return flat.view_as(image)


def soften(image: Tensor, factor: float) -> Tensor:
    """Lose detail as a scaler does: down by `factor` and up again."""
    size = [max(round(side / factor), 1) for side in image.shape[-2:]]
    small = F.interpolate(image, size, mode="bilinear", antialias=True)
    return F.interpolate(small, image.shape[-2:], mode="bicubic").clamp(0, 1)


def add_noise(draw: Draw, image: Tensor) -> Tensor:
    """Shot and read noise: variance = read^2 + shot * intensity, each image its own."""
    count = len(image)
    read, shot = draw.uniforms(0, 0.02, count), draw.uniforms(0, 0.002, count)
    deviation = (read.square() + shot * image.clamp(min=0)).sqrt()
    return image + deviation * draw.normal(*image.shape)


def jpeg(image: Tensor, quality: Tensor) -> Tensor:
    """The loss of baseline JPEG with 4:2:0 chroma, without its entropy coding.

    image: float32 (B, 3, H, W) in [0, 1], H and W multiples of 16. quality: float32 (B,), 1 to 100,
    scaled to tables as libjpeg does.
    """
    red, green, blue = (image * 255).unbind(1)
    luma = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
    chroma = torch.stack(((blue - luma) / 1.772, (red - luma) / 1.402), 1)
    luma = _quantised(luma[:, None] - 128, quality, LUMA_TABLE) + 128
    chroma = _quantised(F.avg_pool2d(chroma, 2), quality, CHROMA_TABLE)
    chroma = F.interpolate(chroma, scale_factor=2.0, mode="bilinear", align_corners=False)
    out_blue = luma[:, 0] + 1.772 * chroma[:, 0]
    out_red = luma[:, 0] + 1.402 * chroma[:, 1]
    out_green = (luma[:, 0] - LUMA[0] * out_red - LUMA[2] * out_blue) / LUMA[1]
    return (torch.stack((out_red, out_green, out_blue), 1) / 255).clamp(0, 1)


def _quantised(planes: Tensor, quality: Tensor, table: tuple[tuple[int, ...], ...]) -> Tensor:
    """8x8 blocks through the DCT, rounded to the quality's steps, and back. (B, C, H, W)."""
    batch, channels, height, width = planes.shape
    scale = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality)
    base = torch.tensor(table, dtype=torch.float32, device=planes.device).flatten()
    steps = ((base * scale[:, None] + 50) / 100).floor().clamp(1, 255)[:, None]
    split = (batch, channels, height // BLOCK, BLOCK, width // BLOCK, BLOCK)
    blocks = planes.reshape(split).permute(0, 1, 2, 4, 3, 5)  # B C rows columns 8 8
    basis = _dct_basis().to(planes.device)
    waves = blocks.reshape(batch, -1, BLOCK * BLOCK) @ basis.T
    blocks = (((waves / steps).round() * steps) @ basis).reshape(blocks.shape)
    return blocks.permute(0, 1, 2, 4, 3, 5).reshape(planes.shape)


def _dct_basis() -> Tensor:
    """Orthonormal (64, 64): row = 2-D frequency, column = pixel of the block."""
    k = torch.arange(BLOCK, dtype=torch.float32)
    one = torch.cos((2 * k[None, :] + 1) * k[:, None] * math.pi / (2 * BLOCK)) * 0.5
    one[0] *= math.sqrt(0.5)
    return torch.kron(one, one)
