"""`pamcli check`: what files carry, told from what was put into them."""

import json
import os
import sys
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from clips import VFR_TIMES, Clip, write_clip

from pamcli.alpha_tally import AlphaTally
from pamcli.check_job import check
from pamcli.check_words import lines, record
from pamcli.cli.main import main
from pamcli.errors import InputError
from pamcli.images import write_png

Bytes = npt.NDArray[np.uint8]
SIZE = 48, 64


def cutout(number: int, *, multiplied: bool = False, opaque: bool = False) -> Bytes:
    """A bright soft disc, RGBA."""
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    soft = np.clip((20 - np.hypot(y - 24, x - 30 - number % 5)) * 20, 0, 255)
    alpha = np.full(SIZE, 255.0) if opaque else soft
    rgb = np.dstack([np.full(SIZE, 220.0), x * 4.0, y * 5.0])
    if multiplied:
        rgb = rgb * alpha[..., None] / 255
    return np.dstack([rgb, alpha]).astype(np.uint8)


def write_cutouts(target: Path, codec: str, pixel_format: str, frames: int, **how: bool) -> Path:
    with av.open(str(target), "w") as container:
        stream = container.add_stream(codec, rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = SIZE
        stream.pix_fmt = pixel_format
        for number in range(frames):
            rgba = av.VideoFrame.from_ndarray(cutout(number, **how), "rgba")
            frame = rgba if pixel_format == "rgba" else rgba.reformat(format=pixel_format)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [
        ("a.mov", "prores_ks", "yuva444p10le"),
        ("b.mov", "qtrle", "argb"),
        ("c.mov", "png", "rgba"),
        ("d.mkv", "ffv1", "bgra"),
        ("e.webm", "libvpx-vp9", "yuva420p"),
        ("f.apng", "apng", "rgba"),
    ],
)
@pytest.mark.parametrize("multiplied", [False, True], ids=["straight", "premultiplied"])
def test_real_alpha_is_told_from_its_pixels(
    tmp_path: Path, name: str, codec: str, pixel_format: str, multiplied: bool
) -> None:
    alpha = check(
        write_cutouts(tmp_path / name, codec, pixel_format, 30, multiplied=multiplied)
    ).alpha
    assert alpha is not None and (alpha.lowest, alpha.highest) == (0, 1)
    true = np.stack([cutout(number)[..., 3] for number in range(30)])
    wanted = [(true == 0).mean(), ((true > 0) & (true < 255)).mean(), (true == 255).mean()]
    assert np.abs(np.subtract(alpha.shares(), wanted)).max() < 0.08
    assert alpha.association() == ("premultiplied" if multiplied else "straight")


@pytest.mark.parametrize("frames", [5, 60])
def test_alpha_that_is_opaque_throughout_is_said_so(tmp_path: Path, frames: int) -> None:
    found = check(write_cutouts(tmp_path / "a.mov", "png", "rgba", frames, opaque=True))
    assert f"  alpha: there, but all opaque in {min(frames, 24)} frames looked at" in lines(found)


