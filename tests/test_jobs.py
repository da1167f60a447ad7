"""Long work runs beside the server, within limits, and ends when it should."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from advisor import jobs
from advisor.jobs import allowance, queue
from advisor.jobs import folder as folder_files
from advisor.language import phrase_keys, problem
from advisor.tables import open_table
from pricing import Problem
from tests.workbooks import shared_strings, workbook

ROOT = Path(__file__).parent.parent
MB = 2**20
WORDS = ["red", "green", "blue", "old", "new", "sweet", "sour", "big", "small", "round"]
SMALL = b"text,label\n" + b"".join(
    f"a {one} and {other} {thing},{thing}\n".encode()
    for thing in ("apple", "whale")
    for one in WORDS
    for other in WORDS[:3]
)
COLUMNS = {"text": "text", "label": "label", "reading": {"name": "data.csv"}}


@cache
def large() -> bytes:
    """Enough different words for minutes of near-duplicate search and token counting."""
    words = [f"w{number}" for number in range(9973)]
    rows = (f"{' '.join(words[i * k % 9973] for k in range(1, 40))},{'ab'[i % 2]}\n" for i in range(40_000))
    return ("text,label\n" + "".join(rows)).encode()


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "jobs"
    yield folder
    if folder.exists():
        for job in folder.iterdir():
            jobs.cancel(job)


def eventually(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return true()


def describing(root: Path, content: bytes = SMALL, **how: object) -> Path:
    # Near-duplicates, which take long, are searched only where the work is to last.
    return jobs.start(
        "describe", COLUMNS | {"near": content is not SMALL}, {"table": content}, root=root, **how
    )  # type: ignore[arg-type]


def test_a_job_reports_and_gives_its_result(root: Path) -> None:
    job = describing(root)
    status = jobs.wait(job, 60)
    assert status.state == "done"
    assert status.result is not None
    assert status.result["evidence"]["rows"] == 60
    assert not (job / "files").exists()


def test_a_baseline_is_measured_from_the_file_itself(root: Path) -> None:
    job = jobs.start("baseline", COLUMNS, {"table": SMALL}, root=root)
    result = jobs.wait(job, 120).result
    assert result is not None
    assert (result["rows"], result["classes"]) == (60, 2)
    assert result["verdict"]


def test_a_problem_comes_back_as_id_and_fields(root: Path) -> None:
    job = jobs.start("baseline", COLUMNS | {"label": "class"}, {"table": SMALL}, root=root)
    found = jobs.wait(job, 60).problem
    assert found is not None
    assert (found.id, found.fields) == ("no_such_column", {"column": "class", "found": ["text", "label"]})


def test_only_listed_work_can_be_asked_for(root: Path) -> None:
    with pytest.raises(Problem) as caught:
        jobs.start("os:system", {}, {}, root=root)
    assert caught.value.id == "job_unknown"
    with pytest.raises(Problem) as caught:
        jobs.start("describe", COLUMNS, {"../../evil": b""}, root=root)
    assert caught.value.id == "job_file_name"


@pytest.mark.parametrize("id", ["../secret", "describe-1", "/etc", "describe-" + "0" * 32, ""])
def test_a_name_from_outside_is_no_path(id: str, root: Path) -> None:
    assert jobs.folder_of(id, root) is None


def child_of(job: Path) -> subprocess.Popen[bytes]:
    return queue.queue_of(job.parent)._running[job]


def test_cancelling_ends_the_child_before_it_returns_and_may_be_repeated(root: Path) -> None:
    job = describing(root, large())
    assert eventually(lambda: bool(jobs.status(job).progress))
    child = child_of(job)
    jobs.cancel(job)
    assert child.returncode
    jobs.cancel(job)
    assert jobs.status(job).state == "cancelled"


def test_a_child_that_will_not_end_is_killed_within_half_a_second() -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        queue._stop(child)
    assert child.returncode
    assert queue.KILL_AFTER_SECONDS < 0.5


def test_jobs_wait_their_turn_and_can_be_taken_out_of_the_queue(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "LANES", {"quick": 1, "long": 1})
    first, second, third = (describing(root, large()) for _ in range(3))
    assert [jobs.status(job).state for job in (first, second, third)] == ["running", "queued", "queued"]
    assert [jobs.status(job).waiting for job in (second, third)] == [0, 1]
    jobs.cancel(second)
    assert (jobs.status(second).state, jobs.status(third).waiting) == ("cancelled", 0)
    jobs.cancel(first)
    assert eventually(lambda: jobs.status(third).state == "running")


def test_the_same_work_is_done_once_when_asked_so(root: Path) -> None:
    first = describing(root, reuse=True)
    assert describing(root, reuse=True) == first
    jobs.wait(first, 60)
    assert describing(root, reuse=True) == first
    assert jobs.status(first).state == "done"
    assert describing(root, SMALL + b"one more,a\n", reuse=True) != first
    assert describing(root, reuse=True, owner="somebody") != first
    assert describing(root) != first


def test_a_cancelled_job_is_not_reused(root: Path) -> None:
    first = describing(root, large(), reuse=True)
    jobs.cancel(first)
    assert describing(root, large(), reuse=True) == first
    assert jobs.status(first).state == "running"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_processor_time_is_limited(root: Path) -> None:
    job = describing(root, large(), allowance=jobs.Allowance(3000 * MB, cpu_seconds=1, wall_seconds=60))
    found = jobs.wait(job, 60).problem
    assert found is not None
    assert (found.id, found.fields) == ("job_out_of_cpu", {"seconds": 1})


def test_wall_time_is_limited(root: Path) -> None:
    job = describing(root, large(), allowance=jobs.Allowance(3000 * MB, cpu_seconds=60, wall_seconds=1))
    found = jobs.wait(job, 60).problem
    assert found is not None
    assert (found.id, found.fields) == ("job_out_of_time", {"seconds": 1})


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux alone")
@pytest.mark.parametrize(
    "sheet",
    [
        # Two cells so far apart that a reader asks for half a terabyte.
        '<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
        # One long text in 100,000 cells.
        "<sheetData>"
        + "".join(f'<row r="{i}"><c r="A{i}" t="s"><v>0</v></c></row>' for i in range(1, 100_001))
        + "</sheetData>",
    ],
)
def test_a_workbook_that_would_end_the_server_ends_a_child(sheet: str, root: Path) -> None:
    body = workbook({"Sheet": sheet}, parts=shared_strings("あ" * 1_000_000))
    with pytest.raises(Problem) as caught:
        open_table(body, "bomb.xlsx", root=root)
    assert caught.value.id == "unpacks_beyond_limits"
    assert list(root.iterdir()) == []


def test_an_honest_workbook_comes_back_from_the_child(root: Path) -> None:
    table = open_table(workbook({"Data": [["text", "label"], ["あ", 1]]}), "a.xlsx", root=root)
    assert (table.head(1), table.sheet) == ({"text": ["あ"], "label": ["1"]}, "Data")
    assert list(root.iterdir()) == []


def test_a_problem_of_the_file_comes_back_from_the_child(root: Path) -> None:
    with pytest.raises(Problem) as caught:
        open_table(workbook({"Data": [["text"], ["a"]]}), "a.xlsx", root=root, sheet="Other")
    assert caught.value.fields == {"sheet": "Other", "found": ["Data"]}


SERVER = """
import sys, time
from pathlib import Path
from advisor import jobs
job = jobs.start("describe", {columns}, {{"table": Path(sys.argv[2])}}, root=Path(sys.argv[1]))
while not jobs.status(job).progress:
    time.sleep(0.05)
