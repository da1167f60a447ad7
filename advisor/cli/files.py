"""Files that a command is given, read and written with a sentence for whatever goes wrong."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pricing import Problem

if TYPE_CHECKING:
    from advisor.plan import Plan
    from baselines.table import Table

NO_LIMIT = 2**62
WORKBOOKS = {".xlsx", ".xlsm"}


def read_bytes(path: Path) -> bytes:
    """A file's content; a missing or unreadable one is put into words by the command line's last door."""
    return path.read_bytes()


def read_text(path: Path) -> str:
    """A UTF-8 file's text, with or without a byte order mark."""
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem("file_not_utf8", file=str(path)) from error


def read_plan(file: Path) -> Plan:
    """A plan from its file."""
    from advisor.plan import from_yaml

    return from_yaml(read_text(file))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all."""
    draft = path.with_name(path.name + ".part")
    draft.write_bytes(content)
    draft.replace(path)


def open_table(path: Path) -> Table:
    """A table of any size: the limits protect a server from its visitors, and at one's own shell there are none.

    A workbook that a visitor might upload is still opened in a child process, since a forged one ends its reader.
    """
    from advisor import tables
    from baselines.reading import read_table
    from baselines.table import Limits

    if path.suffix.lower() in WORKBOOKS and path.stat().st_size <= Limits().file_bytes:
        with TemporaryDirectory() as jobs:
            return tables.open_table(read_bytes(path), path.name, root=Path(jobs))
    limits = Limits(file_bytes=NO_LIMIT, rows=NO_LIMIT, characters=NO_LIMIT, unpacked_bytes=NO_LIMIT)
    return read_table(path, path.name, limits=limits)
