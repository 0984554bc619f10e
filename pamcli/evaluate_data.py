"""What an evaluation reads: stills and clips with known alpha, spoilt on purpose where asked."""

from collections.abc import Generator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path

import cv2
import numpy as np

from pamcli.errors import InputError, UsageError
from pamcli.frame import Alpha, Frame, Rgb, Trimap
from pamcli.images import read_gray, read_rgb, through_jpeg
from pamcli.still_names import is_still, natural_order
from pamcli.trimap import UNKNOWN, Gray, band_pixels, check_trimap, from_mask, to_gray
from pamcli.video_read import ReadReport, probe, read_frames

BAND = 24.0
"""Width of the band around the edge of a clip without trimaps, pixels of a 1080p frame."""

LAYOUT = "NAME/image.png, trimap.png, alpha.png or NAME/frames.*, alpha.*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoiling:
    """What is done to a picture and its trimap before matting; the errors' band stays."""

    dilate: int = 0  # pixels by which the unknown band grows
    jpeg: int | None = None  # quality of JPEG that the picture goes through, 1 to 100

    def __post_init__(self) -> None:
        if not 0 <= self.dilate <= 1000:
            raise UsageError(f"--trimap-dilate {self.dilate} is not within 0 to 1000 pixels")
        if self.jpeg is not None and not 1 <= self.jpeg <= 100:
            raise UsageError(f"--jpeg {self.jpeg} is not within 1 to 100")

    def __str__(self) -> str:
        """For titles: nothing, or what is done in a few words that begin with a comma."""
        band = f", band widened by {self.dilate} px" if self.dilate else ""
        return band if self.jpeg is None else f"{band}, JPEG quality {self.jpeg}"

    def picture(self, rgb: Rgb) -> Rgb:
        """What matting is shown of a picture."""
        return rgb if self.jpeg is None else through_jpeg(rgb, self.jpeg)

    def trimap(self, trimap: Trimap) -> Trimap:
        """What matting is told of a trimap."""
        return widen_unknown(trimap, self.dilate)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """One picture, its trimap and its true alpha, all of one size."""

    frame: Frame
    trimap: Trimap
    truth: Alpha


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A folder with a clip: videos or folders of pictures, matched by the order of frames."""

    name: str
    frames: Path
    alpha: Path
    trimap: Path | None  # None: made from alpha


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """What a folder holds to evaluate on."""

    stills: tuple[Path, ...]  # folders
    clips: tuple[Clip, ...]

    def pictures(self) -> int | None:
        """How many stills and frames there are, as far as headers tell; None where one doesn't."""
        found = len(self.stills)
        for clip in self.clips:
            frames = _length(clip.frames)
            if frames is None:
                return None
            found += frames
        return found


