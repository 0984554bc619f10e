# ruff: noqa: TID251 - asks FFmpeg which encoders it has
"""The presets: which codec and container, in which pixels, tagged as what, and who takes alpha."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.video.stream import VideoStream

from pamcli.errors import OutputError
from pamcli.ffmpeg import BT709, FULL, LIMITED
from pamcli.pixels import Pixels, alpha_of, colours_of, whole
from pamcli.settings import Output, Preset

CONTAINERS = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".webm": "webm",
    ".apng": "apng",
    ".png": "apng",
}
"""Suffixes of the clips that are written, and FFmpeg's names of their containers."""

BY_SUFFIX = {
    ".mp4": Preset.H264,
    ".m4v": Preset.H264,
    ".mov": Preset.H264,
    ".mkv": Preset.FFV1,
    ".webm": Preset.WEBM,
    ".apng": Preset.APNG,
    ".png": Preset.APNG,
    "": Preset.PNG,
}
"""What is written where no preset is asked for; "" is a folder."""

BY_SUFFIX_WITH_ALPHA = {**BY_SUFFIX, ".mov": Preset.PRORES4444}

GREY, RGB, RGBA = 1, 3, 4
CHANNELS = {Output.ALPHA: GREY, Output.RGBA: RGBA, Output.FOREGROUND: RGB, Output.COMPOSITE: RGB}
"""Of the pixels of each output."""

ALPHA_MODE = "alpha_mode"  # of a VP9 track whose packets carry alpha beside the colours
RGB_MATRIX = 0  # H.273: no matrix, the samples are red, green and blue


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is known of a preset, whatever is written by it.

    formats: pixel format for grey, RGB and RGBA; without RGBA the preset carries no alpha.
    odd_formats: the same, where height or width is odd. options: the encoder's, such that two
    runs give the same bytes. grey_options: the same for grey, which is alpha: its errors show more
    than those of colours, and finer steps cost little. joinable: whether parts make a whole by
    copying packets.
    """

    encoder: str
    suffixes: tuple[str, ...]
    formats: Mapping[int, str]
    options: Mapping[str, str]
    grey_options: Mapping[str, str] | None = None
    odd_formats: Mapping[int, str] | None = None
    joinable: bool = True


EXACT = {"x264-params": "mbtree=0"}
"""The same pictures give the same packets: x264's look-ahead at macroblocks is not exact."""

X264 = Recipe(
    encoder="libx264",
    suffixes=(".mp4", ".m4v", ".mov", ".mkv"),
    formats={GREY: "yuv420p", RGB: "yuv420p"},
    odd_formats={GREY: "yuv444p", RGB: "yuv444p"},  # whole, rather than cropped or padded
    options={"crf": "18", "preset": "veryfast", **EXACT},
    grey_options={"crf": "4", "preset": "veryfast", **EXACT},
)

RECIPES = {
    Preset.H264: X264,
    Preset.PRORES4444: Recipe(
        encoder="prores_ks",
        suffixes=(".mov",),
        formats={GREY: "yuv444p10le", RGB: "yuv444p10le", RGBA: "yuva444p10le"},
        options={"profile": "4444", "alpha_bits": "16", "vendor": "apl0"},
    ),
    Preset.FFV1: Recipe(
        encoder="ffv1",
        suffixes=(".mkv",),
        formats={GREY: "gray", RGB: "bgr0", RGBA: "bgra"},
        options={"level": "3", "slicecrc": "1"},
    ),
    Preset.QTRLE: Recipe(
        encoder="qtrle",
        suffixes=(".mov",),
        formats={GREY: "rgb24", RGB: "rgb24", RGBA: "argb"},
        options={},
    ),
    Preset.PNG: Recipe(
        encoder="png",
        suffixes=("",),
        formats={GREY: "gray", RGB: "rgb24", RGBA: "rgba"},
        options={"compression_level": "1"},  # higher ones take longer for a few per cent
    ),
    Preset.APNG: Recipe(
        encoder="apng",
        suffixes=(".apng", ".png"),
        formats={GREY: "gray", RGB: "rgb24", RGBA: "rgba"},
        options={"compression_level": "1"},
        joinable=False,  # its frames are numbered through
    ),
    Preset.WEBM: Recipe(
        encoder="libvpx-vp9",
        suffixes=(".webm", ".mkv"),
        formats={GREY: "yuv420p", RGB: "yuv420p", RGBA: "yuva420p"},
        options={
            "crf": "15",
            "b": "0",
            "deadline": "good",
            "cpu-used": "5",
            "row-mt": "1",
            "auto-alt-ref": "0",  # with hidden frames the two pictures would not stay together
            "lag-in-frames": "0",
        },
    ),
    Preset.MATTE: replace(X264, options={"crf": "12", "preset": "veryfast", **EXACT}),
}
"""Every preset but what the targets and the sizes say."""

