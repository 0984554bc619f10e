"""A clip cut into stretches that can be matted anywhere, joined as one run would have written it.

Whoever cuts decodes all frames and asks the hint, which keeps state from frame to frame; a stretch
takes its trimaps along. Nothing else of a frame depends on those before it.
"""

import time
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import count, dropwhile, islice
from secrets import token_hex

import numpy as np

from pamcli.appearance import Appearance
from pamcli.errors import InputError, OutputError
from pamcli.ffmpeg import ffmpeg_errors
from pamcli.frame import Frame, Matte, Trimap
from pamcli.hints import open_hint
from pamcli.pacing import pace_of
from pamcli.part_folder import Part, folder_of
from pamcli.part_writer import PartWriter
from pamcli.pixels import Pixels
from pamcli.prefetch import prefetch
from pamcli.spill import AUTO
from pamcli.targets import output_errors
from pamcli.video_job import OpenEngine, VideoJob, appearance_of, frames_of, writer_settings
from pamcli.video_read import ReadReport, read_frames
from pamcli.video_report import VideoReport
from pamcli.video_stages import DEPTH, Found, find_alphas, hinted
from pamcli.video_write import PART_FRAMES, VideoWriter, open_part


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Frames that become one part of the target."""

    number: int  # of the part, from 0 on
    times: tuple[int, ...]  # pts of the frames
    trimaps: tuple[bytes, ...]  # one for each frame, packed: some 10 kB of 1080p
    is_sought: bool  # its frames come out the same when decoding begins at a key frame before them


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A stretch as it was written."""

    part: Part
    report: VideoReport


Spread = Callable[[Iterator[Stretch]], Iterator[Made]]
"""Has each stretch matted by `matte_stretch`, anywhere, and gives what was made in their order."""


def matte_cut(job: VideoJob, spread: Spread) -> VideoReport:
    """Matte a clip as `video_job.run` does, all but decoding and hints left to `spread`.

    job: with a precision that is not auto, C_c chosen without a clock and a hint that learns from
    no matte. On machines of one kind the target is that of `video_job.run` to the bit, and either
    goes on with the parts of the other. Raises PamError.
    """
    report, began = VideoReport(), time.perf_counter()
    with (
        open_hint(job.hint, job.source, frames=job.frames) as hint,
        VideoWriter(
            job.output.target, job.info, writer_settings(job, job.runtime.precision)
        ) as writer,
        closing(frames_of(job, report.read)) as frames,
    ):
        assert not hint.learns and job.cost.fps is None
        report.resumed = report.done = writer.resumed
        done = [pts for pts, _ in writer.done_frames()]
        for made in spread(cut(hinted(frames, hint), done, report.read)):
            writer.adopt(made.part)
            _add(report, made.report)
        report.hinted = [*hint.notes(), *report.hinted]
    report.written = writer.notes
    report.seconds = time.perf_counter() - began
    return report


def cut(
    hinted_frames: Iterator[tuple[Frame, Trimap]], done: Sequence[int], read: ReadReport
) -> Iterator[Stretch]:
    """The stretches that are still to be matted.

    done: pts of the frames, whole parts of them, that an interrupted run has finished. read: what
    is known so far of the source. Raises InputError where its frames are not those of that run.
    """
    for number in count():
        held = [
            (frame.pts, zlib.compress(trimap.tobytes(), 1))
            for frame, trimap in islice(hinted_frames, PART_FRAMES)
        ]
        before = done[number * PART_FRAMES : (number + 1) * PART_FRAMES]
        times, trimaps = tuple(pts for pts, _ in held), tuple(packed for _, packed in held)
        if before and tuple(before) != times:
            raise InputError("cannot resume: the source gives other frames than before")
        if not held:
            return
        if not before:
            is_sought = not (read.skipped or read.damaged or read.retimed or read.container_errors)
            yield Stretch(number=number, times=times, trimaps=trimaps, is_sought=is_sought)


def _add(report: VideoReport, more: VideoReport) -> None:
    report.frames += more.frames
    report.done += more.frames
    report.constraints += more.constraints
    report.scales += more.scales
    report.empty += more.empty
    report.hinted += [line for line in more.hinted if line not in report.hinted]


def matte_stretch(job: VideoJob, stretch: Stretch, engines: OpenEngine) -> Made:
    """Matte one stretch of a clip into the folder of its parts, under names of its own.

    Raises InputError where the source gives other frames than the stretch names, OutputError and
    ModelError.
    """
    if stretch.is_sought and stretch.number:
        with suppress(InputError):  # such as times that only a run from the beginning can tell
            return _matte(job, stretch, engines, is_sought=True)
    return _matte(job, stretch, engines, is_sought=False)


def _matte(job: VideoJob, stretch: Stretch, engines: OpenEngine, *, is_sought: bool) -> Made:
    engine = engines(job.runtime.precision, job.runtime.threads)
    report, final, before = VideoReport(), job.output.target, stretch.number * PART_FRAMES
    settings = writer_settings(job, job.runtime.precision)
    writer = PartWriter(folder_of(final), f"part_{stretch.number:06d}_{token_hex(4)}")
    with (
        ffmpeg_errors(OutputError, final),
        output_errors(final),
        closing(writer),
        closing(appearance_of(job)) as appearance,
        closing(prefetch(_frames(job, stretch, is_sought=is_sought), DEPTH)) as known,
        closing(
            prefetch(find_alphas(known, engine, pace_of(job.cost, engine), report), DEPTH)
        ) as found,
        closing(prefetch(_drawn(found, job, stretch, appearance), DEPTH)) as drawn,
    ):
        for frame, pixels in drawn:
            if not writer.times:
                size = pixels.shape[0], pixels.shape[1]
                open_part(writer, final, job.info, settings, size, before)
            writer.write(frame.pts, pixels, None)
        report.hinted = appearance.spill.notes()
        return Made(part=writer.finish(), report=report)


def _frames(
    job: VideoJob, stretch: Stretch, *, is_sought: bool
) -> Generator[tuple[Frame, Trimap], None, None]:
    begin = stretch.times[0] * job.info.time_base - job.info.start
    start = begin if is_sought else None
    with closing(_read(job, start)) as frames:
        wanted = dropwhile(lambda frame: frame.pts < stretch.times[0], frames)
        for pts, packed in zip(stretch.times, stretch.trimaps, strict=True):
            frame = next(wanted, None)
            if frame is None or frame.pts != pts:
                raise InputError(f"{job.source}: gives other frames than before")
            trimap = np.frombuffer(zlib.decompress(packed), np.uint8)
            yield frame, trimap.reshape(frame.size)


def _read(job: VideoJob, start: Fraction | None) -> Generator[Frame, None, None]:
    return read_frames(job.source, start=start, deinterlace=job.deinterlace)


def _drawn(
    found: Iterator[Found], job: VideoJob, stretch: Stretch, appearance: Appearance
) -> Generator[tuple[Frame, Pixels], None, None]:
    if appearance.is_coloured and stretch.number:
        _look_at_first(job, appearance)
    for one in found:
        yield one.frame, appearance.pixels(one.matte(is_coloured=appearance.is_coloured))


def _look_at_first(job: VideoJob, appearance: Appearance) -> None:
    """The screen whose light is taken off is asked of the clip's first frame, by any stretch."""
    is_looked_for = job.output.despill or job.hint.key == AUTO
    if is_looked_for and job.hint.key in (None, AUTO):
        with closing(_read(job, None)) as frames:
            first = next(frames)
        nothing = np.zeros(first.size, np.float32)
        appearance.spill.off(Matte(first, nothing, first.rgb))
