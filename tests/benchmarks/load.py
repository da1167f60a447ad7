"""Fifty open sessions and one long baseline: how much slower another visitor's click gets, and what memory stays.

    python -m tests.benchmarks.load

Sessions speak the browser's own WebSocket protocol. A click is one rerun of a page, from the message sent to the
end of the run. Memory is the server's resident size before the sessions and after they are closed; each session
opens a plan of its own with a table of its own.
"""

from __future__ import annotations

import asyncio
import csv
import io
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from advisor import jobs
from advisor.jobs.queue import queue_of
from advisor.plan import new_plan
from advisor.store import Store
from tests.benchmarks import held
from tests.browser.conftest import Server

SESSIONS = 50
CLICKS = 30
PAUSE_SECONDS = 0.3
JOB_ROWS = 50_000
TABLES = 200
TABLE_ROWS = 20_000
AT_ONCE = 4
# Streamlit keeps a closed session for two minutes, in case the visitor's network comes back.
FORGOTTEN_SECONDS = 150
MB = 2**20
MOST_SLOWER = 1.5
MOST_MB_LEFT = 150.0


def table(rows: int, seed: int = 0) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows(
        [["text", "label"]]
        + [[f"order {seed} {i * 7919 % 9973} came {i * 31 % 997} late", "abcd"[i % 4]] for i in range(rows)]
    )
    return written.getvalue().encode()


async def rerun(session: ClientConnection, query: str = "", page: str = "") -> float:
    """Seconds from asking for a run of the page to its end."""
    wanted = BackMsg()
    wanted.rerun_script.query_string = query
    wanted.rerun_script.page_name = page
    begun = time.perf_counter()
    await session.send(wanted.SerializeToString())
    while True:
        told = ForwardMsg.FromString(await session.recv())
        if told.WhichOneof("type") == "script_finished":
            return time.perf_counter() - begun


def opened(server: Server) -> Any:
    address = server.url.replace("http", "ws") + "/_stcore/stream"
    return connect(address, subprotocols=[Subprotocol("streamlit")], origin=Origin(server.url), max_size=None)


async def clicks(session: ClientConnection, job: LongJob) -> tuple[list[float], list[float]]:
    """Seconds of `CLICKS` reruns with the job at work from end to end, and of as many with it held, in turn."""
    beside: list[float] = []
    alone: list[float] = []
    while len(beside) < CLICKS:
        if not job.is_running():
            await asyncio.sleep(PAUSE_SECONDS)
            continue
        seconds = await rerun(session)
        if not job.goes_on():
            continue
        beside.append(seconds)
        with job.held():
            await asyncio.sleep(PAUSE_SECONDS)
            alone.append(await rerun(session))
        await asyncio.sleep(PAUSE_SECONDS)
    return beside, alone


class LongJob:
    """Another visitor's baseline, begun anew with other rows whenever one is done, so that one always runs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.begun = 0
        self.folder = self._begin()

    def _begin(self) -> Path:
        self.begun += 1
        params = {"text": "text", "label": "label", "reading": {"name": "a.csv"}, "rungs": "all"}
        return jobs.start("baseline", params, {"table": table(JOB_ROWS, self.begun)}, root=self.root)

    def is_running(self) -> bool:
        """Whether the job works now; one that is over makes room for the next, one that failed ends it all."""
        now = jobs.status(self.folder)
        if now.problem is not None:
            raise RuntimeError(f"the baseline failed: {now.problem}")
        if now.is_over:
            jobs.discard(self.folder)
            self.folder = self._begin()
            return False
        return now.state == "running"

    def goes_on(self) -> bool:
        """Whether the same job is still at work."""
        return jobs.status(self.folder).state == "running"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Stop its process for a moment, so that whatever else this machine does stands on both sides."""
        process = queue_of(self.root)._running.get(self.folder)
        if process is None:
            yield
            return
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        jobs.discard(self.folder)


async def beside_a_job(server: Server) -> bool:
    """The median click of one visitor, idle and while another one's baseline runs, with fifty sessions open."""
    sessions = [await opened(server) for _ in range(SESSIONS)]
    for session in sessions:
        await rerun(session)
    job = LongJob(server.home / "jobs")
    try:
        busy, idle = map(statistics.median, await clicks(sessions[0], job))
    finally:
        job.end()
    for session in sessions:
        await session.close()
    return held(
        f"median click of one of {SESSIONS} sessions beside a baseline on {JOB_ROWS:,} rows "
        f"({CLICKS} clicks, each with the job at work, {job.begun} jobs): "
        f"{busy * 1000:.0f} ms against {idle * 1000:.0f} ms with the job held",
        busy / idle,
        MOST_SLOWER,
        "x",
    )


def resident(server: Server) -> int:
    assert server._process is not None
    status = Path(f"/proc/{server._process.pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def plans(server: Server) -> list[str]:
    """Plans with a table each, kept as the page keeps them."""
    store, now, ids = Store(f"sqlite:///{server.home / 'advisor.db'}"), datetime.now(UTC), []
    for seed in range(TABLES):
        digest = store.keep_upload(f"{seed}.csv", table(TABLE_ROWS, seed), now=now)
        file = {"name": f"{seed}.csv", "sha256": digest}
        ids.append(store.create(new_plan(date.today()).put("inputs.data.file", file), now=now).id)  # noqa: DTZ011
    store.close()
    return ids


async def with_tables(server: Server) -> bool:
    """Resident memory after sessions that each opened a table have come and gone."""
    ids = plans(server)
    before = resident(server)
    async with opened(server) as session:
        await rerun(session)
        await rerun(session, page="data")
    loaded = resident(server)
    gate = asyncio.Semaphore(AT_ONCE)

    async def visit(id: str) -> None:
        async with gate, opened(server) as session:
            await rerun(session, f"plan={id}")
            await rerun(session, f"plan={id}", "data")

    await asyncio.gather(*(visit(id) for id in ids))
    peak = resident(server)
    await asyncio.sleep(FORGOTTEN_SECONDS)
    async with opened(server) as session:
        await rerun(session)
    after = resident(server)
    said = f"{TABLES} sessions with {TABLE_ROWS:,} rows each, {peak / MB:.0f} MB at the end, {after / MB:.0f} MB later"
    # The libraries of the Data page and its tokenizer stay loaded, however many visitors come.
    of_start = held(
        f"{said}, {before / MB:.0f} MB at the start", (after - before) / MB, MOST_MB_LEFT, " MB more"
    )
    of_visit = f"{said}, {loaded / MB:.0f} MB once the first visitor had seen the page"
    return held(of_visit, (after - loaded) / MB, MOST_MB_LEFT, " MB more") and of_start


def main() -> int:
    with tempfile.TemporaryDirectory() as home:
        server = Server(Path(home))
        server.start()
        try:
            verdicts = [asyncio.run(beside_a_job(server))]
            if sys.platform == "linux" and "--no-memory" not in sys.argv:
                verdicts.append(asyncio.run(with_tables(server)))
        finally:
            server.stop()
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    sys.exit(main())
