"""What breaks around a plan is really broken here; each time there is a sentence, and the last save is there."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from streamlit.testing.v1 import AppTest

from advisor.language import LANGUAGES, problem
from advisor.plan import new_plan
from advisor.store import Store, tables
from pricing import Problem

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PLAN = new_plan(date(2026, 11, 22))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "advisor.db"


@pytest.fixture
def store(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(tables, "BUSY_SECONDS", 0)
    opened = Store(f"sqlite:///{file}")
    yield opened
    opened.close()


def refused(error: Problem, id: str, reason: str = "") -> None:
    """The problem is the expected one, and says so in both languages with a way out."""
    assert (error.id, error.fields.get("reason", "")) == (id, reason)
    said = [problem(error, language) for language in LANGUAGES]
    assert "報告書" in said[0]
    assert "Report page" in said[1]


SAVER = """
import sys
from datetime import UTC, datetime
from advisor.store import Store, tables
store = Store(sys.argv[1])
seen = store.load(sys.argv[2])
while True:
    plan = seen.plan.put("inputs.text", "x" * 200_000).put("inputs.version", seen.version + 1)
    seen = store.save(seen.id, plan, based_on=seen.version, now=datetime.now(UTC), what="x")
    print(seen.version, flush=True)
"""


def test_a_server_killed_while_it_saves_loses_no_completed_save(file: Path, root: Path) -> None:
    url = f"sqlite:///{file}"
    id = Store(url).create(PLAN, now=NOW).id
    for saves in (3, 11, 17):
        server = subprocess.Popen([sys.executable, "-c", SAVER, url, id], cwd=root, stdout=subprocess.PIPE)
        assert server.stdout is not None
        completed = [int(server.stdout.readline()) for _ in range(saves)][-1]
        server.kill()
        completed = max([completed, *(int(line) for line in server.stdout.read().split())])
        server.wait()
        server.stdout.close()

        again = Store(url)
        found = again.load(id)
        assert found.version >= completed
        assert found.plan.get("inputs.version") == found.version
        assert len(again.history(id)) == found.version
        with sqlite3.connect(file) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


EXPORTER = """
import sys
from pathlib import Path
from advisor.cli.files import write_bytes
for number in range(1_000_000):
    write_bytes(Path(sys.argv[1]), bytes([number % 256]) * 2_000_000)
    print(number, flush=True)
