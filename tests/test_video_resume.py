"""An interrupted run goes on and ends as if nothing had happened."""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from hashlib import md5
from pathlib import Path

import av
import numpy as np
import pytest
from clip_writing import audio_packets, pixels_of
from clips import Clip, write_clip

from pamcli import images
from pamcli.frame import Frame, Rgb
from pamcli.part_folder import folder_of
from pamcli.settings import Output, Preset
from pamcli.video_read import probe
from pamcli.video_write import PART_FRAMES, VideoWriter, WriterSettings

PROGRAM = "from pamcli.cli.main import main; main()"
FRAMES = 300
KILLS = 10


def swinging(number: int, height: int, width: int) -> Rgb:
    """A red disc that swings before a ground with stripes."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    stripes = 90 + 40 * np.sin(x / 9) * np.cos(y / 11)
    centre = width / 2 + width / 5 * np.sin(number / 20)
    alpha = np.clip((height / 4 - np.hypot(x - centre, y - height / 2)) / 3, 0, 1)[..., None]
    ground = np.stack([stripes * 0.6, stripes, stripes * 0.8], axis=-1)
    return np.asarray(ground + alpha * (np.array((210, 50, 40), np.float32) - ground), np.uint8)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 frames at irregular times, with sound."""
    times = tuple(3003 * n + 400 * (n % 3) for n in range(FRAMES))
    clip = Clip(size=(64, 96), times=times, audio="aac", picture=swinging)
    return write_clip(tmp_path_factory.mktemp("resume") / "source.mp4", clip)


@pytest.fixture(scope="module")
def mask(source: Path) -> Path:
    """The disc in the middle of its way."""
    y, x = np.mgrid[0:64, 0:96]
    inside = np.hypot(x - 48, y - 32) < 16
    images.write_png(source.with_name("mask.png"), np.where(inside, 255, 0).astype(np.uint8))
    return source.with_name("mask.png")


def command(source: Path, target: Path, *more: str | Path) -> list[str]:
    words = ["video", source, "-o", target, "-q", *more]
    return [sys.executable, "-c", PROGRAM, *map(str, words)]


def frames_of(clip: Path) -> list[tuple[Fraction, bytes]]:
    """(time in seconds, pixels) of every frame, as stored."""
    with av.open(str(clip)) as container:
        return [
            (Fraction((f.pts or 0) * (f.time_base or 1)), f.to_ndarray(format="gray").tobytes())
            for f in container.decode(video=0)
        ]


TARGETS = [
    ("a.mp4", Preset.H264, Output.COMPOSITE),
    ("a.mkv", Preset.FFV1, Output.RGBA),
    ("a.mov", Preset.PRORES4444, Output.RGBA),
    ("a.mov", Preset.QTRLE, Output.RGBA),
    ("a.webm", Preset.WEBM, Output.RGBA),
    ("a.apng", Preset.APNG, Output.RGBA),
    ("a.mp4", Preset.MATTE, Output.RGBA),
    ("a", Preset.PNG, Output.RGBA),
]


TICKS = {
    Preset.FFV1: Fraction(1, 1000),
    Preset.WEBM: Fraction(1, 1000),
    Preset.APNG: Fraction(1, 100_000),  # as FFmpeg reads it
}
"""How finely times are held, where not exactly."""


def write(
    writer: VideoWriter, frames: Iterator[Frame], output: Output, until: int | None = None
) -> None:
    done = list(writer.done_frames())
    for frame in frames:
        if frame.pts in {pts for pts, _ in done}:
            continue
        if frame.pts == until:
            raise KeyError("interrupted")
        memory = np.full((2, 3), frame.pts, np.float32)
        writer.write(frame, pixels_of(frame, output), memory)


def moving(count: int) -> Iterator[Frame]:
    for number in range(count):
        yield Frame(swinging(number, 16, 32), 3 * number + number % 2, Fraction(1, 75))


def contents(folder: Path) -> dict[str, list[tuple[Fraction | int, str]]]:
    """What every file of a folder shows, and when."""
    found: dict[str, list[tuple[Fraction | int, str]]] = {}
    for file in sorted(folder.rglob("*")):
        if file.suffix == ".png":
            found[file.name] = [(0, md5(file.read_bytes()).hexdigest())]
        elif file.is_file():
            with av.open(str(file)) as container:
                found[file.name] = [
                    (
                        (f.pts or 0) * (f.time_base or 1),
                        md5(f.to_ndarray(format="rgba").tobytes()).hexdigest(),
                    )
                    for f in container.decode(video=0)
                ]
    return found


@pytest.mark.parametrize(("name", "preset", "output"), TARGETS)
def test_a_resumed_writer_ends_as_an_uninterrupted_one(
    source: Path, tmp_path: Path, name: str, preset: Preset, output: Output
) -> None:
    info = replace(probe(source), average_rate=Fraction(25), time_base=Fraction(1, 75))
    settings = WriterSettings(preset=preset, output=output, identity={"run": "one"})
    for folder in ("whole", "resumed"):
        (tmp_path / folder).mkdir()
    with VideoWriter(tmp_path / "whole" / name, info, settings) as writer:
        write(writer, moving(130), output)
    target = tmp_path / "resumed" / name
    for until in (3 * 10, 3 * 61 + 1, 3 * 128):
        with (
            pytest.raises(KeyError, match="interrupted"),
            VideoWriter(target, info, replace(settings, resume=True)) as writer,
        ):
            write(writer, moving(130), output, until)
        assert not target.exists()
    with VideoWriter(target, info, replace(settings, resume=True)) as writer:
        assert writer.resumed == 2 * PART_FRAMES
        remembered = [None if m is None else float(m[1, 2]) for _, m in writer.done_frames()]
        assert remembered == [float(frame.pts) for frame in moving(2 * PART_FRAMES)]
        write(writer, moving(130), output)
    whole = contents(tmp_path / "whole")
    assert contents(tmp_path / "resumed") == whole
    shown = [time for clip in whole.values() for time, _ in clip]
    if preset is Preset.PNG:
        assert len(shown) == 130
    else:
        times = [frame.pts * frame.time_base for frame in moving(130)]
        step = TICKS.get(preset)
        if step is not None:
            times = [Fraction(round(time / step)) * step for time in times]
        files = 2 if preset is Preset.MATTE else 1
        assert shown == times * files


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("hint", ["--mask", "--key-mask"])
def test_killed_at_random_a_clip_comes_out_as_uninterrupted(
    source: Path, mask: Path, tmp_path: Path, hint: str
) -> None:
    given = ["--mask", mask] if hint == "--mask" else ["--key-mask", f"0={mask}"]
    began = time.monotonic()
    subprocess.run(command(source, tmp_path / "whole.mp4", *given), check=True, timeout=300)
    whole, lasted = frames_of(tmp_path / "whole.mp4"), time.monotonic() - began
    chance, interrupted = random.Random(1), 0
    while interrupted < KILLS:
        target = tmp_path / f"killed_{interrupted}.mp4"
        running = subprocess.Popen(command(source, target, *given))
        time.sleep(chance.uniform(0.1, 0.95) * lasted)
        running.kill()
        running.wait()
        if target.exists():  # it was quicker than the first run
            lasted *= 0.8
            target.unlink()
            continue
        subprocess.run(
            command(source, target, "--resume", "--overwrite", *given), check=True, timeout=300
        )
        assert frames_of(target) == whole, f"interruption number {interrupted}"
        assert audio_packets(target) == audio_packets(tmp_path / "whole.mp4")
        assert not folder_of(target).exists()
        interrupted += 1
