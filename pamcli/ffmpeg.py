# ruff: noqa: TID251 - this is the floor on which the modules that own PyAV stand
"""What reading and writing clips share: FFmpeg's errors as ours, its codes, its silence."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import av.error
import av.logging
from av.video.reformatter import Interpolation

from pamcli.errors import PamError

LOCAL_ONLY = {"protocol_whitelist": "file,crypto,data"}
"""A playlist inside a file must not make FFmpeg reach for the network."""

EXACT = int(Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT)
"""swscale flags: without them chroma is repeated, not interpolated, and sums are truncated."""

BT709, BT601, BT2020 = 1, 5, 9  # matrices, as swscale numbers them
LIMITED, FULL = 1, 2  # ranges, as AVColorRange numbers them

REASONS = {
    errno.ENOSPC: "no space left on the device",
    errno.EACCES: "permission denied",
    errno.ENOENT: "no such file",
    errno.EISDIR: "is a directory",
}

# Nothing is printed, as no message is that grave; but errors are counted, see `errors_so_far`.
av.logging.set_level(av.logging.PANIC)


def reason(error: Exception) -> str:
    """One line that says why, without FFmpeg's numbers and names."""
    if isinstance(error, (av.error.InvalidDataError, av.error.EOFError)):
        return "damaged, cut short or not a video"
    number = getattr(error, "errno", None)
    if number in REASONS:
        return REASONS[number]
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(str(text).split()).lower() or type(error).__name__


@contextmanager
def ffmpeg_errors(kind: type[PamError], file: Path) -> Iterator[None]:
    """Turn what FFmpeg and the system raise inside the block into `kind`, naming `file`."""
    try:
        yield
    except (av.error.FFmpegError, OSError) as error:
        raise kind(f"{file}: {reason(error)}") from error


def errors_so_far() -> int:
    """How many errors FFmpeg has logged in this process: the only trace of concealed damage."""
    return av.logging.get_last_error()[0]


def local_name(file: Path) -> str:
    """The name as FFmpeg must see it: absolute, so that "a:b.mp4" is no protocol."""
    return os.fspath(file.absolute())
