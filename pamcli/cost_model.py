"""What a frame takes on this machine, learnt while it runs."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean, median

from pamcli.path import CostTable, gmac_of_frame
from pamcli.tensor import padded_size

STRIDE = 32
"""The network's pictures are padded to sides that are multiples of this."""

MEGA = 1e6

MEMORY = 3.0
"""Seconds whose frames correct the forecasts."""

SLOWER, FASTER = 1.2, 0.85
"""TURN frames in a row slower than their forecast by this and the noise, or RELIEF that are faster
by this and a share of the noise: the load has changed, and what was before is forgotten."""

TURN, RELIEF = 3, 5
RELIEF_NOISE = 0.35

MEDIAN_STEP = 0.954
"""Median of the difference between two normal values, in standard deviations of one."""

APPETITE_RATE = 0.06
LINE_RATE = 0.05
SHARE_RATE = 0.2

RIDGE = 0.3
"""How much the units must differ before they tell the slope: sum of squares over their mean's."""


@dataclass(slots=True)
class Line:
    """Seconds by units of work: fixed + slope * units, neither below 0."""

    fixed: float
    slope: float

    def at(self, units: float) -> float:
        """Seconds."""
        return self.fixed + self.slope * units

    def through(self, units: Sequence[float], seconds: Sequence[float]) -> "Line":
        """The line for what was seen lately: through its middle, with this line's slope in
        proportion as far as the units seen hardly differ, and with theirs as far as they do.
        """
        middle, height = fmean(units), fmean(seconds)
        most = height / middle if middle > 0 else 0.0
        slope = min(self.slope * height / max(self.at(middle), 1e-9), most)
        apart = [one - middle for one in units]
        spread = sum(one * one for one in apart) + RIDGE * middle * middle
        if spread > 0:
            left = (s - slope * u for u, s in zip(apart, seconds, strict=True))
            slope += sum(u * s for u, s in zip(apart, left, strict=True)) / spread
        slope = min(max(slope, 0.0), most)
        return Line(height - slope * middle, slope)

    def learn(self, units: float, seconds: float) -> None:
        """One step of normalised least mean squares (Widrow and Hoff) towards what was seen."""
        step = LINE_RATE * (seconds - self.at(units)) / (1 + units * units)
        self.fixed = max(self.fixed + step, 0.0)
        self.slope = max(self.slope + step * units, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One frame whose network ran."""

    period: float  # seconds in all
    network: float  # seconds in the network
    cost: float  # of the path that ran, GMAC per 1024x1024
    constraint: int  # C_c, GMAC per 1024x1024
    scale: float
    box: tuple[int, int]  # height and width of the region of interest, before scaling
    share: float = 1.0  # of the region's pixels that the network saw: tiles may be enough


@dataclass(frozen=True, slots=True)
class Sample:
    """What one frame took, in units and seconds."""

    period: float
    gmac: float
    network: float
    mega: float  # unscaled pixels of the region of interest, in millions
    beside: float  # period less network
    ratio: float  # period over its forecast


@dataclass(slots=True)
class CostModel:
    """Forecasts a frame's period: network by GMAC, everything else by pixels.

    The two lines say how the time grows in the long run, the last MEMORY seconds how fast the
    machine is at present. network: the first guess.
    """

    costs: CostTable
    network: Line
    beside: Line = field(default_factory=lambda: Line(0.004, 0.004))
    appetite: float | None = None  # GMAC per 1024x1024 that the network takes when it may
    has_turned: bool = False  # whether the load was seen to change within the memory
    _samples: deque[Sample] = field(default_factory=deque)
    _ratios: deque[float] = field(default_factory=lambda: deque(maxlen=RELIEF))
    _now: tuple[Line, Line] = field(init=False)  # network and beside, as they are at present
    _seconds: float = 0.0  # of all samples
    _scale: float = 0.0  # of the last sample
    _share: float = 1.0  # of a region that the network is expected to see
    noise: float = 0.0  # standard deviation of a frame over its forecast
    _known: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._now = self.network, self.beside

    @property
    def doubt(self) -> float:
        """Standard deviation of a forecast over itself, as the noise of the frames makes it."""
        return self.noise / math.sqrt(max(len(self._samples), 1))

    @property
    def is_turning(self) -> bool:
        """Whether the last frame was so far from its forecast that the next will tell more."""
        return bool(self._ratios) and not FASTER <= self._ratios[-1] <= SLOWER

    def cost(self, constraint: int) -> float:
        """GMAC per 1024x1024 that the network is expected to spend within `constraint`."""
        most = self._most(constraint)
        return most if self.appetite is None else min(most, max(self.appetite, self._least))

    def period(self, cost: float, scale: float, box: tuple[int, int]) -> float:
        """Seconds of a frame whose region is `box` (height, width before scaling)."""
        return self._period(self._share * frame_gmac(cost, scale, box), box)

    def _period(self, gmac: float, box: tuple[int, int]) -> float:
        network, beside = self._now
        return network.at(gmac) + beside.at(box[0] * box[1] / MEGA)

    def learn(self, seen: Seen) -> None:
        """Take in one frame."""
        if seen.scale != self._scale:  # a wrong forecast is the model's fault now, not the load's
            self._scale = seen.scale
            self._ratios.clear()
        gmac = seen.share * frame_gmac(seen.cost, seen.scale, seen.box)
        expected = max(self._period(gmac, seen.box), 1e-9)
        self._share += SHARE_RATE * (seen.share - self._share)
        self._ratios.append(seen.period / expected)
        share = min(1.0, SLOWER * expected / seen.period) if self._is_lone() else 1.0
        sample = Sample(
            period=seen.period * share,
            gmac=gmac,
            network=seen.network * share,
            mega=seen.box[0] * seen.box[1] / MEGA,
            beside=max(seen.period - seen.network, 0.0) * share,
            ratio=seen.period * share / expected,
        )
        self.network.learn(sample.gmac, sample.network)
        self.beside.learn(sample.mega, sample.beside)
        self._remember(sample)
        self._learn_appetite(seen.cost, seen.constraint)

    def _remember(self, sample: Sample) -> None:
        self._samples.append(sample)
        self._seconds += sample.period
        while self._seconds > MEMORY and len(self._samples) > TURN:
            self._seconds -= self._samples.popleft().period
            self.has_turned = False
        kept = self._turn()
        if kept:
            while len(self._samples) > kept:
                self._seconds -= self._samples.popleft().period
            self._ratios.clear()
            self.has_turned = True
        seen = self._samples
        if len(seen) > TURN:
            steps = (abs(b.ratio - a.ratio) for a, b in pairwise(seen))
            self.noise = median(steps) / MEDIAN_STEP
        self._now = (
            self.network.through([one.gmac for one in seen], [one.network for one in seen]),
            self.beside.through([one.mega for one in seen], [one.beside for one in seen]),
        )

    def _is_lone(self) -> bool:
        """Whether the last frame is slow after one that was not: as likely a hiccup as a load."""
        return len(self._ratios) > 1 and self._ratios[-2] <= SLOWER

    def _turn(self) -> int:
        """How many of the last frames tell of another load; 0: none do."""
        last = list(self._ratios)
        if len(last) >= TURN and min(last[-TURN:]) > SLOWER + self.noise:
            return TURN
        is_faster = len(last) == RELIEF and max(last) < FASTER - RELIEF_NOISE * self.noise
        return RELIEF if is_faster else 0

    def _learn_appetite(self, cost: float, constraint: int) -> None:
        """A path at the constraint's limit tells that the network would take more, how much more
        is not known; at C_min it tells nothing."""
        most = self._most(constraint)
        if self.appetite is None:
            self.appetite = cost if cost < most else self._most(self.costs.maximum)
        elif cost < most:
            self.appetite += APPETITE_RATE * (cost - self.appetite)
        elif most > self._least:
            self.appetite += APPETITE_RATE * (self._most(self.costs.maximum) - self.appetite)

    @property
    def _least(self) -> float:
        return self._most(self.costs.minimum)

    def _most(self, constraint: int) -> float:
        if constraint not in self._known:
            self._known[constraint] = self.costs.cost(self.costs.costliest(constraint))
        return self._known[constraint]


def frame_gmac(cost: float, scale: float, box: tuple[int, int]) -> float:
    """GMAC of a path of `cost` GMAC per 1024x1024 on a region of `box`, padding counted."""
    return gmac_of_frame(cost, region_pixels(scale, box), 1)


def region_pixels(scale: float, box: tuple[int, int]) -> int:
    """Pixels of a region of `box` that the network sees, padding counted."""
    height, width = padded_size(round(box[0] * scale), round(box[1] * scale), STRIDE)
    return height * width
