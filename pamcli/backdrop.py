"""What a matte becomes in the target: its alpha, its colours, or a picture on a new background."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from pamcli.background_blur import blur_background
from pamcli.composite import alpha_to_grey, composite, fitted, parse_colour, rgba, solid
from pamcli.errors import InputError
from pamcli.frame import Frame, Matte, Rgb
from pamcli.images import read_rgb
from pamcli.pixels import Pixels
from pamcli.settings import Fit, Output
from pamcli.still_names import is_still
from pamcli.video_clock import USUAL_RATE
from pamcli.video_read import probe, read_frames

DEFAULT_BACKGROUND = "#00b140"

BLUR = "blur"
DEFAULT_SPREAD = 20.0  # pixels of a 1080p frame
LEAST_SPREAD, MOST_SPREAD = 2.0, 300.0


class Backdrop(Protocol):
    """The new background of each frame of a stream, asked for in the stream's order."""

    def at(self, matte: Matte) -> Rgb:
        """uint8 (H, W, 3), of the frame's size. Raises InputError."""

    def close(self) -> None:
        """Let go of open files."""


def open_backdrop(
    background: str | None,
    size: tuple[int, int],
    *,
    fit: Fit = Fit.COVER,
    origin: Fraction | None = None,
) -> Backdrop:
    """The new background of frames of `size` (height, width).

    background: a colour; a picture; a clip, which runs beside the frames and starts again at its
    end; "blur" or "blur:N", the frame itself blurred by N pixels (standard deviation) of a 1080p
    frame. None: green. fit: of a picture or clip. origin: the moment in seconds of the frames'
    time at which a clip begins; None: the first frame that is asked for.
    Raises InputError for what is none of these.
    """
    name = background if background is not None else DEFAULT_BACKGROUND
    if name == BLUR or name.startswith(f"{BLUR}:"):
        return BlurredBackdrop(_spread(name) * min(size) / 1080)
    source = Path(name)
    if source.is_file():
        if is_still(source):
            return StillBackdrop(fitted(read_rgb(source), size, fit))
        return ClipBackdrop(source, size, fit, origin)
    try:
        return StillBackdrop(solid(parse_colour(name), size))
    except InputError as error:
        raise InputError(f"{name}: neither a colour, a picture, a clip nor blur:N") from error


def _spread(name: str) -> float:
    """N of "blur:N"."""
    text = name.removeprefix(BLUR).removeprefix(":")
    try:
        spread = float(text) if text else DEFAULT_SPREAD
    except ValueError:
        spread = 0.0
    if not LEAST_SPREAD <= spread <= MOST_SPREAD:
        bounds = f"{LEAST_SPREAD:g} to {MOST_SPREAD:g}"
        raise InputError(f"{name}: blur:N takes {bounds} pixels of a 1080p frame")
    return spread


@dataclass(frozen=True, slots=True, eq=False)
class StillBackdrop:
    """The same picture behind every frame."""

    picture: Rgb

    def at(self, matte: Matte) -> Rgb:
        return self.picture

    def close(self) -> None:
        """A still holds nothing open."""


@dataclass(frozen=True, slots=True)
class BlurredBackdrop:
    """The frame itself, out of focus."""

    spread: float  # standard deviation, pixels

    def at(self, matte: Matte) -> Rgb:
        return blur_background(matte.frame.rgb, matte.alpha, self.spread)

    def close(self) -> None:
        """Nothing is open."""


class ClipBackdrop:
    """A clip that runs beside the frames by its own times, over and over.

    A frame is shown until the next is due, the last one as long as the one before it. Held are the
    frame that is shown and the one after it.
    """

    def __init__(self, source: Path, size: tuple[int, int], fit: Fit, origin: Fraction | None):
        """Raises InputError when the source is no clip."""
        self._source, self._size, self._fit, self._origin = source, size, fit, origin
        self._step = 1 / (probe(source).average_rate or USUAL_RATE)  # seconds a frame is shown
        self._frames = read_frames(source)
        self._next = next(self._frames)
        self._first = _time(self._next)
        self._begun = Fraction(0)  # when this round began, seconds after the origin
        self._picture = fitted(self._next.rgb, size, fit)

    def at(self, matte: Matte) -> Rgb:
        if self._origin is None:
            self._origin = _time(matte.frame)
        elapsed = _time(matte.frame) - self._origin
        shown: Frame | None = None
        while self._begun + _time(self._next) - self._first <= elapsed:
            shown, self._next = self._next, self._following(elapsed)
        if shown is not None:
            self._picture = fitted(shown.rgb, self._size, self._fit)
        return self._picture

    def _following(self, elapsed: Fraction) -> Frame:
        """The frame after `_next`; at the end of the clip its first, rounds long past left out."""
        last, frame = _time(self._next), next(self._frames, None)
        if frame is not None:
            self._step = _time(frame) - last
            return frame
        length = last - self._first + self._step
        self._begun += length * max(1, (elapsed - self._begun) // length)
        self._frames = read_frames(self._source)
        return next(self._frames)

    def close(self) -> None:
        self._frames.close()


def _time(frame: Frame) -> Fraction:
    """Seconds."""
    return frame.pts * frame.time_base


def pixels(matte: Matte, output: Output, backdrop: Backdrop | None) -> Pixels:
    """The picture to write. `backdrop` is needed for a composite, of the frame's size.

    Raises InputError when the backdrop's clip cannot be read any further.
    """
    if output is Output.ALPHA:
        return alpha_to_grey(matte.alpha)
    if output is Output.RGBA:
        return rgba(matte.alpha, matte.foreground)
    if output is Output.FOREGROUND:
        return matte.foreground
    assert backdrop is not None
    return composite(matte.alpha, matte.foreground, backdrop.at(matte))
