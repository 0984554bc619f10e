"""Subtitles: copied where the container takes them, else the same words in another format."""

from fractions import Fraction
from pathlib import Path

import av
import pytest
from av.stream import Disposition
from clip_writing import copy_clip, writer_settings
from rich_clips import LINES, Rich, write_rich

SOURCES = {
    "subrip": Rich(subtitles="subrip", cover=False),
    "ass": Rich(subtitles="ass", cover=False),
    "mov_text": Rich(container="mp4", subtitles="mov_text", cover=False),
    "webvtt": Rich(
        container="webm", video="libvpx", audio="libopus", rate=48_000, subtitles="webvtt",
        cover=False,
    ),
}  # fmt: skip


def copied(
    tmp_path: Path,
    rich: Rich,
    name: str,
    *,
    start: Fraction | None = None,
    end: Fraction | None = None,
) -> tuple[Path, list[str]]:
    source = write_rich(tmp_path / f"source.{rich.container[:4]}", rich)
    target = tmp_path / name
    writer = copy_clip(
        source, target, writer_settings(target, audio_from=source, start=start, end=end)
    )
    return target, [line for line in writer.notes if "subtitles" in line]


def shown(file: Path) -> list[tuple[Fraction, Fraction, str]]:
    """(from, to, text) of every subtitle, seconds."""
    lines = []
    with av.open(str(file)) as container:
        stream = container.streams.subtitles[0]
        for packet in container.demux(stream):
            if not packet.size or bytes(packet) == b"\0\0":
                continue
            begin = (packet.pts or 0) * packet.time_base
            text = bytes(packet)
            if stream.codec_context.name == "mov_text":
                text = text[2 : 2 + int.from_bytes(text[:2], "big")]
            words = text.decode().rpartition(",,")[2]
            lines.append((begin, begin + (packet.duration or 0) * packet.time_base, words))
    return lines


def expected(start: int = 0, end: int = 10_000) -> list[tuple[Fraction, Fraction, str]]:
    """LINES within `start` and `end`, milliseconds, on the clock of what is cut there."""
    cut = [(max(a, start), min(b, end), text) for a, b, text in LINES]
    return [(Fraction(a - start, 1000), Fraction(b - start, 1000), t) for a, b, t in cut if a < b]


@pytest.mark.parametrize("codec", sorted(SOURCES))
@pytest.mark.parametrize("name", ["out.mp4", "out.mov", "out.mkv", "out.webm"])
def test_words_and_their_times_are_kept(tmp_path: Path, codec: str, name: str) -> None:
    target, notes = copied(tmp_path, SOURCES[codec], name)
    assert shown(target) == expected()
    takes = {
        "out.mp4": {"mov_text"},
        "out.mov": {"mov_text"},
        "out.mkv": {"subrip", "ass", "webvtt"},
        "out.webm": {"webvtt"},
    }
    assert (notes == []) is (codec in takes[name])
    with av.open(str(target)) as container:
        stream = container.streams.subtitles[0]
        assert stream.language == "ita"
        assert stream.disposition & Disposition.forced or name == "out.mov"  # MOV has no such mark


def test_another_format_is_said(tmp_path: Path) -> None:
    _, notes = copied(tmp_path, SOURCES["subrip"], "out.mp4")
    assert notes == ["subtitles: mp4 does not take srt; written as mov_text"]


@pytest.mark.parametrize("codec", ["subrip", "mov_text"])
@pytest.mark.parametrize("name", ["out.mp4", "out.mkv"])
def test_a_cut_shortens_what_it_goes_through(tmp_path: Path, codec: str, name: str) -> None:
    start, end = Fraction(4, 5), Fraction(2)
    target, _ = copied(tmp_path, SOURCES[codec], name, start=start, end=end)
    assert shown(target) == expected(800, 2000)
