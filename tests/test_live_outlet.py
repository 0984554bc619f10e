"""Sinks: files whole or not at all, peers that are not there never waited for."""

import io
import os
import socket
import time
from pathlib import Path
from threading import Thread

import av
import numpy as np
import pytest
from clips import number_of, numbered

from pamcli.errors import OutputError
from pamcli.live_clock import TICKS
from pamcli.live_encode import KEY_SECONDS, Encoder, bit_rate_for
from pamcli.live_muxer import speechless
from pamcli.live_network import GREETING
from pamcli.live_outlet import Outlet
from pamcli.live_sinks import SinkKind, SinkSettings
from pamcli.live_sound import RATE, SoundLine
from pamcli.live_status import LinkState

SIZE = 48, 64
STEP = TICKS // 10
BEGIN = 7 * TICKS  # the timeline of a run does not begin at 0 when its first picture comes


def sent(outlet: Outlet, frames: int, first: int = 0) -> float:
    """Sends numbered pictures; returns how long the slowest took."""
    slowest = 0.0
    for number in range(first, first + frames):
        began = time.perf_counter()
        outlet.send(numbered(number, *SIZE), BEGIN + number * STEP)
        slowest = max(slowest, time.perf_counter() - began)
    return slowest


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".ts", ".flv"])
def test_a_file_has_its_name_when_it_is_whole(suffix: str, tmp_path: Path) -> None:
    target, line = tmp_path / f"o{suffix}", SoundLine()
    with speechless():
        outlet = Outlet([SinkSettings(address=str(target))], SIZE, 10, sound=line)
        begin = BEGIN * RATE // TICKS
        line.add(begin, np.zeros((2, 3 * RATE), np.float32))
        sent(outlet, 30)
        assert not target.exists()
        outlet.close()
    assert [entry.name for entry in tmp_path.iterdir()] == [target.name]
    with av.open(str(target)) as container:
        frames = list(container.decode(video=0))
    assert [
        number_of(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)) for frame in frames
    ] == list(range(30))
    times = [frame.time - (frames[0].time or 0) for frame in frames if frame.time is not None]
    assert times == pytest.approx([n / 10 for n in range(30)], abs=0.0011)
    with av.open(str(target)) as container:
        sound = sum(frame.samples for frame in container.decode(audio=0))
    assert sound == pytest.approx(3 * RATE, abs=6 * 1024)


def test_a_key_frame_comes_every_2_seconds() -> None:
    encoder = Encoder(SIZE, 10, sound=False)
    coded = [
        packet
        for number in range(65)
        for packet in encoder.picture(numbered(number % 64, *SIZE), number * STEP)
    ]
    assert [packet.pts for packet in coded if packet.is_key] == [
        n * KEY_SECONDS * TICKS for n in range(4)
    ]
    (asked,) = encoder.picture(numbered(1, *SIZE), 65 * STEP, key=True)
    assert asked.is_key
    encoder.close()


