"""The jobs that this process looks after: who waits, who runs, and the child processes that do the work."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from advisor.jobs.allowance import ENTRIES, LANES, MB, Allowance, Lane
from advisor.jobs.folder import (
    LEASE_SECONDS,
    allowance_of,
    fail,
    is_lost,
    touch_lease,
    write_json,
)
from pricing import Problem

KILL_AFTER_SECONDS = 0.2
KEEP_DAYS = 7
SWEEP_SECONDS = 3600.0
_PACKAGES = Path(__file__).parent.parent.parent
# What a child may see of its surroundings: no token, no database URL.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH")


class Queue:
    """The jobs of one root folder that this process looks after, a few of each lane at a time."""

    def __init__(self, root: Path) -> None:
        self._lock = threading.RLock()
        self._waiting: list[Path] = []
        self._running: dict[Path, subprocess.Popen[bytes]] = {}
        self._over: dict[Path, threading.Event] = {}
        self._secrets: dict[Path, str] = {}
        root.mkdir(parents=True, exist_ok=True)
        threading.Thread(target=self._look_after, args=(root,), daemon=True, name="job leases").start()

    def add(self, folder: Path, secret: str | None = None) -> None:
        with self._lock:
            if secret is not None and ENTRIES[_entry(folder)].secret:
                self._secrets[folder] = secret
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
            self._hand_over(folder, process)
        except OSError as error:
            with suppress(OSError):
                fail(folder, Problem("job_cannot_start", reason=str(error.strerror)))
            self._forget(folder)
            return
        self._running[folder] = process
        followed = (folder, process, allowance)
        threading.Thread(target=self._follow, args=followed, daemon=True, name=folder.name).start()

    def _hand_over(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        """What the child must know and no file may hold, as the first line of its stdin; null where it is gone."""
        if ENTRIES[_entry(folder)].secret and process.stdin:
            told = json.dumps(self._secrets.pop(folder, None))
            process.stdin.write(told.encode() + b"\n")
            process.stdin.flush()

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
                fail(folder, problem or _cause(process.returncode, allowance))
        shutil.rmtree(folder / "files", ignore_errors=True)
        with self._lock:
            del self._running[folder]
            self._forget(folder)
            self._start_next()

    def _forget(self, folder: Path) -> None:
        self._secrets.pop(folder, None)
        self._over.pop(folder, threading.Event()).set()

    def _look_after(self, root: Path) -> None:
        """Keep the leases of jobs that wait, and once an hour throw away what is a week old."""
        next_sweep = 0.0
        while True:
            if time.monotonic() >= next_sweep:
                sweep(root)
                next_sweep = time.monotonic() + SWEEP_SECONDS
            time.sleep(LEASE_SECONDS)
            with self._lock:
                waiting = list(self._waiting)
            for folder in waiting:
                touch_lease(folder)


_queues: dict[Path, Queue] = {}
_queues_lock = threading.Lock()


def queue_of(root: Path) -> Queue:
    with _queues_lock:
        key = root.absolute()
        if key not in _queues:
            _queues[key] = Queue(root)
        return _queues[key]


def _child(folder: Path) -> subprocess.Popen[bytes]:
    told = (*_ENVIRONMENT, *ENTRIES[_entry(folder)].environment)
    surroundings = {name: os.environ[name] for name in told if name in os.environ}
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


def _entry(folder: Path) -> str:
    return folder.name.rpartition("-")[0]


def _lane(folder: Path) -> Lane:
    return ENTRIES[_entry(folder)].lane


def sweep(root: Path) -> None:
    """Delete jobs that nobody has looked after for a week."""
    oldest = time.time() - KEEP_DAYS * 86_400
    with suppress(OSError):
        for folder in list(root.iterdir()):
            if folder.is_dir() and folder.stat().st_mtime < oldest and is_lost(folder):
                shutil.rmtree(folder, ignore_errors=True)
