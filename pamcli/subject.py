"""Who is the subject when nobody says so: a small network, and cues where it sees nobody."""

from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from pamcli.frame import Alpha, Rgb
from pamcli.models import load_files
from pamcli.subject_cue_finder import LEAST_AREA, SEEN, CueFinder, overlap, ramp
from pamcli.subject_cues import Bytes, Floats, resize, warp
from pamcli.subject_input import input_size, to_input
from pamcli.subject_network import NAME, SubjectNetwork

MEMORY = 0.5
"""Share of what the network saw before in what it sees now."""

LEAST_AGREED, MOST_AGREED = 0.3, 0.7
"""Overlap of mask and network up to which the network means another subject, and from which the
same one."""

LOST, MOST_LOST = 0.3, 2
"""Overlap below which the carried mask has lost the subject that the network alone surely sees, and
how often in a row until the search begins anew."""

NEAR = 0.025
"""Distance from the mask's edge, in long sides, that is in doubt where no network has a say."""


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """A coarse subject: soft mask float32 (H, W) in [0, 1], and how sure it is, in [0, 1].

    uncertainty: float32 (H, W) in [0, 1], how likely each pixel's mask is wrong or soft; None where
    the finder does not know.
    """

    mask: Alpha
    confidence: float
    uncertainty: Alpha | None = None


def find_subject(rgb: Rgb) -> Estimate:
    """The subject of one picture. Raises ModelError."""
    return SubjectFinder().find(rgb)


class SubjectFinder:
    """The subject of a stream, frame by frame; begins anew at a scene cut."""

    def __init__(self, network: SubjectNetwork | None = None) -> None:
        """network: None for the released one. Raises ModelError."""
        self._network = network or SubjectNetwork(load_files(NAME))
        self._cues = CueFinder()
        self._seen = np.zeros((0, 0, 2), np.float32)  # mask and doubt, a mean over time
        self._alone = True
        self._lost = 0

    def find(self, rgb: Rgb) -> Estimate:
        """The subject of the stream's next frame; an empty mask where there is none."""
        size = rgb.shape[0], rgb.shape[1]
        small = to_input(rgb, input_size(*size))
        if self._lost > MOST_LOST:
            self._cues, self._lost = CueFinder(), 0
        mask = self._cues.find(small, partial(self._look, small))
        inside = mask[mask > 0.5]
        confidence = float(inside.mean()) if inside.size else 0.0
        doubt = joint_doubt(mask, self._seen[..., 0], self._seen[..., 1])
        return Estimate(resize(mask, size), confidence, resize(doubt, size))

    def _look(self, small: Bytes, carried: Floats | None, flow: Floats | None) -> Floats:
        """The network's mask, a mean over time.

        By turns it looks alone and with the mask carried so far: what that has wrong does not keep
        itself alive, and what no network knows by itself is followed still.
        """
        self._alone = carried is None or not self._alone
        nothing = np.zeros(small.shape[:2], np.float32)
        given = nothing if carried is None or self._alone else carried
        seen = np.dstack(self._network.run(small, given))
        if self._alone and carried is not None:
            self._count_lost(carried, seen[..., 0])
        if flow is not None:
            seen = (1 - MEMORY) * seen + MEMORY * warp(self._seen, flow)
        self._seen = seen
        return np.ascontiguousarray(seen[..., 0])

    def _count_lost(self, carried: Floats, learnt: Floats) -> None:
        """Count how often in a row the network alone surely sees another subject."""
        elsewhere = (learnt > SEEN).mean() >= LEAST_AREA and overlap(carried, learnt) < LOST
        self._lost = self._lost + 1 if elsewhere else 0


def joint_doubt(mask: Floats, learnt: Floats, doubt: Floats) -> Floats:
    """Where the mask is uncertain, float32 (H, W) in [0, 1].

    As far as the network has seen the same subject: its own doubt, and where the cues have
    overruled it. As far as it has not: all that is near the mask's edge.
    learnt, doubt: the network's mask and its doubt.
    """
    share = np.float32(ramp(overlap(mask, learnt), LEAST_AGREED, MOST_AGREED))
    known = np.maximum(doubt, np.abs(mask - learnt))
    return np.asarray(share * known + (1 - share) * _near_edge(mask), np.float32)


def _near_edge(mask: Floats) -> Floats:
    """1 within NEAR of the edge, 0 elsewhere."""
    reach = round(NEAR * max(mask.shape))
    window = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    hard = (mask > 0.5).astype(np.uint8)
    return np.asarray(cv2.dilate(hard, window) != cv2.erode(hard, window), np.float32)
