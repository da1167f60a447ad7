"""Every save is a version, nobody's save is overwritten, and a restart loses nothing."""

from __future__ import annotations

import json
import sqlite3
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


def test_what_is_amended_stands_in_the_newest_version_and_in_no_history(url: str) -> None:
    store = Store(url)
    saved = store.create(PLAN, now=NOW, author="花子")
    noted = PLAN.put("inputs.baseline.job", "baseline-" + "0" * 32)
    amended = store.amend(saved, noted)
    assert store.load(saved.id) == amended
    assert (amended.plan, amended.version, amended.author) == (noted, 1, "花子")
    assert [version.what for version in store.history(saved.id)] == ["created"]
    assert store.save(saved.id, noted, based_on=1, now=NOW, what="title").version == 2


def test_amending_overwrites_neither_a_newer_version_nor_what_somebody_else_amended(url: str) -> None:
    store = Store(url)
    saved = store.create(PLAN, now=NOW)
    mine, theirs = (PLAN.put("inputs.data.job", f"describe-{digit * 32}") for digit in "ab")
    amended = store.amend(saved, theirs)
    with pytest.raises(Problem) as caught:
        store.amend(saved, mine)
    assert caught.value.id == "plan_conflict"
    store.save(saved.id, theirs, based_on=1, now=NOW, what="title")
    with pytest.raises(Problem) as caught:
        store.amend(amended, mine)
    assert (caught.value.id, caught.value.fields["version"]) == ("plan_conflict", 2)
    assert [store.load(saved.id, number).plan for number in (1, 2)] == [theirs, theirs]


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


def test_a_version_tells_who_saved_it(url: str) -> None:
    store = Store(url)
    saved = store.create(PLAN, now=NOW, author="花子")
    store.save(saved.id, PLAN, based_on=1, now=NOW, what="title")
    assert [version.author for version in store.history(saved.id)] == ["", "花子"]
    assert store.load(saved.id, version=1).author == "花子"


def test_a_store_made_before_versions_had_authors_is_read_on(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    body = json.dumps(PLAN.to_json())
    with sqlite3.connect(file) as old:
        old.executescript(
            "CREATE TABLE plan (id VARCHAR(32) PRIMARY KEY, version INTEGER NOT NULL, title_ja VARCHAR NOT NULL,"
            " title_en VARCHAR NOT NULL, saved_at VARCHAR(32) NOT NULL);"
            "CREATE TABLE plan_version (plan_id VARCHAR(32), version INTEGER, body JSON NOT NULL,"
            " saved_at VARCHAR(32) NOT NULL, what VARCHAR NOT NULL, PRIMARY KEY (plan_id, version));"
        )
        old.execute("INSERT INTO plan VALUES ('p', 1, 'あ', 'a', ?)", (NOW.isoformat(),))
        old.execute("INSERT INTO plan_version VALUES ('p', 1, ?, ?, 'created')", (body, NOW.isoformat()))
    old.close()
    store = Store(f"sqlite:///{file}")
    assert store.load("p").plan == PLAN
    assert store.save("p", PLAN, based_on=1, now=NOW, what="title", author="花子").version == 2


def test_a_deleted_plan_is_gone_from_the_disk_with_the_uploads_only_it_used(url: str) -> None:
    store = Store(url)
    own = store.keep_upload("own.csv", b"own rows, secret-of-the-team\n" * 400, now=NOW)
    shared = store.keep_upload("shared.csv", b"shared rows\n", now=NOW)
    free = store.keep_upload("not yet in any plan.csv", b"free rows\n", now=NOW)
    mine = PLAN.put("answers.success_statement", "a-secret-statement")
    saved = store.create(mine.put("inputs.data.file", {"sha256": own}), now=NOW)
    store.save(saved.id, mine.put("inputs.data.file", {"sha256": shared}), based_on=1, now=NOW, what="file")
    other = store.create(PLAN.put("inputs.data.file", {"sha256": shared}), now=NOW)

    store.delete(saved.id)
    assert [entry.id for entry in store.plans()] == [other.id]
    assert [store.upload(digest) is None for digest in (own, shared, free)] == [True, False, False]
    with pytest.raises(Problem) as caught:
        store.load(saved.id)
    assert caught.value.id == "plan_not_found"
    folder = Path(url.removeprefix("sqlite:///")).parent
    left = b"".join(file.read_bytes() for file in folder.iterdir())
    assert b"secret-of-the-team" not in left and b"a-secret-statement" not in left


def test_deleting_what_is_not_there_is_a_problem(url: str) -> None:
    with pytest.raises(Problem) as caught:
        Store(url).delete("nobody")
    assert caught.value.id == "plan_not_found"


def test_a_database_nobody_can_speak_to_is_a_problem() -> None:
    for url in ("postgresql+nosuchdriver://x", "nonsense", "postgresql://nobody@127.0.0.1:9/none"):
        with pytest.raises(Problem) as caught:
            Store(url)
        assert caught.value.id in {"store_unavailable", "store_driver_missing"}
