"""Long work in a child process: progress, cancel, and limits on memory, processor and wall time.

A job is a folder. It holds what to do (`job.json` and a snapshot of the files), how far it is
(`progress.json`) and how it ended (`outcome.json`); whoever can read the folder can follow the job, also after
a reload. `python -m advisor.jobs FOLDER` is the child.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from advisor.jobs.allowance import ENTRIES, MB, Allowance
from advisor.jobs.folder import State, is_lost, read_json, settle, write_folder
from advisor.jobs.queue import queue_of
from pricing import Problem

__all__ = [
    "MB",
    "Allowance",
    "JobStatus",
    "cancel",
    "code_version",
    "discard",
    "folder_of",
    "start",
    "status",
    "wait",
]

_NAME = re.compile(r"[a-z_]+-[0-9a-f]{32}")
_PACKAGES = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class JobStatus:
    """Where a job stands; `waiting` counts the jobs that come before a queued one."""

    state: State
    progress: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] | None = None
    problem: Problem | None = None
    waiting: int = 0

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")


def start(
    name: str,
    params: Mapping[str, Any],
    files: Mapping[str, bytes | Path],
    *,
    root: Path,
    reuse: bool = False,
    owner: str = "",
    allowance: Allowance | None = None,
    secret: str = "",
) -> Path:
    """The folder of a new job, begun now or when its turn comes.

    With `reuse`, the same work (name, params, content of the files, version of this code, `owner`) that waits,
    runs or is done already is returned instead of a new job. `secret` is given to the child alone, and kept in no
    file: a job that still waits when the server ends cannot be taken up again with it.
    """
    if name not in ENTRIES:
        raise Problem("job_unknown", name=name, known=sorted(ENTRIES))
    queue = queue_of(root)
    digest = _digest(name, params, files, owner) if reuse else uuid4().hex
    folder = root / f"{name}-{digest}"
    if folder.exists() and status(folder).state in ("failed", "cancelled"):
        discard(folder)
    job = {"name": name, "params": params, "allowance": asdict(allowance or ENTRIES[name].allowance)}
    if not folder.exists() and write_folder(folder, job, files):
        queue.add(folder, secret)
    return folder


def folder_of(id: str, root: Path) -> Path | None:
    """The folder of a job by its name, where there is one; names from outside are not paths."""
    folder = root / id
    return folder if _NAME.fullmatch(id) and folder.is_dir() else None


def status(folder: Path) -> JobStatus:
    """Where the job stands now. A job that no living process works on is taken up again or given up."""
    if (outcome := read_json(folder / "outcome.json")) is not None:
        return _ended(outcome)
    queue = queue_of(folder.parent)
    if (waiting := queue.position(folder)) is not None:
        return JobStatus("queued", waiting=waiting)
    if queue.is_running(folder) or not is_lost(folder):
        progress = read_json(folder / "progress.json")
        return JobStatus("queued") if progress is None else JobStatus("running", progress)
    if (outcome := read_json(folder / "outcome.json")) is not None:
        return _ended(outcome)
    if not (folder / "job.json").exists():
        return JobStatus("failed", problem=Problem("job_gone"))
    if (folder / "progress.json").exists():
        return JobStatus("failed", problem=Problem("job_interrupted"))
    queue.add(folder)
    return JobStatus("queued", waiting=queue.position(folder) or 0)


def cancel(folder: Path) -> None:
    """End a job that waits or runs; nothing happens to one that is over."""
    if folder.is_dir() and not (folder / "outcome.json").exists():
        settle(folder, "cancelled")
        queue_of(folder.parent).end(folder)


def wait(folder: Path, seconds: float) -> JobStatus:
    """The status once the job is over, or after so many seconds."""
    queue_of(folder.parent).wait(folder, seconds)
    return status(folder)


def discard(folder: Path) -> None:
    """Cancel a job and delete all that is kept of it."""
    cancel(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _digest(name: str, params: Mapping[str, Any], files: Mapping[str, bytes | Path], owner: str) -> str:
    contents = {
        role: hashlib.sha256(content if isinstance(content, bytes) else content.read_bytes()).hexdigest()
        for role, content in files.items()
    }
    parts = [name, params, contents, owner, code_version()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:32]


@cache
def code_version() -> str:
    """A digest of the code, data and libraries that a result depends on."""
    digest = hashlib.sha256()
    for package in ("advisor", "baselines", "pricing"):
        for path in sorted((_PACKAGES / package).rglob("*")):
            if path.suffix in (".py", ".yaml") and not {"pages", "phrases"} & set(path.parts):
                digest.update(path.read_bytes())
    for library in ("scikit-learn", "lightgbm", "numpy", "scipy"):
        with suppress(importlib.metadata.PackageNotFoundError):
            digest.update(importlib.metadata.version(library).encode())
    return digest.hexdigest()[:16]


def _ended(outcome: Mapping[str, Any]) -> JobStatus:
    problem = outcome.get("problem")
    return JobStatus(
        outcome["state"],
        result=outcome.get("result"),
        problem=Problem(problem["id"], **problem["fields"]) if problem else None,
    )
