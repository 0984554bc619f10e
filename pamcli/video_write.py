"""Frames, their times and the source's sound into a clip or a folder of pictures."""

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Protocol

import av
from av.container import OutputContainer
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from pamcli.errors import InputError, OutputError
from pamcli.ffmpeg import BT709, FULL, LIMITED, ffmpeg_errors, local_name
from pamcli.frame import Frame
from pamcli.png_folder import PngFolder
from pamcli.settings import Output, Preset
from pamcli.sound import Sound
from pamcli.targets import Target, output_errors
from pamcli.video_frame import Pixels, from_pixels
from pamcli.video_read import VideoInfo

CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
BY_SUFFIX = {
    ".mp4": Preset.H264,
    ".m4v": Preset.H264,
    ".mov": Preset.H264,
    ".mkv": Preset.FFV1,
    "": Preset.PNG,
}
SUFFIXES = {
    Preset.H264: (".mp4", ".m4v", ".mov", ".mkv"),
    Preset.FFV1: (".mkv",),
}
ENCODERS = {Preset.H264: "libx264", Preset.FFV1: "ffv1", Preset.PNG: "png"}
OPTIONS = {
    Preset.H264: {"crf": "18", "preset": "veryfast"},
    Preset.FFV1: {"level": "3", "slicecrc": "1"},
}
MAX_MOVIE_TIMESCALE = 10_000_000  # ticks per second; finer ones overflow in some players
WITH_ALPHA = (Preset.FFV1, Preset.PNG)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterSettings:
    """How a clip is written."""

    preset: Preset
    output: Output
    overwrite: bool = False
    audio_from: Path | None = None  # the clip whose sound is taken; None: no sound
    start: Fraction | None = None  # seconds after the source's first frame; times then begin at 0
    end: Fraction | None = None
    threads: int = 0  # of the encoder; 0: as many as it likes


def available_encoders() -> list[str]:
    """The presets whose encoder this build of FFmpeg has."""
    return [preset.value for preset in Preset if ENCODERS[preset] in av.codecs_available]


def preset_for(target: Path, output: Output) -> Preset:
    """The preset that a target's suffix asks for. Raises OutputError where none fits `output`."""
    suffix = "" if target.is_dir() else target.suffix.lower()
    if suffix not in BY_SUFFIX:
        known = ", ".join(filter(None, BY_SUFFIX))
        raise OutputError(f"{target}: unknown clip format; use {known}, or a folder for PNG files")
    preset = BY_SUFFIX[suffix]
    check_preset(preset, target, output)
    return preset


def check_preset(preset: Preset, target: Path, output: Output) -> None:
    """Raises OutputError when `preset` cannot go into `target` or would lose alpha silently."""
    if output is Output.RGBA and preset not in WITH_ALPHA:
        raise OutputError(
            f"{target}: preset {preset} carries no alpha; use a .mkv target (preset ffv1), "
            "a folder (preset png), or --output alpha"
        )
    suffix = target.suffix.lower()
    if preset is Preset.PNG:
        if suffix in CONTAINERS and not target.is_dir():
            raise OutputError(f"{target}: preset png writes a folder; give one as the target")
    elif suffix not in SUFFIXES[preset]:
        raise OutputError(f"{target}: preset {preset} needs {' or '.join(SUFFIXES[preset])}")


class _Sink(Protocol):
    """What takes the pixels: a clip or a folder."""

    notes: list[str]

    def write(self, frame: Frame, pixels: Pixels) -> None: ...

    def finish(self) -> None: ...

    def close(self) -> None: ...


