"""A numbered clip is published to real servers, matted, published again and read back."""

import signal
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from live.running import KEY, Running
from live.servers import (
    Process,
    Publisher,
    RtmpServer,
    RtspServer,
    free_datagram_port,
    free_port,
    has_tls,
)
from live.signals import FPS
from live.watching import Connection, Watcher, sound_after_picture

FRAMES = 100
MOST_OFF = 0.040
"""Seconds by which sound may be nearer to or farther from its picture than in the source."""


def check_in_step(connection: Connection) -> None:
    """Every picture with its own matte, in order, sound where it was."""
    seen = [one.seen for one in connection.shown]
    numbers = [one.number for one in seen if one.number is not None]
    assert len(seen) == len(numbers) >= FRAMES
    assert [one.shape for one in seen] == numbers, "a picture has the matte of another one"
    assert numbers == sorted(set(numbers)), "pictures are out of order"
    times = [one.time for one in connection.shown]
    assert times == sorted(set(times))
    steps = {round((times[-1] - times[0]) * FPS), numbers[-1] - numbers[0]}
    assert max(steps) - min(steps) <= 1, "the stream's time is not the source's"


def check_sound(connection: Connection) -> None:
    offsets = sound_after_picture(connection)
    assert len(offsets) >= 3
    print(f"sound at most {max(map(abs, offsets)) * 1000:.2f} ms off")
    assert max(map(abs, offsets)) <= MOST_OFF, offsets


def test_rtmp_in_rtmp_and_a_file_out(
    tmp_path: Path, signal_clip: Path, source_server: RtmpServer, sink_server: RtmpServer
) -> None:
    source, sink = source_server.url("camera"), sink_server.url("matted")
    record = tmp_path / "record.mp4"
    with (
        Running(tmp_path, source, sink, record, *KEY, "--fps", "15") as run,
        Watcher(sink) as watcher,
        Publisher(signal_clip, source, tmp_path),
    ):
        watcher.wait(FRAMES)
        assert not record.exists(), "a file has its name before it is whole"
        run.stop(signal.SIGINT)
        code, report = run.ended()
    assert code == 130
    check_in_step(watcher.connections[-1])
    check_sound(watcher.connections[-1])
    with Watcher(str(record)) as recorded:
        recorded.wait(FRAMES)
    check_in_step(recorded.connections[0])
    assert report["source"]["reconnects"] == 0
    assert [sink["reconnects"] for sink in report["sinks"]] == [0, 0]
    assert report["matted"] >= FRAMES and report["repeated"] == 0
    assert "camera" not in run.said and "matted" not in run.said, "stream keys are secrets"


def test_encrypted_in_and_out(
    tmp_path: Path, signal_clip: Path, source_server: RtmpServer, sink_server: RtmpServer
) -> None:
    if not has_tls():
        pytest.skip("needs nginx with TLS: apt-get install libnginx-mod-stream openssl")
    source, sink = source_server.secure_url("camera"), sink_server.secure_url("matted")
    with (
        Running(tmp_path, source, sink, *KEY, "--fps", "15") as run,
        Watcher(sink_server.url("matted")) as watcher,
        Publisher(signal_clip, source_server.url("camera"), tmp_path),
    ):
        watcher.wait(FRAMES)
        sink_server.kill()
        run.wait_to_hear("reconnecting")
        sink_server.start()
        run.wait_to_hear("connected again")
        run.stop()
        code, report = run.ended()
    assert code == 0 and report["sinks"][0]["reconnects"] == 1
    check_in_step(watcher.connections[0])
    check_sound(watcher.connections[0])


def test_rtsp_in_rtsp_out(tmp_path: Path, rtsp_server: RtspServer) -> None:
    listener = f"rtsp://127.0.0.1:{free_port()}/matted"
    sinks = listener, rtsp_server.record
    with (
        Watcher(listener, listens=True) as watcher,
        Watcher(rtsp_server.passed_on) as recorded,
        Running(tmp_path, rtsp_server.play, *sinks, *KEY, "--fps", "15") as run,
    ):
        watcher.wait(FRAMES)
        recorded.wait(FRAMES)
        run.stop()
        code, report = run.ended()
    assert code == 0
    for one in (watcher, recorded):
        check_in_step(one.connections[-1])
        check_sound(one.connections[-1])
    assert report["latency_from"] == "capture" and report["latency_p50_ms"] < 1000
    assert [one["error"] for one in report["sinks"]] == ["", ""]


def test_datagrams_and_a_playlist_out(tmp_path: Path, signal_clip: Path) -> None:
    datagrams = f"udp://127.0.0.1:{free_datagram_port()}"
    playlist = tmp_path / "live.m3u8"
    with (
        Watcher(datagrams) as watcher,
        Running(tmp_path, signal_clip, datagrams, playlist, *KEY, "--fps", "25") as run,
    ):
        watcher.wait(FRAMES)
        run.stop()
        code, _ = run.ended()
    assert code == 0
    check_in_step(watcher.connections[-1])
    check_sound(watcher.connections[-1])
    assert "#EXT-X-ENDLIST" in playlist.read_text()
    with Watcher(str(playlist)) as recorded:
        recorded.wait(FRAMES)
    check_in_step(recorded.connections[0])


def test_a_playlist_of_the_network_in(tmp_path: Path, signal_clip: Path) -> None:
    folder, port = tmp_path / "web", free_port()
    folder.mkdir()
    datagrams = f"udp://127.0.0.1:{free_datagram_port()}"
    web = sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", folder
    with (
        Process(*web, str(port), log=tmp_path / "web.log"),
        Running(tmp_path, signal_clip, folder / "live.m3u8", *KEY, "--fps", "25") as first,
        Watcher(datagrams) as watcher,
    ):
        end = time.monotonic() + 30
        while not (folder / "live.m3u8").exists():
            assert first.is_running and time.monotonic() < end, first.said
            time.sleep(0.1)
        source = f"http://127.0.0.1:{port}/live.m3u8"
        again = "--key", "blue", "--background", "blue", "--fps", "15"
        with Running(tmp_path, source, datagrams, *again) as run:
            watcher.wait(FRAMES)
            first.stop()  # the playlist is at its end
            run.wait_to_hear("reconnecting")
            run.stop()
            code, report = run.ended()
    assert code == 0 and report["skipped"] > 0
    check_in_step(watcher.connections[-1])
    check_sound(watcher.connections[-1])


@pytest.mark.parametrize("looped", [False, True])
def test_a_file_is_played_once_or_over_and_over(
    tmp_path: Path, short_clip: Path, looped: bool
) -> None:
    record = tmp_path / "record.mkv"
    more = ("--loop", "--duration", "8") if looped else ()
    with Running(tmp_path, short_clip, record, *KEY, "--fps", "25", *more) as run:
        code, report = run.ended()
    assert code == 0
    with Watcher(str(record)) as recorded:
        shown = recorded.wait(report["matted"])
    numbers = [one.seen.number or 0 for one in shown][: report["matted"]]
    rounds = sum(before > after for before, after in pairwise(numbers))
    assert rounds >= 2 if looped else rounds == 0
