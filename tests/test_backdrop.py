"""What a matte becomes in the target."""

import threading
from collections.abc import Generator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import VFR_TIMES, number_of

from pamcli import images
from pamcli.backdrop import Backdrop, open_backdrop, pixels
from pamcli.background_blur import blur_background
from pamcli.errors import InputError
from pamcli.frame import Frame, Matte
from pamcli.settings import Fit, Output
from pamcli.video_read import read_frames


@pytest.fixture
def matte() -> Matte:
    """A ramp of alpha over red on grey."""
    rgb = np.full((2, 5, 3), 128, np.uint8)
    red = np.zeros((2, 5, 3), np.uint8)
    red[..., 0] = 200
    alpha = np.tile(np.linspace(0, 1, 5, dtype=np.float32), (2, 1))
    return Matte(Frame(rgb, 0, Fraction(1)), alpha, red)


def test_alpha_is_rounded_to_eight_bits(matte: Matte) -> None:
    assert pixels(matte, Output.ALPHA, None)[0].tolist() == [0, 64, 128, 191, 255]


def test_rgba_is_straight(matte: Matte) -> None:
    rgba = pixels(matte, Output.RGBA, None)
    assert rgba[0, 0].tolist() == [200, 0, 0, 0] and rgba[1, 4].tolist() == [200, 0, 0, 255]


def test_the_foreground_goes_out_as_it_is(matte: Matte) -> None:
    assert np.array_equal(pixels(matte, Output.FOREGROUND, None), matte.foreground)


def test_a_composite_mixes_by_alpha(matte: Matte) -> None:
    blue = open_backdrop("#0000ff", (2, 5))
    mixed = pixels(matte, Output.COMPOSITE, blue)
    assert mixed[0, 0].tolist() == [0, 0, 255] and mixed[0, 4].tolist() == [200, 0, 0]
    assert mixed[0, 2] == pytest.approx([100, 0, 127.5], abs=0.51)


def at(seconds: Fraction, size: tuple[int, int] = (48, 64)) -> Matte:
    """An empty matte of a frame at that time, in milliseconds."""
    rgb = np.zeros((*size, 3), np.uint8)
    pts = seconds * 1000
    assert pts.denominator == 1
    frame = Frame(rgb, pts.numerator, Fraction(1, 1000))
    return Matte(frame, np.zeros(size, np.float32), rgb)


def shown(backdrop: Backdrop, times: list[Fraction]) -> list[int]:
    """Which frames of a numbered clip stand behind frames at these times."""
    return [number_of(backdrop.at(at(time))) for time in times]


def test_a_picture_covers_the_frame(tmp_path: Path) -> None:
    images.write_png(tmp_path / "wide.png", np.full((10, 40, 3), 77, np.uint8))
    picture = open_backdrop(str(tmp_path / "wide.png"), (24, 16)).at(at(Fraction(0)))
    assert picture.shape == (24, 16, 3) and (picture == 77).all()


def test_a_picture_is_contained_where_asked(tmp_path: Path) -> None:
    images.write_png(tmp_path / "wide.png", np.full((10, 40, 3), 77, np.uint8))
    backdrop = open_backdrop(str(tmp_path / "wide.png"), (24, 16), fit=Fit.CONTAIN)
    picture = backdrop.at(at(Fraction(0)))
    assert picture.shape == (24, 16, 3)
    assert (picture[10:14] == 77).all() and picture.sum() == 77 * 4 * 16 * 3


def test_a_clip_runs_beside_the_frames_by_their_times(sound_clip: Path) -> None:
    times = [Fraction(5) + Fraction(n, 10) for n in range(8)]
    with closing(open_backdrop(str(sound_clip), (48, 64))) as backdrop:
        assert shown(backdrop, times) == [0, 2, 5, 7, 10, 12, 15, 17]


def test_faster_frames_see_each_of_the_clip_more_than_once(sound_clip: Path) -> None:
    times = [Fraction(n, 100) for n in range(0, 16, 2)]
    with closing(open_backdrop(str(sound_clip), (48, 64))) as backdrop:
        assert shown(backdrop, times) == [0, 0, 1, 1, 2, 2, 3, 3]


