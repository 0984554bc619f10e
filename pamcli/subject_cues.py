"""What tells a subject from its background without training: motion, colour and contrast.

All pictures here are small (`subject.SIDE` pixels on the long side), Lab as OpenCV stores it in
uint8, gray uint8; every map is float32 (H, W) in [0, 1] unless it says otherwise.
"""

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

FLOW_STEP = 8  # every FLOW_STEP-th vector takes part in the fit of the camera's motion
ROUNDS = 4  # of reweighting in that fit
STILL = 0.25  # pixels: slower than this against the background is not motion
UNEXPLAINED = 10.0  # of 255: gray difference that the camera's motion leaves where things move

SALIENCY_SIDE = 96  # pixels on the long side
UPPER = 0.6  # of the height: above it the sides are background before a person's shoulders
LEAST_CONTRAST = 12.0  # of 255 summed over Lab: a frame with less holds nothing salient

BINS = 32, 32, 16  # of a, b, L
FLOOR = 2e-5  # share of a colour that was never seen
CLIP = 2.5  # of the colours' log-likelihood ratio

GRABCUT_SIDE = 144  # pixels on the long side
GRABCUT_REACH = 7  # pixels of that around the subject in which it may grow
GRABCUT_MARGIN = 8  # pixels of that around the reach, whose colours are learnt as background
GRABCUT_ROUNDS = 3  # at the first cut; one at each later


def shrink(picture: npt.NDArray[np.uint8], side: int) -> Bytes:
    """The picture at `side` pixels on its long side, at least 16 on the other."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    size = max(16, round(width * scale)), max(16, round(height * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def resize(values: Floats, size: tuple[int, int]) -> Floats:
    """float32 map at another (height, width), linear."""
    return np.asarray(cv2.resize(values, size[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def warp(values: Floats, flow: Floats) -> Floats:
    """values at each pixel's place in the previous frame. flow: float32 (H, W, 2), pixels."""
    height, width = flow.shape[:2]
    x = flow[..., 0] + np.arange(width, dtype=np.float32)
    y = flow[..., 1] + np.arange(height, dtype=np.float32)[:, None]
    moved = cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def own_motion(flow: Floats, background: Floats, gray: Bytes, previous: Bytes) -> Floats:
    """Where the picture moves otherwise than the camera does.

    The camera's motion is an affine map, fitted to the flow by iteratively reweighted least
    squares (Geman-McClure weights). What moves otherwise also differs in gray once that map is
    undone; areas without texture, whose flow means little, do not.
    flow: float32 (H, W, 2), to the previous frame. background: weight of each pixel in the fit.
    """
    camera, spread = _camera_motion(flow, background)
    own = flow - camera
    residual = cv2.magnitude(own[..., 0], own[..., 1])
    moving = 1 - np.exp(-((residual / (1.5 * max(STILL, 2.5 * spread))) ** 2))
    difference = np.abs(gray.astype(np.float32) - warp(previous.astype(np.float32), camera))
    wide = cv2.dilate(cv2.blur(difference, (3, 3)), np.ones((13, 13), np.uint8))
    unexplained = np.asarray(cv2.blur(wide, (9, 9))) / UNEXPLAINED
    return np.asarray(moving * (1 - np.exp(-(unexplained**2))), np.float32)


