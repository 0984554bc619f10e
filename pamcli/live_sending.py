"""The last stage of a live run: each matte goes out, and when none comes the last one once more."""

import time
from collections.abc import Callable

import cv2
import numpy as np

from pamcli.frame import Rgb
from pamcli.live_clock import LEAST_STEP, TICKS, OutputClock, ticks
from pamcli.live_outlet import Outlet
from pamcli.live_stages import Drawn
from pamcli.live_tally import Tally
from pamcli.pixels import Pixels

STALE = 0.7
"""Seconds without a matte after which the last one is sent again, so that nobody hangs up."""

STALE_STEPS = 5
"""The same in frames of the target rate, where that is longer."""

SLATE_GREY, SLATE_INK = 32, 160


def slate(size: tuple[int, int]) -> Rgb:
    """What is sent until the first picture has come; uint8 (H, W, 3), size: (height, width)."""
    height, width = size
    picture = np.full((height, width, 3), SLATE_GREY, np.uint8)
    scale = height / 480
    place = round(24 * scale), height // 2
    cv2.putText(picture, "no signal", place, cv2.FONT_HERSHEY_SIMPLEX, scale, (SLATE_INK,) * 3, 1)
    return picture


class Sender:
    """Sends in the order of time. fps: the target rate at present.

    first: what is sent until a matte has come; None: nothing.
    """

    def __init__(
        self,
        outlet: Outlet,
        clock: OutputClock,
        tally: Tally,
        fps: Callable[[], float],
        first: Pixels | None = None,
    ) -> None:
        self._outlet, self._clock, self._tally, self._fps = outlet, clock, tally, fps
        self._pixels = first
        self._time = -TICKS  # of the last picture that was sent, ticks
        self._sent_at = time.monotonic()
        self._is_away = first is not None

    def send(self, drawn: Drawn) -> None:
        """Send a matte, unless something later was sent already. Raises OutputError."""
        if drawn.frame.pts < self._time + LEAST_STEP:
            self._tally.overtaken += 1
            # pictures come again: what is repeated must not run away from them
            self._is_away, self._sent_at = False, time.monotonic()
            return
        self._time, self._pixels, self._is_away = drawn.frame.pts, drawn.pixels, False
        self._outlet.send(drawn.pixels, self._time)
        self._sent_at = time.monotonic()
        self._tally.sent(self._sent_at, self._sent_at - drawn.frame.captured)

    def patience(self) -> float:
        """Seconds to wait for the next matte before `repeat` has something to do."""
        step = 1 / self._fps()
        wait = step if self._is_away else max(STALE, STALE_STEPS * step)
        return min(max(self._sent_at + wait - time.monotonic(), 0.001), wait)

    def repeat(self) -> None:
        """Send the last picture once more if it is time to. Raises OutputError."""
        if self._pixels is None or self.patience() > 0.001:
            return
        now = time.monotonic()
        # the label stays as late as that of the last matte was, so that the next one finds room
        self._time += max(ticks(now - self._sent_at), LEAST_STEP)
        self._sent_at, self._is_away = now, True
        self._clock.sent(self._time)
        self._outlet.send(self._pixels, self._time, is_away=True)
        self._tally.repeated += 1
