"""Motion between the pictures of a stream, at a small size: what carries a mask through time."""

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.frame import Rgb
from pamcli.subject_cues import ColourModel, colour_change, resize, shrink, warp

Floats = npt.NDArray[np.float32]

Look = npt.NDArray[np.uint8]
"""One picture as the carrying of masks sees it: uint8 (h, w, 3), Lab, SIDE on the long side."""

SIDE = 256
CUT = 0.6  # share of the colours that changes from one frame to the next at a scene cut

CORE = 3  # pixels inside the mask's edge: from there on the flow is the subject's own
NEAR = 15  # pixels: side of the square in which that flow is averaged
INVERSIONS = 3  # rounds of the fixed-point iteration
COLOUR_MEMORY = 0.99  # share of the old histograms of subject and background at each picture
PRIOR, COLOUR = 2.0, 1.25  # weights of the carried mask's log-odds and of the colours'
REACH = 4  # pixels on either side of the carried edge in which colours decide
STEEPER = 1.5  # times around one half: undoes what warping and filtering soften

MATCH = 10.0  # of 255: gray difference at which two places are half as likely the same
MOST_KEPT = 0.6  # share of the old mask in the new one where both show the same
LEAST_AREA = 0.1  # of a mask's area when it was given: below it the subject is gone
LEAST_LIKENESS = 0.3  # of the subject's colours to those it had when its mask was given


def look(rgb: Rgb) -> Look:
    """A frame, uint8 (H, W, 3) RGB, at the small size."""
    return np.asarray(cv2.cvtColor(shrink(rgb, SIDE), cv2.COLOR_RGB2LAB), np.uint8)


def small(values: Floats, like: npt.NDArray[np.generic]) -> Floats:
    """A map, float32 (H, W), at the small size of `like`, area by area."""
    size = like.shape[1], like.shape[0]
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def is_cut(seen: Look, before: Look) -> bool:
    """Whether a scene ends between two pictures."""
    return seen.shape != before.shape or colour_change(seen, before) > CUT


class Flow:
    """Dense optical flow (DIS, Kroeger et al. 2016) between small pictures."""

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._flow.setFinestScale(0)
        self._flow.setPatchStride(4)
        self._flow.setVariationalRefinementIterations(3)

    def between(self, seen: Look, other: Look) -> Floats:
        """float32 (h, w, 2): from each pixel of `seen` to its place in `other`, in pixels."""
        still = np.zeros((*seen.shape[:2], 2), np.float32)
        return np.asarray(self._flow.calc(light(seen), light(other), still), np.float32)


def light(seen: Look) -> npt.NDArray[np.uint8]:
    """The gray of a small picture, uint8 (h, w)."""
    return np.ascontiguousarray(seen[..., 0])


class Carrier:
    """A mask that is carried from picture to picture, forwards or backwards in time.

    It moves with the subject's own flow, and its edge goes where the colours part. It is lost at a
    scene cut, when next to nothing is left of it, or when its colours are no longer those that it
    had at first.
    """

    def __init__(self, seen: Look, mask: Floats) -> None:
        self.mask = mask
        self._seen = seen
        self._flow = Flow()
        self._model = ColourModel(COLOUR_MEMORY)
        self._model.learn(seen, mask, 1 - mask)
        self._area = float(mask.sum())
        self._colours = _colours(seen, mask)

    def step(self, seen: Look) -> Floats | None:
        """The mask in the next picture, float32 (h, w) in [0, 1]; None when it is lost."""
        if is_cut(seen, self._seen):
            return None
        moved = warp(self.mask, way_back(self.mask, self._flow.between(self._seen, seen)))
        self.mask = by_colour(moved, self._model.ratio(seen))
        self._model.learn(seen, np.square(self.mask), 1 - self.mask)
        self._seen = seen
        return None if self._is_lost() else self.mask

    def correct(self, mask: Floats) -> None:
        """Go on from a better mask of the last picture."""
        self.mask = mask

    @property
    def growth(self) -> float:
        """Area of the mask over that of the one it began with."""
        return float(self.mask.sum()) / max(self._area, 1e-6)

    def _is_lost(self) -> bool:
        if self.growth < LEAST_AREA:
            return True
        likeness = np.minimum(_colours(self._seen, self.mask), self._colours).sum()
        return float(likeness) < LEAST_LIKENESS


