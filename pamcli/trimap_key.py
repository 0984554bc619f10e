"""Trimaps of a subject before a screen of one colour."""

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.frame import Alpha, Rgb

KeyColour = tuple[int, int, int]
"""RGB, each 0 to 255."""

Floats = npt.NDArray[np.float32]

SUBJECT_BELOW, SCREEN_ABOVE = 0.25, 0.6  # keyness; between them alpha is unknown
SHADOW = 32.0  # luma, of 255: below it a pixel's colour is too noisy to be scaled up
ROWS = 540  # the screen is judged at about this many rows

FIT_STEP, FIT_ROUNDS = 4, 3  # every 4th pixel takes part in the fit of the screen's colour
SHOWS_SCREEN = 0.7  # keyness of the pixels that the fit trusts
LEAST_SHOWN = 0.05  # share of them below which nothing is fitted
AROUND = 24  # of the rows: half the side of what counts as the screen around a pixel
FEW = 0.05  # share of the screen around a pixel at which the fitted colour counts as much
NOISE = 3.0  # times the usual difference: what noise explains

FIND_ROWS = 180  # the colour is looked for at about this many rows
BORDER = 0.08  # of the height or width: the strips at the top, left and right
BINS = 72  # of the hue circle
HUE_SPREAD = 20.0  # degrees on either side of the screen's hue
LEAST_CHROMA = 14.0  # of 181: greyer pixels have no hue
LEAST_SHARE = 0.35  # of the border that the screen must cover


def key_estimate(rgb: Rgb, key: KeyColour) -> tuple[Alpha, Alpha]:
    """Soft mask of whatever is not the screen, and how unsure it is; float32 (H, W) in [0, 1].

    Judged at about 540 rows. The mask is 1 where the keyness is low, measured against the screen's
    colour at that place. Unsure is what lies between, and what counts as screen but stands out from
    the screen around it: a single hair is lost in the keyness, but not in the colour.
    """
    small = _shrink(rgb, ROWS)
    screen = screen_colour(small, key)
    each = keyness(small, screen)
    near = np.asarray(cv2.blur(each, (3, 3)), np.float32)  # chroma is noisy, and subsampled
    mask, sharp = (_share_of_subject(values) for values in (near, each))
    hidden = (mask < 0.5) * _standing_out(small, screen, near)
    unsure = np.maximum(np.maximum(4 * mask * (1 - mask), 4 * sharp * (1 - sharp)), hidden)
    size = rgb.shape[1], rgb.shape[0]
    wide = [cv2.resize(values, size, interpolation=cv2.INTER_LINEAR) for values in (mask, unsure)]
    return np.asarray(wide[0], np.float32), np.asarray(wide[1], np.float32)


def _share_of_subject(near: Floats) -> Floats:
    share = (SCREEN_ABOVE - near) / (SCREEN_ABOVE - SUBJECT_BELOW)
    return np.asarray(np.clip(share, 0, 1), np.float32)