PARTS_OF_THE_UNJOINABLE = RECIPES[Preset.FFV1]
"""By which parts are kept whose final file is encoded in one go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How the pictures of one file are encoded."""

    encoder: str
    options: Mapping[str, str]
    pixel_format: str
    container: str  # FFmpeg's name of the format
    sample_aspect: Fraction = Fraction(1)  # width / height of one pixel

    @property
    def part_container(self) -> str:
        """Container of a part, from which packets are copied into `container`."""
        return self.container

    @property
    def is_rgb(self) -> bool:
        """Whether samples are red, green and blue, or grey as it is, rather than luma."""
        return not self.pixel_format.startswith("yuv")

    def tag(self, stream: VideoStream) -> None:
        """Say in a new stream what its colours are: BT.709, limited for luma and full for RGB."""
        if self.container == "apng":
            return  # no tag is sRGB; others would make viewers change what they show
        stream.color_primaries = stream.color_trc = BT709
        stream.color_range = FULL if self.is_rgb else LIMITED
        stream.colorspace = RGB_MATRIX if self.is_rgb else BT709


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One file that a preset writes.

    take: makes the pixels of this file from those of the output. parts: how parts of it are
    encoded. final: how the whole is, where parts cannot be joined by copying packets; else None.
    """

    target: Path
    take: Callable[[Pixels], Pixels]
    parts: Encoding
    final: Encoding | None = None


def tracks(
    preset: Preset,
    target: Path,
    output: Output,
    size: tuple[int, int],
    sample_aspect: Fraction = Fraction(1),
) -> tuple[Track, ...]:
    """The files that `preset` writes for frames of `size` (height, width), `target` first.

    All presets write one file but for matte: alpha as luma into `target`, and the colours of the
    foreground into `fill_of(target)`. Not for png, which writes a folder. Raises OutputError as
    `check_preset` does.
    """
    check_preset(preset, target, output)
    assert preset is not Preset.PNG
    channels = CHANNELS[output]
    if preset is Preset.MATTE:
        grey = _encoding(RECIPES[preset], target, GREY, size, sample_aspect)
        rgb = _encoding(RECIPES[preset], target, RGB, size, sample_aspect)
        fill = Track(target=fill_of(target), take=colours_of, parts=rgb)
        return Track(target=target, take=alpha_of, parts=grey), fill
    encoding = _encoding(RECIPES[preset], target, channels, size, sample_aspect)
    if RECIPES[preset].joinable:
        return (Track(target=target, take=whole, parts=encoding),)
    kept = Path("part.mkv")
    parts = _encoding(PARTS_OF_THE_UNJOINABLE, kept, channels, size, sample_aspect)
    return (Track(target=target, take=whole, parts=parts, final=encoding),)


def files_of(preset: Preset, target: Path) -> tuple[Path, ...]:
    """What `preset` writes, `target` first; known before the frames' size is."""
    return (target, fill_of(target)) if preset is Preset.MATTE else (target,)


def fill_of(target: Path) -> Path:
    """Where preset matte puts the colours of the foreground: beside the alpha, NAME_fill."""
    return target.with_name(f"{target.stem}_fill{target.suffix}")


def _encoding(
    recipe: Recipe, target: Path, channels: int, size: tuple[int, int], sample_aspect: Fraction
) -> Encoding:
    is_odd = size[0] % 2 or size[1] % 2
    formats = recipe.odd_formats if is_odd and recipe.odd_formats else recipe.formats
    return Encoding(
        encoder=recipe.encoder,
        options=(channels == GREY and recipe.grey_options) or recipe.options,
        pixel_format=formats[channels],
        container=CONTAINERS[target.suffix.lower()],
        sample_aspect=sample_aspect,
    )


def add_copy(container: OutputContainer, part: VideoStream) -> VideoStream:
    """A stream of `container` for the packets of a part in the same format.

    PyAV drops two things that say how to decode: MOV's codec tag, without which ProRes 4444 is
    taken for 422, and the mark that VP9 carries alpha.
    """
    stream = container.add_stream_from_template(part)
    if container.format.name in ("mov", "mp4"):
        stream.codec_context.codec_tag = part.codec_context.codec_tag
    if ALPHA_MODE in part.metadata:
        stream.metadata[ALPHA_MODE] = part.metadata[ALPHA_MODE]
    return stream


def available_encoders() -> list[str]:
    """The presets whose encoder this build of FFmpeg has."""
    names = av.codecs_available
    return [preset.value for preset in Preset if RECIPES[preset].encoder in names]


def preset_for(target: Path, output: Output) -> Preset:
    """The preset that a target's suffix asks for. Raises OutputError where none fits `output`."""
    suffix = "" if target.is_dir() else target.suffix.lower()
    if suffix not in BY_SUFFIX:
        known = ", ".join(filter(None, BY_SUFFIX))
        raise OutputError(f"{target}: unknown clip format; use {known}, or a folder for PNG files")
    preset = (BY_SUFFIX_WITH_ALPHA if output is Output.RGBA else BY_SUFFIX)[suffix]
    check_preset(preset, target, output)
    return preset


def check_preset(preset: Preset, target: Path, output: Output) -> None:
    """Raises OutputError when `preset` cannot go into `target` or would lose alpha silently."""
    if preset is Preset.MATTE and output is not Output.RGBA:
        raise OutputError(
            f"{target}: preset matte writes alpha and foreground, so --output rgba; alpha alone is "
            "preset h264 with --output alpha"
        )
    if output is Output.RGBA and preset is not Preset.MATTE and RGBA not in RECIPES[preset].formats:
        raise OutputError(
            f"{target}: preset {preset} carries no alpha; use a .mov target (preset prores4444), "
            ".webm (webm), .mkv (ffv1), a folder (png), preset matte for two files, or "
            "--output alpha"
        )
    suffix = target.suffix.lower()
    if preset is Preset.PNG:
        if suffix in CONTAINERS and not target.is_dir():
            raise OutputError(f"{target}: preset png writes a folder; give one as the target")
    elif suffix not in RECIPES[preset].suffixes:
        raise OutputError(
            f"{target}: preset {preset} needs {' or '.join(RECIPES[preset].suffixes)}"
        )
