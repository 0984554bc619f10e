"""A window on a screen, here one that nobody sees."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from live.running import KEY, Running
from live.signals import seen
from pamcli.frame import Rgb

SIDE = 480, 640


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of an X11 screen of 640x480."""
    if shutil.which("Xvfb") is None or shutil.which("xdotool") is None:
        pytest.skip("no screen: apt-get install xvfb xdotool")
    if not cv2.currentUIFramework():
        pytest.skip("this build of OpenCV has no windows")
    told, tell = os.pipe()
    size = f"{SIDE[1]}x{SIDE[0]}x24"
    command = ["Xvfb", "-displayfd", str(tell), "-noreset", "-screen", "0", size]
    process = subprocess.Popen(command, pass_fds=[tell], stderr=subprocess.DEVNULL)
    os.close(tell)
    try:
        with os.fdopen(told) as number:
            name = f":{number.readline().strip()}"
        monkeypatch.setenv("DISPLAY", name)
        yield name
    finally:
        process.kill()
        process.wait(10)


def grabbed(screen: str) -> Rgb:
    """All that is on the screen now."""
    options = {"video_size": f"{SIDE[1]}x{SIDE[0]}", "draw_mouse": "0"}
    with av.open(screen, format="x11grab", options=options) as shown:
        frame = next(shown.decode(video=0))
        return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def window(screen: str) -> Rgb:
    return np.ascontiguousarray(grabbed(screen)[:240, :320])


def test_a_window_shows_the_mattes_until_it_is_closed(
    screen: str, tmp_path: Path, signal_clip: Path
) -> None:
    with Running(tmp_path, signal_clip, "window", *KEY, "--fps", "10") as run:
        end = time.monotonic() + 30
        numbers: list[int] = []
        while len(set(numbers)) < 5:
            assert run.is_running and time.monotonic() < end, run.said
            told = seen(window(screen))
            if told.number and told.shape is not None:
                assert told.shape == told.number
                numbers.append(told.number)
        assert numbers == sorted(numbers)
        subprocess.run(["xdotool", "mousemove", "100", "100", "key", "q"], check=True)
        code, report = run.ended()
    assert code == 0 and report["sinks"][0]["frames"] >= 5
    assert not window(screen).any()
    assert "QFont" not in run.said and "Traceback" not in run.said


def test_a_file_goes_on_when_the_window_is_closed(
    screen: str, tmp_path: Path, signal_clip: Path
) -> None:
    record = tmp_path / "record.mkv"
    with Running(
        tmp_path, signal_clip, "window", record, *KEY, "--fps", "10", "--duration", "12"
    ) as run:
        end = time.monotonic() + 30
        while not window(screen).any():
            assert run.is_running and time.monotonic() < end, run.said
        time.sleep(1)
        subprocess.run(["xdotool", "mousemove", "100", "100", "key", "Escape"], check=True)
        code, report = run.ended()
    file, closed = report["sinks"]
    assert code == 0 and record.exists()
    assert file["frames"] > closed["frames"] > 0
