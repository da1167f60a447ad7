"""The child's side of a job: set the limits, watch for the parent's end, do the work, say how it ended."""

from __future__ import annotations

import errno
import json
import os
import sys
import threading
import time
import traceback
from contextlib import suppress
from pathlib import Path
from pkgutil import resolve_name

from advisor.jobs.allowance import ENTRIES, MB, Allowance
from advisor.jobs.folder import LEASE_SECONDS, allowance_of, fail, settle, touch_lease, write_json
from advisor.masking import guard_logs, hide, mask
from pricing import Problem

# Seconds between the signal that ends a child over its processor time and the one that cannot be ignored.
_CPU_GRACE = 5
# Visitors' clicks go first.
_NICENESS = 5


def main(folder: Path) -> None:
    """Do the job in `folder` and write its outcome; whatever goes wrong ends as a problem, never as a traceback."""
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    allowance = allowance_of(folder)
    guard_logs()
    _limit(allowance)
    entry = ENTRIES[job["name"]]
    secrets = (_secret(),) if entry.secret else ()
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()
    threading.Thread(target=_keep_lease, args=(folder,), daemon=True).start()
    try:
        if None in secrets:
            raise Problem("job_key_gone")
        result = resolve_name(entry.target)(
            job["params"],
            {role: folder / "files" / role for role in job["files"]},
            lambda progress: write_json(folder / "progress.json", progress),
            *secrets,
        )
        settle(folder, "done", result=result)
    except BaseException as error:  # noqa: BLE001 - also a panic of a Rust library, which is no Exception
        sys.stderr.write(mask(traceback.format_exc()))
        fail(folder, _problem(error, allowance))


def _secret() -> str | None:
    """What the parent hands over on stdin, and nowhere else; from here on no log shows it. None: it is gone."""
    line = bytearray()
    while (one := os.read(0, 1)) not in (b"", b"\n"):
        line += one
    told: str | None = json.loads(line) if line else None
    hide(told)
    return told


def _problem(error: BaseException, allowance: Allowance) -> Problem:
    if isinstance(error, Problem):
        return error
    no_memory = getattr(error, "errno", None) == errno.ENOMEM or "bad alloc" in str(error).lower()
    if isinstance(error, MemoryError) or no_memory:
        return Problem("job_out_of_memory", limit_mb=allowance.memory_bytes // MB)
    return Problem("job_failed", kind=type(error).__name__)


def _limit(allowance: Allowance) -> None:
    """Ask the system to end this process beyond its allowance; Windows has no such limits, macOS none on memory."""
    try:
        import resource
    except ImportError:
        return
    os.nice(_NICENESS)
    limits = {
        resource.RLIMIT_AS: (allowance.memory_bytes, allowance.memory_bytes),
        resource.RLIMIT_CPU: (allowance.cpu_seconds, allowance.cpu_seconds + _CPU_GRACE),
        resource.RLIMIT_CORE: (0, 0),
    }
    for kind, limit in limits.items():
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, limit)


def _end_with_parent(folder: Path) -> None:
    """The parent holds the other end of stdin; when it is gone, so is the reason for this work."""
    # Not sys.stdin: a thread that waits in its buffer would hold a lock that the interpreter's end needs.
    while os.read(0, 1):
        pass
    if not (folder / "outcome.json").exists():
        with suppress(OSError):
            fail(folder, Problem("job_interrupted"))
    os._exit(1)


def _keep_lease(folder: Path) -> None:
    """Show life, and stop when somebody else, perhaps another server, has cancelled the job."""
    while not (folder / "outcome.json").exists():
        touch_lease(folder)
        time.sleep(LEASE_SECONDS)
    os._exit(1)
