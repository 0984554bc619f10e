"""What an evaluation reads: layouts, order of frames, bands and what is refused."""

import itertools
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import Clip as ClipFile
from clips import write_clip
from evaluations import disc, picture_of, trimap_of, write_clip_folders, write_gray, write_still

from pamcli import evaluate_data as data
from pamcli import images
from pamcli.errors import InputError, UsageError
from pamcli.frame import Frame, Rgb
from pamcli.trimap import from_mask
from pamcli.video_read import read_frames

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
TIMES = (0, 3600, 7200)


def moving(number: int, height: int, width: int) -> Rgb:
    return picture_of(disc(height, width, 2.0 * number))


def moving_alpha(number: int, height: int, width: int) -> Rgb:
    return np.dstack([np.rint(disc(height, width, 2.0 * number) * 255).astype(np.uint8)] * 3)


def lossless(target: Path, times: tuple[int, ...] = TIMES, **more: object) -> Path:
    clip = ClipFile(times=times, codec="ffv1", pixel_format="bgr0", **more)  # type: ignore[arg-type]
    return write_clip(target, clip)


def test_stills_and_clips_are_told_apart_and_counted(tmp_path: Path) -> None:
    write_still(tmp_path / "b_still")
    write_clip_folders(tmp_path / "a_clip", trimaps=True)
    (tmp_path / "neither").mkdir()
    (tmp_path / "notes.txt").write_text("not a folder")
    found = data.find_dataset(tmp_path)
    assert [still.name for still in found.stills] == ["b_still"]
    (clip,) = found.clips
    assert (clip.name, clip.frames.name, clip.alpha.name) == ("a_clip", "frames", "alpha")
    assert clip.trimap == tmp_path / "a_clip" / "trimap"
    assert found.pictures() == 4


def test_an_unknown_number_of_frames_is_said_to_be_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_clip_folders(tmp_path / "clip")
    monkeypatch.setattr(data, "_length", lambda source: None)
    assert data.find_dataset(tmp_path).pictures() is None


def test_a_still_comes_with_its_alpha_in_unit_range(tmp_path: Path) -> None:
    still = data.read_still(write_still(tmp_path / "disc"))
    assert np.array_equal(still.truth, disc()) and still.truth.dtype == np.float32
    assert np.array_equal(still.trimap, trimap_of(disc()))
    assert np.array_equal(still.frame.rgb, picture_of(disc()))


def test_videos_and_folders_of_one_clip_are_matched_by_order(tmp_path: Path) -> None:
    folder = write_clip_folders(tmp_path / "clip", trimaps=True)
    for number in range(3):
        (folder / "frames" / f"{number}.png").unlink()
    (folder / "frames").rmdir()
    lossless(folder / "frames.mkv", times=(0, 9000, 90_000), picture=moving)
    notes: list[str] = []
    (clip,) = data.find_dataset(tmp_path).clips
    samples = list(data.read_clip(clip, notes))
    assert len(samples) == 3 and notes == []
    for number, sample in enumerate(samples):
        truth = disc(shift=2.0 * number)
        assert np.array_equal(sample.truth, truth)
        assert np.array_equal(sample.frame.rgb, picture_of(truth))
        assert np.array_equal(sample.trimap, trimap_of(truth))


def test_ten_comes_after_two(tmp_path: Path) -> None:
    folder = write_clip_folders(tmp_path / "clip", frames=11)
    (clip,) = data.find_dataset(folder.parent).clips
    for number, sample in enumerate(data.read_clip(clip, [])):
        assert np.array_equal(sample.truth, disc(shift=2.0 * number))


def test_a_missing_trimap_is_made_from_the_alpha(tmp_path: Path) -> None:
    folder = write_clip_folders(tmp_path / "clip")
    (clip,) = data.find_dataset(folder.parent).clips
    first = next(data.read_clip(clip, []))
    assert np.array_equal(first.trimap, from_mask(disc(), 3.0))
    soft = (first.truth > 0.06) & (first.truth < 0.94)
    assert (first.trimap[soft] == 128).all()


def test_a_clip_is_read_frame_by_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alive: list[int] = []

    def endless(source: Path, report: object) -> Iterator[Frame]:
        for number in itertools.count():
            alive.append(number)
            yield Frame(picture_of(disc()), number, Fraction(1, 25))

    write_clip_folders(tmp_path / "clip")
    (clip,) = data.find_dataset(tmp_path).clips
    monkeypatch.setattr(data, "_frames", endless)
    samples = data.read_clip(clip, [])
    for _ in range(4):
        next(samples)
    samples.close()
    assert max(alive) == 3