def test_a_peer_that_refuses_is_tried_again_and_never_waited_for(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        address = f"rtmp://127.0.0.1:{taken.getsockname()[1]}/live/secret"
        said: list[str] = []
        sinks = [SinkSettings(address=address), SinkSettings(address=str(tmp_path / "o.mkv"))]
        with speechless():
            outlet = Outlet(sinks, SIZE, 10, sound=None, say=said.append)
            slowest = 0.0
            for number in range(60):
                slowest = max(slowest, sent(outlet, 1, number))
                time.sleep(0.02)
            file, peer = outlet.statuses()
            outlet.close()
    assert slowest < 0.25
    assert peer.state is LinkState.DOWN and peer.error == "connection refused"
    assert file.frames == 60 and peer.frames < 30
    assert len(said) == 1 and "secret" not in said[0] + peer.name


def test_a_peer_is_given_time_to_answer_before_anything_is_sent() -> None:
    came: list[tuple[float, bytes]] = []
    with socket.create_server(("127.0.0.1", 0)) as server, speechless():

        def listen() -> None:
            peer, _ = server.accept()
            came.append((time.monotonic(), b""))
            with peer:
                while content := peer.recv(65536):
                    came.append((time.monotonic(), content))

        thread = Thread(target=listen)
        thread.start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        outlet = Outlet([SinkSettings(address=address)], SIZE, 10, sound=None)
        for number in range(60):
            sent(outlet, 1, number)
            time.sleep(0.02)
        outlet.close()
        thread.join(10)
    (accepted, _), (first, _) = came[:2]
    assert first - accepted >= GREETING / 2
    content = io.BytesIO(b"".join(content for _, content in came))
    with av.open(content, "r", format="mpegts") as stream:
        pictures = [frame.to_ndarray(format="rgb24") for frame in stream.decode(video=0)]
    numbers = [number_of(np.asarray(picture, np.uint8)) for picture in pictures]
    assert numbers == list(range(numbers[0], 60)) and numbers[0] > 0


def test_a_file_that_cannot_be_written_ends_its_sink_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = SinkSettings(address=str(tmp_path / "full.ts"))
    other = SinkSettings(address=str(tmp_path / "other.mkv"))
    said: list[str] = []
    with speechless():
        outlet = Outlet([full, other], SIZE, 10, sound=None, say=said.append)
        part = next(entry for entry in tmp_path.iterdir() if "full" in entry.name)
        part.unlink()
        part.symlink_to("/dev/full")
        sent(outlet, 60)
        outlet.close()
    states = {status.name: status for status in outlet.statuses()}
    assert "no space left" in states[full.address].error
    assert states[other.address].frames == 60 and Path(other.address).exists()
    assert not Path(full.address).exists() and len(said) == 1


def test_a_disk_that_stalls_stops_nobody(tmp_path: Path) -> None:
    target = tmp_path / "o.mkv"
    with speechless():
        outlet = Outlet([SinkSettings(address=str(target))], SIZE, 10, sound=None)
        part = next(tmp_path.iterdir())
        part.unlink()
        os.mkfifo(part)  # holds 64 KiB until someone reads
        reader = os.open(part, os.O_RDONLY | os.O_NONBLOCK)
        noise = np.random.default_rng(1).integers(0, 255, (60, *SIZE, 3), np.uint8)
        slowest = 0.0
        for number, picture in enumerate(noise):
            began = time.perf_counter()
            outlet.send(picture, BEGIN + number * STEP)
            slowest = max(slowest, time.perf_counter() - began)
        content: list[bytes] = []
        os.set_blocking(reader, True)
        thread = Thread(target=lambda: content.extend(iter(lambda: os.read(reader, 65536), b"")))
        thread.start()
        outlet.close()
        thread.join(10)
        os.close(reader)
    assert slowest < 0.5 and sum(map(len, content)) > 2 * 65536
    with av.open(io.BytesIO(b"".join(content)), "r", format="matroska") as stream:
        assert sum(1 for _ in stream.decode(video=0)) == 60


def test_without_any_sink_left_the_run_ends(tmp_path: Path) -> None:
    full = SinkSettings(address=str(tmp_path / "full.ts"))
    with speechless():
        outlet = Outlet([full], SIZE, 10, sound=None)
        part = next(tmp_path.iterdir())
        part.unlink()
        part.symlink_to("/dev/full")
        noise = np.random.default_rng(1).integers(0, 255, (*SIZE, 3), np.uint8)
        with pytest.raises(OutputError, match="no space left"):
            for number in range(200):
                outlet.send(np.roll(noise, number, axis=0), number * STEP)
        outlet.close()


def test_a_sink_is_known_by_its_address() -> None:
    kinds = {
        "rtmps://host/app/key": SinkKind.NETWORK,
        "rtsp://host/x": SinkKind.NETWORK,
        "udp://239.0.0.1:5000": SinkKind.NETWORK,
        "/dev/video9": SinkKind.DEVICE,
        "window": SinkKind.WINDOW,
        "a/live.m3u8": SinkKind.HLS,
        "a/b.MP4": SinkKind.FILE,
    }
    assert {address: SinkSettings(address=address).kind for address in kinds} == kinds


def test_bits_go_with_the_pixels() -> None:
    assert bit_rate_for((720, 1280)) == 4_000_000
    assert bit_rate_for((1080, 1920)) == 9_000_000
    assert bit_rate_for((48, 64)) == 500_000
