"""Frames, their times and the source's other streams into a clip or a folder of pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType

from pamcli.errors import InputError, OutputError, PamError
from pamcli.ffmpeg import ffmpeg_errors
from pamcli.frame import Alpha, Frame
from pamcli.part_folder import Identity, Part, PartFolder
from pamcli.part_writer import PartWriter, recalled
from pamcli.pixels import Pixels
from pamcli.png_folder import gather
from pamcli.presets import Track, check_preset, files_of, tracks
from pamcli.settings import Output, Preset
from pamcli.targets import Target, output_errors
from pamcli.video_clock import USUAL_RATE
from pamcli.video_join import OtherStreams, Timeline, encode_whole, join
from pamcli.video_read import VideoInfo

PART_FRAMES = 60
"""Frames of a part: what a crash costs at most, and the distance of key frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterSettings:
    """How a clip is written."""

    preset: Preset
    output: Output
    overwrite: bool = False
    audio_from: Path | None = None  # the clip whose other streams are taken; None: none
    start: Fraction | None = None  # seconds after the source's first frame; times then begin at 0
    end: Fraction | None = None
    threads: int = 0  # of the encoder; 0: as many as it likes
    resume: bool = False  # go on with the finished parts of an interrupted run
    identity: Identity | None = None  # of the run; None: nothing of it is kept when it fails


