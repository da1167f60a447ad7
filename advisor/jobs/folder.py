"""The folder of a job: what to do, how far it is, and how it ended, each file seen whole or not at all."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from advisor.jobs.allowance import Allowance
from pricing import Problem

State = Literal["queued", "running", "done", "failed", "cancelled"]

# A running child and a waiting queue show themselves this often, and are taken for dead after so long.
LEASE_SECONDS = 1.0
LOST_SECONDS = 30.0
_ROLE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


def write_folder(folder: Path, job: Mapping[str, Any], files: Mapping[str, bytes | Path]) -> bool:
    """Whether this call made the folder; another one may have been quicker."""
    draft = folder.with_name(f".{uuid4().hex}")
    (draft / "files").mkdir(parents=True)
    for role, content in files.items():
        if not _ROLE.fullmatch(role):
            raise Problem("job_file_name", found=role)
        target = draft / "files" / role
        target.write_bytes(content) if isinstance(content, bytes) else shutil.copyfile(content, target)
    write_json(draft / "job.json", {**job, "files": sorted(files)})
    touch_lease(draft)
    try:
        draft.rename(folder)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        return False
    return True


def write_json(path: Path, value: Any) -> None:
    """A JSON file that a reader sees whole or not at all."""
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    draft.write_text(json.dumps(value, ensure_ascii=False, default=str), encoding="utf-8")
    draft.replace(path)


def read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def settle(folder: Path, state: State, **how: Any) -> None:
    """Write how a job ended."""
    write_json(folder / "outcome.json", {"state": state, **how})


def fail(folder: Path, problem: Problem) -> None:
    """Write why a job could not be done."""
    settle(folder, "failed", problem={"id": problem.id, "fields": problem.fields})


def allowance_of(folder: Path) -> Allowance:
    """What the job in `folder` may use."""
    return Allowance(**json.loads((folder / "job.json").read_text(encoding="utf-8"))["allowance"])


def touch_lease(folder: Path) -> None:
    """Show that somebody still looks after this job."""
    with suppress(OSError):
        (folder / "lease").touch()


def is_lost(folder: Path) -> bool:
    try:
        return time.time() - (folder / "lease").stat().st_mtime > LOST_SECONDS
    except OSError:
        return True