def test_a_clip_starts_again_a_frame_after_its_last(sound_clip: Path) -> None:
    times = [Fraction(n, 25) for n in range(50)]
    with closing(open_backdrop(str(sound_clip), (48, 64))) as backdrop:
        assert shown(backdrop, times) == [n % 20 for n in range(50)]


def test_rounds_that_are_long_past_are_left_out(sound_clip: Path) -> None:
    times = [Fraction(0), Fraction(8000) + Fraction(3, 25), Fraction(8000) + Fraction(22, 25)]
    with closing(open_backdrop(str(sound_clip), (48, 64))) as backdrop:
        assert shown(backdrop, times) == [0, 3, 2]


def test_a_later_part_goes_on_where_the_whole_would_be(sound_clip: Path) -> None:
    times = [Fraction(7) + Fraction(n, 25) for n in range(0, 45, 3)]
    with closing(open_backdrop(str(sound_clip), (48, 64), origin=Fraction(7))) as backdrop:
        whole = shown(backdrop, times)
    with closing(open_backdrop(str(sound_clip), (48, 64), origin=Fraction(7))) as backdrop:
        assert shown(backdrop, times[9:]) == whole[9:]


def test_a_clip_of_irregular_times_is_shown_by_them(vfr_clip: Path) -> None:
    starts = [Fraction(pts, 90_000) for pts in VFR_TIMES]
    length = starts[-1] + (starts[-1] - starts[-2])
    times = [Fraction(n, 50) for n in range(60)]
    expected = [sum(start <= time % length for start in starts) - 1 for time in times]
    with closing(open_backdrop(str(vfr_clip), (48, 64))) as backdrop:
        assert shown(backdrop, times) == expected


def test_a_clip_of_another_shape_is_contained(sound_clip: Path) -> None:
    with closing(open_backdrop(str(sound_clip), (100, 64), fit=Fit.CONTAIN)) as backdrop:
        picture = backdrop.at(at(Fraction(0), (100, 64)))
    assert picture.shape == (100, 64, 3)
    assert not picture[:26].any() and not picture[74:].any()
    assert number_of(picture[26:74]) == 0 and picture[26:74].mean() > 60


def test_a_clip_is_read_no_further_than_needed_and_closed(
    sound_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    ended: list[bool] = []

    def counted(source: Path) -> Generator[Frame, None, None]:
        try:
            for frame in read_frames(source):
                read.append(frame.pts)
                yield frame
        finally:
            ended.append(True)

    monkeypatch.setattr("pamcli.backdrop.read_frames", counted)
    threads = threading.active_count()
    backdrop = open_backdrop(str(sound_clip), (48, 64))
    backdrop.at(at(Fraction(0)))
    assert len(read) == 2 and not ended
    backdrop.close()
    assert ended == [True] and threading.active_count() == threads


def test_the_frame_itself_is_blurred_by_pixels_of_a_1080p_frame() -> None:
    frame = at(Fraction(0), (90, 160))
    frame.frame.rgb[:, 80:] = 240
    found = open_backdrop("blur:60", (90, 160)).at(frame)
    assert np.array_equal(found, blur_background(frame.frame.rgb, frame.alpha, 5.0))
    usual = open_backdrop("blur", (90, 160)).at(frame)
    assert np.array_equal(usual, open_backdrop("blur:20", (90, 160)).at(frame))


@pytest.mark.parametrize("name", ["blur:0", "blur:soft", "blur:1e9", "blur:-3", "blur:nan"])
def test_a_blur_of_no_use_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"blur:N takes 2 to 300 pixels of a 1080p frame"):
        open_backdrop(name, (4, 4))


def test_what_is_none_of_these_is_refused() -> None:
    wanted = "beach.jpeg: neither a colour, a picture, a clip nor blur:N"
    with pytest.raises(InputError, match=wanted):
        open_backdrop("beach.jpeg", (4, 4))


def test_a_file_without_a_picture_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a clip at all")
    (tmp_path / "broken.png").write_text("not a picture")
    for name in ("notes.txt", "broken.png"):
        with pytest.raises(InputError, match=name):
            open_backdrop(str(tmp_path / name), (4, 4))


def test_a_song_is_no_background(audio_only: Path) -> None:
    with pytest.raises(InputError, match="no video stream"):
        open_backdrop(str(audio_only), (4, 4))
