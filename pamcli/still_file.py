"""A picture file as bytes, once its header shows that it can and may be decoded."""

import stat
from pathlib import Path

from pamcli.errors import InputError
from pamcli.still_tags import StillTags, kind_of, read_tags

HEAD = 32  # bytes that tell the format
MOST_BYTES = 1 << 30  # of a file
MOST_PIXELS = 1 << 28  # of a picture: 0.8 GB in memory
MOST_PER_SIDE = 1 << 16

NOT_READ = frozenset({"HEIC", "JPEG XL", "OpenEXR", "Radiance HDR", "SVG", "PDF", "Photoshop"})


def read_still_file(source: Path) -> tuple[bytes, StillTags]:
    """Content and tags, read by Python, so that any file name works on any system.

    Raises InputError, one line naming the file: missing, a folder, a device or pipe, empty, of no
    known format, or of a size for which no memory should be asked.
    """
    try:
        return _read(source)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InputError(f"{source}: {why}") from error


def _read(source: Path) -> tuple[bytes, StillTags]:
    status = source.stat()
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        raise InputError(f"{source}: not a regular file")
    with source.open("rb") as file:
        head = file.read(HEAD)
        kind = _checked_kind(source, head)
        if status.st_size > MOST_BYTES:
            raise InputError(f"{source}: {status.st_size >> 20} MB; too large for a picture")
        content = head + file.read()
    tags = read_tags(kind, content)
    _check_size(source, tags)
    return content, tags


def _checked_kind(source: Path, head: bytes) -> str:
    if not head:
        raise InputError(f"{source}: empty file")
    kind = kind_of(head)
    if kind is None:
        raise InputError(f"{source}: damaged, or no picture of a known format")
    if kind in NOT_READ:
        raise InputError(f"{source}: {kind} cannot be read; save it as PNG, TIFF or JPEG")
    return kind


def _check_size(source: Path, tags: StillTags) -> None:
    if tags.size is None:
        return
    height, width = tags.size
    if max(height, width) > MOST_PER_SIDE or height * width > MOST_PIXELS:
        raise InputError(
            f"{source}: {width}x{height} pixels; at most {MOST_PER_SIDE} a side and "
            f"{MOST_PIXELS / 1e6:.0f} million in all can be read"
        )
    if not height or not width:
        raise InputError(f"{source}: damaged: {width}x{height} pixels")
