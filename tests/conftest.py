"""Every test has a home of its own, no network beyond loopback, and says what it left out."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.setup_check import find_browser

# The same examples on every run: a failure belongs to a change. HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile("same", derandomize=True, deadline=None, database=None)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# Set before anything imports Streamlit or huggingface_hub, which read their surroundings once.
HOME = tempfile.TemporaryDirectory(prefix="advisor-tests-")
os.environ |= {
    "ADVISOR_HOME": HOME.name,
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_ENDPOINT": "http://127.0.0.1:9",
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
}
for name in ("HF_TOKEN", "ADVISOR_DB_URL", "ADVISOR_PRICES", "ADVISOR_SIGN_IN", "HF_HUB_OFFLINE"):
    os.environ.pop(name, None)

ROOT = Path(__file__).parent.parent
# What pages take for today: plans are asked again on the facts of their reader's day, and facts come to an end.
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session", autouse=True)
def installed_components() -> Iterator[None]:
    """Streamlit searches all installed packages for components whenever an app opens; once is enough for a run."""
    with pytest.MonkeyPatch.context() as patch:
        if "streamlit.testing.v1" in sys.modules:
            from streamlit.components.v2 import manifest_scanner as scanner

            patch.setattr(scanner, "scan_component_manifests", cache(scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session", autouse=True)
def calm_pages() -> Iterator[None]:
    """A page drawn by a test has one day, waits for its small jobs however slow the machine is, and for nothing else."""
    with pytest.MonkeyPatch.context() as patch:
        if "streamlit.testing.v1" in sys.modules:
            patch.setattr("advisor.pages.on_screen.today", lambda: TODAY)
            patch.setattr("advisor.pages.data_description.SOON_SECONDS", 60)
            patch.setattr("advisor.pages.frame.HEAD_START_SECONDS", 0)
        yield


@pytest.fixture
def root() -> Path:
    """The folder of the checkout."""
    return ROOT


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screens", metavar="FOLDER", help="keep a picture of every page clicked through")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if find_browser():
        return
    left_out = [item for item in items if item.get_closest_marker("browser")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
        config.stash[LEFT_OUT] = len(left_out)


LEFT_OUT = pytest.StashKey[int]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under pytest-xdist the workers leave out, and the one who reports must hear of it."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    count = config.stash.get(LEFT_OUT, 0)
    if count:
        terminalreporter.write_line(
            f"left out: {count} browser tests, since no Chromium or Chrome was found. "
            "Debian: apt install chromium fonts-noto-cjk; macOS: brew install --cask google-chrome"
        )
