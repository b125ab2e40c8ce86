"""A browser for tests of pages: chromium without a window, driven by selenium."""

from __future__ import annotations

import shutil
from contextlib import contextmanager

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")

needs_browser = pytest.mark.skipif(
    BROWSER is None or DRIVER is None, reason="needs chromium and chromedriver"
)
_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage",
)  # fmt: skip


def started(folder):
    """Return a browser with a profile of its own in a folder; to be ended by ``quit``."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (*_FLAGS, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service(DRIVER))


@contextmanager
def browser(folder):
    """Open a browser, and close it."""
    driver = started(folder)
    try:
        yield driver
    finally:
        driver.quit()


def resize(driver, width, height=900, mobile=False):
    """Give the window a size in pixels, also one that is smaller than windows can be."""
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile},
    )


def prefer(driver, theme):
    """Say that the system of the reader is light or dark."""
    feature = {"name": "prefers-color-scheme", "value": theme}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


def overflow(driver):
    """Return by how many pixels the page is wider than the window."""
    return driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth")


def requested(driver):
    """Return the addresses that pages asked for, but what they hold and the browser's own."""
    import json

    messages = [json.loads(one["message"])["message"] for one in driver.get_log("performance")]
    found = []
    for one in messages:
        if one["method"] == "Network.requestWillBeSent":
            found.append(one["params"]["request"]["url"])
        elif one["method"] == "Network.webSocketCreated":
            found.append(one["params"]["url"])
    return [one for one in found if not one.startswith(("data:", "blob:", "chrome"))]
