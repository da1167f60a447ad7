"""Files of strangers: text formats are read here, XLSX and Parquet in a child process with a memory limit.

A 1 KB workbook with one cell in the last corner makes any reader ask for hundreds of gigabytes, and the library
that reads it ends the whole process when it does not get them.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from advisor import jobs
from baselines.reading import read_table
from baselines.table import Limits, Table
from pricing import Problem

_WAIT_SECONDS = 30.0
_BINARY = (b"PK", b"PAR1")


def open_table(
    body: bytes,
    name: str,
    *,
    root: Path,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Table:
    """`read_table`, safe for a server; `root` is the folder of its jobs."""
    if not body.startswith(_BINARY) or len(body) > limits.file_bytes:
        return read_table(body, name, encoding=encoding, delimiter=delimiter, sheet=sheet, limits=limits)
    params = {"name": name, "sheet": sheet, "limits": asdict(limits)}
    job = jobs.start("read_table", params, {"table": body}, root=root)
    try:
        outcome = jobs.wait(job, _WAIT_SECONDS)
        if outcome.problem is not None:
            raise _about_the_file(outcome.problem)
        if outcome.result is None:
            raise Problem("server_busy")
        return Table.from_json(json.loads((job / "table.json").read_text(encoding="utf-8")))
    finally:
        jobs.discard(job)


def _about_the_file(problem: Problem) -> Problem:
    """A reader that met its limits says more about the file than about the job."""
    if problem.id in ("job_out_of_memory", "job_out_of_cpu", "job_out_of_time", "job_failed"):
        return Problem("unpacks_beyond_limits")
    return problem
