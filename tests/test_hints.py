"""Each kind of hint on made clips, and each misuse as one clear line."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import FRAME_TIMES, VFR_TIMES, Clip, write_clip

from pamcli.errors import InputError
from pamcli.frame import Frame, Rgb
from pamcli.hints import open_hint
from pamcli.images import write_png
from pamcli.settings import HintSettings
from pamcli.still_names import natural_order
from pamcli.video_read import read_frames

SIZE = 48, 64
CLIP = Path("clip.mp4")


def frame(pts: int = 0, size: tuple[int, int] = SIZE) -> Frame:
    return Frame(np.zeros((*size, 3), np.uint8), pts, Fraction(1, 90_000))


def striped(number: int, height: int, width: int) -> Rgb:
    """A trimap that says its number: that many columns of foreground, then unknown, then none."""
    columns = np.full(width, 128)
    columns[:number] = 255
    columns[width - 8 :] = 0
    gray = np.repeat(columns.astype(np.uint8)[None], height, axis=0)
    return np.repeat(gray[..., None], 3, axis=2)


def number_of(trimap: np.ndarray) -> int:
    return int((trimap[SIZE[0] // 2] == 255).sum())


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """20 frames, 25 a second."""
    return write_clip(tmp_path / "clip.mp4", Clip())


def lossless(target: Path, times: tuple[int, ...], picture: Callable[..., Rgb] = striped) -> Path:
    settings = Clip(times=times, codec="ffv1", pixel_format="bgr0", picture=picture)
    return write_clip(target, settings)


def test_a_still_serves_every_frame(tmp_path: Path) -> None:
    write_png(tmp_path / "t.png", striped(9, *SIZE)[..., 0])
    with open_hint(HintSettings(trimap=tmp_path / "t.png"), CLIP) as hint:
        assert [number_of(hint.trimap(frame(n))) for n in range(3)] == [9, 9, 9]


def test_a_still_of_another_size_names_itself_and_both_sizes(tmp_path: Path) -> None:
    write_png(tmp_path / "t.png", np.full((10, 20), 128, np.uint8))
    hint = open_hint(HintSettings(trimap=tmp_path / "t.png"), CLIP)
    with pytest.raises(InputError, match=r"t\.png: 20x10, but the frame is 64x48$"):
        hint.trimap(frame())


def test_only_a_single_still_needs_an_unknown_pixel(tmp_path: Path) -> None:
    settings = HintSettings(trimap=tmp_path / "t.png")
    write_png(tmp_path / "t.png", np.full(SIZE, 255, np.uint8))
    assert (open_hint(settings, CLIP).trimap(frame()) == 255).all()
    with pytest.raises(InputError, match=r"t\.png: no unknown pixel: every value is known$"):
        open_hint(settings, CLIP, still=True).trimap(frame())


@pytest.mark.parametrize("kind", ["trimap", "mask"])
def test_a_missing_hint_is_named(tmp_path: Path, kind: str) -> None:
    gone = tmp_path / "gone.png"
    settings = HintSettings(trimap=gone) if kind == "trimap" else HintSettings(mask=gone)
    with pytest.raises(InputError, match=r"gone\.png: no such file or folder$"):
        open_hint(settings, CLIP)


def test_a_folder_is_taken_in_natural_order(tmp_path: Path) -> None:
    for number in range(1, 12):
        write_png(tmp_path / f"f{number}.png", striped(number, *SIZE)[..., 0])
    (tmp_path / "notes.txt").write_text("not a picture")
    with open_hint(HintSettings(trimap=tmp_path), CLIP, frames=11) as hint:
        assert [number_of(hint.trimap(frame(n))) for n in range(11)] == list(range(1, 12))


def test_numbers_in_names_count_as_numbers() -> None:
    names = ["a10b2.png", "a2.png", "a10b1.png", "B1.png", "1.png"]
    ordered = sorted(map(Path, names), key=natural_order)
    assert [n.name for n in ordered] == ["1.png", "a2.png", "a10b1.png", "a10b2.png", "B1.png"]


@pytest.mark.parametrize("frames", [1, 3])
def test_a_folder_of_another_count_is_refused_at_once(tmp_path: Path, frames: int) -> None:
    for number in range(2):
        write_png(tmp_path / f"{number}.png", striped(1, *SIZE)[..., 0])
    expected = rf"2 pictures, but clip\.mp4 has {frames} frames$"
    with pytest.raises(InputError, match=expected):
        open_hint(HintSettings(trimap=tmp_path), CLIP, frames=frames)


def test_a_folder_that_runs_out_says_when(tmp_path: Path) -> None:
    write_png(tmp_path / "0.png", striped(1, *SIZE)[..., 0])
    hint = open_hint(HintSettings(trimap=tmp_path), CLIP)
    hint.trimap(frame(0))
    expected = r"1 pictures, but clip\.mp4 has more frames \(the next at 0\.500 s\)$"
    with pytest.raises(InputError, match=expected):
        hint.trimap(frame(45_000))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no pictures in this folder$"):
        open_hint(HintSettings(mask=tmp_path), CLIP)


def test_a_video_is_matched_frame_by_frame(tmp_path: Path, clip: Path) -> None:
    trimaps = lossless(tmp_path / "t.mkv", FRAME_TIMES)
    with open_hint(HintSettings(trimap=trimaps), clip) as hint:
        assert [number_of(hint.trimap(f)) for f in read_frames(clip)] == list(range(20))


def test_a_slower_video_is_matched_by_time_not_by_number(tmp_path: Path, clip: Path) -> None:
    trimaps = lossless(tmp_path / "t.mkv", tuple(range(0, 81_000, 9000)))
    with open_hint(HintSettings(trimap=trimaps), clip) as hint:
        found = [number_of(hint.trimap(f)) for f in read_frames(clip)]
    times = [3600 * n for n in range(20)]
    assert found == [min(range(9), key=lambda n: (abs(9000 * n - t), -n)) for t in times]


def test_irregular_times_are_matched_exactly(tmp_path: Path, vfr_clip: Path) -> None:
    trimaps = write_clip(
        tmp_path / "t.mov",
        Clip(times=VFR_TIMES, codec="qtrle", pixel_format="rgb24", picture=striped),
    )
    with open_hint(HintSettings(trimap=trimaps), vfr_clip) as hint:
        assert [number_of(hint.trimap(f)) for f in read_frames(vfr_clip)] == list(range(13))


def test_times_count_from_the_first_frame_of_either_file(tmp_path: Path, clip: Path) -> None:
    trimaps = lossless(tmp_path / "t.mkv", tuple(t + 90_000 for t in FRAME_TIMES))
    with open_hint(HintSettings(trimap=trimaps), clip) as hint:
        assert [number_of(hint.trimap(f)) for f in read_frames(clip)] == list(range(20))


def test_a_run_may_begin_in_the_middle(tmp_path: Path, clip: Path) -> None:
    trimaps = lossless(tmp_path / "t.mkv", FRAME_TIMES)
    late = list(read_frames(clip, start=Fraction(2, 5)))
    with open_hint(HintSettings(trimap=trimaps), clip) as hint:
        assert [number_of(hint.trimap(f)) for f in late] == list(range(10, 20))


def test_a_hint_made_for_a_part_of_the_clip_has_the_clips_times(tmp_path: Path, clip: Path) -> None:
    part = lossless(tmp_path / "t.mkv", FRAME_TIMES[10:])  # its first picture says 0
    late = list(read_frames(clip, start=Fraction(2, 5)))
    with open_hint(HintSettings(trimap=part), clip) as hint:
        assert [number_of(hint.trimap(f)) for f in late] == list(range(10))


def test_a_late_part_of_irregular_times_is_matched_exactly(tmp_path: Path) -> None:
    times = tuple(45_000 + t for t in VFR_TIMES)
    shifted = write_clip(tmp_path / "c.mov", Clip(times=times))
    part = write_clip(
        tmp_path / "t.mov",
        Clip(times=times[5:], codec="qtrle", pixel_format="rgb24", picture=striped),
    )
    late = list(read_frames(shifted, start=Fraction(15_003, 90_000)))
    with open_hint(HintSettings(trimap=part), shifted) as hint:
        assert [number_of(hint.trimap(f)) for f in late] == list(range(8))


@pytest.mark.parametrize("start", [Fraction(0), Fraction(3, 5)])
def test_a_video_shorter_than_the_clip_names_both_and_the_time(
    tmp_path: Path, clip: Path, start: Fraction
) -> None:
    trimaps = lossless(tmp_path / "t.mkv", FRAME_TIMES[:10])
    expected = r"t\.mkv: ends at 0\.360 s, but .*clip\.mp4 has a frame at 0\.[46]00 s$"
    with (
        open_hint(HintSettings(trimap=trimaps), clip) as hint,
        pytest.raises(InputError, match=expected),
    ):
        for each in read_frames(clip, start=start):
            hint.trimap(each)


def test_a_video_hint_holds_two_pictures_at_most(tmp_path: Path, clip: Path) -> None:
    trimaps = lossless(tmp_path / "t.mkv", FRAME_TIMES)
    with open_hint(HintSettings(trimap=trimaps), clip) as hint:
        first = hint.trimap(next(iter(read_frames(clip))))
        assert number_of(first) == 0
        pictures = hint._pictures  # type: ignore[attr-defined]
        assert pictures._near.pts == 0
        assert pictures._next.pts * pictures._next.time_base == Fraction(1, 25)


def test_a_mask_gets_a_band_on_its_edge(tmp_path: Path) -> None:
    mask = np.zeros((108, 192), np.uint8)
    mask[:, :96] = 255
    write_png(tmp_path / "m.png", mask)
    hint = open_hint(HintSettings(mask=tmp_path / "m.png", band=80), CLIP)
    row = hint.trimap(frame(size=(108, 192)))[50]
    assert np.flatnonzero(row == 128).tolist() == list(range(92, 100))
    assert (row[:92] == 255).all()
    assert (row[100:] == 0).all()


def test_a_small_mask_is_enlarged_but_not_stretched(tmp_path: Path) -> None:
    mask = np.zeros((24, 32), np.uint8)
    mask[:, :16] = 255
    write_png(tmp_path / "m.png", mask)
    hint = open_hint(HintSettings(mask=tmp_path / "m.png"), CLIP)
    trimap = hint.trimap(frame())
    assert trimap[20, 10] == 255
    assert trimap[20, 32] == 128
    assert trimap[20, 54] == 0
    with pytest.raises(InputError, match=r"m\.png: 32x24, but the frame is 64x64$"):
        hint.trimap(frame(size=(64, 64)))


def test_a_bad_colour_is_refused_when_the_hint_is_opened() -> None:
    with pytest.raises(InputError, match="colour"):
        open_hint(HintSettings(key="greenish"), CLIP)


def test_without_a_hint_the_subject_is_looked_for() -> None:
    rgb = np.full((180, 320, 3), (90, 120, 90), np.uint8)
    rgb[50:140, 120:200] = 220, 60, 40
    trimap = open_hint(HintSettings(), CLIP).trimap(Frame(rgb, 0, Fraction(1)))
    assert trimap.shape == (180, 320)
    assert trimap[95, 160] == 255
    assert trimap[10, 10] == 0
    assert (trimap[50:140, 118:122] == 128).mean() > 0.95
