"""Clips that the tests share, made when they are needed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from clips import FRAME_TIMES, VFR_TIMES, Clip, write_clip
from command_line import Run, runner

from pamcli.kept_files import VARIABLE


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests, and what they start, share compiled models among themselves, not with the user."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the clips that all tests share; they only read it."""
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="session")
def sound_clip(clips: Path) -> Path:
    """20 frames, 64x48, 25 frames a second, with AAC sound."""
    return write_clip(clips / "sound.mp4", Clip(audio="aac"))


@pytest.fixture(scope="session")
def vfr_clip(clips: Path) -> Path:
    """13 frames at the irregular VFR_TIMES, with AAC sound."""
    return write_clip(clips / "vfr.mp4", Clip(times=VFR_TIMES, audio="aac"))


@pytest.fixture(scope="session")
def odd_clip(clips: Path) -> Path:
    """8 frames of 67x49 pixels."""
    odd = Clip(size=(49, 67), pixel_format="yuv444p", times=FRAME_TIMES[:8])
    return write_clip(clips / "odd.mp4", odd)


@pytest.fixture(scope="session")
def truncated_clip(clips: Path, sound_clip: Path) -> Path:
    """The first half of an mp4 whose index stands at the end."""
    content = sound_clip.read_bytes()
    target = clips / "truncated.mp4"
    target.write_bytes(content[: len(content) // 2])
    return target


@pytest.fixture(scope="session")
def audio_only(clips: Path) -> Path:
    """A second of sound without pictures."""
    return write_clip(clips / "audio.mp4", Clip(times=(), audio="aac"))


@pytest.fixture(scope="session")
def timeless_clip(clips: Path) -> Path:
    """20 frames of bare H.264, which holds no times."""
    return write_clip(clips / "timeless.h264", Clip(container="h264"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `pamcli ARGUMENTS`."""
    return runner(monkeypatch, capsys)
