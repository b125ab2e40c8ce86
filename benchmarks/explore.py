"""Latency of a move on the page of ``muoquark explore``, in a browser: median and worst of 100.

    python benchmarks/explore.py [CARD] [--wide]

From the event of a slider to the frame that shows the numbers; for contours to the frame that
shows those of 40 x 40 points, the others held.  Needs muoquark[explore], selenium and Chromium.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

MOVES = 100
CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update --window-size=1440,1000"
)
# One move: to a share of the range of a slider, as the event of a hand.
MOVE = """
const row = [...document.querySelectorAll('.handle')][arguments[0]];
const range = row.querySelector('input[type=range]');
range.value = Math.round(arguments[1] * Number(range.max));
range.dispatchEvent(new Event('input', {bubbles: true}));
"""


def browser(folder: str):
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS.split(), f"--user-data-dir={folder}"):
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=Service(DRIVER))


def until(driver, condition: str, seconds: float = 180):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if driver.execute_script(f"return {condition}"):
            return
        time.sleep(0.02)
    raise TimeoutError(condition)


def summary(name: str, found: list[float], server: list[float]) -> dict[str, float]:
    return {
        "what": name,
        "moves": len(found),
        "median_ms": round(median(found), 1),
        "worst_ms": round(max(found), 1),
        "of_which_server_median_ms": round(median(server), 1),
    }


def measured(driver, slider: int, name: str) -> list[dict[str, float]]:
    """Move one slider, numbers one by one, and say how long numbers and contours took."""
    driver.execute_script("MQ.waited.length = 0; MQ.contoured.length = 0;")
    for k in range(MOVES):
        driver.execute_script(MOVE, slider, 0.2 + 0.6 * ((k * 37) % MOVES) / MOVES)
        until(driver, f"MQ.waited.filter((w) => !w.rest).length > {k}")
        # as a hand does: the next move comes while contours of the last one are drawn
        time.sleep(0.05)
    waited = [w for w in driver.execute_script("return MQ.waited") if not w["rest"]]
    found = [summary(f"{name}: numbers, marker, bars", *columns(waited))]
    # Contours while the slider is dragged: every 50 ms it is somewhere else.
    time.sleep(4)
    driver.execute_script("MQ.contoured.length = 0;")
    for k in range(10 * MOVES):
        driver.execute_script(MOVE, slider, 0.2 + 0.6 * ((k * 7) % MOVES) / MOVES)
        time.sleep(0.05)
        if k > 20 and not driver.execute_script("return MQ.contoured.length"):
            break  # this slider moves along the plane: its contours stay
        if driver.execute_script("return MQ.contoured.length") >= MOVES:
            break
    contoured = [w for w in driver.execute_script("return MQ.contoured") if not w["fine"]]
    if contoured:
        found.append(summary(f"{name}: contours 40 x 40", *columns(contoured)))
    return found


def columns(records) -> tuple[list[float], list[float]]:
    return [w["ms"] for w in records], [w["server"] for w in records]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card", nargs="?", default="plane")
    parser.add_argument("--wide", action="store_true", help="masses and fixed couplings too")
    chosen = parser.parse_args()
    command = [sys.executable, "-m", "muoquark", "explore", chosen.card, "--no-browser", "--json"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        text = ""
        while not text.rstrip().endswith("}"):
            text += server.stdout.readline()
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            driver = browser(folder)
            try:
                begun = time.monotonic()
                driver.get(json.loads(text)["address"])
                until(driver, "!document.body.classList.contains('waiting')")
                print(f"first numbers after {time.monotonic() - begun:.1f} s")
                if chosen.wide:
                    begun = time.monotonic()
                    driver.execute_script("MQ.change('given', 'given', true, MQ.state)")
                    until(driver, "MQ.page && MQ.page.wide")
                    until(driver, "!document.body.classList.contains('waiting')")
                    print(f"masses and fixed couplings after {time.monotonic() - begun:.1f} s")
                until(driver, "document.getElementById('plane').dataset.fine === 'true'")
                names = driver.execute_script("return MQ.page.handles.map((h) => h.name)")
                for k in dict.fromkeys((0, len(names) - 1)):
                    for row in measured(driver, k, names[k]):
                        print(json.dumps(row))
            finally:
                driver.quit()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    if not Path(CHROMIUM).exists():
        sys.exit(f"{CHROMIUM} is not there")
    main()