def way_back(mask: Floats, flow: Floats) -> Floats:
    """From each pixel of the next picture to its place in the mask's, by its subject's flow alone.

    flow: float32 (h, w, 2), from the mask's picture to the next. What it says near the subject's
    edge is a mixture with the background's; the core's is continued outwards instead, and inverted
    by fixed-point iteration.
    """
    core = cv2.erode(mask, np.ones((2 * CORE + 1, 2 * CORE + 1), np.uint8))
    weights = np.asarray(core + 1e-3 * mask + 1e-6, np.float32)
    total, share = np.zeros_like(flow), np.zeros_like(mask)
    for side, say in ((NEAR, 1.0), (6 * NEAR + 1, 0.01)):
        total += say * cv2.blur(flow * weights[..., None], (side, side))
        share += say * cv2.blur(weights, (side, side))
    own = total / (share + 1e-9)[..., None]
    back = -own
    for _ in range(INVERSIONS):
        back = -warp(own, back)
    return back


def by_colour(mask: Floats, ratio: Floats) -> Floats:
    """A mask whose edge follows the colours; only within a few pixels of where it was.

    ratio: log-likelihood ratio of each pixel's colour, subject against the rest, float32 (h, w).
    """
    odds = PRIOR * np.log((mask + 0.03) / (1.03 - mask)) + COLOUR * ratio
    likely = cv2.blur(1 / (1 + np.exp(-odds)), (3, 3))
    hard = (mask > 0.5).astype(np.uint8)
    reach = np.ones((2 * REACH + 1, 2 * REACH + 1), np.uint8)
    likely[cv2.dilate(hard, reach) == 0] = 0
    likely[cv2.erode(hard, reach) > 0] = 1
    return np.asarray(np.clip(0.5 + STEEPER * (likely - 0.5), 0, 1), np.float32)


def _colours(seen: Look, mask: Floats) -> Floats:
    """Shares of the colours under a mask: bins of 32 in L and 8 in a and b, smoothed."""
    light_, a, b = (
        np.right_shift(seen[..., i], s).astype(np.int32) for i, s in enumerate((5, 3, 3))
    )
    counts = np.bincount(((light_ * 32 + a) * 32 + b).ravel(), mask.ravel(), 8 * 32 * 32)
    smooth = cv2.blur(counts.reshape(8 * 32, 32).astype(np.float32), (3, 3))
    return np.asarray(smooth / max(float(smooth.sum()), 1e-6), np.float32)


class Smoother:
    """The coarse subject made steady: each mask is mixed with the last, moved along with its flow.

    Only where the picture shows the same at both places, and not across a scene cut. The detail
    of a mask is kept: what changes is added to it at the small size.
    """

    def __init__(self) -> None:
        self._flow = Flow()
        self._seen: Look | None = None
        self._maps = np.zeros((0, 0, 2), np.float32)  # mask and uncertainty at the small size

    def steady(
        self, rgb: Rgb, mask: Floats, uncertainty: Floats | None
    ) -> tuple[Floats, Floats | None]:
        """Mask and uncertainty of the next frame `rgb`, float32 (H, W) in [0, 1], made steady.

        Where the last mask and the new one do not agree, the uncertainty says so; without one the
        mask is soft there.
        """
        seen = look(rgb)
        unsure = np.zeros_like(mask) if uncertainty is None else uncertainty
        new = np.dstack([small(mask, seen), small(unsure, seen)])
        before, old = self._seen, self._maps
        self._seen, self._maps = seen, new
        if before is None or is_cut(seen, before):
            return mask, uncertainty
        back = way_back(np.ascontiguousarray(old[..., 0]), self._flow.between(before, seen))
        change = _alike(seen, before, back)[..., None] * (warp(old, back) - new)
        self._maps = np.asarray(new + change, np.float32)
        steady = _added(mask, change[..., 0])
        if uncertainty is None:
            return steady, None
        disagreement = 2 * np.abs(change[..., 0])
        return steady, _added(uncertainty, change[..., 1] + disagreement)


def _alike(seen: Look, before: Look, back: Floats) -> Floats:
    """Share of the old map in the new one: large where the picture shows the same."""
    there = warp(light(before).astype(np.float32), back)
    apart = cv2.blur(np.abs(light(seen) - there), (5, 5)) / MATCH
    return np.asarray(MOST_KEPT / (1 + np.square(apart)), np.float32)


def _added(values: Floats, change: Floats) -> Floats:
    wide = resize(np.ascontiguousarray(change), (values.shape[0], values.shape[1]))
    return np.asarray(np.clip(values + wide, 0, 1), np.float32)
