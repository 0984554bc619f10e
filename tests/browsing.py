"""A real browser without a screen, and what tests do with a page in it."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    """Skips the test where there is none."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("no Chromium with its driver: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for option in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = webdriver.Chrome(options, Service(driver))
    try:
        started.set_page_load_timeout(20)
        yield started
    finally:
        started.quit()


def until(condition: Callable[[], object], seconds: float = 6.0) -> None:
    """Wait for what the page will show."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the page did not follow"
        time.sleep(0.05)


def element(page: webdriver.Chrome, name: str) -> WebElement:
    return page.find_element(By.ID, name)


def text(page: webdriver.Chrome, name: str) -> str:
    return element(page, name).text


def fill(page: webdriver.Chrome, name: str, value: str) -> None:
    field = element(page, name)
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(value or Keys.DELETE)
