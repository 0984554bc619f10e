# ruff: noqa: TID251 - what a copied clip says of itself
"""What a clip and its streams say of themselves: metadata, dispositions, chapters, covers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from av.container import InputContainer, OutputContainer
from av.stream import DataStream, Disposition, Stream

if TYPE_CHECKING:
    from av.container.core import Chapter  # a shape of dict that only the checker knows

OF_THE_FILE = {
    "encoder",
    "encoded_by",
    "major_brand",
    "minor_version",
    "compatible_brands",
    "vendor_id",
    "alpha_mode",
    "rotate",
    "duration",
    "bps",
    "number_of_frames",
    "number_of_bytes",
    "filename",
    "mimetype",
}
"""Metadata that tells how a file was written, and is wrong in another one; lower case."""

HANDLERS = {"VideoHandler", "SoundHandler", "SubtitleHandler", "DataHandler"}
"""Names of streams that FFmpeg gives where nobody did."""

TITLE, HANDLER, LANGUAGE = "title", "handler_name", "language"  # a track's name has two places
QUICKTIME = {"mp4", "mov"}
QUICKTIME_LANGUAGES = {
    "deu": "ger",
    "fre": "fra",
    "nld": "dut",
    "swe": "sve",
    "ell": "gre",
    "isl": "ice",
    "zho": "chi",
    "cze": "ces",
    "slo": "slk",
    "rum": "ron",
}
"""ISO 639-2 has two codes for some languages; FFmpeg's writer of MOV knows one of them."""

STATISTICS = "_statistics_"  # of some Matroska writers
TIMECODE = "timecode"
WRITE_TIMECODE = "write_tmcd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What is taken of a source, seconds on its clock; None: from the beginning, to the end."""

    start: Fraction | None
    end: Fraction | None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is cut off."""
        return self.start is None and self.end is None


def format_of(container: OutputContainer) -> str:
    """FFmpeg's name of the container, the first one where it has several."""
    return container.format.name.split(",")[0]


def kept_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """Without what tells how the file was written. Languages as suffixes (BPS-eng) count too."""
    return {
        name: value
        for name, value in metadata.items()
        if name.lower().split("-")[0] not in OF_THE_FILE and not name.lower().startswith(STATISTICS)
    }


def describe(target: Stream, source: Stream, container: str) -> None:
    """Give `target` the metadata and the disposition (default, forced, ...) of `source`.

    container: FFmpeg's name. MP4 and MOV hold a track's title as the name of its handler.
    """
    tags = kept_metadata(source.metadata)
    handlers = [tags.pop(name) for name in (HANDLER, HANDLER.upper()) if name in tags]
    handler = next(iter(handlers), None)
    title = tags.get(TITLE) or (handler if handler not in HANDLERS else None)
    if title:
        tags[HANDLER if container in QUICKTIME else TITLE] = title
    if container == "mov" and tags.get(LANGUAGE) in QUICKTIME_LANGUAGES:
        tags[LANGUAGE] = QUICKTIME_LANGUAGES[tags[LANGUAGE]]
    target.metadata.update(tags)
    target.disposition = source.disposition


def copy_description(source: InputContainer, container: OutputContainer, span: Span) -> list[str]:
    """Metadata of the clip and of its pictures; returns what was left out.

    A timecode is that of the first frame, so that it only fits a clip whose start is not cut.
    """
    container.metadata.update(kept_metadata(source.metadata))
    pictures = next(iter(moving_pictures(source)), None)
    if pictures is not None and container.streams.video:
        describe(container.streams.video[0], pictures, format_of(container))
    if format_of(container) in QUICKTIME:
        container.container_options[WRITE_TIMECODE] = "1"  # MP4 too, where there is one
    described = [container.metadata, *(stream.metadata for stream in container.streams)]
    found = [
        tags.pop(TIMECODE) for tags in described if span.start is not None and TIMECODE in tags
    ]
    if not found:
        return []
    return ["the timecode was left out: it is that of the source's first frame"]


def moving_pictures(container: InputContainer) -> Iterator[Stream]:
    """Video streams that are no covers."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            yield stream


def chapters_within(chapters: list["Chapter"], span: Span, shift: Fraction) -> list["Chapter"]:
    """The chapters that lie in `span`, cut to it, `shift` seconds earlier."""
    kept: list[Chapter] = []
    for chapter in chapters:
        unit = chapter["time_base"] or Fraction(1)
        begin, finish = chapter["start"] * unit, chapter["end"] * unit
        begin = begin if span.start is None else max(begin, span.start)
        finish = finish if span.end is None else min(finish, span.end)
        if begin < finish:
            start, end = round((begin - shift) / unit), round((finish - shift) / unit)
            kept.append(
                {
                    "id": len(kept) + 1,  # Matroska allows no 0
                    "start": start,
                    "end": end,
                    "time_base": unit,
                    "metadata": chapter["metadata"],
                }
            )
    return kept


def left_out(container: InputContainer) -> list[str]:
    """One line for the streams of `container` that no written clip takes."""
    words = []
    others = sum(1 for _ in moving_pictures(container)) - 1
    if others > 0:
        words.append(f"{others} further video stream{'s' if others > 1 else ''}")
    has_chapters = bool(container.chapters())
    for stream in container.streams:
        if not isinstance(stream, DataStream):
            continue
        is_chapter_list = has_chapters and stream.name == "bin_data"
        if not is_chapter_list and TIMECODE not in stream.metadata:
            words.append(f"a stream of {stream.name or 'unknown'} data")
    return [f"left out: {', '.join(words)}"] if words else []
