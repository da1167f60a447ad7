"""Every save is a version, nobody's save is overwritten, and a restart loses nothing."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from advisor.plan import new_plan
from advisor.store import Store
from pricing import Problem

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PLAN = new_plan(date(2026, 11, 22))


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'deep' / 'advisor.db'}"


def test_a_restart_finds_the_newest_version_and_every_older_one(url: str) -> None:
    first = Store(url)
    saved = first.create(PLAN, now=NOW)
    changed = PLAN.put("answers.purpose", "format_and_tone").put("inputs.cost.months", 12)
    first.save(saved.id, changed, based_on=1, now=NOW, what="answers.purpose")
    first.close()

    second = Store(url)
    assert second.load(saved.id).plan == changed
    assert second.load(saved.id, version=1).plan == PLAN
    assert [(version.number, version.what) for version in second.history(saved.id)] == [
        (2, "answers.purpose"),
        (1, "created"),
    ]
    assert [entry.id for entry in second.plans()] == [saved.id]


def test_a_save_from_an_old_version_is_refused_and_changes_nothing(url: str) -> None:
    store = Store(url)
    saved = store.create(PLAN, now=NOW)
    mine = PLAN.put("answers.purpose", "mine")
    theirs = PLAN.put("answers.purpose", "theirs")
    store.save(saved.id, theirs, based_on=1, now=NOW, what="theirs")
    with pytest.raises(Problem) as caught:
        store.save(saved.id, mine, based_on=1, now=NOW, what="mine")
    assert (caught.value.id, caught.value.fields["version"]) == ("plan_conflict", 2)
    assert store.load(saved.id).plan == theirs
    assert len(store.history(saved.id)) == 2


def test_an_unknown_plan_is_said_to_be_unknown(url: str) -> None:
    with pytest.raises(Problem) as caught:
        Store(url).load("../../etc/passwd")
    assert caught.value.id == "plan_not_found"


def test_an_upload_is_kept_once_under_its_content(url: str) -> None:
    store = Store(url)
    digest = store.keep_upload("a.csv", b"text,label\n", now=NOW)
    assert store.keep_upload("b.csv", b"text,label\n", now=NOW) == digest
    assert store.upload(digest) == ("a.csv", b"text,label\n")
    assert store.upload("0" * 64) is None


def test_a_store_that_cannot_be_opened_is_a_problem(tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database" * 100)
    with pytest.raises(Problem) as caught:
        Store(f"sqlite:///{broken}")
    assert caught.value.id == "store_unavailable"


WRITER = """
import sys
from datetime import UTC, datetime
from advisor.store import Store
from pricing import Problem
store, done = Store(sys.argv[1]), 0
while done < 15:
    seen = store.load(sys.argv[2])
    plan = seen.plan.put("inputs.count", seen.plan.get("inputs.count", 0) + 1)
    try:
        store.save(seen.id, plan, based_on=seen.version, now=datetime.now(UTC), what="count")
        done += 1
    except Problem as problem:
        assert problem.id == "plan_conflict", problem
"""


def test_eight_processes_lose_no_save(url: str, root: Path) -> None:
    saved = Store(url).create(PLAN, now=NOW)
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, url, saved.id], cwd=root) for _ in range(8)]
    assert [writer.wait(timeout=120) for writer in writers] == [0] * 8
    final = Store(url).load(saved.id)
    assert final.plan.get("inputs.count") == 8 * 15
    assert final.version == 8 * 15 + 1
