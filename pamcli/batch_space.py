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

STILL_GROWTH = {Output.RGBA: 8.0, Output.FOREGROUND: 6.0, Output.COMPOSITE: 6.0, Output.ALPHA: 1.6}
"""Bytes of the PNG for each byte of a JPEG or WebP: of three JPEGs of 720x720 at quality 95, 6.2 to
6.6, 4.7 to 4.8, 2.8 to 4.5 and 1.0 to 1.3 were measured."""

LOSSLESS_STILL_GROWTH = {
    **dict.fromkeys((Output.RGBA, Output.FOREGROUND, Output.COMPOSITE), 1.4),
    Output.ALPHA: 0.4,
}
"""The same for each byte of a picture that is kept without loss already; measured: 1.0 to 1.2, 0.8
to 0.9, 0.5 to 0.8 and 0.2."""

CLIP_GROWTH = {
    Preset.H264: 2.0,
    Preset.MATTE: 6.0,
    Preset.WEBM: 4.0,
    Preset.PRORES4444: 110.0,
    Preset.FFV1: 70.0,
    Preset.QTRLE: 240.0,
    Preset.APNG: 140.0,
    Preset.PNG: 140.0,
}
"""Bytes for each byte of a clip, colours and alpha together where the preset has both: 1.3, 4.5,
2.9, 89, 54, 190, 108 and 108 were measured on H.264 of 1280x720 at 2.3 Mbit/s, as the web has it.
What a camera encodes with more bits grows less."""

ALPHA_CLIP_GROWTH = {**CLIP_GROWTH, Preset.H264: 2.5, Preset.PRORES4444: 12.0, Preset.FFV1: 5.0}
"""The same where alpha alone is written; measured: 1.8, 8.1 and 3.6."""

PARTS = 2
"""A clip's finished parts stand beside the whole until it has its name."""


def expected_bytes(items: Iterable[Item], settings: BatchSettings) -> int:
    """An upper guess of what all targets take together, with the parts of the largest clip.

    Sources that are missing count nothing. A picture of noise can take more.
    """
    growths = ALPHA_CLIP_GROWTH if settings.clip_output is Output.ALPHA else CLIP_GROWTH
    clips, stills = [0.0], 0.0
    for item in items:
        size = item.source.stat().st_size if item.source.is_file() else 0
        if item.kind is Kind.CLIP:
            clips.append(size * growths[_preset(settings)])
        else:
            stills += size * _still_growth(item, settings.still_output)
    return round(stills + sum(clips) + (PARTS - 1) * max(clips))


def _preset(settings: BatchSettings) -> Preset:
    return settings.preset or (Preset.FFV1 if settings.clip_suffix == ".mkv" else Preset.H264)


def _still_growth(item: Item, output: Output) -> float:
    is_compressed = item.source.suffix.lower() in COMPRESSED
    return (STILL_GROWTH if is_compressed else LOSSLESS_STILL_GROWTH)[output]


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
