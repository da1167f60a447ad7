"""A real server, a real Chromium, and a page that fails on what no reader should ever meet."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.setup_check import find_browser

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 90
HEARD_MS, DRAWN_MS = 250, 180_000


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """The app in a process of its own, with a home folder that outlives restarts."""

    def __init__(self, home: Path, script: Path = ROOT / "app.py") -> None:
        self.home = home
        self.script = script
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        surroundings = os.environ | {"ADVISOR_HOME": str(self.home), "TZ": "Asia/Tokyo"}
        options = {"port": self.port, "headless": "true", "fileWatcherType": "none"}
        flags = [f"--server.{name}={value}" for name, value in options.items()]
        command = [sys.executable, "-m", "streamlit", "run", str(self.script), *flags]
        log = (self.home / "server.log").open("ab")
        self._process = subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=log, stderr=log)
        log.close()
        for _ in range(START_SECONDS * 4):
            if self._process.poll() is not None:
                raise RuntimeError((self.home / "server.log").read_text(encoding="utf-8"))
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1):  # noqa: S310 - our own server
                    return
            except OSError:
                time.sleep(0.25)
        raise RuntimeError("the server did not start")

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=20)
            self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("home"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        yield browser
        browser.close()


class Watched:
    """A page together with everything it did that it should not have done."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.server = server
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._request)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _request(self, request: Request) -> None:
        local = (self.server.url, self.server.url.replace("http", "ws"), "data:", "blob:")
        if not request.url.startswith(local):
            self.foreign.append(request.url)

    def _console(self, message: ConsoleMessage) -> None:
        # Streamlit looks for its own health address beside a page's before it looks at the root.
        probe = "/_stcore/" in str(message.location.get("url", ""))
        if message.type == "error" and not probe:
            self.complaints.append(message.text)

    def drawn(self) -> None:
        """Wait until the server has heard of the last click and has drawn the page to its end."""
        self.page.wait_for_timeout(HEARD_MS)
        app = self.page.get_by_test_id("stApp")
        expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=DRAWN_MS)

    def expect_clean(self) -> None:
        """No exception box, no console error, no request to anybody else."""
        assert self.page.locator('[data-testid="stException"]').count() == 0
        assert self.foreign == []
        assert self.complaints == []


@pytest.fixture
def watched(chromium: Browser, server: Server) -> Iterator[Callable[..., Watched]]:
    contexts = []

    def open_page(locale: str, width: int = 1280, height: int = 900, dark: bool = False) -> Watched:
        context = chromium.new_context(
            locale=locale,
            viewport={"width": width, "height": height},
            timezone_id="Asia/Tokyo",
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        return Watched(context.new_page(), server)

    yield open_page
    for context in contexts:
        context.close()
