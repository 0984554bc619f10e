"""How much room a batch will take, by the sizes of its sources and what each kind grows to."""

from collections.abc import Iterable
from pathlib import Path

from pamcli.batch_plan import Item
from pamcli.batch_settings import BatchSettings
from pamcli.batch_words import Kind
from pamcli.errors import OutputError
from pamcli.machine import disk_free
from pamcli.settings import Output, Preset

COMPRESSED = frozenset({".jpg", ".jpeg", ".webp"})

STILL_GROWTH = {Output.RGBA: 8.0, Output.FOREGROUND: 8.0, Output.COMPOSITE: 8.0, Output.ALPHA: 1.0}
"""Bytes of the PNG for each byte of a JPEG or WebP."""

LOSSLESS_STILL_GROWTH = 1.2
"""The same for each byte of a picture that is kept without loss already."""

CLIP_GROWTH = {
    Preset.H264: 2.0,
    Preset.MATTE: 4.0,
    Preset.WEBM: 4.0,
    Preset.PRORES4444: 40.0,
    Preset.FFV1: 60.0,
    Preset.QTRLE: 120.0,
    Preset.APNG: 120.0,
    Preset.PNG: 80.0,
}
"""Bytes for each byte of a clip as cameras and the web encode it."""

PARTS = 2
"""A clip's finished parts stand beside the whole until it has its name."""


def expected_bytes(items: Iterable[Item], settings: BatchSettings) -> int:
    """An upper guess of what all targets take together, with the parts of the largest clip.

    Sources that are missing count nothing. The growths are cautious guesses, not measurements;
    a picture of noise can take more.
    """
    clips, stills = [0.0], 0.0
    for item in items:
        size = item.source.stat().st_size if item.source.is_file() else 0
        if item.kind is Kind.CLIP:
            clips.append(size * CLIP_GROWTH[_preset(settings)])
        else:
            stills += size * _still_growth(item, settings.still_output)
    return round(stills + sum(clips) + (PARTS - 1) * max(clips))


def _preset(settings: BatchSettings) -> Preset:
    return settings.preset or (Preset.FFV1 if settings.clip_suffix == ".mkv" else Preset.H264)


def _still_growth(item: Item, output: Output) -> float:
    if item.source.suffix.lower() in COMPRESSED:
        return STILL_GROWTH[output]
    return LOSSLESS_STILL_GROWTH if output is not Output.ALPHA else STILL_GROWTH[output]


def check_space(expected: int, target: Path) -> None:
    """Raises OutputError where less is free than will be needed."""
    free = disk_free(target)
    if expected > free:
        raise OutputError(
            f"{target}: about {megabytes(expected)} will be needed and {megabytes(free)} are free; "
            "--force starts all the same"
        )


def megabytes(size: int) -> str:
    """Bytes as a person reads them."""
    return f"{size / 1e6:.0f} MB" if size < 1e10 else f"{size / 1e9:.0f} GB"
