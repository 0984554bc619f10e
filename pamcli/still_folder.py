"""A folder of stills as a clip: natural order, one size, evenly spaced in time."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pamcli.errors import InputError
from pamcli.ffmpeg import BT709
from pamcli.frame import Frame
from pamcli.images import read_rgb
from pamcli.still_names import stills_in
from pamcli.video_clock import USUAL_RATE
from pamcli.video_info import ReadReport, VideoInfo

CODEC = "stills"


@dataclass(frozen=True, slots=True)
class StillFolder:
    """The pictures of a folder, found but not read."""

    folder: Path
    stills: list[Path]
    asked_rate: Fraction | None  # frames a second; None: 25

    @property
    def rate(self) -> Fraction:
        """Frames a second."""
        return self.asked_rate or USUAL_RATE


def open_folder(folder: Path, asked_rate: Fraction | None) -> StillFolder:
    """Raises InputError when there is no picture in it or it cannot be listed."""
    try:
        stills = stills_in(folder)
    except OSError as error:
        raise InputError(f"{folder}: {(error.strerror or str(error)).lower()}") from error
    if not stills:
        raise InputError(f"{folder}: no pictures in this folder")
    return StillFolder(folder, stills, asked_rate)


def folder_info(clip: StillFolder) -> VideoInfo:
    """The folder described as a clip; the first picture is read for its size."""
    height, width = read_rgb(clip.stills[0]).shape[:2]
    return VideoInfo(
        source=clip.folder,
        width=width,
        height=height,
        time_base=1 / clip.rate,
        average_rate=clip.rate,
        frames=len(clip.stills),
        start=Fraction(0),
        duration=len(clip.stills) / clip.rate,
        audio=False,
        audio_rate=None,
        rotation=0,
        sample_aspect=Fraction(1),
        codec=CODEC,
        pixel_format="rgb24",
        matrix=BT709,
        full_range=True,
        interlaced=False,
        hdr=None,
        asked_rate=clip.asked_rate,
    )


def folder_frames(
    clip: StillFolder, start: Fraction | None, end: Fraction | None, report: ReadReport
) -> Iterator[Frame]:
    """The pictures with start <= time < end, seconds. Raises InputError.

    All must be of one size. 16-bit pictures are rounded to 8 bit, see `read_rgb`.
    """
    if clip.asked_rate is None:
        report.say_once(f"a folder of pictures, taken as {USUAL_RATE} frames a second")
    size = None
    for number, still in enumerate(clip.stills):
        seconds = number / clip.rate
        if (start is not None and seconds < start) or (end is not None and seconds >= end):
            continue
        rgb = read_rgb(still)
        size = size or rgb.shape[:2]
        if rgb.shape[:2] != size:
            raise InputError(
                f"{still}: {rgb.shape[1]}x{rgb.shape[0]} pixels, but the pictures before it "
                f"have {size[1]}x{size[0]}"
            )
        report.frames += 1
        yield Frame(rgb, number, 1 / clip.rate)
    if size is None:
        raise InputError(f"{clip.folder}: no frame in that time")