class _Clip:
    """One video stream, and the source's sound beside it as the pictures proceed."""

    def __init__(self, target: Target, info: VideoInfo, settings: WriterSettings) -> None:
        self.notes: list[str] = []
        self._target, self._info, self._settings = target, info, settings
        self._reformatter = VideoReformatter()
        self._stream: VideoStream | None = None
        self._sound: Sound | None = None
        self._shift = 0  # pts
        self._container: OutputContainer = av.open(
            local_name(target.part),
            "w",
            format=CONTAINERS[target.final.suffix.lower()],
            options=_container_options(CONTAINERS[target.final.suffix.lower()], info),
        )

    def _begin(self, frame: Frame, pixels: Pixels) -> VideoStream:
        """Open the encoder for pixels like these; times begin at 0 where a start was asked for."""
        settings = self._settings
        stream = self._add_stream(pixels)
        stream.codec_context.time_base = frame.time_base
        self._shift = 0 if settings.start is None else frame.pts
        if settings.audio_from is not None:
            origin = self._info.start
            begin = None if settings.start is None else frame.pts * frame.time_base
            end = None if settings.end is None else origin + settings.end
            self._sound = Sound(settings.audio_from, self._container, start=begin, end=end)
            self._sound.begin(self._shift * frame.time_base)
        return stream

    def _add_stream(self, pixels: Pixels) -> VideoStream:
        settings = self._settings
        stream = self._container.add_stream(
            ENCODERS[settings.preset],
            rate=self._info.average_rate or Fraction(25),
            options=OPTIONS[settings.preset],
        )
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = pixels.shape[:2]
        stream.pix_fmt = _pixel_format(settings.preset, pixels)
        stream.codec_context.sample_aspect_ratio = self._info.sample_aspect
        stream.thread_count = settings.threads
        if settings.preset is Preset.H264:
            stream.colorspace = stream.color_primaries = stream.color_trc = BT709
            stream.color_range = LIMITED
        else:
            stream.color_range = FULL
        return stream

    def _note(self, line: str) -> None:
        if line not in self.notes:
            self.notes.append(line)

    def _note_matroska(self, frame: Frame) -> None:
        """What this container cannot hold; PyAV cannot set its display size."""
        aspect = self._info.sample_aspect
        if aspect != 1:
            ratio = f"{aspect.numerator}:{aspect.denominator}"
            self._note(f"pixels of aspect {ratio} are written as square ones into Matroska")
        if (frame.pts * frame.time_base * 1000).denominator != 1:
            self._note("times are rounded to 1 ms, the finest that Matroska holds")

    def write(self, frame: Frame, pixels: Pixels) -> None:
        if self._stream is None:
            self._stream = self._begin(frame, pixels)
        if self._target.final.suffix.lower() == ".mkv":
            self._note_matroska(frame)
        if pixels.shape[:2] != (self._stream.height, self._stream.width):
            raise OutputError(f"{self._target.final}: frames of different sizes")
        if self._sound is not None:
            self._sound.advance(frame.pts * frame.time_base)
        picture = from_pixels(pixels, self._stream.pix_fmt or "", self._reformatter)
        picture.pts = frame.pts - self._shift
        picture.time_base = frame.time_base
        rate = self._info.average_rate
        picture.duration = max(1, round(1 / (rate * frame.time_base))) if rate else 0
        self._container.mux(self._stream.encode(picture))

    def finish(self) -> None:
        """Flush the encoder, then the rest of the sound, then the container's index."""
        if self._stream is not None:
            self._container.mux(self._stream.encode(None))
        if self._sound is not None:
            self._sound.finish()
            self.notes += self._sound.notes
        self._container.close()

    def close(self) -> None:
        if self._sound is not None:
            self._sound.close()
        self._container.close()


def _container_options(container: str, info: VideoInfo) -> dict[str, str]:
    """Times stay as they are, below 0 too; a late start is held as finely as the tracks are."""
    options = {"avoid_negative_ts": "disabled"}
    ticks = math.lcm(info.time_base.denominator, info.audio_rate or 1)
    if container != "matroska" and ticks <= MAX_MOVIE_TIMESCALE:
        options["movie_timescale"] = str(ticks)
    return options


def _pixel_format(preset: Preset, pixels: Pixels) -> str:
    """4:2:0 needs even sizes; odd ones are kept whole by 4:4:4 rather than cropped or padded."""
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if preset is Preset.FFV1:
        return {1: "gray", 3: "bgr0", 4: "bgra"}[channels]
    if channels == 4:
        raise OutputError(f"preset {preset} carries no alpha")
    is_even = pixels.shape[0] % 2 == 0 and pixels.shape[1] % 2 == 0
    return "yuv420p" if is_even else "yuv444p"


class VideoWriter:
    """Writes a clip under a temporary name; a clean end of the `with` block gives it its own.

    Presets: h264 (4:2:0, BT.709 limited range, tagged; 4:4:4 for odd sizes, which fewer players
    open), ffv1 (without loss, alpha exact, Matroska: times are rounded to 1 ms), png (a folder).
    pts are those of the source, or count from the first frame where `start` is set; sound keeps
    its offset. `notes` says what could not be kept. Raises OutputError when the target exists,
    cannot be written or cannot carry the output.
    """

    def __init__(self, target: Path, info: VideoInfo, settings: WriterSettings) -> None:
        check_preset(settings.preset, target, settings.output)
        self._target = Target(
            target, overwrite=settings.overwrite, is_folder=settings.preset is Preset.PNG
        )
        self._frames = 0
        try:
            self._sink = self._open(info, settings)
        except BaseException:
            self._target.discard()
            raise

    def _open(self, info: VideoInfo, settings: WriterSettings) -> _Sink:
        if settings.preset is Preset.PNG:
            return PngFolder(self._target, has_sound=settings.audio_from is not None)
        with ffmpeg_errors(OutputError, self._target.final):
            return _Clip(self._target, info, settings)

    @property
    def notes(self) -> list[str]:
        """What a person should know; complete after the `with` block."""
        return self._sink.notes

    def write(self, frame: Frame, pixels: Pixels) -> None:
        """Append `pixels`, uint8 (H, W), (H, W, 3) or (H, W, 4), at the time of `frame`."""
        with ffmpeg_errors(OutputError, self._target.final), output_errors(self._target.final):
            self._sink.write(frame, pixels)
        self._frames += 1

    def __enter__(self) -> "VideoWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        final = self._target.final
        try:
            if error is None:
                if not self._frames:
                    raise InputError(f"{final}: no frame to write")
                with ffmpeg_errors(OutputError, final):
                    self._sink.finish()
                self._target.publish()
        finally:
            self._abandon()

    def _abandon(self) -> None:
        """Close what is open and remove the temporary file; after `publish` there is none."""
        try:
            self._sink.close()
        except (av.error.FFmpegError, OSError) as error:
            self.notes.append(f"closing: {error}")
        self._target.discard()
