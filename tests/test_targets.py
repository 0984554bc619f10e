"""Nothing half-made stays, and nothing of anyone's is lost."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clip_writing import audio_packets, copy_clip, files_limited_to, writer_settings
from clips import Clip, number_of, write_clip

from pamcli.errors import InputError, OutputError
from pamcli.frame import Frame
from pamcli.video_read import probe, read_frames
from pamcli.video_write import (
    VideoWriter,
)


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv", "out"])
def test_an_error_leaves_nothing_behind(sound_clip: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    with (
        pytest.raises(KeyError),
        VideoWriter(
            target, probe(sound_clip), writer_settings(target, audio_from=sound_clip)
        ) as writer,
    ):
        for frame in read_frames(sound_clip, end=Fraction(1, 2)):
            writer.write(frame, frame.rgb)
        raise KeyError("stopped")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv", "out"])
def test_the_final_name_appears_at_the_end(sound_clip: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    with VideoWriter(target, probe(sound_clip), writer_settings(target)) as writer:
        for frame in read_frames(sound_clip):
            writer.write(frame, frame.rgb)
            assert not target.exists()
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_no_frame_is_an_error_and_leaves_nothing(sound_clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    with (
        pytest.raises(InputError, match="no frame to write"),
        VideoWriter(target, probe(sound_clip), writer_settings(target)),
    ):
        assert not target.exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["out.mp4", "out"])
def test_an_existing_target_is_kept_unless_overwriting(
    sound_clip: Path, tmp_path: Path, name: str
) -> None:
    target = tmp_path / name
    copy_clip(sound_clip, target, writer_settings(target))
    with pytest.raises(OutputError) as caught:
        VideoWriter(target, probe(sound_clip), writer_settings(target))
    assert str(caught.value) == f"{target}: exists; --overwrite replaces it"
    copy_clip(sound_clip, target, writer_settings(target, overwrite=True, end=Fraction(1, 5)))
    count = len(list(target.iterdir())) if target.is_dir() else probe(target).frames
    assert count == 5
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_a_source_can_be_its_own_target(sound_clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "same.mp4"
    target.write_bytes(sound_clip.read_bytes())
    copy_clip(target, target, writer_settings(target, overwrite=True, audio_from=target))
    assert [number_of(f.rgb) for f in read_frames(target)] == list(range(20))
    assert audio_packets(target) == audio_packets(sound_clip)


def test_a_folder_with_other_files_is_never_replaced(sound_clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "pictures"
    target.mkdir()
    (target / "holiday.jpg").write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"holds other files \(holiday.jpg\)"):
        VideoWriter(target, probe(sound_clip), writer_settings(target, overwrite=True))
    assert (target / "holiday.jpg").read_bytes() == b"mine"


def test_an_empty_folder_is_filled(sound_clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "empty"
    target.mkdir()
    copy_clip(sound_clip, target, writer_settings(target))
    assert len(list(target.iterdir())) == 20


def test_targets_that_cannot_be_written_are_one_line(sound_clip: Path, tmp_path: Path) -> None:
    info = probe(sound_clip)
    (tmp_path / "file").write_bytes(b"")
    for target in (tmp_path / "nowhere" / "a.mp4", tmp_path / "file" / "a.mp4"):
        with pytest.raises(OutputError, match="no such folder"):
            VideoWriter(target, info, writer_settings(target))
    with pytest.raises(OutputError, match=r"^/proc/a\.mp4: "):
        VideoWriter(Path("/proc/a.mp4"), info, writer_settings(Path("/proc/a.mp4")))


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv", "out"])
def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (20, 96, 128, 3), dtype=np.uint8)
    source = write_clip(tmp_path / "source.mp4", Clip(size=(96, 128), times=(0,)))
    info, target = probe(source), tmp_path / "full" / name
    target.parent.mkdir()
    with (
        files_limited_to(20_000),
        pytest.raises(OutputError) as caught,
        VideoWriter(target, info, writer_settings(target)) as writer,
    ):
        for number, rgb in enumerate(noise):
            writer.write(Frame(rgb, number, Fraction(1, 25)), rgb)
    assert str(caught.value) == f"{target}: file too large"
    assert list(target.parent.iterdir()) == []