def test_the_sample_clip_can_be_evaluated(tmp_path: Path) -> None:
    folder = tmp_path / "clip"
    for name, source in (
        ("frames", "clip.mp4"),
        ("alpha", "clip_alpha.mkv"),
        ("trimap", "clip_trimap.mkv"),
    ):
        (folder / name).mkdir(parents=True)
        for number, frame in enumerate(read_frames(SAMPLES / source, end=Fraction(1, 10))):
            images.write_png(folder / name / f"{number}.png", np.ascontiguousarray(frame.rgb))
    (clip,) = data.find_dataset(tmp_path).clips
    samples = list(data.read_clip(clip, []))
    assert len(samples) == 3
    assert all(sample.truth.shape == sample.trimap.shape == (720, 1280) for sample in samples)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("empty", "no still and no clip"),
        ("no alpha", "frames without an alpha"),
        ("twice", "alpha and alpha.mkv: keep one"),
        ("missing", "no such folder"),
    ],
)
def test_a_layout_that_cannot_be_used_is_named(tmp_path: Path, damage: str, said: str) -> None:
    folder = tmp_path / "set"
    if damage != "missing":
        folder.mkdir()
    if damage == "no alpha":
        (folder / "clip" / "frames").mkdir(parents=True)
    if damage == "twice":
        write_clip_folders(folder / "clip")
        (folder / "clip" / "alpha.mkv").touch()
    with pytest.raises(InputError, match=said) as raised:
        data.find_dataset(folder)
    assert str(folder) in str(raised.value)


def test_a_still_whose_files_do_not_fit_is_named(tmp_path: Path) -> None:
    folder = write_still(tmp_path / "disc")
    write_gray(folder / "alpha.png", disc(20, 30))
    with pytest.raises(InputError, match=r"alpha\.png: 30x20, but the picture is 64x48"):
        data.read_still(folder)
    images.write_png(folder / "trimap.png", np.zeros((48, 64), np.uint8))
    with pytest.raises(InputError, match=r"trimap\.png: no unknown pixel"):
        data.read_still(folder)


@pytest.mark.parametrize("short", ["frames", "alpha", "trimap"])
def test_streams_of_different_lengths_are_refused(tmp_path: Path, short: str) -> None:
    folder = write_clip_folders(tmp_path / "clip", trimaps=True)
    (folder / short / "2.png").unlink()
    (clip,) = data.find_dataset(tmp_path).clips
    with pytest.raises(InputError, match="2 frames, but") as raised:
        list(data.read_clip(clip, []))
    assert str(raised.value).startswith(str(folder / short))


def test_an_empty_folder_of_frames_is_refused(tmp_path: Path) -> None:
    folder = write_clip_folders(tmp_path / "clip", frames=0)
    (clip,) = data.find_dataset(tmp_path).clips
    with pytest.raises(InputError, match="no pictures in this folder") as raised:
        list(data.read_clip(clip, []))
    assert str(folder) in str(raised.value)


def test_a_truncated_video_is_reported(tmp_path: Path, truncated_clip: Path) -> None:
    folder = tmp_path / "clip"
    folder.mkdir()
    for name in ("frames", "alpha"):
        (folder / f"{name}.mp4").write_bytes(truncated_clip.read_bytes())
    (clip,) = data.find_dataset(tmp_path).clips
    try:
        notes: list[str] = []
        list(data.read_clip(clip, notes))
    except InputError as error:
        notes = [str(error)]
    assert notes and str(folder) in notes[0]


@pytest.mark.parametrize("pixels", [0, 1, 3, 5])
def test_the_band_grows_by_the_distance_asked_for(pixels: int) -> None:
    trimap = trimap_of(disc(24, 32))
    rows, columns = np.nonzero(trimap == 128)
    slow = trimap.copy()
    for r, c in np.ndindex(*trimap.shape):
        if ((rows - r) ** 2 + (columns - c) ** 2).min() <= pixels**2:
            slow[r, c] = 128
    wide = data.widen_unknown(trimap, pixels)
    assert np.array_equal(wide, slow) and wide.dtype == np.uint8


def test_a_trimap_without_a_band_gets_none() -> None:
    known = np.full((8, 8), 255, np.uint8)
    assert np.array_equal(data.widen_unknown(known, 3), known)


def test_spoiling_changes_what_is_shown_only() -> None:
    rgb, trimap = picture_of(disc()), trimap_of(disc())
    nothing, both = data.Spoiling(), data.Spoiling(dilate=2, jpeg=20)
    assert np.array_equal(nothing.picture(rgb), rgb)
    assert np.array_equal(nothing.trimap(trimap), trimap)
    assert not np.array_equal(both.picture(rgb), rgb)
    assert cv2.countNonZero((both.trimap(trimap) == 128).astype(np.uint8)) > (trimap == 128).sum()
    assert (str(nothing), str(both)) == ("", ", band widened by 2 px, JPEG quality 20")


@pytest.mark.parametrize("values", [{"dilate": -1}, {"dilate": 5000}, {"jpeg": 0}, {"jpeg": 101}])
def test_spoiling_out_of_range_is_wrong_usage(values: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="is not within"):
        data.Spoiling(**values)
