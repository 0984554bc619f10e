"""The page of a run that mattes a real stream: what it changes is seen in what is sent."""

import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest
from browsing import chromium, element, fill, text, until
from selenium import webdriver
from selenium.webdriver.support.select import Select

from live.running import KEY, Running
from live.servers import Publisher, RtmpServer, free_datagram_port, free_port
from live.signals import SCREEN
from live.watching import Shown, Watcher

BLUE, RED = (0, 0, 255), (200, 30, 30)
CLOSE = 40
"""By so much a colour may be off after two generations of H.264."""

STANDSTILL = 1.5
"""Seconds without a picture, while something is opened, after which players would hang up."""

SOME = 8
"""Pictures in a row."""


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    with chromium() as started:
        yield started


def is_close(colour: tuple[int, int, int], wanted: tuple[int, int, int]) -> bool:
    return max(abs(a - b) for a, b in zip(colour, wanted, strict=True)) <= CLOSE


def follows(watcher: Watcher, condition: Callable[[list[Shown]], bool], seconds: float = 8) -> None:
    """Wait until `condition` holds for the newest pictures."""
    since = time.monotonic()
    until(
        lambda: (
            len(new := [one for one in watcher.shown if one.came > since]) >= SOME
            and condition(new[-SOME:])
        ),
        seconds,
    )


def apply(page: webdriver.Chrome, **wishes: str) -> None:
    for name, value in wishes.items():
        if name == "hint":
            Select(element(page, name)).select_by_value(value)
        else:
            fill(page, name, value)
    element(page, "apply").click()
    until(lambda: text(page, "answer") == "Applied")


def test_what_the_page_changes_is_seen_in_the_stream(
    browser: webdriver.Chrome,
    tmp_path: Path,
    signal_clip: Path,
    source_server: RtmpServer,
    sink_server: RtmpServer,
) -> None:
    port, other = free_port(), f"udp://127.0.0.1:{free_datagram_port()}"
    source, sink = source_server.url("camera"), sink_server.url("matted")
    with (
        Running(tmp_path, source, sink, *KEY, "--fps", "12", "--monitor", str(port)) as run,
        Watcher(sink) as watcher,
        Publisher(signal_clip, source, tmp_path),
        Publisher(signal_clip, f"{other}?pkt_size=1316", tmp_path),
    ):

        def rate(pictures: list[Shown]) -> float:
            return 1 / median(b.time - a.time for a, b in pairwise(pictures))

        def background(colour: tuple[int, int, int]) -> Callable[[list[Shown]], bool]:
            return lambda pictures: all(is_close(one.corner, colour) for one in pictures)

        follows(watcher, lambda seen: background(BLUE)(seen) and 10 < rate(seen) < 14, 20)
        browser.get(f"http://127.0.0.1:{port}/")
        until(lambda: text(browser, "health") == "live")
        apply(browser, fps="6", background="#c81e1e")
        follows(watcher, lambda seen: background(RED)(seen) and 5 < rate(seen) < 7)
        until(lambda: "of 6 frames a second" in text(browser, "summary"))
        apply(browser, background=other, fps="12")  # another live stream, which has a green screen
        follows(watcher, lambda seen: background(SCREEN)(seen) and 10 < rate(seen) < 14, 12)
        fill(browser, "background", "nothing.mp4")
        element(browser, "apply").click()
        until(lambda: "nothing.mp4" in text(browser, "answer") + text(browser, "problem"))
        follows(watcher, background(SCREEN))
        apply(browser, background="blue")
        follows(watcher, background(BLUE))
        before = time.monotonic()
        apply(browser, hint="subject")  # opens another network
        until(lambda: "Hint subject" in text(browser, "counts").replace("\n", " "), 20)
        apply(browser, hint="key", key="#00b140")
        until(lambda: "Hint key" in text(browser, "counts").replace("\n", " "))
        follows(watcher, lambda seen: all(one.seen.shape == one.seen.number for one in seen))
        came = [one.came for one in watcher.shown if one.came > before]
        assert max(b - a for a, b in pairwise(came)) < STANDSTILL
        assert browser.save_screenshot(str(tmp_path / "page.png"))
        run.stop()
        code, report = run.ended()
    assert code == 0
    assert report["source"]["reconnects"] == report["sinks"][0]["reconnects"] == 0
    assert len(watcher.connections) == 1 and report["repeated"] == 0
