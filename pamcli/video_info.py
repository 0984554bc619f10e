"""What a clip is, and what reading it met: the words of those who read and of those who ask."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoInfo:
    """What a clip is, as far as its header and its first frame tell."""

    source: Path
    width: int  # pixels, as shown: after rotation
    height: int
    time_base: Fraction  # seconds per unit of pts
    average_rate: Fraction | None  # frames per second
    frames: int | None  # that are shown, as the header promises
    start: Fraction  # presentation time of the first frame, seconds
    duration: Fraction | None  # seconds
    audio: bool
    audio_rate: int | None  # samples per second of the first audio stream
    rotation: int  # degrees counter-clockwise by which a stored frame is turned to be shown
    sample_aspect: Fraction  # width / height of one pixel, as shown
    codec: str  # "stills" for a folder of pictures
    pixel_format: str
    matrix: int  # H.273 numbers as swscale takes them: 1 BT.709, 5 BT.601, 9 BT.2020
    full_range: bool
    interlaced: bool
    hdr: str | None  # "PQ" or "HLG": read as SDR, tone-mapped
    asked_rate: Fraction | None = None  # frames a second, as a person gave it for a folder

    @property
    def expected_frames(self) -> int | None:
        """How many frames to expect, for a progress bar: promised, else duration x rate."""
        if self.frames is not None or self.duration is None or self.average_rate is None:
            return self.frames
        return round(self.duration * self.average_rate)


@dataclass(slots=True)
class ReadReport:
    """What was read and what was not; a reader fills it, the job says it at the end."""

    frames: int = 0  # frames delivered
    met: int = 0  # coded packets met
    packets: int = 0  # those among them that should each give a frame
    decoded: int = 0  # frames decoded, also those before the start
    skipped: int = 0  # packets that the decoder refused
    damaged: int = 0  # packets that the decoder complained about but made a frame of
    retimed: int = 0  # frames whose time was missing or did not grow, derived from the rate
    missing: int = 0  # packets that the header promises and the file does not hold
    lost: int = 0  # packets that were decoded without a complaint and gave no frame
    interlaced: bool = False  # whether a frame was marked so
    container_errors: int = 0  # complaints of the demuxer, such as an end in mid-stream
    others: list[str] = field(default_factory=list)

    def say_once(self, line: str) -> None:
        """Add a line of its own for a person, unless it stands there already."""
        if line not in self.others:
            self.others.append(line)

    def notes(self) -> list[str]:
        """One line for each thing that a person should know; empty after a clean read."""
        lines = list(self.others)
        if self.skipped:
            lines.append(f"{self.skipped} damaged packets were skipped")
        if self.damaged:
            lines.append(f"{self.damaged} frames may be partly damaged: the decoder complained")
        if self.retimed:
            lines.append(f"{self.retimed} frames had no usable time; derived from the frame rate")
        if self.lost:
            lines.append(f"{self.lost} packets gave no frame")
        if self.missing:
            lines.append(f"the clip ends early: {self.missing} promised frames are missing")
        elif self.container_errors:
            lines.append("the file is damaged or cut short: frames may be missing")
        return lines
