"""A live source that is read in a thread of its own."""

import time
from pathlib import Path

import pytest
from clips import Clip, write_clip

from pamcli.live_open import SourceSettings
from pamcli.live_source import LiveSource

SECONDS, FPS = 3, 10


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3 s of 25 frames a second."""
    times = tuple(number * 3600 for number in range(25 * SECONDS))
    return write_clip(tmp_path_factory.mktemp("live") / "clip.mp4", Clip(times=times))


def taken(clip: Path, *stalls: int) -> tuple[int, int]:
    """How many pictures were taken at 10 a second, and how many were dropped. stalls: after so many
    pictures whoever takes them is busy for a while."""
    source = LiveSource(SourceSettings(address=str(clip)), fps=lambda: FPS)
    source.start()
    count = 0
    try:
        while not source.pictures.is_over:
            count += source.pictures.take(0.1) is not None
            if count in stalls:
                time.sleep(0.35)
                stalls = tuple(one for one in stalls if one != count)
    finally:
        source.close()
    return count, source.pictures.dropped


def test_a_source_is_thinned_to_what_is_wanted(clip: Path) -> None:
    count, dropped = taken(clip)
    assert abs(count - SECONDS * FPS) <= 1 and dropped == 0


def test_other_pictures_make_up_for_those_dropped(clip: Path) -> None:
    count, dropped = taken(clip, 5, 12)
    assert dropped >= 4
    assert abs(count - SECONDS * FPS) <= 1
