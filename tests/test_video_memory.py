"""Memory of a whole run does not grow with the clip."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from clips import Clip, write_clip

from pamcli.frame import Rgb

GROWTH = 1.10
FPS = 25
PEAK = (
    "import resource, sys\n"
    "from pamcli.cli.main import main\n"
    "try:\n"
    "    main()\n"
    "finally:\n"
    "    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
)


def moving_disc(number: int, height: int, width: int) -> Rgb:
    """A red disc that swings before a striped ground."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    stripes = 90 + 40 * np.sin(x / 9) * np.cos(y / 11)
    centre = width / 2 + width / 5 * np.sin(number / 20)
    alpha = np.clip((height / 4 - np.hypot(x - centre, y - height / 2)) / 3, 0, 1)
    ground = np.stack([stripes * 0.6, stripes, stripes * 0.8], axis=-1)
    return np.asarray(
        ground + alpha[..., None] * (np.array((210, 50, 40), np.float32) - ground), np.uint8
    )


def peak_of(source: Path, target: Path) -> int:
    """Peak resident memory of `pamcli video` in KiB."""
    ended = subprocess.run(
        [sys.executable, "-c", PEAK, "video", source, "-o", target, "--fps", "60", "-q"],
        capture_output=True,
        text=True,
        timeout=900,
        check=True,
    )
    return int(ended.stdout)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_3000_frames_need_hardly_more_memory_than_250(tmp_path: Path) -> None:
    peaks = []
    for seconds in (10, 120):
        times = tuple(range(0, seconds * 90_000, 90_000 // FPS))
        clip = Clip(size=(240, 320), times=times, audio="aac", picture=moving_disc)
        source = write_clip(tmp_path / f"{seconds}.mp4", clip)
        peaks.append(peak_of(source, tmp_path / f"{seconds}_out.mp4"))
    assert peaks[1] <= peaks[0] * GROWTH
