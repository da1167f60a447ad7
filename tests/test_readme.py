"""The README's commands print what the README says. (Its Python lines run as doctests.)"""

from __future__ import annotations

import doctest
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SAME = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def sessions() -> list[tuple[str, str]]:
    """Every `$ python …` line of the README with the output printed under it."""
    found = []
    for block in CONSOLE.findall(README):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


@pytest.mark.parametrize(("command", "output"), sessions())
def test_a_readme_command_prints_what_the_readme_says(command: str, output: str) -> None:
    words = shlex.split(command)
    assert words[0] == "python"
    run = subprocess.run(
        [sys.executable, *words[1:]], cwd=ROOT, capture_output=True, text=True, timeout=300, encoding="utf-8"
    )
    assert run.returncode in (0, 1), run.stderr
    assert doctest.OutputChecker().check_output(output, run.stdout, SAME), run.stdout


def test_the_readme_shows_commands_and_both_pictures() -> None:
    assert len(sessions()) >= 3
    for picture in re.findall(r"!\[[^]]+\]\(([^)]+)\)", README):
        assert (ROOT / picture).is_file()
    assert "make app" in README
    assert "make test" in README