def test_alpha_late_in_a_clip_is_found(tmp_path: Path) -> None:
    target = tmp_path / "late.mov"
    with av.open(str(target), "w") as container:
        stream = container.add_stream("png", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = SIZE
        stream.pix_fmt = "rgba"
        for number in range(200):
            rgba = cutout(number, opaque=number < 180)
            frame = av.VideoFrame.from_ndarray(rgba, "rgba")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    alpha = check(target).alpha
    assert alpha is not None and not alpha.is_opaque


def test_a_clip_tells_streams_rotation_rate_and_colour(tmp_path: Path) -> None:
    clip = Clip(audio="aac", rotation=90, matrix=1, color_range=1)
    told = lines(check(write_clip(tmp_path / "a.mp4", clip)))
    assert told == [
        f"{tmp_path / 'a.mp4'}: clip, mov,mp4,m4a,3gp,3g2,mj2",
        "  pictures: h264 yuv420p, 48x64, 8 bit, rotated by 90 degrees",
        "  time: constant rate, 25 frames/s, 20 frames, 0.800 s",
        "  colour: matrix BT.709, primaries not said, transfer not said, range limited",
        "  video: h264, 64x48",
        "  audio: aac, 44100 Hz, stereo",
        "  alpha: none",
    ]


def test_a_variable_rate_is_told_from_the_times(tmp_path: Path) -> None:
    found = check(write_clip(tmp_path / "a.mp4", Clip(times=VFR_TIMES)))
    assert found.contents is not None and found.contents.is_constant_rate is False


def test_times_rounded_to_milliseconds_are_a_constant_rate(tmp_path: Path) -> None:
    thirds = [round(number * 1000 / 30) for number in range(20)]
    clip = Clip(time_base=Fraction(1, 1000), times=thirds, rate=Fraction(30))
    found = check(write_clip(tmp_path / "a.mkv", clip))
    assert found.contents is not None and found.contents.is_constant_rate is True


def test_hdr_depth_and_interlacing_are_told(tmp_path: Path) -> None:
    deep = Clip(codec="ffv1", pixel_format="yuv420p10le", matrix=9, transfer=16)
    told = lines(check(write_clip(tmp_path / "a.mkv", deep)))
    assert told[1].endswith(", 10 bit")
    assert told[3] == (
        "  colour: matrix BT.2020, primaries not said, transfer PQ, range not said; HDR (PQ)"
    )
    combed = lines(check(write_clip(tmp_path / "b.mp4", Clip(fields="tff"))))
    assert combed[1].endswith(", interlaced")


@pytest.mark.parametrize(
    ("low", "high", "end"), [(0, 255, "frames looked at"), (16, 235, "looks limited, read as full")]
)
def test_a_matte_tells_the_range_that_it_uses(
    tmp_path: Path, low: int, high: int, end: str
) -> None:
    def grey(number: int, height: int, width: int) -> Bytes:
        ramp = np.linspace(low, high, width).round().astype(np.uint8)
        return np.repeat(np.tile(ramp, (height, 1))[..., None], 3, axis=2)

    clip = Clip(codec="ffv1", pixel_format="gray", picture=grey)
    told = lines(check(write_clip(tmp_path / "a.mkv", clip)))[-1]
    assert told.startswith(f"  grey throughout: levels {low} to {high} in 20 frames")
    assert told.endswith(end)


def test_stills_and_folders_are_told_likewise(tmp_path: Path) -> None:
    folder = tmp_path / "stills"
    folder.mkdir()
    for number in range(3):
        write_png(folder / f"{number}.png", cutout(number))
    deep = cutout(0).astype(np.uint16) * 257
    write_png(folder / "0.png", deep)
    still, whole = check(folder / "0.png"), check(folder)
    assert lines(still)[:2] == [f"{folder / '0.png'}: PNG still", "  picture: 64x48, 16 bit"]
    assert still.alpha is not None and still.alpha.association() == "straight"
    assert lines(whole)[0] == f"{folder}: folder of stills"
    assert whole.alpha is not None and whole.alpha.frames == 3


def test_dark_subjects_and_few_pixels_leave_it_open() -> None:
    alpha = np.tile(np.arange(256, dtype=np.uint8), (10, 1))
    dark, few = AlphaTally(), AlphaTally()
    dark.add(alpha, 255, np.full((10, 256, 3), 4, np.uint8))
    few.add(alpha[:, :18], 255, np.full((10, 18, 3), 250, np.uint8))
    assert (dark.association(), few.association()) == ("cannot tell", "cannot tell")


def test_the_command_puts_results_on_stdout_and_errors_on_stderr(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_png(tmp_path / "a.png", cutout(0))
    (tmp_path / "b.mp4").write_text("no film")
    monkeypatch.setattr(
        sys, "argv", ["pamcli", "check", "--json", str(tmp_path / "b.mp4"), str(tmp_path / "a.png")]
    )
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    assert ended.value.code == 1
    assert printed.err == (
        f"pamcli: error: {tmp_path / 'b.mp4'}: damaged, cut short or not a video\n"
    )
    (found,) = json.loads(printed.out)
    assert found == json.loads(json.dumps(record(check(tmp_path / "a.png"))))
    assert (found["kind"], found["width"], found["alpha"]["highest"]) == ("PNG still", 64, 1)


def test_a_jpeg_has_no_alpha(tmp_path: Path) -> None:
    target = tmp_path / "a.jpg"
    target.write_bytes(cv2.imencode(".jpg", cutout(0)[..., :3])[1].tobytes())
    assert lines(check(target))[1:] == ["  picture: 64x48, 8 bit", "  alpha: none"]


def test_a_pipe_is_refused_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(InputError, match="not a regular file"):
        check(tmp_path / "pipe.mp4")
