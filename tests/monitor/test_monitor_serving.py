"""The monitor on a port: its pages, changes, pictures, and how it ends."""

import socket
import subprocess
import sys
import time
from pathlib import Path
from threading import Event
from threading import enumerate as threads

import cv2
import numpy as np
import pytest
from monitor_job import FakeJob, monitored
from monitor_requests import JSON, Client
from prometheus_client.parser import text_string_to_metric_families

from pamcli.errors import OutputError, UsageError
from pamcli.live_status import LinkState, LiveStatus
from pamcli.monitor import serve

FILES = {
    "/": "text/html; charset=utf-8",
    "/style.css": "text/css; charset=utf-8",
    "/main.js": "text/javascript; charset=utf-8",
    "/charts.js": "text/javascript; charset=utf-8",
    "/controls.js": "text/javascript; charset=utf-8",
    "/preview.js": "text/javascript; charset=utf-8",
    "/icon.svg": "image/svg+xml",
}


def test_the_page_and_all_that_it_needs_comes_from_here(client: Client) -> None:
    for name, content_type in FILES.items():
        answer = client.get(name)
        assert (answer.status, answer.headers["content-type"]) == (200, content_type)
        assert b"http://" not in answer.content.replace(b"http://www.w3.org/2000/svg", b"")
        assert b"https://" not in answer.content


def test_the_status_is_the_jobs_without_credentials(client: Client, job: FakeJob) -> None:
    job.source_state = LinkState.DOWN
    job.controls.refused("rtsp://anna:secret@camera: refused")
    answer = client.get("/api/status")
    told = answer.json
    status = told["status"]
    assert isinstance(status, dict)
    assert (status["target_fps"], status["path"], status["width"]) == (15, "1111", 320)
    assert status["source"]["name"] == "rtsp://…@camera.local/1"
    assert status["source"]["state"] == "down"
    assert status["source"]["error"] == "rtsp://…@camera: reset"
    assert [sink["name"] for sink in status["sinks"]] == ["rtmp://host/live/…", "out.mp4"]
    assert told["error"] == "rtsp://…@camera: refused"
    assert told["wish"] == {
        "fps": 15,
        "background": "#00b140",
        "hint": "subject",
        "min_cost": None,
        "max_cost": None,
    }
    assert b"secret" not in answer.content


def test_samples_come_one_a_second(client: Client) -> None:
    time.sleep(1.3)
    answer = client.get("/api/history?after=0").json
    assert answer["next"] in (2, 3)
    assert client.get(f"/api/history?after={answer['next']}").json["next"] in (2, 3)
    for after in ("-1", "x", "1" * 40, ""):
        assert client.get(f"/api/history?after={after}").status == 422


def test_a_change_reaches_the_job(client: Client, job: FakeJob) -> None:
    answer = client.change(fps=24, background="navy", hint="key:lime", min_cost=50)
    assert answer.status == 200
    assert answer.json["wish"] == {
        "fps": 24,
        "background": "navy",
        "hint": "key:lime",
        "min_cost": 50,
        "max_cost": None,
    }
    wish = job.controls.wish
    assert (wish.fps, wish.background, wish.hint.key, wish.min_cost) == (24, "navy", "lime", 50)


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("fps", 0, "fps 0 is not within 0 to 1000"),
        ("fps", 2000, "fps 2000 is not within 0 to 1000"),
        ("min_cost", 91, "min-cost 91 is not within 40 to 90 GMAC"),
        ("hint", "mask", "hint: mask is not offered: give subject, key:auto, key:COLOUR"),
        ("background", "nope.jpg", "nope.jpg: neither a colour, a picture, a clip nor blur:N"),
    ],
)
def test_a_wrong_value_is_refused_with_one_line(
    client: Client, job: FakeJob, field: str, value: object, why: str
) -> None:
    answer = client.change(**{field: value})
    assert (answer.status, answer.json) == (422, {"error": why})
    assert job.controls.version == 0


def test_no_number_is_refused_too(client: Client, job: FakeJob) -> None:
    for number in (b"NaN", b"Infinity", b"1e999"):
        content = b'{"fps": ' + number + b"}"
        assert client.ask("/api/controls", "POST", content, JSON).status == 422
    assert job.controls.version == 0


def test_a_picture_is_a_small_jpeg(client: Client) -> None:
    answer = client.get("/preview/composite.jpg")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
    picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None and picture.shape == (180, 320, 3)
    assert np.abs(picture[2, 2].astype(int)[::-1] - (0x00, 0xB1, 0x40)).max() <= 6


