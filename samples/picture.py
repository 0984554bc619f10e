"""Small picture maths: tone, layers over layers, trimaps, exact alpha."""

import cv2
import numpy as np

EXPOSURE = 1.25
ALPHA_STEP = 5  # alpha is stored in multiples of this, which pack better; 255 is one of them
CLEAR, SOLID = 0.03, 0.95  # drawn alpha up to which nothing, and from which everything, is meant


def tone(light: np.ndarray) -> np.ndarray:
    """Scene-linear light to display values in [0, 1].

    Reinhard et al. 2002, equation 4 (white at 3), then the sRGB curve.
    """
    bright = np.clip(light, 0.0, None) * EXPOSURE
    curved = np.clip(1.2 * bright * (1.0 + bright / 9.0) / (1.0 + 0.45 * bright), 0.0, 1.0)
    return np.where(
        curved < 0.0031308, 12.92 * curved, 1.055 * np.maximum(curved, 1e-6) ** (1 / 2.4) - 0.055
    ).astype(np.float32)


def display(layer: np.ndarray) -> np.ndarray:
    """A premultiplied linear layer (H, W, 4) as premultiplied display values, alpha unchanged."""
    alpha = np.clip(layer[..., 3:], 0.0, 1.0)
    return np.concatenate([tone(layer[..., :3] / np.maximum(alpha, 0.02)) * alpha, alpha], axis=-1)


def over(front: np.ndarray, back: np.ndarray) -> np.ndarray:
    """A premultiplied layer (H, W, 4) over an opaque picture (H, W, 3)."""
    return front[..., :3] + (1.0 - front[..., 3:]) * back


def settle(layer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Alpha uint8 (H, W) as it will be stored, and the foreground float32 (H, W, 3) under it."""
    share = np.clip((layer[..., 3] - CLEAR) / (SOLID - CLEAR), 0.0, 1.0)
    alpha = (np.rint(share * (255 / ALPHA_STEP)) * ALPHA_STEP).astype(np.uint8)
    foreground = layer[..., :3] / np.maximum(layer[..., 3:], 1e-4)
    return alpha, np.clip(foreground, 0.0, 1.0)


def composite(alpha: np.ndarray, foreground: np.ndarray, background: np.ndarray) -> np.ndarray:
    """I = αF + (1-α)B. alpha uint8 (H, W); the rest float (H, W, 3) in [0, 1]."""
    share = alpha[..., None].astype(np.float32) / 255.0
    return share * foreground + (1.0 - share) * background


def trimap(alpha: np.ndarray, reach: int) -> np.ndarray:
    """{0, 128, 255}: every pixel within `reach` pixels of a soft or border one is unknown.

    alpha: uint8 (H, W). Sure foreground starts at 255, sure background at 0.
    """
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    some = cv2.dilate((alpha > 0).astype(np.uint8), disc)
    full = cv2.erode((alpha == 255).astype(np.uint8), disc)
    return np.where(full > 0, 255, np.where(some > 0, 128, 0)).astype(np.uint8)
