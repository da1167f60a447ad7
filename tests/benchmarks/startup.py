"""How long the app keeps people waiting, as a ratio to an empty Streamlit app and to a bare import.

    python -m tests.benchmarks.startup

Each pair is measured in turn, several times, and the medians are divided, so that a busy machine slows both.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from tests.browser.conftest import free_port

ROOT = Path(__file__).parents[2]
ROUNDS = 5


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
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        script,
        f"--server.port={port}",
        "--server.headless=true",
    ]
    return seconds_of(command, f"http://127.0.0.1:{port}/_stcore/health")


def ratio(name: str, ours: list[float], peers: list[float], peer: str) -> str:
    mine, theirs = statistics.median(ours), statistics.median(peers)
    return f"{name}: {mine:.3f} s against {theirs:.3f} s for {peer}: {mine / theirs:.2f}x"


def main() -> None:
    imports: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        imports[0].append(seconds_of([sys.executable, "-c", "import advisor"]))
        imports[1].append(seconds_of([sys.executable, "-c", "import pydantic, yaml"]))
    print(ratio("import advisor", *imports, "import pydantic, yaml"))
    starts: tuple[list[float], list[float]] = ([], [])
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text("import streamlit as st\n\nst.write('empty')\n", encoding="utf-8")
        for _ in range(ROUNDS):
            starts[0].append(serve("app.py"))
            starts[1].append(serve(str(empty)))
    print(ratio("start to health", *starts, "an empty Streamlit app"))


if __name__ == "__main__":
    main()
