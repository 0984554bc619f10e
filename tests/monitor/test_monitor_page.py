"""The page in a real browser: it shows the job move, and what it changes is followed."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import chromium, element, fill, text, until
from monitor_job import FakeJob, monitored
from monitor_requests import Client
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from pamcli.live_status import LinkState

TOKEN = "correct-horse-battery"

Colour = tuple[int, int, int]

READ = """
const canvas = document.getElementById("picture");
const copy = new OffscreenCanvas(canvas.width, canvas.height);
const context = copy.getContext("2d", { willReadFrequently: true });
context.drawImage(canvas, 0, 0);
const read = (...box) => [...context.getImageData(...box).data];
"""

PIXEL = READ + "return canvas.dataset.shown ? read(...arguments, 1, 1).slice(0, 3) : null;"

ROW = READ + "return read(0, canvas.height / 2, canvas.width, 1);"


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: webdriver.Chrome, job: FakeJob) -> Iterator[webdriver.Chrome]:
    """The page of the job; at the end its console must hold nothing."""
    with monitored(job) as monitor:
        browser.get_log("browser")  # type: ignore[no-untyped-call]
        browser.get(monitor.url)
        until(lambda: text(browser, "health") == "live")
        yield browser
        assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]
        browser.get("about:blank")


def is_colour(page: webdriver.Chrome, place: tuple[int, int], colour: Colour) -> bool:
    """Whether the preview shows it there, to the accuracy of a JPEG."""
    shown = page.execute_script(PIXEL, *place)
    return shown is not None and max(abs(a - b) for a, b in zip(shown, colour, strict=True)) <= 10


def test_the_preview_moves_and_each_kind_can_be_chosen(page: webdriver.Chrome) -> None:
    corner, green = (5, 5), (0x00, 0xB1, 0x40)
    until(lambda: is_colour(page, corner, green))
    first = page.execute_script(ROW)
    until(lambda: page.execute_script(ROW) != first)
    for kind, colour in (("alpha", (0, 0, 0)), ("trimap", (0, 0, 0)), ("source", (4, 4, 4))):
        page.find_element(By.CSS_SELECTOR, f"input[value={kind}] + span").click()
        until(lambda: element(page, "picture").get_attribute("data-shown") == kind)  # noqa: B023
        assert is_colour(page, corner, colour)
    assert element(page, "picture").get_attribute("aria-label") == "Source"


def test_a_new_background_is_seen_in_the_preview(page: webdriver.Chrome, job: FakeJob) -> None:
    until(lambda: is_colour(page, (5, 5), (0x00, 0xB1, 0x40)))
    fill(page, "background", "#2040c0")
    element(page, "apply").click()
    until(lambda: is_colour(page, (5, 5), (0x20, 0x40, 0xC0)))
    assert job.controls.wish.background == "#2040c0"
    until(lambda: text(page, "answer") == "Applied")
    until(lambda: "Background #2040c0" in text(page, "counts").replace("\n", " "))


def test_a_new_target_is_followed_by_the_status_and_the_charts(
    page: webdriver.Chrome, job: FakeJob
) -> None:
    until(lambda: "of 15 frames a second" in text(page, "summary"))
    fill(page, "fps", "24")
    element(page, "fps").send_keys(Keys.ENTER)
    until(lambda: "of 24 frames a second" in text(page, "summary"))
    assert job.controls.wish.fps == 24
    charts = element(page, "charts")
    until(lambda: "target 24.0" in charts.text and "in force 76" in charts.text)
    until(lambda: "last path 1010" in charts.text)
    lines = charts.find_elements(By.CSS_SELECTOR, "svg .line")
    assert len(lines) == 11
    assert all("L" in (line.get_attribute("d") or "").replace("V", "L") for line in lines)


def test_cost_bounds_and_hint_are_sent_and_can_be_taken_back(
    page: webdriver.Chrome, job: FakeJob
) -> None:
    assert not element(page, "key").is_displayed()
    Select(element(page, "hint")).select_by_value("key")
    fill(page, "key", "lime")
    fill(page, "min_cost", "50")
    fill(page, "max_cost", "60")
    element(page, "apply").click()
    until(lambda: text(page, "answer") == "Applied")
    wish = job.controls.wish
    assert (wish.hint.key, wish.min_cost, wish.max_cost) == ("lime", 50, 60)
    Select(element(page, "hint")).select_by_value("subject")
    fill(page, "min_cost", "")
    element(page, "apply").click()
    until(lambda: job.controls.wish.hint.kind == "subject")
    assert (job.controls.wish.min_cost, job.controls.wish.max_cost) == (None, 60)


@pytest.mark.filterwarnings("default")
def test_what_is_refused_is_said_and_stays_in_the_form(
    browser: webdriver.Chrome, job: FakeJob
) -> None:
    with monitored(job) as monitor:
        browser.get(monitor.url)
        until(lambda: text(browser, "health") == "live")
        fill(browser, "max_cost", "99")
        element(browser, "apply").click()
        until(lambda: text(browser, "answer") == "max-cost 99 is not within 40 to 90 GMAC")
        time.sleep(1.2)
        assert element(browser, "max_cost").get_attribute("value") == "99"
        element(browser, "revert").click()
        assert element(browser, "max_cost").get_attribute("value") == ""
        job.controls.refused("beach.mp4: cannot be decoded")
        until(lambda: text(browser, "problem") == "beach.mp4: cannot be decoded")
        job.source_state = LinkState.DOWN
        until(lambda: text(browser, "health") == "source down")
        assert "rtsp://…@camera: reset" in text(browser, "links")
    until(lambda: text(browser, "health") == "no answer")
    assert text(browser, "problem") == "The job does not answer; trying again"


def test_paused_nothing_is_asked_of_the_job(page: webdriver.Chrome, job: FakeJob) -> None:
    until(lambda: job.shown > 3)
    element(page, "pause").click()
    assert element(page, "pause").get_attribute("aria-pressed") == "true"
    until(lambda: not job.previews.watched, 8)
    element(page, "pause").click()
    until(lambda: job.previews.watched)


def test_the_keyboard_reaches_every_control(page: webdriver.Chrome) -> None:
    page.execute_script("document.activeElement.blur()")
    reached = []
    for _ in range(12):
        webdriver.ActionChains(page).send_keys(Keys.TAB).perform()
        focused = page.switch_to.active_element
        reached.append(focused.get_attribute("name") or focused.get_attribute("id"))
    wanted = ["kind", "pause", "fps", "background", "colour", "hint", "min_cost", "max_cost"]
    assert [name for name in reached if name in wanted][:8] == wanted


def test_nothing_juts_out_at_phone_width(page: webdriver.Chrome, tmp_path: Path) -> None:
    sizes = {"desktop": (1280, 900, 1), "phone": (360, 740, 2)}
    for theme in ("light", "dark"):
        media = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        for name, (width, height, scale) in sizes.items():
            screen = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
            page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
            wide = page.execute_script("return document.documentElement.scrollWidth")
            assert wide <= width
            assert page.save_screenshot(str(tmp_path / f"{name}-{theme}.png"))
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_a_browser_comes_in_by_the_token_and_stays_in(
    browser: webdriver.Chrome, job: FakeJob
) -> None:
    with monitored(job, host="0.0.0.0", token=TOKEN) as monitor:
        url = f"http://127.0.0.1:{Client(monitor.url).port}/"
        browser.get(url)
        field = browser.find_element(By.NAME, "token")
        field.send_keys(TOKEN, Keys.ENTER)
        until(lambda: browser.find_elements(By.ID, "health") and text(browser, "health") == "live")
        assert browser.current_url == url
        fill(browser, "fps", "20")
        element(browser, "apply").click()
        until(lambda: job.controls.wish.fps == 20)
        browser.get(url)
        until(lambda: text(browser, "health") == "live")
        assert browser.execute_script("return document.cookie") == ""
