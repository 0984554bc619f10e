"""What a clip says of itself: kept in its copy."""

from fractions import Fraction
from pathlib import Path

import av
import pytest
from clip_writing import copy_clip, writer_settings
from rich_clips import CHAPTERS, COVER, Rich, write_rich

from pamcli.clip_tags import Span, chapters_within, kept_metadata

PLAIN = {"subtitles": None, "cover": False}
WHOLE = Span(start=None, end=None)


def copied(
    source: Path, target: Path, *, start: Fraction | None = None, end: Fraction | None = None
) -> list[str]:
    return copy_clip(
        source, target, writer_settings(target, audio_from=source, start=start, end=end)
    ).notes


@pytest.mark.parametrize("name", ["out.mp4", "out.mov", "out.mkv"])
def test_title_artist_and_the_time_of_making_are_kept(tmp_path: Path, name: str) -> None:
    source = write_rich(tmp_path / "source.mkv", Rich(subtitles=None, cover=False))
    assert copied(source, tmp_path / name) == []
    with av.open(str(tmp_path / name)) as container:
        tags = {key.lower(): value for key, value in container.metadata.items()}
    assert (tags["title"], tags["artist"]) == ("A walk", "Somebody")
    assert tags["creation_time"] == "2024-05-06T07:08:09.000000Z"


def test_what_tells_how_a_file_was_written_is_not_kept() -> None:
    tags = {
        "title": "A",
        "ENCODER": "Lavf1",
        "major_brand": "isom",
        "BPS-eng": "1",
        "DURATION": "00:00:01",
        "_STATISTICS_TAGS": "BPS",
        "date": "2024",
    }
    assert kept_metadata(tags) == {"title": "A", "date": "2024"}


@pytest.mark.parametrize("name", ["out.mp4", "out.mov", "out.mkv", "out.webm"])
def test_chapters_are_kept(tmp_path: Path, name: str) -> None:
    source = write_rich(tmp_path / "source.mkv", Rich(subtitles=None, cover=False))
    copied(source, tmp_path / name)
    assert chapters_of(tmp_path / name) == [
        (Fraction(a, 1000), Fraction(b, 1000), t) for a, b, t in CHAPTERS
    ]


def test_chapters_are_cut_with_the_clip(tmp_path: Path) -> None:
    source = write_rich(tmp_path / "source.mkv", Rich(subtitles=None, cover=False))
    copied(source, tmp_path / "out.mp4", start=Fraction(4, 5), end=Fraction(2))
    assert chapters_of(tmp_path / "out.mp4") == [
        (Fraction(0), Fraction(1, 5), "One"),
        (Fraction(1, 5), Fraction(6, 5), "Two"),
    ]


def chapters_of(file: Path) -> list[tuple[Fraction, Fraction, str]]:
    with av.open(str(file)) as container:
        return [
            (
                entry["start"] * (entry["time_base"] or Fraction(1)),
                entry["end"] * (entry["time_base"] or Fraction(1)),
                entry["metadata"]["title"],
            )
            for entry in container.chapters()
        ]


def test_a_chapter_outside_the_cut_goes() -> None:
    found = chapters_within(
        [
            {"id": 0, "start": 0, "end": 5, "time_base": Fraction(1), "metadata": {}},
            {"id": 1, "start": 5, "end": 9, "time_base": Fraction(1), "metadata": {"title": "B"}},
        ],
        Span(start=Fraction(5), end=None),
        Fraction(5),
    )
    assert [(c["id"], c["start"], c["end"], c["metadata"]) for c in found] == [
        (1, 0, 4, {"title": "B"})
    ]


@pytest.mark.parametrize("name", ["out.mov", "out.mp4"])
def test_a_timecode_is_kept(tmp_path: Path, name: str) -> None:
    rich = Rich(container="mov", timecode="01:00:00:00", subtitles=None, cover=False)
    source = write_rich(tmp_path / "source.mov", rich)
    assert copied(source, tmp_path / name) == []
    with av.open(str(tmp_path / name)) as container:
        assert container.streams.video[0].metadata["timecode"] == "01:00:00:00"