class VideoWriter:
    """Writes a clip in parts; a clean end of the `with` block joins them under the final name.

    pts are those of the source, or count from the first frame where `start` is set; sound keeps
    its offset. `notes` says what could not be kept. Where the settings name an identity, finished
    parts outlive an error or a crash; a writer of the same identity that resumes goes on behind
    `done_frames`. Raises OutputError when the target exists, cannot be written or cannot carry the
    output.
    """

    def __init__(self, target: Path, info: VideoInfo, settings: WriterSettings) -> None:
        check_preset(settings.preset, target, settings.output)
        self.notes: list[str] = []
        self.is_partial = False  # set where frames are missing that a later run shall add
        self._final, self._info, self._settings = target, info, settings
        self._part: PartWriter | None = None
        self._size: tuple[int, int] | None = None
        self._time_base = info.time_base
        self._parts = PartFolder(
            target, settings.identity or {}, resume=settings.resume, overwrite=settings.overwrite
        )
        self._targets: list[Target] = []
        try:
            for final in files_of(settings.preset, target):
                self._targets.append(self._target(final))
        except BaseException:
            self._parts.close(keep=True)
            raise

    def _target(self, final: Path) -> Target:
        return Target(
            final,
            overwrite=self._parts.overwrite,
            is_folder=self._settings.preset is Preset.PNG,
            part=self._parts.folder / f"joined_{final.name}",
        )

    @property
    def resumed(self) -> int:
        """Frames that an interrupted run has finished."""
        return sum(len(part.times) for part in self._parts.parts)

    def done_frames(self) -> Iterator[tuple[int, Alpha | None]]:
        """pts of each of these, and what the hint has learnt of its matte, if it learns."""
        for part in tuple(self._parts.parts):
            memories = recalled(self._parts.folder, part)
            for index, pts in enumerate(part.times):
                yield pts, None if memories is None else memories[index]

    def write(self, frame: Frame, pixels: Pixels, memory: Alpha | None = None) -> None:
        """Append `pixels`, uint8 (H, W), (H, W, 3) or (H, W, 4), at the time of `frame`.

        memory: what the hint learns of the matte, float32 of a small size, for a later run.
        """
        if self._size not in (None, pixels.shape[:2]):
            raise OutputError(f"{self._final}: frames of different sizes")
        self._size, self._time_base = (pixels.shape[0], pixels.shape[1]), frame.time_base
        self._note_matroska(frame.pts)
        with ffmpeg_errors(OutputError, self._final), output_errors(self._final):
            if self._part is None:
                self._part = PartWriter(self._parts.folder, f"part_{len(self._parts.parts):06d}")
                open_part(
                    self._part, self._final, self._info, self._settings, self._size, self.resumed
                )
            self._part.write(frame.pts, pixels, memory)
            if len(self._part.times) == PART_FRAMES:
                part = self._part.finish()
                self._part = None
                self._parts.add(part)

    def adopt(self, part: Part) -> None:
        """Append a part that was written by itself, after `open_part`, in the folder of the parts.

        Raises OutputError.
        """
        for pts in part.times:
            self._note_matroska(pts)
        self._parts.add(part)

    def __enter__(self) -> "VideoWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        is_done = False
        try:
            if error is None:
                with ffmpeg_errors(OutputError, self._final), output_errors(self._final):
                    self._finish()
                is_done = not self.is_partial
            elif isinstance(error, PamError):
                self._advise(error)
        except PamError as failed:
            self._advise(failed)
            raise
        finally:
            self._abandon()
            self._parts.close(keep=self._settings.identity is not None and not is_done)

    def _advise(self, error: PamError) -> None:
        """Add to the one line of an error what is left to go on with."""
        kept = len(self._parts.times)
        if kept and self._settings.identity is not None:
            error.args = (f"{error} ({kept} frames are kept: --resume goes on with them)",)

    def _finish(self) -> None:
        parts = list(self._parts.parts)
        if self._part is not None:
            parts.append(self._part.finish())
        if not parts:
            raise InputError(f"{self._final}: no frame to write")
        if self._settings.preset is Preset.PNG:
            self._gather(parts)
        else:
            self._join(parts)
        if self.is_partial:
            self._parts.may_replace()
        for target in self._targets:
            target.publish()

    def _gather(self, parts: Sequence[Part]) -> None:
        gather((self._parts.folder / part.files[0] for part in parts), self._targets[0].part)
        if self._settings.audio_from is not None and self._info.audio:
            self.notes.append("a folder of PNG files holds no sound")

    def _join(self, parts: Sequence[Part]) -> None:
        timeline = self._timeline([pts for part in parts for pts in part.times])
        size = self._size or (self._info.height, self._info.width)  # no frame came through here
        for index, track in enumerate(_tracks(self._final, self._info, self._settings, size)):
            files = [self._parts.folder / part.files[index] for part in parts]
            target = self._targets[index].part
            if track.final is None:
                said = join(files, target, track.parts, timeline, self._others(timeline))
            else:
                encode_whole(files, target, track.final, timeline)
                has_sound = self._settings.audio_from is not None and self._info.audio
                said = [f"{track.final.container} holds no sound"] if has_sound else []
            self.notes += [line for line in said if line not in self.notes]

    def _timeline(self, times: list[int]) -> Timeline:
        rate = self._info.average_rate or USUAL_RATE
        return Timeline(
            times=times,
            time_base=self._time_base,
            step=max(1, round(1 / (rate * self._time_base))),
            shift=0 if self._settings.start is None else times[0],
        )

    def _others(self, timeline: Timeline) -> OtherStreams | None:
        settings = self._settings
        if settings.audio_from is None:
            return None
        begin = None if settings.start is None else timeline.times[0] * timeline.time_base
        end = None if settings.end is None else self._info.start + settings.end
        if self.is_partial:
            last = timeline.times[-1] + timeline.step
            end = last * timeline.time_base
        return OtherStreams(
            source=settings.audio_from, start=begin, end=end, audio_rate=self._info.audio_rate
        )

    def _note_matroska(self, pts: int) -> None:
        """What this container cannot hold; PyAV cannot set its display size."""
        if self._final.suffix.lower() not in (".mkv", ".webm"):
            return
        aspect = self._info.sample_aspect
        if aspect != 1:
            ratio = f"{aspect.numerator}:{aspect.denominator}"
            self._note(f"pixels of aspect {ratio} are written as square ones into Matroska")
        if (pts * self._time_base * 1000).denominator != 1:
            self._note("times are rounded to 1 ms, the finest that Matroska holds")

    def _note(self, line: str) -> None:
        if line not in self.notes:
            self.notes.append(line)

    def _abandon(self) -> None:
        """Close what is open and remove what was not published."""
        if self._part is not None:
            self._part.close()
        for target in self._targets:
            target.discard()


def open_part(
    part: PartWriter,
    final: Path,
    info: VideoInfo,
    settings: WriterSettings,
    size: tuple[int, int],
    before: int,
) -> None:
    """Open the files of one part of `final`, for frames of `size` (height, width).

    before: frames of the clip that come before it. Raises what FFmpeg raises, and OutputError.
    """
    if settings.preset is Preset.PNG:
        part.open_pictures(final.name, before + 1)
        return
    rate = info.average_rate or USUAL_RATE
    for track in _tracks(final, info, settings, size):
        part.open_clip(track, size, rate, settings.threads)


def _tracks(
    final: Path, info: VideoInfo, settings: WriterSettings, size: tuple[int, int]
) -> tuple[Track, ...]:
    return tracks(settings.preset, final, settings.output, size, info.sample_aspect)
