"""A corpus of malformed clips: each ends in frames with growing times, or in one line."""

import struct
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import Clip, write_clip

from pamcli.errors import InputError
from pamcli.video_read import ReadReport, probe, read_frames

MILLISECONDS, TWENTY_FIFTHS = Fraction(1, 1000), Fraction(1, 25)
IN_MILLISECONDS = Clip(time_base=MILLISECONDS, times=range(0, 800, 40))
MPEG2 = Clip(codec="mpeg2video", time_base=TWENTY_FIFTHS, times=range(20), options={"b": "1000000"})

SOURCES = {
    "a.mp4": Clip(),
    "b.mp4": Clip(movflags="frag_keyframe+empty_moov"),
    "c.mov": Clip(codec="prores_ks", pixel_format="yuva444p10le", times=range(0, 18_000, 3600)),
    "d.mkv": IN_MILLISECONDS,
    "e.webm": Clip(
        codec="libvpx-vp9",
        time_base=MILLISECONDS,
        times=range(0, 800, 40),
        options={"cpu-used": "8"},
    ),
    "f.avi": Clip(codec="ffv1", time_base=TWENTY_FIFTHS, times=range(20)),
    "g.ts": MPEG2,
    "h.mpg": MPEG2,
    "i.flv": IN_MILLISECONDS,
    "j.gif": Clip(codec="gif", pixel_format="rgb8", time_base=Fraction(1, 100), times=range(9)),
    "k.apng": Clip(codec="apng", pixel_format="rgba", time_base=Fraction(1, 100), times=range(9)),
    "l.h264": Clip(container="h264"),
}

LONGEST = 20.0
"""Seconds: what a hang is told by, on however busy a machine."""


def cut(content: bytes, rng: np.random.Generator) -> bytes:
    return content[: int(rng.integers(1, len(content)))]


def flipped(content: bytes, rng: np.random.Generator) -> bytes:
    damaged = bytearray(content)
    for place in rng.integers(0, len(content), 40):
        damaged[place] ^= int(rng.integers(1, 256))
    return bytes(damaged)


def wrong_header(content: bytes, rng: np.random.Generator) -> bytes:
    damaged = bytearray(content)
    for place in rng.integers(0, min(600, len(content)), 4):
        damaged[place] = int(rng.integers(0, 256))
    return bytes(damaged)


def with_hole(content: bytes, rng: np.random.Generator) -> bytes:
    begin = int(rng.integers(0, len(content)))
    return content[:begin] + content[begin + int(rng.integers(1, 500)) :]


def with_zeros(content: bytes, rng: np.random.Generator) -> bytes:
    begin = int(rng.integers(0, len(content)))
    zeros = min(400, len(content) - begin)
    return content[:begin] + bytes(zeros) + content[begin + zeros :]


DAMAGES: list[Callable[[bytes, np.random.Generator], bytes]] = [
    cut,
    flipped,
    wrong_header,
    with_hole,
    with_zeros,
]


def uses(source: Path) -> Iterator[Callable[[], object]]:
    report = ReadReport()
    yield lambda: probe(source)
    yield lambda: [f.pts for f in read_frames(source, report=report)]
    yield lambda: [f.pts for f in read_frames(source, start=Fraction(8, 25), end=Fraction(3, 5))]
    yield lambda: [f.pts for f in read_frames(source, deinterlace=True)]


def outcome(use: Callable[[], object], source: Path) -> str:
    """ "frames", or the line that a person sees; anything else is raised."""
    try:
        times = use()
    except InputError as error:
        line = str(error)
        assert line.startswith(f"{source}: ") and "\n" not in line
        return line.removeprefix(f"{source}: ")
    assert not isinstance(times, list) or times == sorted(set(times))
    return "frames"


@pytest.mark.parametrize("name", SOURCES)
def test_a_malformed_clip_ends_in_frames_or_in_one_line(clips: Path, name: str) -> None:
    content = write_clip(clips / f"sound_{name}", SOURCES[name]).read_bytes()
    source = clips / f"malformed_{name}"
    rng = np.random.default_rng(struct.unpack("<H", name[:2].encode())[0])
    for damage in DAMAGES * 2:
        source.write_bytes(damage(content, rng))
        began = time.perf_counter()
        for use in uses(source):
            assert outcome(use, source)
        assert time.perf_counter() - began < LONGEST


@pytest.mark.parametrize("name", SOURCES)
def test_a_clip_under_another_name_is_read_by_what_it_holds(clips: Path, name: str) -> None:
    content = write_clip(clips / f"named_{name}", SOURCES[name]).read_bytes()
    disguised = clips / f"disguised_{name}.mp4"
    disguised.write_bytes(content)
    assert outcome(lambda: probe(disguised), disguised) == "frames"