def test_without_anybody_watching_the_job_shows_nothing(client: Client, job: FakeJob) -> None:
    client.get("/")
    client.get("/api/status")
    time.sleep(0.3)
    assert job.shown == 0
    client.get("/preview/alpha.jpg")
    assert job.shown > 0


def test_metrics_are_read_by_prometheus(client: Client) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    names = {metric.name for metric in text_string_to_metric_families(answer.content.decode())}
    assert {"pamcli_live_fps", "pamcli_live_dropped_frames", "pamcli_live_link_up"} <= names


def test_a_job_that_stops_sending_is_not_healthy(
    client: Client, job: FakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (client.get("/health").status, client.get("/health").json["reason"]) == (200, "")
    monkeypatch.setattr("pamcli.monitor.history.SILENCE", 1.5)
    job.is_sending = False
    time.sleep(3.5)
    answer = client.get("/health")
    assert (answer.status, answer.json["healthy"]) == (503, False)
    assert str(answer.json["reason"]).startswith("no frame was sent to any sink for ")
    assert client.get("/api/status").json["ill"] == answer.json["reason"]
    job.is_sending = True
    time.sleep(1.3)
    assert client.get("/health").status == 200


def test_no_host_and_no_port_are_wrong_usage(job: FakeJob) -> None:
    with pytest.raises(UsageError, match=r"^--monitor 70000: no port, 0 to 65535$"):
        serve(job.status, job.controls, job.previews, port=70000).__enter__()
    with pytest.raises(UsageError, match=r"^--monitor-host a b: no such host$"):
        serve(job.status, job.controls, job.previews, host="a b", port=0).__enter__()


def test_a_port_in_use_is_one_line(job: FakeJob) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OutputError, match=f"^--monitor {port}: .*in use.* on 127.0.0.1$"):
            serve(job.status, job.controls, job.previews, port=port).__enter__()


def test_the_url_names_the_address_and_the_port_that_was_free(job: FakeJob) -> None:
    with serve(job.status, job.controls, job.previews, host="localhost", port=0) as monitor:
        assert Client(monitor.url).port > 0
        assert Client(monitor.url).get("/").status == 200


def test_it_ends_within_2_s_whoever_is_connected_and_leaves_no_thread(
    job: FakeJob, capfd: pytest.CaptureFixture[str]
) -> None:
    before = set(threads())
    with monitored(job) as monitor:
        client = Client(monitor.url)
        address = client.host, client.port
        idle = [socket.create_connection(address) for _ in range(5)]
        idle[0].sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")  # no end of its headers
        half = b"POST /api/controls HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
        idle[1].sendall(half + b"Content-Type: application/json\r\n\r\n{")
        idle[2].sendall(b"GET /style.css HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200)  # unread
        assert client.get("/api/status").status == 200
        began = time.monotonic()
    assert time.monotonic() - began < 2.0
    assert not {thread.name for thread in set(threads()) - before} & {"monitor"}
    with pytest.raises(OSError, match="refused"):
        client.get("/")
    for connection in idle:
        connection.close()
    assert capfd.readouterr() == ("", "")


def test_a_job_that_hangs_keeps_nobody_from_leaving(job: FakeJob) -> None:
    goes_on = Event()

    def status() -> LiveStatus:
        goes_on.wait(20)
        return job.status()

    with serve(status, job.controls, job.previews, port=0) as monitor:
        assert Client(monitor.url).get("/health").json["healthy"]
        began = time.monotonic()
    assert time.monotonic() - began < 2.0
    goes_on.set()


def test_nothing_is_said_of_requests_good_or_bad(
    client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    client.get("/?token=secret-secret-secret")
    client.raw(b"\x16\x03\x01 no http\r\n\r\n")
    with socket.create_connection((client.host, client.port)) as gone:
        head = b"POST /api/controls HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
        gone.sendall(head + b"Content-Type: application/json\r\n\r\n{")
        time.sleep(0.2)
    time.sleep(0.2)
    assert client.get("/api/status").status == 200
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("missing", ["starlette", "uvicorn", "prometheus_client"])
def test_without_the_extra_one_line_says_what_to_install(missing: str) -> None:
    program = (
        "import sys\n"
        f"sys.modules[{missing!r}] = None\n"
        "from pamcli.errors import InputError\n"
        "from monitor_job import FakeJob, monitored\n"
        "try:\n"
        "    monitored(FakeJob()).__enter__()\n"
        "except InputError as error:\n"
        "    print(error)\n"
    )
    tests = Path(__file__).parents[1]
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tests.parent,
        env={"PYTHONPATH": f"{tests}:{tests.parent}", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "--monitor needs more libraries: pip install 'pamcli[monitor]'\n"
