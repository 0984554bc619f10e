"""A clip cut into stretches is the clip that one run writes, to the bit."""

import zlib
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from batches import SETTINGS, contents, disc, write_trimap
from clips import Clip, write_clip

from pamcli import images, video_job
from pamcli.batch_settings import BatchSettings
from pamcli.batch_stretch import Made, Spread, Stretch, cut, matte_cut, matte_stretch
from pamcli.engine import Engine
from pamcli.errors import InputError
from pamcli.frame import Frame, Rgb
from pamcli.models import load_model
from pamcli.part_folder import folder_of
from pamcli.settings import HintSettings, Output, Precision, Preset
from pamcli.video_info import ReadReport
from pamcli.video_job import OpenEngine, VideoJob
from pamcli.video_read import probe

FRAMES = 130
GREEN = (30, 180, 60)


@pytest.fixture(scope="module")
def engines() -> OpenEngine:
    engine = Engine(load_model(), precision=Precision.F32, threads=1)
    return lambda precision, threads: engine


def before_green(number: int, height: int, width: int) -> Rgb:
    """A disc that moves, before a green screen that is brown in the later frames' corner."""
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.full((height, width, 3), GREEN, np.uint8)
    rgb[np.hypot(y - height / 2, x - width / 2 - number % 9) < height / 4] = 200, 150, 140
    return rgb


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two parts and ten frames, at irregular times that don't begin at 0, with sound."""
    times = tuple(7200 + 3600 * n + 7 * (n % 3) for n in range(FRAMES))
    folder = tmp_path_factory.mktemp("stretch")
    write_trimap(folder / "trimap.png")
    write_clip(folder / "green.mp4", Clip(times=times, picture=before_green, gop=50))
    write_clip(folder / "ground.mp4", Clip(times=range(0, 40 * 3600, 3600)))
    return write_clip(folder / "clip.mp4", Clip(times=times, audio="aac", picture=disc, gop=25))


def job_of(source: Path, target: Path, settings: BatchSettings, hint: HintSettings) -> VideoJob:
    return settings.video_job(probe(source), target, hint, resume=False)


def here(job: VideoJob, engines: OpenEngine) -> Spread:
    """Each stretch in this process, the last first as far as two are in hand."""

    def spread(stretches: Iterator[Stretch]) -> Iterator[Made]:
        for stretch in stretches:
            after = next(stretches, None)
            later = None if after is None else matte_stretch(job, after, engines)
            yield matte_stretch(job, stretch, engines)
            if later is not None:
                yield later

    return spread


@pytest.mark.parametrize(
    ("wishes", "kind", "name"),
    [
        ({}, "trimap", "clip.mp4"),
        ({"output": Output.RGBA, "preset": Preset.PRORES4444}, "subject", "clip.mp4"),
        ({"output": Output.RGBA, "preset": Preset.MATTE}, "mask", "clip.mp4"),
        ({"output": Output.RGBA, "preset": Preset.PNG}, "trimap", "clip.mp4"),
        (
            {"output": Output.FOREGROUND, "despill": 0.7, "preset": Preset.PRORES4444},
            "key",
            "green.mp4",
        ),
        ({"output": Output.COMPOSITE, "background": "ground.mp4"}, "trimap", "clip.mp4"),
    ],
)
def test_the_clip_is_that_of_one_run(
    clip: Path, tmp_path: Path, engines: OpenEngine, wishes: dict[str, object], kind: str, name: str
) -> None:
    folder = clip.parent
    if "background" in wishes:
        wishes = {**wishes, "background": str(folder / str(wishes["background"]))}
    hints = {
        "trimap": HintSettings(trimap=folder / "trimap.png"),
        "mask": HintSettings(mask=folder / "trimap.png"),
        "key": HintSettings(key="auto"),
        "subject": HintSettings(),
    }
    settings = replace(SETTINGS, **wishes)  # type: ignore[arg-type]
    suffix = settings.clip_suffix
    for place in ("whole", "cut"):
        (tmp_path / place).mkdir()
    whole = job_of(folder / name, tmp_path / "whole" / f"clip{suffix}", settings, hints[kind])
    expected = video_job.run(whole, engines=engines)
    job = job_of(folder / name, tmp_path / "cut" / f"clip{suffix}", settings, hints[kind])
    report = matte_cut(job, here(job, engines))
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole") != {}
    assert not folder_of(job.output.target).exists()
    assert {**report.figures(), "seconds": 0, "fps": 0} == {
        **expected.figures(),
        "seconds": 0,
        "fps": 0,
    }
    assert report.warnings(Fraction(0)) == expected.warnings(Fraction(0))


