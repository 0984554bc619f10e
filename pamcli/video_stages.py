"""The stages between reading a clip and writing it, each a generator over the one before."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from pamcli.errors import InputError
from pamcli.frame import Alpha, Frame, Matte, Trimap
from pamcli.hint_motion import look, small
from pamcli.hints import Hint
from pamcli.matting import Network, Spent, find_alpha, find_colours, region
from pamcli.pacing import Pace
from pamcli.path import CostTable, gmac_of_frame
from pamcli.prefetch import prefetch
from pamcli.run_watch import Decided, RunWatch
from pamcli.trimap import Box
from pamcli.video_report import VideoReport

DEPTH = 3
"""Frames that wait between two stages."""


def hinted(
    frames: Iterator[Frame], hint: Hint, watch: RunWatch | None = None
) -> Generator[tuple[Frame, Trimap], None, None]:
    """Each frame with its trimap."""
    for frame in frames:
        began = time.perf_counter()
        trimap = hint.trimap(frame)
        if watch is not None:
            watch.hinting.add(frame.pts, time.perf_counter() - began)
        yield frame, trimap


@contextmanager
def hinted_ahead(
    frames: Iterator[Frame], hint: Hint, watch: RunWatch | None = None
) -> Iterator[Generator[tuple[Frame, Trimap], None, None]]:
    """`hinted` in a thread ahead of the matting; a hint that learns from each matte must wait for
    it, so that only the decoding runs ahead.
    """
    if watch is not None:
        frames = watch.decoded(frames)
    if hint.learns:
        with closing(prefetch(frames, DEPTH)) as decoded:
            yield hinted(decoded, hint, watch)
    else:
        with closing(prefetch(hinted(frames, hint, watch), DEPTH)) as known:
            yield known


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A frame whose alpha is known."""

    frame: Frame
    trimap: Trimap
    box: Box | None
    alpha: Alpha

    def matte(self, *, is_coloured: bool = True) -> Matte:
        """With the foreground's colours, or as far as nobody looks at them with the frame's."""
        if not is_coloured:
            return Matte(self.frame, self.alpha, self.frame.rgb)
        return find_colours(self.frame, self.alpha, self.trimap, self.box)


def find_alphas(
    hinted_frames: Iterator[tuple[Frame, Trimap]],
    network: Network,
    pace: Pace,
    report: VideoReport,
    learn: Callable[[Matte], None] = lambda matte: None,
    watch: RunWatch | None = None,
) -> Generator[Found, None, None]:
    """Alphas of a stream, C_c and scale chosen frame by frame; `learn` is told of each."""
    for frame, trimap in hinted_frames:
        box = region(trimap)
        choice = pace.choose(frame.pts, box)
        began = time.perf_counter()
        alpha, spent = find_alpha(network, frame, trimap, choice, box)
        if watch is not None:
            seconds = time.perf_counter() - began
            gmac = _gmac(network.costs, spent)
            watch.finding.add(
                frame.pts, Decided(choice=choice, spent=spent, gmac=gmac, seconds=seconds)
            )
        pace.spent(spent)
        report.count(choice, spent)
        learn(Matte(frame, alpha, frame.rgb))
        yield Found(frame, trimap, box, alpha)


def _gmac(costs: CostTable, spent: Spent) -> float:
    return 0.0 if spent.path is None else gmac_of_frame(costs.cost(spent.path), spent.pixels, 1)


def not_done(
    hinted_frames: Iterator[tuple[Frame, Trimap]],
    hint: Hint,
    done: Iterable[tuple[int, Alpha | None]],
) -> Generator[tuple[Frame, Trimap], None, None]:
    """The frames that an interrupted run has not finished; the hint sees the others all the same.

    done: pts of those that it has, and what the hint has learnt of each.
    Raises InputError when the source's frames are not those of that run.
    """
    for pts, memory in done:
        frame, _ = next(hinted_frames, (None, None))
        if frame is None or frame.pts != pts:
            raise InputError("cannot resume: the source gives other frames than before")
        if memory is not None:
            hint.learn(Matte(frame, memory, frame.rgb))
    yield from hinted_frames


def memory_of(hint: Hint, alpha: Alpha, frame: Frame) -> Alpha | None:
    """What a hint that learns takes in of a matte: float32 of the small size; else None."""
    return small(alpha, look(frame.rgb)) if hint.learns else None
