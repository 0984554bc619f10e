"""What a file carries: its streams, its colours, and whether its alpha is real."""

import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pamcli.alpha_tally import AlphaTally, GreyTally
from pamcli.clip_contents import ClipContents, Sample, clip_contents, sampled
from pamcli.errors import InputError
from pamcli.frame import Rgb
from pamcli.images import read_still, read_stored_alpha
from pamcli.still_file import HEAD, read_still_file
from pamcli.still_names import stills_in
from pamcli.still_tags import StillTags, kind_of
from pamcli.video_info import VideoInfo
from pamcli.video_read import probe

FOLDER_SAMPLES = 24  # pictures of a folder
SAME_GREY = 6  # levels by which the channels of a lossy grey picture may differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found in a file, or in a folder of stills."""

    source: Path
    info: VideoInfo | None  # of a clip or a folder
    contents: ClipContents | None  # of a clip
    still: StillTags | None
    size: tuple[int, int]  # (height, width) as shown
    alpha: AlphaTally | None  # None: carries none
    grey: GreyTally  # of all pictures that were looked at
    notes: tuple[str, ...] = ()  # on how it is read


def check(source: Path) -> Checked:
    """Look at a still, a clip or a folder. Raises InputError, one line naming the file."""
    if source.is_dir():
        return _check_folder(source)
    head = _head(source)
    kind = kind_of(head)
    if kind is None:
        return _check_clip(source)
    _, tags = read_still_file(source)
    moves = tags.frames > 1 and kind in ("GIF", "PNG")
    return _check_clip(source) if moves else _check_still(source, tags)


def _head(source: Path) -> bytes:
    try:
        if not stat.S_ISREG(source.stat().st_mode):
            raise InputError(f"{source}: not a regular file")
        with source.open("rb") as file:
            return file.read(HEAD)
    except OSError as error:
        raise InputError(f"{source}: {(error.strerror or str(error)).lower()}") from error


def _check_still(source: Path, tags: StillTags) -> Checked:
    still, grey = read_still(source), GreyTally()
    alpha = _tallied([_still_sample(source, still.rgb)], grey)
    return Checked(
        source=source,
        info=None,
        contents=None,
        still=tags,
        size=(still.rgb.shape[0], still.rgb.shape[1]),
        alpha=alpha,
        grey=grey,
        notes=still.notes,
    )


def _still_sample(source: Path, rgb: Rgb) -> Sample:
    alpha = read_stored_alpha(source)
    opaque = 255 if alpha is None or alpha.dtype == np.uint8 else 65_535
    return Sample(rgb, alpha, opaque, is_exact=True)


def _check_folder(folder: Path) -> Checked:
    info, grey = probe(folder), GreyTally()
    stills = stills_in(folder)
    chosen = stills[:: -(-len(stills) // FOLDER_SAMPLES)]
    samples = (_still_sample(each, read_still(each).rgb) for each in chosen)
    alpha = _tallied(samples, grey)
    return Checked(
        source=folder,
        info=info,
        contents=None,
        still=None,
        size=(info.height, info.width),
        alpha=alpha,
        grey=grey,
    )


def _check_clip(source: Path) -> Checked:
    info, grey = probe(source), GreyTally()
    contents = clip_contents(source)
    alpha = _tallied(sampled(source, info.duration, info.expected_frames), grey)
    return Checked(
        source=source,
        info=info,
        contents=contents,
        still=None,
        size=(info.height, info.width),
        alpha=alpha,
        grey=grey,
    )


def _tallied(samples: Iterable[Sample], grey: GreyTally) -> AlphaTally | None:
    alpha = AlphaTally()
    for sample in samples:
        grey.add(sample.rgb, 0 if sample.is_exact else SAME_GREY)
        if sample.alpha is not None:
            alpha.add(sample.alpha, sample.opaque, sample.rgb)
    return alpha if alpha.frames else None
