"""What a picture file says of itself, read from its bytes before anything is decoded."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from pamcli import tiff_tags

MOST_PROFILE = 4 << 20  # bytes: what a packed profile may become

EXIF = b"Exif\0\0"
JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
JPEG_SCAN, JPEG_END = 0xDA, 0xD9

AVIF_BRANDS = frozenset({b"avif", b"avis"})
AVIF_TURNS = (1, 8, 3, 6)  # quarter turns counter-clockwise as EXIF orientations
HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StillTags:
    """The header of a picture; what it does not tell is None, or as if not said."""

    kind: str  # "PNG", "JPEG" ...
    size: tuple[int, int] | None = None  # (height, width) as stored
    bits: int | None = None  # a sample
    orientation: int = 1  # EXIF, 1 to 8
    profile: bytes | None = None  # ICC
    frames: int = 1
    is_cmyk: bool = False
    is_damaged: bool = False  # its decoder complained and made a picture of it all the same
    is_premultiplied: bool = False  # its colours, by its alpha


def kind_of(head: bytes) -> str | None:
    """The format by its first 32 bytes, whatever the file's name; None for an unknown one."""
    starts = {
        b"\x89PNG\r\n\x1a\n": "PNG",
        b"\xff\xd8\xff": "JPEG",
        b"GIF8": "GIF",
        b"BM": "BMP",
        b"II*\0": "TIFF",
        b"MM\0*": "TIFF",
        b"II+\0": "BigTIFF",
        b"MM\0+": "BigTIFF",
        b"\x76\x2f\x31\x01": "OpenEXR",
        b"#?R": "Radiance HDR",
        b"\xff\x0a": "JPEG XL",
        b"\0\0\0\x0cJXL ": "JPEG XL",
        b"\0\0\0\x0cjP  ": "JPEG 2000",
        b"\xff\x4f\xff\x51": "JPEG 2000",
        b"8BPS": "Photoshop",
        b"%PDF": "PDF",
    }
    found = next((kind for start, kind in starts.items() if head.startswith(start)), None)
    if found is None and head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if found is None and head[4:8] == b"ftyp":
        brands = {head[8:12], *(head[at : at + 4] for at in range(16, len(head) - 3, 4))}
        return "AVIF" if brands & AVIF_BRANDS else "HEIC" if brands & HEIC_BRANDS else None
    if found is None and head[:1] == b"P" and head[1:2] in b"123456Ff" and len(head) > 2:
        return "PNM"
    if found is None and head.lstrip()[:4].lower() == b"<svg":
        return "SVG"
    return found


def read_tags(kind: str, content: bytes) -> StillTags:
    """The tags of a picture of the `kind` that `kind_of` says; a damaged one gives what it can."""
    latest = StillTags(kind=kind)
    readers = {"PNG": _png, "JPEG": _jpeg, "WebP": _webp, "TIFF": _tiff, "GIF": _gif, "BMP": _bmp}
    with suppress(struct.error, IndexError, zlib.error):
        if kind == "AVIF":
            return _avif(latest, content)
        for tags in readers[kind](latest, content) if kind in readers else ():
            latest = tags
    return latest


def _png(tags: StillTags, content: bytes) -> Iterator[StillTags]:
    at, is_plain = 8, False
    while at + 8 <= len(content):
        length, name = struct.unpack_from(">I4s", content, at)
        body = content[at + 8 : at + 8 + length]
        if name == b"IHDR":
            width, height, bits = struct.unpack_from(">IIB", body)
            tags = replace(tags, size=(height, width), bits=bits)
        elif name == b"iCCP" and not is_plain:
            packed = body.partition(b"\0")[2][1:]
            profile = zlib.decompressobj().decompress(packed, MOST_PROFILE)
            tags = replace(tags, profile=profile)
        elif name == b"sRGB":
            is_plain, tags = True, replace(tags, profile=None)
        elif name == b"acTL":
            tags = replace(tags, frames=max(struct.unpack_from(">I", body)[0], 1))
        elif name == b"eXIf":
            tags = replace(tags, orientation=tiff_tags.orientation_of(body))
        yield tags
        at += 12 + length


