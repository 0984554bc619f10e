"""Files that are damaged, lie or mean harm; all are made when needed, none is stored."""

import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from clips import Clip, write_clip
from damage import (
    CLIPS,
    STILLS,
    cut,
    disguised,
    flipped,
    holding,
    loop,
    no_frames,
    patched,
    png,
    song_with_cover,
    tiff,
    unreadable,
    zeros,
)

REFUSED, READ, EITHER = "refused", "read", "either"


@dataclass(frozen=True)
class Case:
    """One file, and what becomes of it as a clip and as a still."""

    name: str  # of the file
    make: Callable[[Path], object]  # writes it
    as_clip: str = REFUSED
    as_still: str = REFUSED

    def __str__(self) -> str:
        return ascii(self.name)[1:-1]


SECRET = "/etc/passwd"
PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n"
PLAYLISTS = {
    "net.m3u8": PLAYLIST + "http://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
    "local.m3u8": f"{PLAYLIST}file://{SECRET}\n#EXT-X-ENDLIST\n",
    "local.ffconcat": f"ffconcat version 1.0\nfile {SECRET}\n",
    "net.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=a\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video 9 RTP/AVP 96\n",
    "net.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period>'
    "<BaseURL>http://127.0.0.1:9/</BaseURL></Period></MPD>",
    "playlist.mp4": PLAYLIST + "http://127.0.0.1:9/a.ts\n",
}
HUGE = struct.pack(">HH", 60_000, 60_000)


def cuts() -> Iterator[Case]:
    for name in CLIPS:
        stem, suffix = name.split(".")
        is_gif = suffix == "gif"
        for share in (0.02, 0.3, 0.8):
            promised = EITHER if name != "last.mp4" else REFUSED
            if share == 0.8 and name != "last.mp4":
                promised = READ
            kind = EITHER if is_gif else REFUSED
            yield Case(f"{stem}_{share}.{suffix}", cut(name, share), promised, kind)
    for name in STILLS:
        stem, suffix = name.split(".")
        for share in (0.1, 0.6):
            yield Case(f"{stem}_{share}.{suffix}", cut(name, share), EITHER, REFUSED)


def flips() -> Iterator[Case]:
    for seed, name in enumerate(CLIPS):
        stem, suffix = name.split(".")
        for part, (begin, end) in {
            "header": (0, 0.05),
            "middle": (0.3, 0.6),
            "index": (0.9, 1),
        }.items():
            make = flipped(name, begin, end, seed)
            yield Case(f"{stem}_{part}.{suffix}", make, EITHER, EITHER)
    for seed, name in enumerate(STILLS):
        stem, suffix = name.split(".")
        for part, (begin, end) in {"header": (0, 0.02), "middle": (0.3, 0.6)}.items():
            make = flipped(name, begin, end, seed, 4)
            yield Case(f"{stem}_{part}.{suffix}", make, EITHER, EITHER)


def lies() -> Iterator[Case]:
    yield Case("picture.mp4", disguised("still.png"), READ, READ)
    yield Case("photo.mkv", disguised("still.jpg"), READ, READ)
    yield Case("clip.png", disguised("first.mp4"), READ, REFUSED)
    yield Case("text.mov", holding(b"this is no film\n" * 50))
    yield Case("text.png", holding(b"this is no picture\n" * 50))
    yield Case("empty.mp4", holding(b""))
    yield Case("empty.png", holding(b""))
    yield Case("lone.mp4", holding(struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 512, b"isom")))
    yield Case("lone.mkv", holding(bytes.fromhex("1a45dfa3a342868101")))
    yield Case("lone.png", holding(png(64, 48)[:33]))
    yield Case("lone.gif", holding(b"GIF89a"))
    yield Case("lone.jpg", holding(b"\xff\xd8\xff\xe0"))
    yield Case("lone.webp", holding(b"RIFF\x20\0\0\0WEBPVP8 "))
    yield Case("lone.avi", holding(b"RIFF\x20\0\0\0AVI LIST"))
    yield Case("none.mp4", no_frames)
    yield Case("sound.mp4", lambda target: write_clip(target, Clip(times=(), audio="aac")))
    yield Case("song.mp3", song_with_cover)
    yield Case("page.html", holding(b"<!DOCTYPE html><html><body>404</body></html>"))
    yield Case("drawing.svg", holding(b'<svg xmlns="http://www.w3.org/2000/svg"/>'))
    yield Case("script.mp4", holding(b"#!/bin/sh\necho no\n"))
    for name, text in PLAYLISTS.items():
        yield Case(name, holding(text.encode()))


