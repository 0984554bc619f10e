"""What breaks while a live run runs: it goes on, and says how often it had to."""

import time
from itertools import pairwise
from pathlib import Path

import pytest

from live.running import KEY, Running
from live.servers import Publisher, RtmpServer, RtspServer, free_datagram_port
from live.signals import FPS, write_signal
from live.watching import Shown, Watcher
from pamcli.live_status import LinkState

RECOVERY = 3.0
"""Seconds after a peer is back within which pictures arrive again."""

FROZEN = 10.0
AWAY = 2.0
SOME = 10

ONCE = pytest.param(1, id="once")
OFTEN = pytest.param(5, id="5 times", marks=[pytest.mark.slow, pytest.mark.timeout(600)])


def arguments(source: RtmpServer, sink: RtmpServer) -> tuple[str, ...]:
    return source.url("camera"), sink.url("matted"), *KEY, "--fps", "10"


def check_recovered(watcher: Watcher, back: float, least: int = 0) -> float:
    """Seconds until new pictures of the source came, from number `least` on."""
    fresh = moving(watcher, back, least=least)
    took = fresh.came - back
    print(f"recovered after {took:.2f} s")
    assert took <= RECOVERY
    return took


def moving(watcher: Watcher, since: float, seconds: float = 20.0, least: int = 0) -> Shown:
    """The first picture after `since` that shows another number than the one before it, one of at
    least `least`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        shown = [one for one in watcher.shown if one.came > since]
        for one, other in pairwise(shown):
            if one.seen.number != other.seen.number and (other.seen.number or -1) >= least:
                assert other.seen.number == other.seen.shape
                return other
        time.sleep(0.05)
    raise AssertionError("no new picture came")


@pytest.mark.parametrize("times", [ONCE, OFTEN])
def test_the_sources_server_is_killed_and_started_again(
    times: int,
    tmp_path: Path,
    signal_clip: Path,
    source_server: RtmpServer,
    sink_server: RtmpServer,
) -> None:
    source, sink = source_server, sink_server
    with Running(tmp_path, *arguments(source, sink)) as run, Watcher(sink.url("matted")) as watcher:
        for _ in range(times):
            with Publisher(signal_clip, source.url("camera"), tmp_path):
                moving(watcher, time.monotonic())
                gone = time.monotonic()
                source.kill()
                time.sleep(AWAY)
            kept_up = [one for one in watcher.shown if one.came > gone + 1]
            assert len(kept_up) >= 5, "the sink was left without pictures"
            source.start()
            with Publisher(signal_clip, source.url("camera"), tmp_path):
                check_recovered(watcher, time.monotonic())
        run.stop()
        code, report = run.ended()
    assert code == 0 and len(watcher.connections) == 1
    assert report["source"]["reconnects"] >= times and report["repeated"] > 0
    assert report["sinks"][0]["reconnects"] == 0


@pytest.mark.parametrize("times", [ONCE, OFTEN])
def test_the_sinks_server_is_killed_and_started_again(
    times: int,
    tmp_path: Path,
    signal_clip: Path,
    source_server: RtmpServer,
    sink_server: RtmpServer,
) -> None:
    source, sink = source_server, sink_server
    with (
        Running(tmp_path, *arguments(source, sink)) as run,
        Watcher(sink.url("matted")) as watcher,
    ):
        for _ in range(times):
            with Publisher(signal_clip, source.url("camera"), tmp_path):
                moving(watcher, time.monotonic())
                sink.kill()
                time.sleep(AWAY)
                sink.start()
                back = time.monotonic()
                while not sink.is_published("matted"):
                    assert time.monotonic() - back < RECOVERY, run.said
                    time.sleep(0.02)
                print(f"published again after {time.monotonic() - back:.2f} s")
                check_recovered(watcher, back)
                time.sleep(3.0)  # until the connection counts as made
        run.stop()
        code, report = run.ended()
    assert code == 0
    assert report["sinks"][0]["reconnects"] == times


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("times", [5])
@pytest.mark.parametrize("which", ["source", "sink"])
def test_a_server_that_is_frozen_for_10_s(
    which: str,
    times: int,
    tmp_path: Path,
    signal_clip: Path,
    source_server: RtmpServer,
    sink_server: RtmpServer,
) -> None:
    frozen = source_server if which == "source" else sink_server
    with (
        Running(tmp_path, *arguments(source_server, sink_server)) as run,
        Watcher(sink_server.url("matted"), patience=2 * FROZEN) as watcher,
    ):
        for _ in range(times):
            with Publisher(signal_clip, source_server.url("camera"), tmp_path):
                before = moving(watcher, time.monotonic())
                frozen.freeze()
                time.sleep(FROZEN)
                assert run.is_running
                frozen.thaw()
                # what waited meanwhile comes first, and is no recovery
                behind = time.monotonic() - before.came - 1.0
                least = (before.seen.number or 0) + round(behind * FPS)
                check_recovered(watcher, time.monotonic(), least)
            time.sleep(AWAY)  # until nothing of this round is under way
        run.stop()
        code, report = run.ended()
    assert code == 0
    print(report)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("how", ["frozen for 10 s", "killed and started again"])
def test_an_rtsp_server_that_gives_and_takes(
    how: str, tmp_path: Path, rtsp_server: RtspServer
) -> None:
    server, local = rtsp_server, f"udp://127.0.0.1:{free_datagram_port()}"
    with (
        Watcher(local) as watcher,
        Watcher(server.passed_on) as recorded,
        Running(tmp_path, server.play, local, server.record, *KEY, "--fps", "10") as run,
    ):
        for _ in range(5):
            for one in (watcher, recorded):
                moving(one, time.monotonic())
            if how == "frozen for 10 s":
                server.freeze()
                time.sleep(FROZEN)
                server.thaw()
            else:
                server.kill()
                time.sleep(AWAY)
                server.start()
            back = time.monotonic()
            check_recovered(watcher, back)
            check_recovered(recorded, back)
            time.sleep(3.0)
        run.stop()
        code, report = run.ended()
    assert code == 0
    assert report["source"]["reconnects"] >= 5 and report["sinks"][0]["reconnects"] == 0
    print(report["source"], report["sinks"])
    # what waits for a frozen peer may find room until it thaws
    assert report["sinks"][1]["reconnects"] >= (5 if how.startswith("killed") else 0)


@pytest.mark.parametrize("times", [ONCE, OFTEN])
def test_a_source_that_ends_and_returns_in_another_size(
    times: int,
    tmp_path: Path,
    signal_clip: Path,
    wide_clip: Path,
    source_server: RtmpServer,
    sink_server: RtmpServer,
) -> None:
    source, sink = source_server, sink_server
    with (
        Running(tmp_path, *arguments(source, sink)) as run,
        Watcher(sink.url("matted")) as watcher,
        Watcher(sink.url("matted"), drawn_at=(180, 320)) as wide,
    ):
        for _ in range(times):
            with Publisher(signal_clip, source.url("camera"), tmp_path):
                moving(watcher, time.monotonic())
            time.sleep(AWAY)
            with Publisher(wide_clip, source.url("camera"), tmp_path):
                check_recovered(wide, time.monotonic())
            time.sleep(AWAY)
        run.stop()
        code, report = run.ended()
    assert code == 0 and {one.size for one in watcher.shown} == {(240, 320)}
    # nginx keeps who plays while nobody publishes: the same connection then begins anew
    assert report["source"]["reconnects"] + report["jumps"] >= times
    assert report["sinks"][0]["reconnects"] == 0


@pytest.mark.parametrize("times", [ONCE, OFTEN])
def test_a_sink_that_refuses_at_first(
    times: int, tmp_path: Path, signal_clip: Path, sink_server: RtmpServer
) -> None:
    for _ in range(times):
        sink_server.kill()
        record = tmp_path / f"record{time.monotonic_ns()}.mkv"
        with (
            Running(
                tmp_path, signal_clip, sink_server.url("matted"), record, *KEY, "--fps", "10"
            ) as run,
            Watcher(sink_server.url("matted")) as watcher,
        ):
            run.wait_to_hear("reconnecting")
            time.sleep(AWAY)
            sink_server.start()
            check_recovered(watcher, time.monotonic())
            run.stop()
            code, report = run.ended()
        assert code == 0
        local, network = report["sinks"]
        assert local["frames"] > network["frames"] > 0 and local["reconnects"] == 0
        assert {local["state"], network["state"]} == {LinkState.CLOSED}
        assert network["error"] == "connection refused" and record.exists()


def test_datagrams_that_stop_and_return(tmp_path: Path, signal_clip: Path) -> None:
    source, sink = (f"udp://127.0.0.1:{free_datagram_port()}" for _ in range(2))
    with (
        Watcher(sink) as watcher,
        Running(tmp_path, source, sink, *KEY, "--fps", "10", "--patience", "1") as run,
    ):
        with Publisher(signal_clip, f"{source}?pkt_size=1316", tmp_path):
            moving(watcher, time.monotonic())
            before = watcher.shown[-1].time
        stopped = time.monotonic()
        time.sleep(3.0)
        meanwhile = [one for one in watcher.shown if one.came > stopped + 1]
        assert len(meanwhile) >= 10 and len({one.seen.number for one in meanwhile}) == 1
        with Publisher(signal_clip, f"{source}?pkt_size=1316", tmp_path):
            check_recovered(watcher, time.monotonic())
        run.stop()
        code, report = run.ended()
    assert code == 0 and report["source"]["reconnects"] == 1
    times = [one.time for one in watcher.connections[-1].shown]
    assert times == sorted(set(times)) and times[-1] - before >= 3.0


@pytest.mark.parametrize("first_pid", [256, 512])
def test_another_codec_in_mid_stream(tmp_path: Path, first_pid: int) -> None:
    source, sink = (f"udp://127.0.0.1:{free_datagram_port()}" for _ in range(2))
    codecs = "libx264", "mpeg2video"
    before, after = (
        write_signal(tmp_path / f"{codec}.ts", seconds=15, sound=False, codec=codec)
        for codec in codecs
    )
    address = f"{source}?pkt_size=1316"
    with (
        Watcher(sink) as watcher,
        Running(tmp_path, source, sink, *KEY, "--fps", "10", "--patience", "1") as run,
    ):
        with Publisher(before, address, tmp_path):
            moving(watcher, time.monotonic())
        with Publisher(after, address, tmp_path, f"mpegts_start_pid={first_pid}"):
            run.wait_to_hear("mpeg2video", 12)
            moving(watcher, time.monotonic())
        run.stop()
        code, report = run.ended()
    assert code == 0 and report["source"]["reconnects"] == 1


def test_a_source_that_stays_away_ends_the_run_after_so_many_attempts(
    tmp_path: Path, signal_clip: Path
) -> None:
    source = f"udp://127.0.0.1:{free_datagram_port()}"
    record = tmp_path / "record.mkv"
    limits = "--patience", "0.5", "--max-reconnects", "2"
    with Running(tmp_path, source, record, *KEY, "--fps", "10", *limits) as run:
        with Publisher(signal_clip, f"{source}?pkt_size=1316", tmp_path):
            run.wait_to_hear("h264")
            time.sleep(2.0)
        code, _ = run.ended(seconds=20)
    assert code == 1
    assert f"pamcli: error: {source}: " in run.said
    assert "(after 2 attempts to reconnect)" in run.said and "Traceback" not in run.said
    assert record.exists(), "what was sent is kept"
