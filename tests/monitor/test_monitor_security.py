"""What the monitor on a port refuses, and to whom it tells nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from monitor_job import FakeJob, monitored
from monitor_requests import JSON, Client

from pamcli.errors import UsageError
from pamcli.monitor import serve

TOKEN = "correct-horse-battery"
BEARER = {"Authorization": f"Bearer {TOKEN}"}

PAGES = ("/", "/style.css", "/main.js", "/charts.js", "/controls.js", "/preview.js", "/icon.svg")


@pytest.fixture
def closed(job: FakeJob) -> Iterator[Client]:
    """Asks a monitor that every machine can reach and that has a token."""
    with monitored(job, host="0.0.0.0", token=TOKEN) as monitor:
        yield Client(f"http://127.0.0.1:{Client(monitor.url).port}/")


def test_every_answer_says_what_a_browser_may_do(client: Client) -> None:
    for target in ("/", "/api/status", "/nowhere", "/preview/alpha.jpg", "/metrics"):
        headers = client.get(target).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; ")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers


def test_a_body_of_more_than_4_kib_is_refused(client: Client, job: FakeJob) -> None:
    fits = json.dumps({"fps": 20}).encode().ljust(4096)
    assert client.ask("/api/controls", "POST", fits + b" ", JSON).status == 413
    assert client.ask("/api/controls", "POST", b"x" * 1_000_000, JSON).status == 413
    assert job.controls.version == 0
    assert client.ask("/api/controls", "POST", fits, JSON).status == 200


def test_a_body_that_does_not_say_its_length_is_refused_when_it_grows_too_long(
    client: Client,
) -> None:
    start = b"POST /api/controls HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    start += b"Content-Type: application/json\r\n"
    chunk = b"800\r\n" + b" " * 2048 + b"\r\n"
    answer = client.raw(start + b"Transfer-Encoding: chunked\r\n\r\n" + 3 * chunk + b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_headers_have_an_end(client: Client) -> None:
    assert client.get("/" + "a" * 17_000).status == 431
    assert client.get("/?after=" + "1" * 17_000).status == 431
    assert client.get("/", Cookie="a" * 17_000).status == 431


@pytest.mark.parametrize(
    "target",
    [
        "/../app.py",
        "/page/../app.py",
        "/%2e%2e/app.py",
        "/..%2fapp.py",
        "/..%5capp.py",
        "//etc/passwd",
        "/main.js%00.html",
        "/preview/../app.py",
        "/preview/..%2f..%2fapp.jpg",
        "/preview/foreground.jpg",
        "/preview/alpha.png",
        "/index.html/",
        "/.git/config",
    ],
)
def test_no_address_leads_out_of_the_page(client: Client, target: str) -> None:
    answer = client.get(target)
    assert (answer.status, answer.json) == (404, {"error": "not found"})


def test_another_name_for_this_machine_is_refused(client: Client) -> None:
    for host in ("evil.example", f"evil.example:{client.port}"):
        answer = client.get("/api/status", Host=host)
        assert (answer.status, "status" in answer.json) == (421, False)
    assert client.get("/api/status", Host=f"localhost:{client.port}").status == 200


def test_another_sites_page_changes_nothing(client: Client, job: FakeJob) -> None:
    content = b'{"fps": 20}'
    refused = [
        {**JSON, "Origin": "http://evil.example"},
        {**JSON, "Origin": "null"},
        {"Content-Type": "text/plain"},
        {},
    ]
    statuses = [client.ask("/api/controls", "POST", content, headers).status for headers in refused]
    assert statuses == [403, 403, 415, 415]
    assert client.get("/api/controls").status == 405
    assert job.controls.version == 0
    own = {**JSON, "Origin": f"http://{client.host}:{client.port}"}
    assert client.ask("/api/controls", "POST", content, own).status == 200


def test_without_the_token_nothing_is_told(closed: Client, job: FakeJob) -> None:
    targets = [*PAGES, "/api/status", "/api/history", "/api/choices", "/preview/alpha.jpg"]
    for target in [*targets, "/metrics", "/health", "/nowhere", f"/metrics?token={TOKEN}"]:
        answer = closed.get(target)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    wrong = {**JSON, "Authorization": "Bearer wrong-horse-battery"}
    assert closed.ask("/api/controls", "POST", b'{"fps": 9}', wrong).status == 401
    assert closed.get("/?token=wrong-horse-battery").status == 401
    for host in ("[", "a/?", "a#", "a@b:c"):
        assert closed.get("/api/status", Host=host).status in (400, 401)
    assert job.controls.version == 0


def test_the_door_is_a_form_for_the_token(closed: Client) -> None:
    door = closed.get("/")
    assert b'<input name="token" type="password"' in door.content


def test_a_program_shows_the_token_in_a_header(closed: Client, job: FakeJob) -> None:
    assert closed.get("/metrics", **BEARER).status == 200
    assert closed.get("/", **BEARER).status == 200
    answer = closed.ask("/api/controls", "POST", b'{"fps": 9}', {**JSON, **BEARER})
    assert (answer.status, job.controls.wish.fps) == (200, 9)


def test_a_browser_shows_the_token_once_and_gets_a_cookie(closed: Client) -> None:
    entered = closed.get(f"/?token={TOKEN}")
    assert entered.status == 200
    assert b'content="0;url=/"' in entered.content
    name, _, rest = entered.headers["set-cookie"].partition("=")
    assert name == f"pamcli_monitor_{closed.port}"
    session, *flags = rest.lower().split("; ")
    assert set(flags) == {"httponly", "samesite=strict", "path=/"}
    assert TOKEN not in rest and TOKEN.encode() not in entered.content
    cookie = entered.headers["set-cookie"].partition(";")[0]
    assert closed.get("/", Cookie=cookie).status == 200
    assert closed.get("/api/status", Cookie=cookie).status == 200
    assert closed.get("/api/status", Cookie=f"{name}={session}x").status == 401
    assert closed.get("/api/status", Cookie=f"{name}={TOKEN}").status == 401


def test_other_machines_may_name_the_files_that_are_offered_only(
    job: FakeJob, tmp_path: Path
) -> None:
    offered = tmp_path / "offered"
    offered.mkdir()
    for file in (tmp_path / "secret.png", offered / "beach.png"):
        cv2.imwrite(str(file), np.zeros((4, 6, 3), np.uint8))
    with monitored(job, host="0.0.0.0", token=TOKEN, backgrounds=(offered,)) as monitor:
        client = Client(f"http://127.0.0.1:{Client(monitor.url).port}/")
        assert client.get("/api/choices", **BEARER).json["backgrounds"] == ["beach.png"]

        def ask(name: str) -> int:
            content = json.dumps({"background": name}).encode()
            return client.ask("/api/controls", "POST", content, {**JSON, **BEARER}).status

        assert ask(str(tmp_path / "secret.png")) == 422
        assert ask("../secret.png") == 422
        assert ask("beach.png") == 200
        assert job.controls.wish.background == str(offered / "beach.png")


def test_another_address_without_a_token_is_wrong_usage(job: FakeJob) -> None:
    for host in ("0.0.0.0", "::"):
        with pytest.raises(UsageError, match=r"^--monitor-host: on another address than loopback"):
            serve(job.status, job.controls, job.previews, host=host, port=0).__enter__()