FAR = 2**31 - 1

WIDE_GIF = b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x44\x01\0;"
WIDE_BMP = b"BM" + struct.pack(
    "<IIIIiiHHIIiiII", 60, 0, 54, 40, 2**30, 2**30, 1, 24, 0, 0, 0, 0, 0, 0
)
WIDE_WEBP = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff"
WIDE_JPEG = (
    b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xd9"
)
WIDE_TIFF = tiff((256, 4, 1, FAR), (257, 4, 1, FAR), (273, 4, 2**31, 8))
STRIPS_TIFF = tiff((256, 3, 1, 64), (257, 3, 1, 48), (273, 4, 2**32 - 1, 8), (279, 4, 2**32 - 1, 8))
FIRST = "first.mp4"


def sizes() -> Iterator[Case]:
    sides = struct.pack(">II", 60_000 << 16, 60_000 << 16)
    yield Case("header.mp4", patched(FIRST, b"tkhd", 76, sides), READ)
    yield Case("sample.mp4", patched(FIRST, b"avc1", 24, HUGE), EITHER)
    yield Case("count.mp4", patched(FIRST, b"stsz", 8, b"\xff\xff\xff\xf0"), EITHER)
    yield Case("times.mp4", patched(FIRST, b"stts", 4, b"\x7f\xff\xff\xff"), EITHER)
    yield Case("chunks.mp4", patched(FIRST, b"stco", 4, b"\x3f\xff\xff\xff"), EITHER)
    for name, content in {
        "wide.png": png(65_535, 65_535),
        "widest.png": png(FAR, FAR),
        "nothing.png": png(0, 0),
        "thin.png": png(FAR, 1),
        "bomb.png": png(16_000, 16_000, bytes(1 << 20)),
        "wide.gif": WIDE_GIF,
        "wide.bmp": WIDE_BMP,
        "wide.webp": WIDE_WEBP,
        "wide.jpg": WIDE_JPEG,
        "wide.tiff": WIDE_TIFF,
        "strips.tiff": STRIPS_TIFF,
        "tags.tiff": b"II*\0" + struct.pack("<IH", 8, 65_535) + bytes(40),
        "circle.tiff": b"II*\0" + struct.pack("<IHI", 8, 0, 8),
    }.items():
        yield Case(name, holding(content))


def names() -> Iterator[Case]:
    good = disguised("clip.mkv")
    for name in (
        "-y.mkv",
        "a:b.mkv",
        "http:x.mkv",
        "new\nline.mkv",
        "größe 画像 🎬.mkv",
        "%03d.mkv",
    ):
        yield Case(name, good, READ, REFUSED)
    for name in ("-o.png", "file:x.png", "new\nline.png", "größe 画像.png", "%d.png"):
        yield Case(name, disguised("still.png"), READ, READ)


def no_files() -> Iterator[Case]:
    yield Case("folder.mp4", Path.mkdir)
    yield Case("pipe.mp4", os.mkfifo)
    yield Case("pipe.png", os.mkfifo)
    yield Case("loop.mp4", loop)
    yield Case("dangling.mp4", lambda target: target.symlink_to("nowhere"))
    yield Case("device.mp4", lambda target: target.symlink_to("/dev/zero"))
    yield Case("missing.mp4", lambda target: None)
    yield Case("zeros.mp4", zeros(1 << 30))
    yield Case("zeros.png", zeros(1 << 30))
    yield Case("zeros.ts", zeros(1 << 22))
    if os.geteuid() != 0:
        yield Case("locked.png", unreadable)


def cases() -> list[Case]:
    """All of them, each name once."""
    found = [*cuts(), *flips(), *lies(), *sizes(), *names(), *no_files()]
    assert len({case.name for case in found}) == len(found) >= 40
    return found
