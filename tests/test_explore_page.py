"""The page of `muoquark explore` in a real browser, where Chromium and its driver are found."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from browser import needs_browser, prefer, requested, resize, started
from test_explore import CARDS

pytestmark = [
    pytest.mark.slow,
    needs_browser,
    pytest.mark.skipif(not importlib.util.find_spec("bokeh"), reason="needs muoquark[explore]"),
    # of selenium, about sockets that its processes leave
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
DATA = "2021-07"
READY = "!document.body.classList.contains('waiting')"
FINE = "document.getElementById('plane').dataset.fine === 'true'"
# As a hand does it: a slider of a name goes to a share of its range, and is let go.
MOVE = """
const row = [...document.querySelectorAll('.handle')].find((r) => r.dataset.name === arguments[0]);
const range = row.querySelector('input[type=range]');
range.value = Math.round(arguments[1] * Number(range.max));
range.dispatchEvent(new Event('input', {bubbles: true}));
range.dispatchEvent(new Event('change', {bubbles: true}));
return Number(row.querySelector('input[type=number]').value);
"""


def until(driver, condition, seconds=120):
    end = time.monotonic() + seconds
    while not driver.execute_script(f"return {condition}"):
        assert time.monotonic() < end, condition
        time.sleep(0.05)


def rested(driver):
    """Wait for what a point at rest shows: the numbers of the whole pass."""
    until(driver, "MQ.waited.length && MQ.waited[MQ.waited.length - 1].rest")


def text(driver, name):
    found = driver.execute_script("return document.getElementById(arguments[0]).textContent", name)
    return found.replace("−", "-")


def click(driver, name):
    driver.execute_script("document.getElementById(arguments[0]).click()", name)


def choose(driver, name, value):
    driver.execute_script(
        "const box = document.getElementById(arguments[0]); box.value = arguments[1];"
        "box.dispatchEvent(new Event('change', {bubbles: true}))", name, value,
    )  # fmt: skip


def opened(tmp_path, width=1440, height=1000, dark=False):
    driver = started(tmp_path)
    resize(driver, width, height, mobile=width < 500)
    if dark:
        prefer(driver, "dark")
    return driver


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    driver = opened(tmp_path_factory.mktemp("browser"))
    yield driver
    driver.quit()


class Served:
    """A server of a card, as a user starts it; it can end and come back at the same port."""

    def __init__(self, card, port=0):
        command = [sys.executable, "-m", "muoquark", "explore", str(card), "--data", DATA,
                   "--no-browser", "--json", "--port", str(port)]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
        said = ""
        while not said.rstrip().endswith("}"):
            line = self.process.stdout.readline()
            assert line, "the server ended"
            said += line
        self.address = json.loads(said)["address"]

    @property
    def port(self):
        return int(self.address.rstrip("/").rpartition(":")[2])

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    path = tmp_path_factory.mktemp("card") / "taus.yaml"
    import muoquark

    path.write_text(muoquark.read(CARDS["S1 with taus"]).to_yaml())
    return path


@pytest.fixture(scope="module")
def server(card):
    found = Served(card)
    yield found
    found.end()


@pytest.fixture
def page(browser, server):
    """The page of the card, at its start."""
    browser.get(server.address)
    browser.execute_script("sessionStorage.clear()")
    browser.get(server.address)
    until(browser, READY)
    until(browser, FINE)
    return browser


def test_a_slider_changes_the_number_and_the_card_gives_it_again(page, tmp_path, muoquark):
    rested(page)
    before = text(page, "total")
    name = page.execute_script("return MQ.page.handles[1].name")
    page.execute_script("MQ.waited.length = 0")
    moved = page.execute_script(MOVE, name, 0.9)
    rested(page)
    after = text(page, "total")
    assert after != before
    assert page.execute_script("return MQ.state.values[arguments[0]]", name) == moved
    click(page, "copy")
    until(page, "document.getElementById('cardbox').open")
    path = tmp_path / "card.yaml"
    path.write_text(page.execute_script("return document.getElementById('cardtext').value"))
    command = text(page, "cardcommand")
    assert command == f"muoquark loglike card.yaml --data {DATA}"
    outcome = muoquark("loglike", path, *command.split()[3:], "--json")
    total = json.loads(outcome.out)["total"]
    assert total == pytest.approx(float(after), abs=0.0051)
    exact = page.execute_script("return Number(document.getElementById('cardtotal').dataset.exact)")
    assert total == pytest.approx(exact, abs=1e-8 * (1 + abs(total)))
    click(page, "cardclose")
    # undo, and back
    click(page, "undo")
    page.execute_script("MQ.waited.length = 0")
    until(page, f"document.getElementById('total').textContent.replace('−', '-') === '{before}'")
    click(page, "redo")
    until(page, f"document.getElementById('total').textContent.replace('−', '-') === '{after}'")


def test_contours_follow_and_bars_are_those_of_the_point(page):
    names = page.execute_script("return MQ.page.handles.map((h) => h.name)")
    other = next(n for n in names if n not in page.execute_script("return MQ.page.axes"))
    before = page.execute_script(
        "return JSON.stringify(Bokeh.documents[0].get_model_by_name('lines').data.xs)"
    )
    page.execute_script(MOVE, other, 0.95)
    until(
        page,
        "JSON.stringify(Bokeh.documents[0].get_model_by_name('lines').data.xs) !== arguments[0]"
        .replace("arguments[0]", json.dumps(before)),
    )  # fmt: skip
    click(page, "byblock")
    values = page.execute_script(
        "return [...document.querySelectorAll('#bars .number')].map((e) => e.textContent)"
    )
    rested(page)
    delta = float(text(page, "delta"))
    assert sum(float(v.replace("−", "-")) for v in values) == pytest.approx(delta, abs=0.2)
    click(page, "bygroup")


def test_a_click_in_the_plane_takes_the_point_there(page):
    page.execute_script("MQ.tapped(0.1, 0.2)")
    axes = page.execute_script("return [MQ.state.x, MQ.state.y]")
    values = page.execute_script("return MQ.state.values")
    assert [values[n] for n in axes] == [0.1, 0.2]
    marks = page.execute_script("return Bokeh.documents[0].get_model_by_name('marks').data")
    assert (list(marks["x"])[-1], list(marks["y"])[-1]) == (0.1, 0.2)


def test_dragging_the_plane_computes_what_is_seen_and_stays_in_the_ranges(page):
    from selenium.webdriver import ActionChains

    before = page.execute_script("return MQ.state.view")
    figure = page.find_element("id", "figure")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", figure)
    ActionChains(page).move_to_element(figure).click_and_hold().move_by_offset(120, 60).perform()
    ActionChains(page).release().perform()
    time.sleep(1.0)
    until(page, FINE)
    view = page.execute_script("return MQ.state.view")
    axes = page.execute_script("return [MQ.state.x, MQ.state.y]")
    for name, low, high in page.execute_script(
        "return MQ.page.handles.map((h) => [h.name, h.low, h.high])"
    ):
        if name in axes:
            a, b = view[axes.index(name)]
            assert low - 1e-9 <= a < b <= high + 1e-9
    assert np.shape(before) == (2, 2)


def test_everything_comes_from_the_server(page, server):
    found = requested(page)
    assert any(url.startswith("ws://") for url in found)
    own = server.address.removeprefix("http://")
    assert [u for u in found if u.split("://")[1].partition("/")[0] != own.rstrip("/")] == []


def test_another_card_other_data_and_masses(page):
    choose(page, "card", "set S3")
    until(page, "MQ.state.card === 'set S3' && " + READY)
    assert page.execute_script("return MQ.page.handles.map((h) => h.name)") == [
        "eta3L_2", "eta3L_3"
    ]  # fmt: skip
    choose(page, "wide", "wide")
    until(page, "MQ.page.wide && " + READY)
    assert "M_S3" in page.execute_script("return MQ.page.handles.map((h) => h.name)")
    choose(page, "data", "2026-06")
    until(page, "MQ.page.data === '2026-06' && " + READY)
    assert "2026-06" in text(page, "footer")
    for _ in range(3):
        click(page, "undo")
        until(page, READY)
        time.sleep(0.5)
    until(page, "MQ.state.card === 'given' && MQ.page.data === 'given' && " + READY)


def test_two_tabs_know_nothing_of_each_other(page, server):
    first = page.current_window_handle
    page.switch_to.new_window("tab")
    second = page.current_window_handle
    page.get(server.address)
    until(page, READY)
    name = page.execute_script("return MQ.page.handles[1].name")
    start = page.execute_script("return MQ.state.values[arguments[0]]", name)
    page.execute_script(MOVE, name, 0.9)
    until(page, "MQ.waited.length > 1")
    page.switch_to.window(first)
    until(page, READY)
    assert page.execute_script("return MQ.state.values[arguments[0]]", name) == start
    page.execute_script(MOVE, name, 0.2)
    here = page.execute_script("return MQ.state.values[arguments[0]]", name)
    page.switch_to.window(second)
    there = page.execute_script("return MQ.state.values[arguments[0]]", name)
    assert here != there != start
    page.close()
    page.switch_to.window(first)


def test_a_lost_connection_is_said_and_the_point_is_kept(card, tmp_path):
    server = Served(card)
    driver = opened(tmp_path / "own")
    try:
        driver.get(server.address)
        until(driver, READY)
        name = driver.execute_script("return MQ.page.handles[1].name")
        driver.execute_script(MOVE, name, 0.8)
        rested(driver)
        time.sleep(0.5)
        value = driver.execute_script("return MQ.state.values[arguments[0]]", name)
        port = server.port
        server.end()
        until(driver, "!document.getElementById('banner').hidden")
        assert "connection" in text(driver, "banner")
        server = Served(card, port)
        until(driver, "typeof MQ !== 'undefined' && MQ.page && " + READY)
        assert driver.execute_script("return MQ.state.values[arguments[0]]", name) == value
        rested(driver)
        assert not driver.execute_script("return document.getElementById('undo').disabled")
    finally:
        driver.quit()
        server.end()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("width", "height"), [(1440, 1000), (1000, 800), (390, 844), (320, 640)])
def test_nothing_overflows(server, tmp_path, width, height, dark):
    driver = opened(tmp_path, width, height, dark)
    try:
        driver.get(server.address)
        until(driver, READY)
        until(driver, FINE)
        assert driver.execute_script("return document.documentElement.scrollWidth") <= width
        wide = driver.execute_script(
            "return [...document.querySelectorAll('main *, header *')].filter((e) => "
            "e.getClientRects().length && e.getBoundingClientRect().right > innerWidth + 1)"
            ".map((e) => e.id || e.className || e.tagName)"
        )
        assert wide == []
        theme = driver.execute_script("return document.documentElement.dataset.theme")
        assert theme == ("dark" if dark else "light")
        severe = [e["message"] for e in driver.get_log("browser") if e["level"] == "SEVERE"]
        assert severe == []
    finally:
        driver.quit()


def test_the_static_file_in_a_browser(card, tmp_path, muoquark):
    path = tmp_path / "page.html"
    assert muoquark("explore", card, "--data", DATA, "--static", path).code == 0
    driver = opened(tmp_path / "own")
    try:
        driver.get(f"file://{path}")
        until(driver, READY)
        names = driver.execute_script("return MQ.page.handles.map((h) => h.name)")
        for k, name in enumerate(names):
            driver.execute_script(MOVE, name, (0.8, 0.3, 0.6)[k])
        click(driver, "copy")
        until(driver, "document.getElementById('cardbox').open")
        (tmp_path / "card.yaml").write_text(
            driver.execute_script("return document.getElementById('cardtext').value")
        )
        import shlex

        words = shlex.split(text(driver, "cardcommand"))
        outcome = muoquark("loglike", tmp_path / "card.yaml", *words[3:], "--json")
        assert outcome.code == 0, outcome.err
        total = json.loads(outcome.out)["total"]
        shown = driver.execute_script(
            "return Number(document.getElementById('cardtotal').dataset.exact)"
        )
        assert shown == pytest.approx(total, rel=1e-6, abs=2e-3)
        others = [u for u in requested(driver) if not u.startswith("file:")]
        assert [u for u in others if not u.startswith("chrome")] == []
        severe = [e["message"] for e in driver.get_log("browser") if e["level"] == "SEVERE"]
        assert severe == []
    finally:
        driver.quit()
