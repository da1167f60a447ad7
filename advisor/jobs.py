"""Long work in a child process: progress, cancel, and limits on memory, processor and wall time.

A job is a folder. It holds what to do (`job.json` and a snapshot of the files), how far it is
(`progress.json`) and how it ended (`outcome.json`); whoever can read the folder can follow the job, also after
a reload. Run as `python -m advisor.jobs FOLDER`, this module is the child.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from pricing import Problem

State = Literal["queued", "running", "done", "failed", "cancelled"]
Lane = Literal["quick", "long"]

MB = 2**20
# Two long jobs would take both cores of a small server from its visitors.
LANES: Mapping[Lane, int] = {"quick": 2, "long": max(1, min(4, (os.cpu_count() or 2) // 2))}
# A running child and a waiting queue show themselves this often, and are taken for dead after so long.
LEASE_SECONDS = 1.0
LOST_SECONDS = 30.0
KILL_AFTER_SECONDS = 0.2
KEEP_DAYS = 7
SWEEP_SECONDS = 3600.0
_NAME = re.compile(r"[a-z_]+-[0-9a-f]{32}")
_ROLE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_PACKAGES = Path(__file__).parent.parent
# What a child may see of its surroundings: no token, no database URL.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Allowance:
    """What a job may use. Memory is address space, which the libraries alone fill to about 500 MB."""

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: int


@dataclass(frozen=True)
class Entry:
    """Work that may be asked for: `module:function`, a function of (params, files, report)."""

    target: str
    allowance: Allowance
    lane: Lane = "long"


ENTRIES: Mapping[str, Entry] = {
    "baseline": Entry("advisor.job_entries:baseline", Allowance(4096 * MB, 1800, 3600)),
    "describe": Entry("advisor.job_entries:describe", Allowance(3072 * MB, 300, 600)),
    "read_table": Entry("advisor.job_entries:read", Allowance(1024 * MB, 10, 20), lane="quick"),
}


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
) -> Path:
    """The folder of a new job, begun now or when its turn comes.

    With `reuse`, the same work (name, params, content of the files, version of this code, `owner`) that waits,
    runs or is done already is returned instead of a new job.
    """
    if name not in ENTRIES:
        raise Problem("job_unknown", name=name, known=sorted(ENTRIES))
    queue = _queue(root)
    digest = _digest(name, params, files, owner) if reuse else uuid4().hex
    folder = root / f"{name}-{digest}"
    if folder.exists() and status(folder).state in ("failed", "cancelled"):
        discard(folder)
    job = {"name": name, "params": params, "allowance": asdict(allowance or ENTRIES[name].allowance)}
    if not folder.exists() and _write_folder(folder, job, files):
        queue.add(folder)
    return folder


def folder_of(id: str, root: Path) -> Path | None:
    """The folder of a job by its name, where there is one; names from outside are not paths."""
    folder = root / id
    return folder if _NAME.fullmatch(id) and folder.is_dir() else None


def status(folder: Path) -> JobStatus:
    """Where the job stands now. A job that no living process works on is taken up again or given up."""
    if (outcome := _read_json(folder / "outcome.json")) is not None:
        return _ended(outcome)
    queue = _queue(folder.parent)
    if (waiting := queue.position(folder)) is not None:
        return JobStatus("queued", waiting=waiting)
    if queue.is_running(folder) or not _is_lost(folder):
        progress = _read_json(folder / "progress.json")
        return JobStatus("queued") if progress is None else JobStatus("running", progress)
    if (outcome := _read_json(folder / "outcome.json")) is not None:
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
        _queue(folder.parent).end(folder)


def wait(folder: Path, seconds: float) -> JobStatus:
    """The status once the job is over, or after so many seconds."""
    _queue(folder.parent).wait(folder, seconds)
    return status(folder)


def discard(folder: Path) -> None:
    """Cancel a job and delete all that is kept of it."""
    cancel(folder)
    shutil.rmtree(folder, ignore_errors=True)


def settle(folder: Path, state: State, **how: Any) -> None:
    """Write how a job ended: a result, or a problem as id and fields."""
    write_json(folder / "outcome.json", {"state": state, **how})


def write_json(path: Path, value: Any) -> None:
    """A JSON file that a reader sees whole or not at all."""
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    draft.write_text(json.dumps(value, ensure_ascii=False, default=str), encoding="utf-8")
    draft.replace(path)


def allowance_of(folder: Path) -> Allowance:
    """What the job in `folder` may use."""
    return Allowance(**json.loads((folder / "job.json").read_text(encoding="utf-8"))["allowance"])


def code_version() -> str:
    """A digest of the code, data and libraries that a result depends on."""
    return _code_version()


class _Queue:
    """The jobs of one root folder that this process looks after, a few of each lane at a time."""

    def __init__(self, root: Path) -> None:
        self._lock = threading.RLock()
        self._waiting: list[Path] = []
        self._running: dict[Path, subprocess.Popen[bytes]] = {}
        self._over: dict[Path, threading.Event] = {}
        root.mkdir(parents=True, exist_ok=True)
        threading.Thread(target=self._look_after, args=(root,), daemon=True, name="job leases").start()

    def add(self, folder: Path) -> None:
        with self._lock:
            if folder not in self._waiting and folder not in self._running:
                self._over[folder] = threading.Event()
                self._waiting.append(folder)
            self._start_next()

    def position(self, folder: Path) -> int | None:
        with self._lock:
            if folder not in self._waiting:
                return None
            ahead = self._waiting[: self._waiting.index(folder)]
            return sum(_lane(other) == _lane(folder) for other in ahead)

    def is_running(self, folder: Path) -> bool:
        with self._lock:
            return folder in self._running

    def wait(self, folder: Path, seconds: float) -> None:
        if over := self._over.get(folder):
            over.wait(seconds)

    def end(self, folder: Path) -> None:
        with self._lock:
            process = self._running.get(folder)
            if folder in self._waiting:
                self._waiting.remove(folder)
                self._forget(folder)
        if process:
            _stop(process)

    def _start_next(self) -> None:
        for folder in list(self._waiting):
            lane = _lane(folder)
            if sum(_lane(other) == lane for other in self._running) < LANES[lane]:
                self._waiting.remove(folder)
                self._begin(folder)

    def _begin(self, folder: Path) -> None:
        try:
            write_json(folder / "progress.json", {})
            allowance = allowance_of(folder)
            process = _child(folder)
        except OSError as error:
            with suppress(OSError):
                settle(
                    folder,
                    "failed",
                    problem=_as_json(Problem("job_cannot_start", reason=str(error.strerror))),
                )
            self._forget(folder)
            return
        self._running[folder] = process
        followed = (folder, process, allowance)
        threading.Thread(target=self._follow, args=followed, daemon=True, name=folder.name).start()

    def _follow(self, folder: Path, process: subprocess.Popen[bytes], allowance: Allowance) -> None:
        problem = None
        try:
            process.wait(timeout=allowance.wall_seconds)
        except subprocess.TimeoutExpired:
            problem = Problem("job_out_of_time", seconds=allowance.wall_seconds)
            _stop(process)
        if process.stdin:
            process.stdin.close()
        with suppress(OSError):
            if folder.is_dir() and not (folder / "outcome.json").exists():
                problem = problem or _cause(process.returncode, allowance)
                settle(folder, "failed", problem=_as_json(problem))
        shutil.rmtree(folder / "files", ignore_errors=True)
        with self._lock:
            del self._running[folder]
            self._forget(folder)
            self._start_next()

    def _forget(self, folder: Path) -> None:
        self._over.pop(folder, threading.Event()).set()

    def _look_after(self, root: Path) -> None:
        """Keep the leases of jobs that wait, and once an hour throw away what is a week old."""
        next_sweep = 0.0
        while True:
            if time.monotonic() >= next_sweep:
                _sweep(root)
                next_sweep = time.monotonic() + SWEEP_SECONDS
            time.sleep(LEASE_SECONDS)
            with self._lock:
                waiting = list(self._waiting)
            for folder in waiting:
                touch_lease(folder)


_queues: dict[Path, _Queue] = {}
_queues_lock = threading.Lock()


def _queue(root: Path) -> _Queue:
    with _queues_lock:
        key = root.absolute()
        if key not in _queues:
            _queues[key] = _Queue(root)
        return _queues[key]


def _child(folder: Path) -> subprocess.Popen[bytes]:
    surroundings = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    one_thread = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "ARROW")}
    paths = [str(_PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])]
    with (folder / "log.txt").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own interpreter, an argument list
            [sys.executable, "-m", "advisor.jobs", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
            env=surroundings
            | one_thread
            | {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=KILL_AFTER_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _cause(code: int, allowance: Allowance) -> Problem:
    """Why a child ended without a word: a signal tells which limit it met."""
    if code in (-6, -9, -11):
        return Problem("job_out_of_memory", limit_mb=allowance.memory_bytes // MB)
    if code == -24:
        return Problem("job_out_of_cpu", seconds=allowance.cpu_seconds)
    return Problem("job_failed", kind=f"exit {code}")


def _write_folder(folder: Path, job: Mapping[str, Any], files: Mapping[str, bytes | Path]) -> bool:
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


def _digest(name: str, params: Mapping[str, Any], files: Mapping[str, bytes | Path], owner: str) -> str:
    contents = {
        role: hashlib.sha256(content if isinstance(content, bytes) else content.read_bytes()).hexdigest()
        for role, content in files.items()
    }
    parts = [name, params, contents, owner, code_version()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:32]


@cache
def _code_version() -> str:
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


def _as_json(problem: Problem) -> dict[str, Any]:
    return {"id": problem.id, "fields": problem.fields}


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def _entry(folder: Path) -> str:
    return folder.name.rpartition("-")[0]


def _lane(folder: Path) -> Lane:
    return ENTRIES[_entry(folder)].lane


def touch_lease(folder: Path) -> None:
    """Show that somebody still looks after this job."""
    with suppress(OSError):
        (folder / "lease").touch()


def _is_lost(folder: Path) -> bool:
    try:
        return time.time() - (folder / "lease").stat().st_mtime > LOST_SECONDS
    except OSError:
        return True


def _sweep(root: Path) -> None:
    """Delete jobs that nobody has looked after for a week."""
    oldest = time.time() - KEEP_DAYS * 86_400
    with suppress(OSError):
        for folder in list(root.iterdir()):
            if folder.is_dir() and folder.stat().st_mtime < oldest and _is_lost(folder):
                shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    from advisor.job_child import main

    main(Path(sys.argv[1]))