def test_it_goes_on_with_the_parts_of_one_run_and_the_other_way_round(
    clip: Path, tmp_path: Path, engines: OpenEngine
) -> None:
    hint = HintSettings(trimap=clip.with_name("trimap.png"))
    for place in ("whole", "cut", "one"):
        (tmp_path / place).mkdir()

    def job_at(place: str, *, resume: bool = False) -> VideoJob:
        return SETTINGS.video_job(probe(clip), tmp_path / place / "c.mp4", hint, resume=resume)

    def interrupt(frames: int) -> None:
        if frames == 65:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        video_job.run(job_at("cut"), interrupt, engines=engines)
    going_on = job_at("cut", resume=True)
    report = matte_cut(going_on, here(going_on, engines))
    assert (report.resumed, report.frames, report.done) == (60, 70, 130)

    def fail(stretches: Iterator[Stretch]) -> Iterator[Made]:
        yield matte_stretch(job_at("one"), next(stretches), engines)
        raise InputError("a node is gone")

    with pytest.raises(InputError, match=r"a node is gone .60 frames are kept"):
        matte_cut(job_at("one"), fail)
    assert video_job.run(job_at("one", resume=True), engines=engines).resumed == 60
    video_job.run(job_at("whole"), engines=engines)
    whole = contents(tmp_path / "whole")
    assert contents(tmp_path / "cut") == contents(tmp_path / "one") == whole != {}


def test_a_clip_that_tells_no_times_is_read_from_its_beginning(
    tmp_path: Path, engines: OpenEngine
) -> None:
    trimap = write_trimap(tmp_path / "t.png")
    source = write_clip(
        tmp_path / "bare.h264",
        Clip(container="h264", times=range(0, 70 * 3600, 3600), picture=disc),
    )
    for place in ("whole", "cut"):
        (tmp_path / place).mkdir()
    hint = HintSettings(trimap=trimap)
    video_job.run(job_of(source, tmp_path / "whole" / "c.mp4", SETTINGS, hint), engines=engines)
    job = job_of(source, tmp_path / "cut" / "c.mp4", SETTINGS, hint)
    assert matte_cut(job, here(job, engines)).done == 70
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole") != {}


def test_a_source_that_has_changed_is_told(clip: Path, tmp_path: Path, engines: OpenEngine) -> None:
    job = job_of(clip, tmp_path / "c.mp4", SETTINGS, HintSettings())
    folder_of(job.output.target).mkdir()
    packed = zlib.compress(bytes(48 * 64))
    stretch = Stretch(number=1, times=(7200, 7201), trimaps=(packed, packed), is_sought=True)
    with pytest.raises(InputError, match="gives other frames than before"):
        matte_stretch(job, stretch, engines)


def test_frames_behind_damage_are_read_from_the_beginning() -> None:
    size = 8, 8
    frames = [Frame(np.zeros((*size, 3), np.uint8), n, Fraction(1, 25)) for n in range(120)]
    read = ReadReport()

    def hinted() -> Iterator[tuple[Frame, Rgb]]:
        for frame in frames:
            read.damaged += frame.pts == 70
            yield frame, np.zeros(size, np.uint8)

    assert [s.is_sought for s in cut(hinted(), (), read)] == [True, False]
    assert [s.number for s in cut(hinted(), range(60), ReadReport())] == [1]
    with pytest.raises(InputError, match="other frames than before"):
        list(cut(hinted(), range(1, 61), ReadReport()))
    with pytest.raises(InputError, match="other frames than before"):
        list(cut(hinted(), range(180), ReadReport()))


def test_pictures_of_a_stretch_take_next_to_no_room(clip: Path) -> None:
    trimap = images.read_gray(clip.with_name("trimap.png"))
    frame = Frame(np.zeros((*trimap.shape, 3), np.uint8), 0, Fraction(1, 25))
    (stretch,) = cut(iter([(frame, trimap)]), (), ReadReport())
    assert len(stretch.trimaps[0]) < trimap.size / 10