def test_a_timecode_does_not_outlive_a_cut(tmp_path: Path) -> None:
    rich = Rich(container="mov", timecode="01:00:00:00", subtitles=None, cover=False)
    source = write_rich(tmp_path / "source.mov", rich)
    notes = copied(source, tmp_path / "cut.mov", start=Fraction(1))
    assert notes == ["the timecode was left out: it is that of the source's first frame"]
    with av.open(str(tmp_path / "cut.mov")) as container:
        assert "timecode" not in container.streams.video[0].metadata


def test_languages_that_quicktime_names_otherwise_are_kept(tmp_path: Path) -> None:
    source = write_rich(tmp_path / "source.mkv", Rich(subtitles=None, cover=False))
    copied(source, tmp_path / "out.mov")
    with av.open(str(tmp_path / "out.mov")) as container:
        assert [stream.language for stream in container.streams.audio] == ["ger", "eng"]


@pytest.mark.parametrize("container", ["matroska", "mp4"])
@pytest.mark.parametrize("name", ["out.mp4", "out.mkv"])
def test_the_cover_is_kept(tmp_path: Path, container: str, name: str) -> None:
    source = write_rich(tmp_path / "source", Rich(container=container, subtitles=None))
    assert copied(source, tmp_path / name) == []
    with av.open(str(tmp_path / name)) as opened:
        cover = opened.streams.video[1]
        packet = next(p for p in opened.demux(cover) if p.size)
        assert (packet.decode()[0].to_ndarray(format="rgb24") == COVER).all()


@pytest.mark.parametrize("name", ["out.mov", "out.webm"])
def test_a_cover_that_has_no_place_is_said(tmp_path: Path, name: str) -> None:
    source = write_rich(tmp_path / "source.mkv", Rich(subtitles=None))
    container = name.removeprefix("out.")
    assert f"left out: the cover, which {container} does not take" in copied(
        source, tmp_path / name
    )


def test_attached_files_stay_in_matroska_and_are_said_elsewhere(tmp_path: Path) -> None:
    source = tmp_path / "source.mkv"
    plain = write_rich(tmp_path / "plain.mkv", Rich(subtitles=None, cover=False))
    with av.open(str(plain)) as opened, av.open(str(source), "w") as container:
        container.add_attachment("font.ttf", "font/ttf", b"letters")
        stream = container.add_stream_from_template(opened.streams.video[0])
        for packet in opened.demux(video=0):
            if packet.size:
                packet.stream = stream
                container.mux(packet)
    assert copied(source, tmp_path / "out.mkv") == []
    with av.open(str(tmp_path / "out.mkv")) as container:
        kept = [(s.name, s.data) for s in container.streams.attachments]
    assert kept == [("font.ttf", b"letters")]
    assert copied(source, tmp_path / "out.mp4") == [
        "left out: attached file font.ttf, which mp4 does not take"
    ]


def test_further_video_streams_are_said(tmp_path: Path) -> None:
    plain = write_rich(tmp_path / "plain.mkv", Rich(subtitles=None, cover=False))
    source = tmp_path / "source.mkv"
    with av.open(str(plain)) as opened, av.open(str(source), "w") as container:
        pictures = opened.streams.video[0]
        streams = [container.add_stream_from_template(pictures) for _ in range(3)]
        for packet in opened.demux(pictures):
            for stream in streams if packet.size else ():
                times = packet.pts, packet.dts, packet.time_base
                packet.stream = stream
                container.mux(packet)
                packet.pts, packet.dts, packet.time_base = times
    assert copied(source, tmp_path / "out.mkv") == ["left out: 2 further video streams"]


def test_a_damaged_cover_is_said_and_takes_nothing_with_it(tmp_path: Path) -> None:
    source = write_rich(tmp_path / "source.mp4", Rich(container="mp4", subtitles=None))
    content = source.read_bytes()
    at = content.index(b"\x89PNG")
    # The picture's header says no width any more.
    source.write_bytes(content[: at + 16] + bytes(4) + content[at + 20 :])
    notes = copied(source, tmp_path / "out.mp4")
    assert notes == ["left out: the cover, which mp4 does not take"]
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert (len(container.streams.audio), len(container.streams.video)) == (2, 1)
