"""Makes good files and does them harm: cut, bits flipped, other numbers in their headers."""

import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from clips import Clip, numbered, write_clip

TIMES = range(20)
MILLISECONDS = range(0, 800, 40)

CLIPS = {
    "last.mp4": Clip(audio="aac"),
    "first.mp4": Clip(audio="aac", movflags="faststart"),
    "clip.mkv": Clip(time_base=Fraction(1, 1000), times=MILLISECONDS, audio="aac"),
    "clip.webm": Clip(
        codec="libvpx-vp9",
        time_base=Fraction(1, 1000),
        times=MILLISECONDS,
        options={"cpu-used": "8", "deadline": "realtime"},
    ),
    "clip.ts": Clip(codec="mpeg2video", time_base=Fraction(1, 25), times=TIMES),
    "clip.avi": Clip(
        codec="mjpeg", pixel_format="yuvj420p", time_base=Fraction(1, 25), times=TIMES
    ),
    "clip.gif": Clip(codec="gif", pixel_format="rgb8", time_base=Fraction(1, 100), times=range(9)),
}
STILLS = ("still.png", "still.jpg", "still.webp", "still.tiff", "still.bmp")


def whole(name: str, target: Path) -> bytes:
    """A good file of the format that `name` says."""
    if name in CLIPS:
        scratch = target.with_name(f"whole_{name}")
        content = write_clip(scratch, CLIPS[name]).read_bytes()
        scratch.unlink()
        return content
    return cv2.imencode(Path(name).suffix, numbered(5)[..., ::-1])[1].tobytes()


def cut(name: str, share: float) -> Callable[[Path], object]:
    def make(target: Path) -> None:
        content = whole(name, target)
        target.write_bytes(content[: int(len(content) * share)])

    return make


def flipped(
    name: str, begin: float, end: float, seed: int, count: int = 12
) -> Callable[[Path], object]:
    """`count` bits flipped between two shares of the file."""

    def make(target: Path) -> None:
        content = bytearray(whole(name, target))
        rng = np.random.default_rng(seed)
        for place in rng.integers(int(len(content) * begin), int(len(content) * end), count):
            content[place] ^= 1 << int(rng.integers(0, 8))
        target.write_bytes(content)

    return make


def disguised(name: str) -> Callable[[Path], object]:
    return lambda target: target.write_bytes(whole(name, target))


def holding(content: bytes) -> Callable[[Path], object]:
    return lambda target: target.write_bytes(content)


def patched(name: str, box: bytes, offset: int, new: bytes) -> Callable[[Path], object]:
    """Every `box` of an MP4 with `new` at `offset` after its name."""

    def make(target: Path) -> None:
        content = bytearray(whole(name, target))
        at = content.find(box)
        assert at >= 0
        while at >= 0:
            content[at + len(box) + offset : at + len(box) + offset + len(new)] = new
            at = content.find(box, at + 1)
        target.write_bytes(content)

    return make


def png(width: int, height: int, rows: bytes = b"\0\0", colour: int = 2) -> bytes:
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    packed = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def tiff(*entries: tuple[int, int, int, int]) -> bytes:
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + packed + bytes(4)


def song_with_cover(target: Path) -> None:
    with av.open(str(target), "w", format="mp3") as container:
        sound = container.add_stream("mp3", rate=44_100)
        cover = container.add_stream("png", rate=1)
        assert isinstance(cover, av.VideoStream)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic
        container.mux(cover.encode(av.VideoFrame.from_ndarray(numbered(1), "rgb24")))
        container.mux(cover.encode(None))
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1152), np.float32), "fltp", "stereo")
        frame.sample_rate = 44_100
        assert isinstance(sound, av.AudioStream)
        container.mux([*sound.encode(frame), *sound.encode(None)])


def loop(target: Path) -> None:
    other = target.with_name(f"other_{target.name}")
    target.symlink_to(other)
    other.symlink_to(target)


def zeros(size: int) -> Callable[[Path], object]:
    def make(target: Path) -> None:
        with target.open("wb") as file:
            file.truncate(size)

    return make


def unreadable(target: Path) -> None:
    target.write_bytes(png(1, 1))
    target.chmod(0)


def no_frames(target: Path) -> None:
    """A video stream into which nothing was written."""
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.mux(stream.encode(None))