def find_dataset(folder: Path) -> Dataset:
    """Every sub-folder with a still or a clip, by name; other folders are left alone.

    Raises InputError when there is none, or a clip lacks its alpha or has it twice.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder")
    stills, clips = [], []
    for place in sorted(entry for entry in folder.iterdir() if entry.is_dir()):
        frames = _part(place, "frames")
        if frames is not None:
            clips.append(_clip(place, frames))
        elif (place / "alpha.png").is_file():
            stills.append(place)
    if not stills and not clips:
        raise InputError(f"{folder}: no still and no clip in it: {LAYOUT} are needed")
    return Dataset(stills=tuple(stills), clips=tuple(clips))


def _part(place: Path, name: str) -> Path | None:
    """The folder `name` or the file of that name with any suffix."""
    found = [e for e in place.iterdir() if e.name == name or (e.is_file() and e.stem == name)]
    if len(found) > 1:
        raise InputError(f"{place}: {' and '.join(sorted(e.name for e in found))}: keep one")
    return found[0] if found else None


def _clip(place: Path, frames: Path) -> Clip:
    alpha = _part(place, "alpha")
    if alpha is None:
        raise InputError(f"{place}: {frames.name} without an alpha.* or alpha/ beside it")
    return Clip(name=place.name, frames=frames, alpha=alpha, trimap=_part(place, "trimap"))


def _length(source: Path) -> int | None:
    return len(_pictures_in(source)) if source.is_dir() else probe(source).expected_frames


def _pictures_in(folder: Path) -> list[Path]:
    return sorted((entry for entry in folder.iterdir() if is_still(entry)), key=natural_order)


def read_still(folder: Path) -> Sample:
    """image.png, trimap.png and alpha.png of a folder.

    Raises InputError when one is missing or damaged, sizes differ, or no pixel is unknown.
    """
    rgb = read_rgb(folder / "image.png")
    source = folder / "trimap.png"
    size = rgb.shape[0], rgb.shape[1]
    trimap = check_trimap(read_gray(source), size, str(source), unknown_required=True)
    source = folder / "alpha.png"
    truth = _truth(read_gray(source), size, source)
    return Sample(frame=Frame(rgb, 0, Fraction(1)), trimap=trimap, truth=truth)


def read_clip(clip: Clip, notes: list[str]) -> Generator[Sample, None, None]:
    """The frames of a clip, each with its trimap and truth; one frame is held at a time.

    Without trimaps each is made from the frame's alpha: unknown is what lies between .05 and .95
    and a band of 24 pixels of a 1080p frame centred on where alpha crosses one half.
    notes: what the reading of the videos has to say is added at the end.
    Raises InputError when a file cannot be read, or counts or sizes of frames differ.
    """
    sources = [source for source in (clip.frames, clip.alpha, clip.trimap) if source is not None]
    reports = [ReadReport() for _ in sources]
    with ExitStack() as opened:
        streams = [
            opened.enter_context(closing(_frames(source, report)))
            for source, report in zip(sources, reports, strict=True)
        ]
        for number, frames in enumerate(zip_longest(*streams)):
            yield _sample(sources, _whole(sources, frames, number))
    for source, report in zip(sources, reports, strict=True):
        notes.extend(f"{source}: {note}" for note in report.notes())


def _frames(source: Path, report: ReadReport) -> Generator[Frame, None, None]:
    if not source.is_dir():
        yield from read_frames(source, report=report)
        return
    pictures = _pictures_in(source)
    if not pictures:
        raise InputError(f"{source}: no pictures in this folder")
    for number, picture in enumerate(pictures):
        yield Frame(read_rgb(picture), number, Fraction(1))


def _whole(sources: list[Path], frames: tuple[Frame | None, ...], number: int) -> list[Frame]:
    """The frames, all there. number: how many came before."""
    whole = [frame for frame in frames if frame is not None]
    if len(whole) < len(sources):
        ended = sources[frames.index(None)]
        longer = next(s for s, frame in zip(sources, frames, strict=True) if frame is not None)
        raise InputError(f"{ended}: {number} frames, but {longer} has more")
    return whole


def _sample(sources: list[Path], frames: list[Frame]) -> Sample:
    frame, gray = frames[0], to_gray(frames[1].rgb)
    truth = _truth(gray, frame.size, sources[1])
    if len(frames) > 2:
        trimap = check_trimap(frames[2].rgb, frame.size, str(sources[2]))
    else:
        trimap = from_mask(gray, band_pixels(BAND, frame.size))
    return Sample(frame=frame, trimap=trimap, truth=truth)


def _truth(gray: Gray, size: tuple[int, int], source: Path) -> Alpha:
    if gray.shape != size:
        raise InputError(
            f"{source}: {gray.shape[1]}x{gray.shape[0]}, but the picture is {size[1]}x{size[0]}"
        )
    return (gray / 255).astype(np.float32)


def widen_unknown(trimap: Trimap, pixels: int) -> Trimap:
    """A trimap in which all within `pixels` of an unknown pixel, centre to centre, is unknown."""
    known = (trimap != UNKNOWN).astype(np.uint8)
    if not pixels or known.all():
        return trimap
    distance = cv2.distanceTransform(known, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.where(distance <= pixels, np.uint8(UNKNOWN), trimap)