print(job, flush=True)
time.sleep(60)
"""


def test_when_the_server_is_killed_its_job_ends_and_says_so(root: Path, tmp_path: Path) -> None:
    (tmp_path / "large.csv").write_bytes(large())
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER.format(columns=COLUMNS | {"near": True}), str(root), str(tmp_path / "large.csv")],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    job = Path(server.stdout.readline().strip())
    server.kill()
    server.wait()
    server.stdout.close()
    assert eventually(lambda: jobs.status(job).is_over)
    found = jobs.status(job).problem
    assert found is not None
    assert found.id == "job_interrupted"


def test_a_job_that_waited_on_a_dead_server_is_taken_up_again(root: Path) -> None:
    finished = describing(root)
    jobs.wait(finished, 60)
    abandoned = root / ("describe-" + "a" * 32)
    folder_files.write_folder(
        abandoned,
        {"name": "describe", "params": COLUMNS, "allowance": vars(allowance.ENTRIES["describe"].allowance)},
        {"table": SMALL},
    )
    long_ago = time.time() - 2 * folder_files.LOST_SECONDS
    assert jobs.status(abandoned).state == "queued"
    os.utime(abandoned / "lease", (long_ago, long_ago))
    jobs.status(abandoned)
    assert jobs.wait(abandoned, 60).state == "done"


def test_a_job_that_ran_on_a_dead_machine_is_given_up(root: Path) -> None:
    finished = describing(root)
    jobs.wait(finished, 60)
    (finished / "outcome.json").unlink()
    long_ago = time.time() - 2 * folder_files.LOST_SECONDS
    os.utime(finished / "lease", (long_ago, long_ago))
    found = jobs.status(finished).problem
    assert found is not None
    assert found.id == "job_interrupted"


def test_a_deleted_job_is_gone(root: Path) -> None:
    job = describing(root)
    jobs.wait(job, 60)
    jobs.discard(job)
    found = jobs.status(job).problem
    assert found is not None
    assert found.id == "job_gone"


def test_the_child_sees_no_secrets(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_not_for_children")
    job = describing(root, large())
    assert eventually(lambda: bool(jobs.status(job).progress))
    if sys.platform == "linux":
        environment = Path(f"/proc/{child_of(job).pid}/environ").read_bytes()
        assert b"hf_not_for_children" not in environment
        assert b"OMP_WAIT_POLICY=PASSIVE" in environment
    jobs.cancel(job)


@pytest.mark.parametrize(
    "id",
    [
        "job_unknown",
        "job_gone",
        "job_interrupted",
        "job_cannot_start",
        "job_out_of_memory",
        "job_out_of_cpu",
        "job_out_of_time",
        "job_failed",
    ],
)
def test_every_end_has_its_sentence(id: str) -> None:
    assert f"problems.{id}" in phrase_keys()
    assert problem(Problem(id), "ja") != problem(Problem(id), "en")


def test_a_job_thrown_away_at_once_leaves_its_place_to_the_next(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "LANES", {"quick": 1, "long": 1})
    for _ in range(5):
        jobs.discard(describing(root, large()))
    assert jobs.wait(describing(root), 60).state == "done"


def test_jobs_of_last_week_are_swept_away(root: Path) -> None:
    old, fresh = (describing(root) for _ in range(2))
    for job in (old, fresh):
        jobs.wait(job, 60)
    long_ago = time.time() - 8 * 86_400
    for path in (old / "lease", old):
        os.utime(path, (long_ago, long_ago))
    queue.sweep(root)
    assert (old.exists(), fresh.exists()) == (False, True)