def _camera_motion(flow: Floats, background: Floats) -> tuple[Floats, float]:
    """The affine flow of the background, float32 (H, W, 2), and its robust residual in pixels."""
    height, width = background.shape
    terms = np.ones((height, width, 3), np.float32)
    terms[..., 0] = np.arange(width) / width - 0.5
    terms[..., 1] = np.arange(height)[:, None] / height - 0.5
    some = np.s_[FLOW_STEP // 2 :: FLOW_STEP, FLOW_STEP // 2 :: FLOW_STEP]
    points, vectors = terms[some].reshape(-1, 3), flow[some].reshape(-1, 2)
    prior = background[some].ravel() + 0.02
    weights, spread = prior, 0.0
    for _ in range(ROUNDS):
        weighted = points * weights[:, None]
        affine = np.linalg.solve(weighted.T @ points + 1e-6 * np.eye(3), weighted.T @ vectors)
        residual = np.hypot(*(vectors - points @ affine).T)
        spread = max(0.08, 1.48 * _weighted_median(residual, prior))
        weights = prior / (1 + (residual / spread) ** 2) ** 2
    return terms @ affine.astype(np.float32), spread


def _weighted_median(values: npt.NDArray[np.floating], weights: Floats) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


class ColourModel:
    """How much likelier each colour is on the subject than near it: two histograms with memory."""

    def __init__(self, memory: float) -> None:
        self._memory = memory  # share of the old histograms kept at each frame
        self._subject: Floats | None = None
        self._around: Floats | None = None

    def learn(self, lab: Bytes, subject: Floats, around: Floats) -> None:
        """Take in one frame; subject and around weigh each pixel's membership."""
        places = _bins(lab).ravel()
        self._subject = self._mix(self._subject, _histogram(places, subject))
        self._around = self._mix(self._around, _histogram(places, around))

    def ratio(self, lab: Bytes) -> Floats:
        """Log-likelihood ratio of each pixel's colour, float32 (H, W) in [-CLIP, CLIP]."""
        assert self._subject is not None and self._around is not None
        table = np.log((self._subject + FLOOR) / (self._around + FLOOR))
        return np.asarray(np.clip(table, -CLIP, CLIP)[_bins(lab)], np.float32)

    def _mix(self, old: Floats | None, new: Floats) -> Floats:
        if old is None:
            return new
        return np.asarray(self._memory * old + (1 - self._memory) * new, np.float32)


def _bins(lab: Bytes) -> npt.NDArray[np.int32]:
    light, a, b = (np.right_shift(lab[..., i], s).astype(np.int32) for i, s in enumerate((4, 3, 3)))
    return np.asarray((a * BINS[1] + b) * BINS[2] + light, np.int32)


def _histogram(places: npt.NDArray[np.int32], weights: Floats) -> Floats:
    """Shares of the colours, smoothed by (1 2 1)/4 along each axis; float32 (prod(BINS),)."""
    counts = np.bincount(places, weights.ravel(), BINS[0] * BINS[1] * BINS[2]).astype(np.float32)
    one, three = np.ones(1), np.array([0.25, 0.5, 0.25])
    smooth = cv2.sepFilter2D(counts.reshape(BINS), -1, three, three)  # along a and b
    smooth = cv2.sepFilter2D(np.reshape(smooth, (-1, BINS[2])), -1, three, one)  # along L
    return np.asarray(smooth / (smooth.sum() + 1), np.float32).ravel()


def colour_change(lab: Bytes, previous: Bytes) -> float:
    """How little the colours of two frames of one size have in common: 0 the same, 1 none.

    Colours are told apart in bins of 32 in L and 16 in a and b, at every other pixel.
    """
    counts = [_coarse_counts(picture[::2, ::2]) for picture in (lab, previous)]
    return 1 - float(np.minimum(*counts).sum()) / float(counts[0].sum())


def _coarse_counts(lab: Bytes) -> npt.NDArray[np.intp]:
    light, a, b = (np.right_shift(lab[..., i], s).astype(np.int32) for i, s in enumerate((5, 4, 4)))
    return np.bincount(((light * 16 + a) * 16 + b).ravel(), minlength=8 * 16 * 16)


def saliency(lab: Bytes) -> Floats:
    """How much each pixel stands out from what reaches the border; all 0 in an even frame.

    Minimum barrier distance to the border (Zhang et al., "Minimum Barrier Salient Object
    Detection at 80 FPS", ICCV 2015, Alg. 1) plus the Mahalanobis distance to the colours of the
    sides (their Sec. 4). The barrier is the mean over two borders: one with the bottom corners,
    one of the top and upper sides alone, because people stand at the bottom.
    """
    small = cv2.GaussianBlur(shrink(lab, SALIENCY_SIDE).astype(np.float32), (0, 0), 1)
    picture = np.asarray(small, np.float32)
    height, width, _ = picture.shape
    upper = np.zeros((height, width), np.bool_)
    upper[0] = upper[: int(height * UPPER), [0, -1]] = True
    whole = upper.copy()
    whole[:, [0, -1]] = whole[-1, : width // 6] = whole[-1, -(width // 6) :] = True
    barrier = (barrier_distance(picture, whole) + barrier_distance(picture, upper)) * np.float32(
        0.5
    )
    if np.percentile(barrier, 98) < LEAST_CONTRAST:
        return np.zeros(lab.shape[:2], np.float32)
    mixed = 0.6 * _to_one(barrier) + 0.4 * _to_one(_unlike_sides(picture))
    low, high = np.percentile(mixed, (5, 98))
    stretched = np.clip((mixed - low) / (high - low + 1e-3), 0, 1).astype(np.float32)
    return resize(stretched, (lab.shape[0], lab.shape[1]))


def _to_one(values: Floats) -> Floats:
    return np.asarray(np.clip(values / max(float(np.percentile(values, 98)), 1e-3), 0, 1))


def _unlike_sides(picture: Floats) -> Floats:
    """Mahalanobis distances to the colours at the top and the upper sides, summed."""
    depth, low = max(2, picture.shape[0] // 12), max(2, int(picture.shape[0] * UPPER))
    sides = picture[:depth], picture[:low, :depth], picture[:low, -depth:]
    total = np.zeros(picture.shape[:2])
    for side in sides:
        colours = side.reshape(-1, 3)
        spread = np.linalg.inv(np.cov(colours.T) + 25 * np.eye(3))
        apart = picture - colours.mean(axis=0)
        total += np.sqrt(np.einsum("hwi,ij,hwj->hw", apart, spread, apart))
    return np.asarray(total, np.float32)


def barrier_distance(picture: Floats, border: npt.NDArray[np.bool_], rounds: int = 2) -> Floats:
    """Minimum barrier distance to the marked pixels, summed over the channels; float32 (H, W).

    Raster scans by whole rows and columns in the four directions. picture: float32 (H, W, C).
    """
    distance = np.where(border, np.float32(0), np.float32(np.inf))
    high, low = picture.copy(), picture.copy()
    for _ in range(rounds):
        for turned in (False, True):
            maps = picture, distance, high, low
            views = [np.swapaxes(m, 0, 1) if turned else m for m in maps]
            _scan(views, range(1, len(views[0])), -1)
            _scan(views, range(len(views[0]) - 2, -1, -1), 1)
    return distance


def _scan(views: list[Floats], lines: range, towards: int) -> None:
    """Carry the barrier from each line's neighbour into it, where that makes it lower."""
    picture, distance, high, low = views
    for line in lines:
        top = np.maximum(high[line + towards], picture[line])
        floor = np.minimum(low[line + towards], picture[line])
        barrier = (top - floor).sum(axis=-1)
        barrier[~np.isfinite(distance[line + towards])] = np.inf
        nearer = barrier < distance[line]
        distance[line][nearer] = barrier[nearer]
        high[line][nearer], low[line][nearer] = top[nearer], floor[nearer]


class CutOut:
    """GrabCut (Rother et al. 2004) through a stream: its colour models are carried along."""

    def __init__(self) -> None:
        self._behind, self._before = np.zeros((1, 65)), np.zeros((1, 65))
        self._learnt = False

    def cut(self, rgb: Bytes, mask: Floats, sure: npt.NDArray[np.bool_]) -> Floats:
        """The subject seeded by a soft mask; the mask itself where a seed is missing.

        sure: where the subject is fixed. Background is fixed where the mask is below .08, and
        beyond its reach; after the first cut nothing farther than a margin is looked at.
        """
        small = shrink(rgb, GRABCUT_SIDE)
        size = small.shape[0], small.shape[1]
        soft, fixed = resize(mask, size), resize(sure.astype(np.float32), size) > 0.5
        labels = np.where(soft > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
        labels[fixed] = cv2.GC_FGD
        near = cv2.dilate((soft > 0.5).astype(np.uint8), _square(GRABCUT_REACH))
        labels[(near == 0) | (soft < (0.06 if self._learnt else 0.08))] = cv2.GC_BGD
        part = _around(near, GRABCUT_MARGIN if self._learnt else GRABCUT_SIDE)
        whole = np.zeros(size, np.float32)
        seeds = np.ascontiguousarray(labels[part])
        if (seeds % 2).sum() < 30 or (seeds % 2).all():
            return mask
        self._run(np.ascontiguousarray(small[part]), seeds)
        whole[part] = seeds % 2
        cut = cv2.GaussianBlur(whole, (0, 0), 0.8)
        return resize(np.asarray(cut, np.float32), (mask.shape[0], mask.shape[1]))

    def _run(self, rgb: Bytes, labels: Bytes) -> None:
        """labels is changed in place."""
        rounds, mode = 1, cv2.GC_EVAL
        if not self._learnt:
            rounds, mode = GRABCUT_ROUNDS, cv2.GC_INIT_WITH_MASK
            cv2.setRNGSeed(1)  # its k-means start
        cv2.grabCut(rgb, labels, (0, 0, 1, 1), self._behind, self._before, rounds, mode)
        self._learnt = True


def _square(reach: int) -> Bytes:
    return np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)


def _around(marked: cv2.typing.MatLike, margin: int) -> tuple[slice, slice]:
    """The rectangle of the marked pixels, `margin` wider on each side."""
    left, top, width, height = cv2.boundingRect(marked)
    rows = slice(max(top - margin, 0), top + height + margin)
    return rows, slice(max(left - margin, 0), left + width + margin)


def close_holes(mask: Floats, share: float) -> Floats:
    """The mask with 1 in its holes of less than `share` of its area."""
    hard = (mask > 0.5).astype(np.uint8)
    largest = share * float(hard.sum())
    outlines, tree = cv2.findContours(hard, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    closed = mask.copy()
    for index, outline in enumerate(outlines):
        if tree[0][index][3] >= 0 and cv2.contourArea(outline) < largest:
            cv2.drawContours(closed, outlines, index, (1.0,), cv2.FILLED)
    return closed


def snap_to_edges(mask: Floats, gray: Bytes, radius: int, softness: float) -> Floats:
    """Guided filter (He et al. 2010) of a soft mask by the gray picture."""
    guide = gray.astype(np.float32) / 255

    def mean(values: npt.NDArray[np.floating]) -> Floats:
        return np.asarray(cv2.blur(values, (2 * radius + 1, 2 * radius + 1)), np.float32)

    mean_guide, mean_mask = mean(guide), mean(mask)
    covariance = mean(guide * mask) - mean_guide * mean_mask
    slope = covariance / (mean(guide * guide) - mean_guide**2 + softness)
    offset = mean_mask - slope * mean_guide
    return np.asarray(np.clip(mean(slope) * guide + mean(offset), 0, 1), np.float32)