def _jpeg(tags: StillTags, content: bytes) -> Iterator[StillTags]:
    at, parts = 2, dict[int, bytes]()
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in (JPEG_SCAN, JPEG_END):
            return
        if marker == 0xFF or marker in JPEG_ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        body = content[at + 4 : at + 2 + length]
        if marker in JPEG_SIZES:
            bits, height, width, channels = struct.unpack_from(">BHHB", body)
            tags = replace(tags, size=(height, width), bits=bits, is_cmyk=channels == 4)
        elif marker == 0xE1 and body.startswith(EXIF):
            tags = replace(tags, orientation=tiff_tags.orientation_of(body.removeprefix(EXIF)))
        elif marker == 0xE2 and body[:12] == b"ICC_PROFILE\0":
            parts[body[12]] = body[14:]
            tags = replace(tags, profile=b"".join(parts[number] for number in sorted(parts)))
        yield tags
        at += 2 + length


def _webp(tags: StillTags, content: bytes) -> Iterator[StillTags]:
    at, frames = 12, 0
    while at + 8 <= len(content):
        name, length = struct.unpack_from("<4sI", content, at)
        body = content[at + 8 : at + 8 + length]
        if name == b"VP8X":
            sizes = int.from_bytes(body[7:10], "little"), int.from_bytes(body[4:7], "little")
            tags = replace(tags, size=(sizes[0] + 1, sizes[1] + 1), bits=8)
        elif name == b"VP8 " and tags.size is None:
            width, height = struct.unpack_from("<HH", body, 6)
            tags = replace(tags, size=(height & 0x3FFF, width & 0x3FFF), bits=8)
        elif name == b"VP8L" and tags.size is None:
            packed = int.from_bytes(body[1:5], "little")
            tags = replace(tags, size=((packed >> 14 & 0x3FFF) + 1, (packed & 0x3FFF) + 1), bits=8)
        elif name == b"ANMF":
            frames += 1
            tags = replace(tags, frames=frames)
        elif name == b"ICCP":
            tags = replace(tags, profile=body)
        elif name == b"EXIF":
            tags = replace(
                tags, orientation=tiff_tags.orientation_of(body.removeprefix(b"Exif\0\0"))
            )
        yield tags
        at += 8 + length + length % 2


def _tiff(tags: StillTags, content: bytes) -> Iterator[StillTags]:
    found = tiff_tags.entries(content)
    height, width = found.get(tiff_tags.HEIGHT), found.get(tiff_tags.WIDTH)
    yield replace(
        tags,
        size=None if height is None or width is None else (height, width),
        bits=found.get(tiff_tags.BITS),
        orientation=tiff_tags.orientation_of(content),
        profile=tiff_tags.profile_of(content),
        is_cmyk=found.get(tiff_tags.PHOTOMETRIC) == tiff_tags.CMYK,
        is_premultiplied=found.get(tiff_tags.EXTRA_SAMPLES) == tiff_tags.PREMULTIPLIED,
    )


def _gif(tags: StillTags, content: bytes) -> Iterator[StillTags]:
    width, height, packed = struct.unpack_from("<HHB", content, 6)
    tags = replace(tags, size=(height, width), bits=8)
    at, frames = 13 + _palette(packed), 0
    yield tags
    while content[at] in (0x21, 0x2C):
        if content[at] == 0x2C:
            frames += 1
            yield replace(tags, frames=frames)
            at += 11 + _palette(content[at + 9])
        else:
            at += 2
        while content[at]:
            at += 1 + content[at]
        at += 1


def _palette(packed: int) -> int:
    return 3 << (packed & 7) + 1 if packed & 0x80 else 0


def _bmp(tags: StillTags, content: bytes) -> Iterator[StillTags]:
    width, height = struct.unpack_from("<ii", content, 18)
    yield replace(tags, size=(abs(height), abs(width)), bits=8)


def _avif(tags: StillTags, content: bytes) -> StillTags:
    """Of the first item, whose boxes stand near the start; mirrored ones are not known here."""
    place = content.find(b"ispe", 0, 1 << 16)
    if place >= 0 and len(content) >= place + 16:
        width, height = struct.unpack_from(">II", content, place + 8)
        tags = replace(tags, size=(height, width))
    place = content.find(b"irot", 0, 1 << 16)
    if place >= 0 and len(content) > place + 4:
        tags = replace(tags, orientation=AVIF_TURNS[content[place + 4] & 3])
    place = content.find(b"colrprof", 0, 1 << 16)
    if place >= 4:
        length = int.from_bytes(content[place - 4 : place], "big")
        tags = replace(tags, profile=content[place + 8 : place - 4 + length])
    return tags
