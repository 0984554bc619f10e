"""Folders of stills as clips: order, rate, sizes, depth."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import number_of, numbered

from pamcli.errors import InputError, UsageError
from pamcli.images import write_png, write_rgb
from pamcli.still_names import natural_order
from pamcli.video_read import ReadReport, probe, read_frames


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """12 stills, of which names in plain order would put 10 and 11 behind 1."""
    for number in range(12):
        write_png(tmp_path / f"shot_{number}.png", numbered(number))
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "._shot_3.png").write_bytes(b"what a Mac leaves beside a file")
    return tmp_path


def test_pictures_come_in_natural_order_25_a_second_and_that_is_said(folder: Path) -> None:
    report = ReadReport()
    frames = list(read_frames(folder, report=report))
    assert [number_of(f.rgb) for f in frames] == list(range(12))
    assert [f.pts * f.time_base for f in frames] == [Fraction(n, 25) for n in range(12)]
    assert all(np.array_equal(f.rgb, numbered(n)) for n, f in enumerate(frames))
    assert report.frames == 12
    assert report.notes() == ["a folder of pictures, taken as 25 frames a second"]


def test_a_rate_gives_exact_times_and_nothing_is_said(folder: Path) -> None:
    report = ReadReport()
    ntsc = Fraction(24_000, 1001)
    frames = list(read_frames(folder, rate=ntsc, report=report))
    assert [f.pts * f.time_base for f in frames] == [n / ntsc for n in range(12)]
    assert report.notes() == []


def test_probe_describes_the_folder(folder: Path) -> None:
    info = probe(folder, Fraction(10))
    assert (info.width, info.height, info.frames, info.codec) == (64, 48, 12, "stills")
    assert (info.average_rate, info.duration) == (Fraction(10), Fraction(12, 10))
    assert info.start == 0
    assert (info.audio, info.interlaced, info.hdr, info.rotation) == (False, False, None, 0)
    assert info.asked_rate == 10
    assert probe(folder).asked_rate is None


def test_start_and_end_are_exact(folder: Path) -> None:
    cut = list(read_frames(folder, start=Fraction(3, 10), end=Fraction(6, 10), rate=Fraction(10)))
    assert [number_of(f.rgb) for f in cut] == [3, 4, 5]
    assert [f.pts for f in cut] == [3, 4, 5]
    with pytest.raises(InputError, match="no frame in that time"):
        list(read_frames(folder, start=Fraction(60)))


def test_another_size_is_an_error_that_names_the_file(folder: Path) -> None:
    write_png(folder / "shot_7.png", numbered(7, 48, 80))
    taken: list[int] = []
    with pytest.raises(InputError) as caught:
        taken.extend(f.pts for f in read_frames(folder))
    assert str(caught.value) == (
        f"{folder / 'shot_7.png'}: 80x48 pixels, but the pictures before it have 64x48"
    )


def test_a_folder_without_pictures_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    for use in (probe, lambda source: list(read_frames(source))):
        with pytest.raises(InputError, match=f"^{tmp_path}: no pictures in this folder$"):
            use(tmp_path)


def test_a_damaged_picture_is_an_error_that_names_it(folder: Path) -> None:
    (folder / "shot_5.png").write_bytes(b"not a picture")
    with pytest.raises(InputError, match=r"shot_5\.png: damaged"):
        list(read_frames(folder))


def test_deep_and_mixed_stills_become_8_bit(tmp_path: Path) -> None:
    deep = np.linspace(0, 65_535, 48 * 64 * 3).reshape(48, 64, 3).astype(np.uint16)
    write_png(tmp_path / "1.png", deep)
    write_rgb(tmp_path / "2.tif", numbered(2))
    frames = list(read_frames(tmp_path))
    assert np.abs(frames[0].rgb - deep / 257).max() <= 0.5001
    assert np.array_equal(frames[1].rgb, numbered(2))


def test_a_rate_that_makes_no_sense_is_wrong_usage(folder: Path, sound_clip: Path) -> None:
    with pytest.raises(UsageError, match="it must be above 0"):
        probe(folder, Fraction(0))
    with pytest.raises(UsageError, match="tells its times itself"):
        probe(sound_clip, Fraction(25))


def test_digits_of_any_script_sort_and_superscripts_are_text() -> None:
    names = ["take10.png", "take2.png", "take²1.png", "take٣.png"]
    ordered = sorted(map(Path, names), key=natural_order)
    assert [path.name for path in ordered][:3] == ["take2.png", "take٣.png", "take10.png"]