def screen_colour(rgb: Rgb, key: KeyColour) -> Floats:
    """The screen's colour all over the picture, also behind the subject.

    float32 (H / 4, W / 4, 3) RGB in [0, 255]: a polynomial of second order in x and y for each
    channel, fitted to the pixels that show the screen; the key's colour where they are few.
    """
    some = np.ascontiguousarray(rgb[FIT_STEP // 2 :: FIT_STEP, FIT_STEP // 2 :: FIT_STEP])
    terms = _terms(some.shape[0], some.shape[1])
    fitted = np.broadcast_to(np.array(key, np.float32), some.shape)
    for _ in range(FIT_ROUNDS):
        shown = keyness(some, fitted) > SHOWS_SCREEN
        if shown.mean() < LEAST_SHOWN:
            break
        known, pixels = terms[shown], some[shown].astype(np.float32)
        ridge = 1e-3 * len(known) * np.eye(known.shape[1])
        products = np.einsum("ni,nj->ij", known, known) + ridge
        weights = np.linalg.solve(products, np.einsum("ni,nc->ic", known, pixels))
        fitted = np.clip(np.einsum("hwi,ic->hwc", terms, weights), 1, 255).astype(np.float32)
    return np.ascontiguousarray(fitted)


def _terms(height: int, width: int) -> Floats:
    """float32 (height, width, 6): 1, x, y, xy, xx, yy with x and y from -1 to 1."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1).astype(np.float32)


def _standing_out(rgb: Rgb, screen: Floats, near: Floats) -> Floats:
    """How much a pixel differs from the mean of the screen around it, in [0, 1].

    1 at the double of what noise explains, 0 below; the screen's folds and shadows are wider.
    """
    side = max(3, rgb.shape[0] // AROUND) * 2 + 1
    shown = (near > SCREEN_ABOVE).astype(np.uint8)
    picture = cv2.bitwise_and(rgb, rgb, mask=shown)
    total = cv2.boxFilter(picture, cv2.CV_32F, (side, side)) + FEW * _resized(screen, rgb)
    share = cv2.boxFilter(shown, cv2.CV_32F, (side, side)) + FEW
    around = np.asarray(total / share[..., None], np.uint8)
    apart = cv2.absdiff(rgb, around).astype(np.float32)
    apart = cv2.blur(np.sqrt(np.einsum("hwc,hwc->hw", apart, apart)), (2, 2))
    some = np.s_[::2, ::2]
    noise = float(np.median(apart[some][shown[some] > 0])) if shown[some].any() else 0.0
    return np.asarray(np.clip(apart / (NOISE * max(2.0, noise)) - 1, 0, 1), np.float32)


def keyness(rgb: Rgb, screen: Floats) -> Floats:
    """float32 (H, W): about 1 on the screen in light and shade, 0 or less on other colours.

    The chroma along the screen's hue less the chroma across it (the vector keyer's measure), in
    CbCr (BT.601), relative to the screen's own and to luma.
    screen: float32 (h, w, 3), RGB in [0, 255], of any size: it changes slowly.
    """
    light, red, blue = _luma_chroma(screen)
    square = np.maximum(red * red + blue * blue, 1)
    slow = np.dstack([red / square, blue / square, light + SHADOW])
    along, across, light = _planes(_resized(slow, rgb))
    luma, red, blue = _luma_chroma(rgb)
    towards = red * along + blue * across
    beside = np.abs(blue * along - red * across)
    return np.asarray((towards - beside) * (light / (luma + SHADOW)), np.float32)


def _resized(slow: Floats, like: Rgb) -> Floats:
    size = like.shape[1], like.shape[0]
    return np.asarray(cv2.resize(slow, size, interpolation=cv2.INTER_LINEAR), np.float32)


def find_key(rgb: Rgb) -> KeyColour | None:
    """Median colour of the hue that prevails along the border; None if there is no such screen."""
    pixels = _border(_shrink(rgb, FIND_ROWS))
    _, red, blue = (plane[0] for plane in _luma_chroma(pixels[None]))
    length, hue = np.hypot(red, blue), np.degrees(np.arctan2(blue, red))
    weights = np.maximum(length - LEAST_CHROMA, 0)
    counts, edges = np.histogram(hue, BINS, (-180, 180), weights=weights)
    peak = edges[np.argmax(counts + np.roll(counts, 1) + np.roll(counts, -1))] + 180 / BINS
    distance = np.abs((hue - peak + 180) % 360 - 180)
    screen = (distance <= HUE_SPREAD) & (length >= LEAST_CHROMA)
    if screen.mean() < LEAST_SHARE:
        return None
    red, green, blue = np.median(pixels[screen], axis=0).astype(int).tolist()
    return red, green, blue


def _border(rgb: Rgb) -> Rgb:
    """uint8 (N, 3): pixels of the strips at the top, left and right; the subject stands below."""
    rows, columns = (max(1, round(side * BORDER)) for side in rgb.shape[:2])
    strips = rgb[:rows], rgb[rows:, :columns], rgb[rows:, -columns:]
    return np.concatenate([strip.reshape(-1, 3) for strip in strips])


def _luma_chroma(rgb: Rgb | Floats) -> tuple[Floats, Floats, Floats]:
    """Luma in [0, 255], Cr and Cb about 0, float32 (H, W) each."""
    if rgb.dtype == np.uint8:
        luma, red, blue = _planes(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb).astype(np.float32))
        return luma, red - 128, blue - 128
    luma, red, blue = _planes(cv2.cvtColor(rgb / 255, cv2.COLOR_RGB2YCrCb).astype(np.float32))
    return luma * 255, (red - 0.5) * 255, (blue - 0.5) * 255


def _planes(values: npt.NDArray[np.float32]) -> list[Floats]:
    """float32 (H, W) each: numpy is slow on slices with gaps."""
    return [np.asarray(plane, np.float32) for plane in cv2.split(values)]


def _shrink(rgb: Rgb, rows: int) -> Rgb:
    """At most that many rows."""
    scale = min(1.0, rows / rgb.shape[0])
    size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
