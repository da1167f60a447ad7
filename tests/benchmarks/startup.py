"""How long the app keeps people waiting, as a ratio to an empty Streamlit app and to a bare import.

    python -m tests.benchmarks.startup [import] [health] [content] [click]

Each pair is measured in turn, several times, and the medians are divided, so that a busy machine slows both.
Content is the time in a real browser, as of someone who comes for the first time, from asking for a page to its
heading, each time from rest, since what the last page left to do would slow the next; a click is one rerun of a page with
the example plan open, in processor time of this process, less what an empty script takes.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from streamlit.testing.v1 import AppTest

from advisor.pages import PAGES
from tests.benchmarks import held
from tests.browser.conftest import FLAGS, Server, free_port
from tests.setup_check import find_browser

ROOT = Path(__file__).parents[2]
ROUNDS = 5
OPENINGS = 15  # of a page in the browser; the median of 7 strays by a tenth
REST_SECONDS = 0.4
CLICKS = 40
EMPTY = "import streamlit as st\n\nst.title('empty')\n"
# The same addresses as ours, since Streamlit itself takes longer to find a page that is not the first.
EMPTY_PAGES = f"""import streamlit as st

def page():
    st.title('empty')

pages = {[entry.name for entry in PAGES]!r}
st.navigation([st.Page(page, title=name, url_path=name, default=name == pages[0]) for name in pages]).run()
"""
MOST = {"import": 1.3, "health": 1.5, "content": 1.3, "click": 150.0}


def seconds_of(command: list[str], ready_at: str | None = None) -> float:
    """Until `command` ends, or until the server it starts answers at `ready_at`."""
    with tempfile.TemporaryDirectory() as home:
        begun = time.perf_counter()
        quiet = subprocess.DEVNULL
        surroundings = os.environ | {"ADVISOR_HOME": home}
        process = subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=quiet, stderr=quiet)
        while ready_at and process.poll() is None:
            try:
                with urllib.request.urlopen(ready_at, timeout=1):  # noqa: S310 - our own server
                    break
            except OSError:
                time.sleep(0.01)
        if ready_at is None:
            process.wait()
        taken = time.perf_counter() - begun
        if ready_at:
            process.terminate()
            process.wait()
        return taken


def serve(script: str) -> float:
    port = free_port()
    flags = [f"--server.port={port}", "--server.headless=true"]
    command = [sys.executable, "-m", "streamlit", "run", script, *flags]
    return seconds_of(command, f"http://127.0.0.1:{port}/_stcore/health")


def ratio(kind: str, name: str, ours: list[float], peers: list[float], peer: str) -> bool:
    mine, theirs = statistics.median(ours), statistics.median(peers)
    return held(f"{name}: {mine:.3f} s against {theirs:.3f} s for {peer}", mine / theirs, MOST[kind])


def in_turn(
    ours: Callable[[], float], peer: Callable[[], float], rounds: int = ROUNDS
) -> tuple[list[float], list[float]]:
    pairs = [(ours(), peer()) for _ in range(rounds)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def imports(empty: Path) -> list[bool]:
    """`import advisor` against the two libraries that it cannot do without."""
    command = [sys.executable, "-c"]
    times = in_turn(
        lambda: seconds_of([*command, "import advisor"]),
        lambda: seconds_of([*command, "import pydantic, yaml"]),
    )
    return [ratio("import", "import advisor", *times, "import pydantic, yaml")]


def health(empty: Path) -> list[bool]:
    """From the command to the first answer of the server."""
    times = in_turn(lambda: serve("app.py"), lambda: serve(str(empty)))
    return [ratio("health", "start to health", *times, "an empty Streamlit app")]


def content(empty: Path) -> list[bool]:
    """From asking for a page to its heading, in Chromium, on servers that have been asked before."""

    def until_heading(browser: Browser, address: str) -> float:
        time.sleep(REST_SECONDS)
        page = browser.new_page()
        begun = time.perf_counter()
        page.goto(address)
        page.locator('[data-testid="stMain"] h1').first.wait_for(timeout=120_000)
        taken = time.perf_counter() - begun
        page.close()
        return taken

    with tempfile.TemporaryDirectory() as home:
        pages = empty.with_name("pages.py")
        pages.write_text(EMPTY_PAGES, encoding="utf-8")
        ours, bare = Server(Path(home)), Server(Path(home), script=pages)
        ours.start()
        bare.start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
                verdicts = []
                for entry in PAGES:
                    path = "/" if entry is PAGES[0] else f"/{entry.name}"
                    until_heading(browser, ours.url + path)
                    until_heading(browser, bare.url + path)
                    times = in_turn(
                        partial(until_heading, browser, ours.url + path),
                        partial(until_heading, browser, bare.url + path),
                        OPENINGS,
                    )
                    said = f"first content of {entry.name}"
                    verdicts.append(ratio("content", said, *times, "an empty Streamlit page"))
                browser.close()
        finally:
            ours.stop()
            bare.stop()
    return verdicts


def click(empty: Path) -> list[bool]:
    """The 95th percentile of reruns of every page with the example plan."""

    def reruns(app: AppTest) -> list[float]:
        app.run()
        taken = []
        for _ in range(CLICKS):
            begun = time.process_time()
            app.run()
            taken.append((time.process_time() - begun) * 1000)
        if app.exception:
            raise RuntimeError(app.exception[0].value)
        return taken

    nothing = statistics.median(reruns(AppTest.from_file(str(empty), default_timeout=60)))
    verdicts = []
    for entry in PAGES:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        app.context = {"locale": "en-GB"}
        app.run().switch_page(entry.file)
        slow = statistics.quantiles(reruns(app), n=20)[-1] - nothing
        said = f"a click on {entry.name}, 95th percentile less the {nothing:.0f} ms of an empty script"
        verdicts.append(held(said, slow, MOST["click"], " ms"))
    return verdicts


PARTS: dict[str, Callable[[Path], list[bool]]] = {
    "import": imports,
    "health": health,
    "content": content,
    "click": click,
}


def main(asked: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ADVISOR_HOME"] = folder
        os.environ["HF_HUB_OFFLINE"] = "1"
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY, encoding="utf-8")
        verdicts = [verdict for part in asked or PARTS for verdict in PARTS[part](empty)]
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
