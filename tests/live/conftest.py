"""What the tests of live streams share: a clip with signals in it, and real servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from live.servers import RtmpServer, RtspServer, has_nginx, has_rtsp
from live.signals import write_signal

SECONDS = 40
OTHER_SIZE = 180, 320


@pytest.fixture(scope="session")
def signal_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 s of 320x240 before a green screen, each frame numbered, with a tone every second."""
    return write_signal(tmp_path_factory.mktemp("signal") / "signal.mp4", seconds=SECONDS)


@pytest.fixture(scope="session")
def wide_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same in 320x180."""
    folder = tmp_path_factory.mktemp("signal")
    return write_signal(folder / "wide.mp4", seconds=SECONDS, size=OTHER_SIZE)


def _needs_nginx() -> None:
    if not has_nginx():
        pytest.skip("needs nginx with RTMP: apt-get install nginx libnginx-mod-rtmp")


@pytest.fixture
def source_server(tmp_path: Path) -> Iterator[RtmpServer]:
    """An RTMP server for the source."""
    _needs_nginx()
    with RtmpServer(tmp_path / "source") as server:
        yield server


@pytest.fixture
def sink_server(tmp_path: Path) -> Iterator[RtmpServer]:
    """Another one for the sink."""
    _needs_nginx()
    with RtmpServer(tmp_path / "sink") as server:
        yield server


@pytest.fixture
def rtsp_server(tmp_path: Path, signal_clip: Path) -> Iterator[RtspServer]:
    """An RTSP server that plays the clip, and passes on what is recorded to it."""
    if not has_rtsp():
        pytest.skip(
            "needs GStreamer's RTSP server: apt-get install python3-gi gir1.2-gst-rtsp-server-1.0 "
            "gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"
        )
    with RtspServer(tmp_path / "rtsp", signal_clip) as server:
        yield server


@pytest.fixture(scope="session")
def short_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 2 s."""
    return write_signal(tmp_path_factory.mktemp("signal") / "short.mp4", seconds=2)
