"""Who is the subject by motion, colour and contrast, carried through time.

Needs no network and no training: whatever moves otherwise than the camera, or stands out from the
picture's border, is the subject. What a network says is one more cue, where there is one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pamcli.subject_cues import (
    Bytes,
    ColourModel,
    CutOut,
    Floats,
    close_holes,
    colour_change,
    own_motion,
    saliency,
    snap_to_edges,
    warp,
)

Look = Callable[[Floats | None, Floats | None], Floats]
"""What a network says of the picture at hand, a mask float32 (H, W) in [0, 1]. It is told the mask
carried from the frame before, and the flow to there, float32 (H, W, 2) in pixels; None after a cut.
"""

CUT = 0.6
"""Share of the colours that changes from one frame to the next at a scene cut."""

RISE, FALL = 0.5, 0.6  # share of new evidence of motion that is taken in, of missing that is lost
W_BEFORE, W_STILL = 0.4, 1.5  # of the carried mask's log-odds where it is in doubt, where not
W_MOTION, W_COLOUR, W_CENTRE = 8.0, 1.75, 0.4  # of the other cues, in log-odds
W_LEARNT = 1.0  # of the network's log-odds
LEAST_LEARNT, MOST_LEARNT = -1.0, 4.0  # bounds of those: what it does not know, it does not see
W_KNOWN, LEAST_KNOWN = 2.0, -4.0  # the same where it knows the subject, as far as it does
AGREE, AGREE_FULLY = 0.5, 0.8  # overlap with the carried mask from which it knows it, and fully
SURE, FULLY_SURE = 0.5, 0.8  # share of SEEN in its mask from which it knows the first picture's
FOREIGN = 0.05  # what is left of a part that it has not seen
SEEN = 0.9  # of its mask from which the network has surely seen a subject
NO_MOTION = 0.55  # evidence of motion that speaks neither for nor against
AT_REST, ALL_MOVES = 0.3, 0.6  # share of the subject that moves
PROOF_MEMORY = 0.995
KEEP = 0.3  # share of the carried mask in the new one
CUT_OUT_SHARE = 0.4
CORE = 4  # pixels inside the carried mask's edge: from there on it is sure
HOLE = 0.03  # of the subject's area: larger holes stay
COLOUR_MEMORY = 0.9
UNLEARN = 0.7  # share of its say in the colours that a pixel in doubt loses
NEAR = 0.16  # of the long side: width of the surroundings whose colours are learnt
PART = 0.15  # of the largest part's area: smaller parts are not the subject
LEAST_AREA = 0.002  # of the frame
AROUND = 10  # pixels around a part in which doubt is kept
STEEPER = 1.2  # times around one half: the mask that is given out against the carried one


@dataclass(frozen=True, slots=True, eq=False)
class _Memory:
    """What is carried from one frame to the next, all at the small size."""

    lab: Bytes
    gray: Bytes
    mask: Floats
    evidence: Floats  # of motion
    proof: Floats  # where the subject has ever been seen to move
    colours: ColourModel
    cutter: CutOut


class CueFinder:
    """The subject of a stream, frame by frame; begins anew at a scene cut."""

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._flow.setPatchStride(4)  # this and the next two: as good here, in two thirds the time
        self._flow.setVariationalRefinementIterations(3)
        self._flow.setGradientDescentIterations(16)
        self._memory: _Memory | None = None

    def find(self, small: Bytes, look: Look | None = None) -> Floats:
        """Soft mask of the stream's next frame; an empty one where there is no subject.

        small: uint8 (H, W, 3) RGB, about 300 pixels on the long side.
        """
        lab = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.uint8)
        gray = np.ascontiguousarray(lab[..., 0])
        before = self._memory
        still = np.zeros((*gray.shape, 2), np.float32)
        if before is None or is_cut(lab, before.lab):
            learnt = look(None, None) if look else None
            self._memory = _begin(small, lab, gray, learnt)
        else:
            flow = np.asarray(self._flow.calc(gray, before.gray, still), np.float32)
            self._memory = _carry(before, small, lab, gray, flow, look)
        return _steeper(main_parts(self._memory.mask))


def is_cut(lab: Bytes, previous: Bytes) -> bool:
    return lab.shape != previous.shape or colour_change(lab, previous) > CUT


def _begin(small: Bytes, lab: Bytes, gray: Bytes, learnt: Floats | None) -> _Memory:
    """The first frame: contrast to the border, nearer to the centre first, and what the network
    sees if it surely sees anything, without parts that it sees nothing of; cut out by colour.
    """
    odds, cutter = _standing_out(lab), CutOut()
    seed = _sigmoid(odds)
    if learnt is not None and _area(learnt > SEEN) >= LEAST_AREA:
        sure = _area(learnt > SEEN) / _area(learnt > 0.5)
        odds = odds + _odds_of(learnt, ramp(sure, SURE, FULLY_SURE))
        seed = _parts_of(_sigmoid(odds), learnt > 0.5)
    mask = close_holes(cutter.cut(small, seed, seed > 0.9), HOLE) if odds.any() else odds
    colours = ColourModel(COLOUR_MEMORY)
    colours.learn(lab, mask**2, 1 - mask)
    return _Memory(lab, gray, mask, 0.5 * mask, np.zeros_like(mask), colours, cutter)


def _standing_out(lab: Bytes) -> Floats:
    """Log-odds of a subject by what the picture alone shows; all 0 where nothing stands out."""
    salient = saliency(lab)
    if not salient.any():
        return salient
    return np.asarray(4 * (salient - 0.5) + 2 * (_centre(salient.shape) - 0.5), np.float32)


def _carry(
    before: _Memory, small: Bytes, lab: Bytes, gray: Bytes, flow: Floats, look: Look | None
) -> _Memory:
    """One frame on: the old mask and evidence moved along, joined with the new frame's cues."""
    old = warp(np.dstack([before.mask, before.evidence, before.proof]), flow)
    carried, evidence, proof = old[..., 0], old[..., 1], old[..., 2]
    moving = own_motion(flow, 1 - carried, gray, before.gray)
    doubt = _doubt(moving, carried, proof)
    fall = np.where(moving > evidence, RISE, FALL * doubt)
    evidence = np.asarray(evidence + fall * (moving - evidence), np.float32)
    likely = before.colours.ratio(lab)
    odds = _join(carried, evidence, likely, doubt)
    known = 0.0
    if look is not None:
        learnt = look(carried, flow)
        known = _known(learnt, carried)
        odds = odds + _odds_of(learnt, known)
    new = snap_to_edges(_sigmoid(odds), gray, radius=4, softness=1e-3)
    core = cv2.erode((carried > 0.5).astype(np.uint8), _disc(CORE)) > 0
    sure = (core & (new > 0.5)) | ((new > 0.9) & (evidence > 0.7) & (likely > 0.5))
    sure = cv2.erode(sure.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if known < 1:
        cut = close_holes(before.cutter.cut(small, new, sure), HOLE)
        new = (1 - CUT_OUT_SHARE) * new + CUT_OUT_SHARE * cut
    mask = np.clip(KEEP * carried + (1 - KEEP) * new, 0, 1).astype(np.float32)
    proof = np.maximum(PROOF_MEMORY * proof, evidence) * (mask > 0.5)
    subject = _teachers(mask, evidence, proof, doubt)
    _learn(before.colours, lab, mask, evidence, subject)
    return _Memory(lab, gray, mask, evidence, proof, before.colours, before.cutter)


def _doubt(moving: Floats, carried: Floats, proof: Floats) -> Floats:
    """How much standing still speaks against a pixel, in [0, 1].

    Where the subject has moved before, only while most of it moves: a subject that comes to rest
    stays the subject. Where it never has, as soon as anything moves: what was taken for it in the
    first picture gives way to what moves.
    """
    extent = carried > 0.5
    proven = proof * extent
    share = float((proven * moving).sum()) / (float(proven.sum()) + 1)
    most = min(1.0, max(0.0, (share - AT_REST) / (ALL_MOVES - AT_REST)))
    anything = min(1.0, float((moving > 0.5).sum()) / (0.5 * float(extent.sum()) + 1))
    return np.asarray(anything + proof * (most - anything), np.float32)


def _join(carried: Floats, evidence: Floats, likely: Floats, doubt: Floats) -> Floats:
    """Log-odds of the subject from all cues but the network's."""
    motion = W_MOTION * (evidence - NO_MOTION)
    odds = (
        (W_STILL + doubt * (W_BEFORE - W_STILL)) * np.log((carried + 0.03) / (1.03 - carried))
        + np.where(motion < 0, doubt * motion, motion)
        + W_COLOUR * likely
        + W_CENTRE * doubt * (2 * _centre(carried.shape) - 1)
    )
    return np.asarray(odds, np.float32)


def _known(learnt: Floats, carried: Floats) -> float:
    """How well the network knows the subject, in [0, 1]."""
    return ramp(overlap(learnt, carried), AGREE, AGREE_FULLY)


def _odds_of(learnt: Floats, known: float = 0.0) -> Floats:
    """Weighted log-odds of the network's mask."""
    odds = np.log((learnt + 1e-4) / (1.0001 - learnt))
    least = LEAST_LEARNT + known * (LEAST_KNOWN - LEAST_LEARNT)
    weight = W_LEARNT + known * (W_KNOWN - W_LEARNT)
    return np.asarray(weight * np.clip(odds, least, MOST_LEARNT), np.float32)


def _area(mask: npt.NDArray[np.bool_]) -> float:
    """Share of the frame."""
    return float(mask.mean())


def _teachers(mask: Floats, evidence: Floats, proof: Floats, doubt: Floats) -> Floats:
    """How much each pixel has to say about the subject's colours.

    What moves outside the mask has a say while little of the mask itself has moved.
    """
    trust = float((proof * mask).sum()) / (float(mask.sum()) + 1)
    inside = mask**2 * (0.5 * (1 - UNLEARN * doubt) + 0.5 * evidence)
    return np.asarray(np.maximum(inside, (1 - trust) * 0.7 * evidence**2), np.float32)


def _learn(
    colours: ColourModel, lab: Bytes, mask: Floats, evidence: Floats, subject: Floats
) -> None:
    """The subject's colours by the weights `subject`, the others near it where nothing moves."""
    side = int(max(mask.shape) * NEAR / 2) * 2 + 1
    wide = cv2.dilate((mask > 0.5).astype(np.float32), np.ones((side, side), np.uint8))
    near = 0.1 + cv2.blur(wide, (side, side))
    around = (1 - mask) * (1 - evidence) * near
    colours.learn(lab, subject, around.astype(np.float32))


def main_parts(mask: Floats) -> Floats:
    """The mask without the parts that are small beside its largest one, or in the frame.

    What is in doubt far from the parts that stay goes as well.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats((mask > 0.5).astype(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA]
    if count == 1 or areas.max() < LEAST_AREA * mask.size:
        return np.zeros_like(mask)
    stays = np.concatenate([[False], areas >= PART * areas.max()])[labels]
    near = cv2.dilate(stays.astype(np.uint8), _disc(AROUND)) > 0
    small_parts = ((labels > 0) & ~stays).astype(np.uint8)
    away = cv2.dilate(small_parts, _disc(2)) > 0
    return np.where(stays | (near & ~away), mask, np.float32(0))


def _parts_of(mask: Floats, seen: npt.NDArray[np.bool_]) -> Floats:
    """The mask without those of its parts that hold nothing of what was seen."""
    _, labels = cv2.connectedComponents((mask > 0.5).astype(np.uint8))
    foreign = (labels > 0) & ~np.isin(labels, labels[seen])
    return np.where(foreign, np.float32(FOREIGN), mask)


def overlap(one: Floats, two: Floats) -> float:
    """Intersection over union of two masks cut at 0.5; 1 where both are empty."""
    first, second = one > 0.5, two > 0.5
    either = int((first | second).sum())
    return int((first & second).sum()) / either if either else 1.0


def ramp(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high`, straight between."""
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _steeper(mask: Floats) -> Floats:
    """The mask nearer to 0 and 1, so that less of it counts as in doubt."""
    return np.asarray(np.clip(0.5 + STEEPER * (mask - 0.5), 0, 1), np.float32)


def _disc(radius: int) -> Bytes:
    size = 2 * radius + 1, 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size), np.uint8)


def _centre(size: tuple[int, ...]) -> Floats:
    """Prior: 1 in the middle of the frame, falling faster to the sides than up and down."""
    rows = np.linspace(-1, 1, size[0], dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, size[1], dtype=np.float32)
    return np.exp(-(columns**2) / 0.8 - rows**2 / 1.4)


def _sigmoid(odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-odds)), np.float32)
