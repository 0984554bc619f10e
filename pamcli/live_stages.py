"""The stages of a live job between its source and its sinks, few frames under way at once."""

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from threading import Event, Semaphore

import numpy as np

from pamcli.appearance import Appearance
from pamcli.composite import contain
from pamcli.errors import InputError
from pamcli.frame import Frame, Rgb
from pamcli.live_changing import Changing
from pamcli.live_clock import TICKS, TIME_BASE
from pamcli.live_previews import LivePreviews
from pamcli.live_source import Arrived
from pamcli.newest import Newest
from pamcli.pixels import Pixels
from pamcli.run_watch import RunWatch
from pamcli.video_frame import Upright
from pamcli.video_stages import Found

POLL = 0.1
"""Seconds between two looks at whether the job ends."""

UNDER_WAY = 3
"""Frames between source and sink at once, one for each of hint, network and look. One more would
only make all of them later by a period; with one less a single slow frame costs another one."""


@dataclass(frozen=True, slots=True, eq=False)
class LiveFrame(Frame):
    """A frame that remembers when it was captured, seconds of time.monotonic."""

    captured: float


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A frame as it will be sent."""

    frame: LiveFrame
    pixels: Pixels


def even_size(rgb: Rgb) -> tuple[int, int]:
    """(height, width) at which pictures like this are sent: whole chroma samples."""
    return max(rgb.shape[0] // 2 * 2, 2), max(rgb.shape[1] // 2 * 2, 2)


def to_size(rgb: Rgb, size: tuple[int, int]) -> Rgb:
    """The picture at `size` (height, width): as it is, less a line, or fitted with black bars."""
    height, width = size
    if 0 <= rgb.shape[0] - height <= 1 and 0 <= rgb.shape[1] - width <= 1:
        return np.ascontiguousarray(rgb[:height, :width])
    return contain(rgb, size)


def taken(
    pictures: Newest[Arrived],
    size: tuple[int, int],
    window: Semaphore,
    halt: Event,
    told: Callable[[float, float], None],
) -> Generator[Frame, None, None]:
    """The newest picture whenever `window` has room, fitted to `size` (height, width).

    told: how many seconds each was waited for, and how many it took to convert. Ends with the
    pictures, or when `halt` is set.
    """
    upright = Upright()
    while True:
        while not window.acquire(timeout=POLL):
            if halt.is_set():
                return
        waited, arrived = time.perf_counter(), None
        while arrived is None:
            if halt.is_set() or pictures.is_over:
                return
            arrived = pictures.take(POLL)
        began = time.perf_counter()
        rgb = to_size(upright.rgb(arrived.frame), size)
        told(began - waited, time.perf_counter() - began)
        yield LiveFrame(rgb, arrived.time, TIME_BASE, arrived.captured)


class Drawer:
    """Makes what is sent of found alphas.

    The background's own time stands still while the source is away. refused: told why a background
    could not be used any more; the usual one, which `plain` makes, takes its place.
    """

    def __init__(
        self,
        looks: Changing[Appearance],
        plain: Callable[[], Appearance],
        previews: LivePreviews,
        refused: Callable[[str], None],
        told: Callable[[float], None],
    ) -> None:
        self.time = 0  # the background's, ticks
        self._last: int | None = None
        self._looks, self._plain, self._previews = looks, plain, previews
        self._refused, self._told = refused, told

    def drawn(self, found: Iterator[Found], watch: RunWatch | None) -> Generator[Drawn, None, None]:
        """Each frame as it will be sent."""
        for one in found:
            began = time.perf_counter()
            pixels = self._pixels(one)
            frame = one.frame
            assert isinstance(frame, LiveFrame)
            if self._previews.watched:
                shown = pixels if pixels.ndim == 3 else np.dstack([pixels] * 3)
                self._previews.show(frame.rgb, one.trimap, one.alpha, shown)
            seconds = time.perf_counter() - began
            self._told(seconds)
            if watch is not None:
                watch.composing.add(frame.pts, seconds)
            yield Drawn(frame, pixels)

    def _pixels(self, one: Found) -> Pixels:
        if self._last is not None:
            self.time += min(one.frame.pts - self._last, TICKS)
        self._last = one.frame.pts
        moment = Frame(one.frame.rgb, self.time, TIME_BASE)

        def draw(look: Appearance) -> Pixels:
            matte = one.matte(is_coloured=look.is_coloured)
            return look.pixels(replace(matte, frame=moment))

        try:
            return self._looks.use(draw)
        except InputError as error:
            self._refused(str(error))
            self._looks.change(self._plain())
            return self._looks.use(draw)
