"""The labelled rows that a command is given: one file, several by a pattern, or more than memory should hold."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor.cli.asked import Asked
from advisor.cli.files import open_table
from pricing import Problem

if TYPE_CHECKING:
    from baselines.dataset import LabelledTexts
    from baselines.workers import Workers

TOLD = 10  # lines about a long reading


def matching(file: Path) -> list[Path]:
    """The file itself, or all that a pattern such as `data/*.parquet` means, in the order of their names."""
    if file.exists() or not glob.has_magic(str(file)):
        return [file]
    found = sorted(Path(file.anchor).glob(str(file.relative_to(file.anchor))))
    if not found:
        raise Problem("no_file_matches", pattern=str(file))
    return found


def rows(
    files: Sequence[Path], text: str, label: str, text2: str | None = None, label2: str | None = None
) -> LabelledTexts:
    """Every row of the files, held in memory."""
    from baselines.dataset import LabelledTexts, joined

    tables = (open_table(file) for file in files)
    return joined([LabelledTexts.from_table(table, text, label, text2, label2=label2) for table in tables])


def is_streamed(files: Sequence[Path], text: str, label: str, text2: str | None, task: str | None) -> bool:
    """Whether the files go above what one table may hold, and their task is one that can be read piece by piece."""
    from baselines.chunks import are_large, read_chunks
    from baselines.tasks import likely_task

    if text2 is not None or task not in (None, "classification") or not are_large(files):
        return False
    return task is not None or likely_task(next(read_chunks(files, text, label))) == "classification"


@contextmanager
def workers(address: str | None) -> Iterator[Workers]:
    """This process, or the cluster at an address for as long as the block lasts."""
    from baselines.workers import HERE

    if address is None:
        yield HERE
        return
    from baselines.cluster import connected

    with connected(address) as cluster:
        yield cluster


def progress(asked: Asked) -> Callable[[dict[str, Any]], None]:
    """Says on standard error how far a long run is: each rung as it is done, rows at every tenth."""
    voice = asked.voice
    tenth = -1

    def tell(step: dict[str, Any]) -> None:
        nonlocal tenth
        if step["step"] == "rung":
            line = next((line for line in step["finished"] if line["baseline"] == step["name"]), None)
            if line:
                said = asked.say(
                    "cli.progress.rung",
                    name=voice.name("baseline.rung", step["name"]),
                    metric=voice.name("baseline.metric", line["metric"]),
                    score=voice.number(line["mean"], 3),
                )
                click.echo(said, err=True)
        elif step["step"] == "learned" and (now := TOLD * step["done"] // max(step["total"], 1)) > tenth:
            tenth = now
            numbers = {name: voice.number(step[name]) for name in ("done", "total")}
            click.echo(asked.say("cli.progress.learned", **numbers), err=True)
        elif step["step"] == "counted" and step["total"]:
            click.echo(asked.say("cli.progress.counted", done=voice.number(step["done"])), err=True)

    return tell