"""


def test_a_file_whose_export_is_killed_is_the_one_before_or_the_new_one(tmp_path: Path, root: Path) -> None:
    target = tmp_path / "plan.zip"
    for written in (1, 6):
        command = [sys.executable, "-c", EXPORTER, str(target)]
        exporter = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE)
        assert exporter.stdout is not None
        for _ in range(written):
            exporter.stdout.readline()
        exporter.kill()
        exporter.wait()
        exporter.stdout.close()
        found = target.read_bytes()
        assert len(found) == 2_000_000 and len(set(found)) == 1


def test_a_locked_database_is_said_so_and_the_next_save_works(file: Path, store: Store) -> None:
    saved = store.create(PLAN, now=NOW)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Problem) as caught:
        store.save(saved.id, PLAN, based_on=1, now=NOW, what="x")
    refused(caught.value, "store_unavailable", "SQLITE_BUSY")
    assert store.load(saved.id).version == 1
    other.execute("ROLLBACK")
    other.close()
    assert store.save(saved.id, PLAN, based_on=1, now=NOW, what="x").version == 2


def test_a_read_only_database_can_be_read_and_refuses_with_a_sentence(file: Path, store: Store) -> None:
    saved = store.create(PLAN, now=NOW)
    kept = Store(f"sqlite:///file:{file}?mode=ro&uri=true")
    assert kept.load(saved.id).plan == PLAN
    with pytest.raises(Problem) as caught:
        kept.save(saved.id, PLAN, based_on=1, now=NOW, what="x")
    refused(caught.value, "store_unavailable", "SQLITE_READONLY")
    kept.close()
    assert not Path("file:").exists(), "an address is no folder"


def test_a_full_disk_keeps_the_last_save_and_frees_itself(file: Path, store: Store) -> None:
    saved = store.create(PLAN, now=NOW)
    with sqlite3.connect(file) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    limit = [pages + 2]

    @event.listens_for(store._engine, "checkout")
    def small_disk(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={limit[0]}")

    large = PLAN.put("inputs.text", "x" * 100_000)
    with pytest.raises(Problem) as caught:
        store.save(saved.id, large, based_on=1, now=NOW, what="x")
    refused(caught.value, "store_unavailable", "SQLITE_FULL")
    with pytest.raises(Problem):
        store.keep_upload("a.csv", b"x" * 100_000, now=NOW)
    assert store.load(saved.id).plan == PLAN
    limit[0] = 1_000_000
    assert store.save(saved.id, large, based_on=1, now=NOW, what="x").version == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file sizes")
def test_a_file_that_may_not_grow_keeps_what_was_saved(file: Path, root: Path) -> None:
    url = f"sqlite:///{file}"
    id = Store(url).create(PLAN, now=NOW).id
    limited = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))\n" + SAVER
    )
    ended = subprocess.run([sys.executable, "-c", limited, url, id], cwd=root, capture_output=True, text=True)
    assert "store_unavailable" in ended.stderr
    completed = max(map(int, ended.stdout.split()))
    assert Store(url).load(id).version == completed


@pytest.mark.parametrize("damage", ["header", "middle", "body"])
def test_a_damaged_database_is_a_sentence_and_stays_as_it_is(file: Path, damage: str) -> None:
    first = Store(f"sqlite:///{file}")
    id = first.create(PLAN.put("inputs.text", "x" * 50_000), now=NOW).id
    first.close()
    if damage == "body":
        with sqlite3.connect(file) as connection:
            connection.execute("UPDATE plan_version SET body = '{torn'")
        connection.close()
    else:
        content = bytearray(file.read_bytes())
        start = 0 if damage == "header" else 4096
        content[start : start + 40_000] = b"\xff" * 40_000
        file.write_bytes(content)
    before = file.read_bytes()
    with pytest.raises(Problem) as caught:
        Store(f"sqlite:///{file}").load(id)
    assert caught.value.id == "store_unavailable"
    assert file.read_bytes() == before


def test_the_database_of_a_newer_app_is_left_alone(file: Path, store: Store) -> None:
    saved = store.create(PLAN, now=NOW)
    store.close()
    with sqlite3.connect(file) as connection:
        connection.execute(f"PRAGMA user_version = {tables.LAYOUT + 1}")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(Problem) as caught:
        Store(f"sqlite:///{file}")
    refused(caught.value, "store_newer")
    assert file.read_bytes() == before
    with sqlite3.connect(file) as connection:
        connection.execute(f"PRAGMA user_version = {tables.LAYOUT}")
    assert Store(f"sqlite:///{file}").load(saved.id).plan == PLAN


def test_a_clock_that_jumps_loses_and_deletes_nothing(store: Store) -> None:
    ahead = store.create(PLAN, now=NOW + timedelta(days=3650))
    digest = store.keep_upload("a.csv", b"text\n", now=NOW + timedelta(days=3650))
    changed = PLAN.put("answers.purpose", "later")
    store.save(ahead.id, changed, based_on=1, now=NOW, what="x")
    assert store.load(ahead.id).plan == changed
    assert [one.number for one in store.history(ahead.id)] == [2, 1]
    assert store.sweep_uploads(now=NOW, days=30) == 0
    assert store.upload(digest) is not None


def test_uploads_are_kept_while_a_plan_needs_them_and_no_longer(store: Store) -> None:
    needed, replaced, forgotten = (store.keep_upload("a.csv", body, now=NOW) for body in (b"1", b"2", b"3"))
    with_file = PLAN.put("inputs.data.file", {"name": "a.csv", "sha256": replaced})
    id = store.create(with_file, now=NOW).id
    other = PLAN.put("inputs.data.file", {"name": "a.csv", "sha256": needed})
    store.save(id, other, based_on=1, now=NOW + timedelta(days=20), what="file")

    def kept(day: int) -> list[bool]:
        store.sweep_uploads(now=NOW + timedelta(days=day), days=30)
        return [store.upload(digest) is not None for digest in (needed, replaced, forgotten)]

    assert kept(29) == [True, True, True]
    assert kept(31) == [True, True, False]
    assert kept(51) == [True, False, False]
    assert kept(4000) == [True, False, False]


def page() -> None:
    import streamlit as st

    from advisor.pages import frame, sidebar

    view = frame.current()
    sidebar.notices(view)
    st.text_input("name", **view.keep("inputs.name", ""))


@pytest.mark.parametrize("locale", ["ja-JP", "en-GB"])
def test_what_was_typed_stays_on_the_page_while_nothing_can_be_saved(
    file: Path, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    from advisor.pages import on_screen
    from advisor.settings import Settings

    monkeypatch.setattr(tables, "BUSY_SECONDS", 0)
    there = Settings.from_environment({"ADVISOR_HOME": str(file.parent)})
    monkeypatch.setattr(on_screen, "settings", lambda: there)
    app = AppTest.from_function(page, default_timeout=30)
    app.context = {"locale": locale}
    app.run()
    app.text_input[0].set_value("before").run()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    app.text_input[0].set_value("typed").run()
    assert not app.exception
    assert app.text_input[0].value == "typed"
    [warning] = app.warning
    assert "BUSY" in warning.value
    assert ("Report page" if locale == "en-GB" else "「報告書」") in warning.value
    other.execute("ROLLBACK")
    other.close()
    app.text_input[0].set_value("typed again").run()
    assert not app.warning
    saved = app.session_state["open_plan"].saved
    assert Store(there.database_url).load(saved.id).plan.get("inputs.name") == "typed again"
