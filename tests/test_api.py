"""What programs call: a still, a stream, a clip."""

import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import number_of

import pamcli
from pamcli.frame import Frame, Rgb, Trimap
from pamcli.video_read import probe, read_frames


def picture(shift: int = 0) -> tuple[Rgb, Trimap]:
    """A soft red disc before blue, and its trimap."""
    y, x = np.mgrid[0:60, 0:84].astype(np.float32)
    alpha = np.clip((18 - np.hypot(y - 30, x - 42 - shift)) / 4 + 0.5, 0, 1)
    rgb = alpha[..., None] * (220, 40, 30) + (1 - alpha[..., None]) * (20, 60, 200)
    trimap = np.where(alpha == 0, 0, np.where(alpha == 1, 255, 128))
    return rgb.astype(np.uint8), trimap.astype(np.uint8)


def test_a_picture_and_its_trimap_become_alpha_and_colours() -> None:
    rgb, trimap = picture()
    matte = pamcli.matte_image(rgb, trimap)
    assert matte.alpha.dtype == np.float32 and matte.alpha.shape == (60, 84)
    assert (matte.alpha[trimap == 0] == 0).all() and (matte.alpha[trimap == 255] == 1).all()
    half = (matte.alpha > 0.4) & (matte.alpha < 0.9)
    assert half.any()
    assert np.abs(matte.foreground[half].astype(int) - (220, 40, 30)).mean() < 12


def test_frames_are_matted_one_by_one_as_they_are_asked_for() -> None:
    taken = 0

    def frames() -> Iterator[Rgb]:
        nonlocal taken
        for shift in range(5):
            taken += 1
            yield picture(shift)[0]

    mattes = pamcli.matte_frames(frames(), (picture(shift)[1] for shift in range(5)))
    assert taken == 0
    first = next(mattes)
    assert (taken, first.frame.pts, first.frame.time_base) == (1, 0, Fraction(1, 25))
    assert [matte.frame.pts for matte in mattes] == [1, 2, 3, 4]
    assert first.alpha[30, 42] == 1 and first.alpha[0, 0] == 0


def test_frames_keep_times_of_their_own() -> None:
    rgb, trimap = picture()
    frame = Frame(rgb, 77, Fraction(1, 1000))
    (matte,) = pamcli.matte_frames([frame], [trimap])
    assert matte.frame is frame


def test_the_subject_is_found_without_a_trimap() -> None:
    rgb, _ = picture()
    matte = pamcli.matte_image(rgb, key="auto")
    assert matte.alpha[30, 42] == 1 and matte.alpha[2, 2] == 0


def test_bad_input_is_a_pam_error() -> None:
    rgb, trimap = picture()
    with pytest.raises(pamcli.PamError, match="84x59, but the frame is 84x60"):
        pamcli.matte_image(rgb, trimap[1:])
    mattes = pamcli.matte_frames([rgb, rgb], [trimap])
    next(mattes)
    with pytest.raises(pamcli.PamError, match=r"no trimap for the frame at 0\.040 s"):
        next(mattes)
    with pytest.raises(pamcli.PamError, match="10 is too small"):
        pamcli.matte_image(rgb, trimap, cost_constraint=10)
    with pytest.raises(pamcli.PamError, match="precision"):
        pamcli.matte_image(rgb, trimap, precision="f16")


def test_a_clip_becomes_a_clip(sound_clip: Path, tmp_path: Path) -> None:
    told: list[int] = []
    report = pamcli.matte_video(
        sound_clip,
        tmp_path / "out.mp4",
        key="#5a5a5a",
        background="white",
        start=0.2,
        end=0.6,
        progress=told.append,
    )
    assert (report.frames, report.done, told[-1]) == (10, 10, 10)
    assert probe(tmp_path / "out.mp4").audio
    assert number_of(next(read_frames(sound_clip, start=Fraction(1, 5))).rgb) == 5


def test_the_package_itself_loads_nothing_heavy() -> None:
    program = (
        "import sys, pamcli\n"
        "assert not {'cv2', 'av', 'openvino', 'numpy'} & set(sys.modules)\n"
        "assert pamcli.matte_image.__name__ == 'matte_image'\n"
        "assert 'av' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    with pytest.raises(AttributeError, match="has no attribute 'matte_audio'"):
        _ = pamcli.matte_audio


@pytest.mark.slow
def test_the_example_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[1]
    section = (root / "README.md").read_text().partition("## From Python\n")[2]
    block = [
        line[4:] for line in section.partition("## ")[0].splitlines() if line.startswith("    ")
    ]
    (tmp_path / "samples").symlink_to(root / "samples")
    monkeypatch.chdir(tmp_path)
    exec(compile("\n".join(block), "README.md", "exec"), {})
    assert probe(tmp_path / "out.mp4").frames == probe(root / "samples" / "clip.mp4").frames
