"""With sign-in on, nobody sees or changes what is not theirs; a share link opens one plan, and only as far as it says."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from advisor.access import Access
from advisor.language import LANGUAGES, problem
from advisor.plan import Plan, new_plan
from advisor.store import Saved, Store
from pricing import Problem

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
NO_JOBS = Path("no-such-folder")
PLAN = new_plan(date(2026, 11, 22)).put("answers.success_statement", "a secret of Hanako's")


@pytest.fixture
def store() -> Store:
    return Store("sqlite://")


def hanako(store: Store) -> Access:
    return Access(store, "hanako")


def taro(store: Store, *tokens: str) -> Access:
    return Access(store, "taro", frozenset(tokens))


WAYS: dict[str, Callable[[Access, str], object]] = {
    "load": lambda access, id: access.load(id),
    "an older version": lambda access, id: access.load(id, 1),
    "history": lambda access, id: access.history(id),
    "amend": lambda access, id: access.amend(Saved(id, 1, PLAN, NOW), PLAN),
    "save": lambda access, id: access.save(id, PLAN, based_on=1, now=NOW, what="x"),
    "make a link": lambda access, id: access.make_link(id, may_edit=True, now=NOW),
    "see the links": lambda access, id: access.links(id),
    "delete": lambda access, id: access.delete(id, NO_JOBS),
}
READING = {"load", "an older version", "history"}
EDITING = READING | {"save", "amend"}


def reached(access: Access, store: Store, saved: Saved) -> set[str]:
    """The ways that lead somewhere, each tried on its own; what is refused changes nothing."""
    open_ways = set()
    for name, way in WAYS.items():
        before = store.history(saved.id)
        try:
            way(access, saved.id)
            open_ways.add(name)
        except Problem as refused:
            assert all(problem(refused, language) for language in LANGUAGES)
            assert refused.id in ("plan_not_found", "plan_read_only", "plan_not_yours")
            assert store.history(saved.id) == before
    return open_ways


def test_a_strangers_plan_is_not_there(store: Store) -> None:
    saved = hanako(store).create(PLAN, now=NOW)
    assert taro(store).plans() == []
    assert reached(taro(store), store, saved) == set()
    with pytest.raises(Problem) as caught:
        taro(store).load(saved.id)
    with pytest.raises(Problem) as never:
        taro(store).load("0" * 24)
    assert caught.value.id == never.value.id == "plan_not_found"


@pytest.mark.parametrize(("may_edit", "ways"), [(False, READING), (True, EDITING)])
def test_a_link_opens_as_far_as_it_says_and_nothing_once_revoked(
    store: Store, may_edit: bool, ways: set[str]
) -> None:
    saved = hanako(store).create(PLAN, now=NOW)
    other = hanako(store).create(PLAN, now=NOW)
    link = hanako(store).make_link(saved.id, may_edit=may_edit, now=NOW)
    assert reached(taro(store, link.token), store, saved) == ways
    assert reached(taro(store, link.token), store, other) == set()
    hanako(store).revoke(link)
    assert reached(taro(store, link.token), store, saved) == set()
    assert hanako(store).links(saved.id) == []


def test_whoever_edits_by_a_link_does_not_become_the_owner(store: Store) -> None:
    saved = hanako(store).create(PLAN, now=NOW)
    link = hanako(store).make_link(saved.id, may_edit=True, now=NOW)
    taro(store, link.token).save(saved.id, PLAN, based_on=1, now=NOW, what="x")
    assert store.owner_of(saved.id) == "hanako"
    assert taro(store).plans() == []


def test_a_token_cannot_be_guessed_and_only_the_owner_takes_a_link_back(store: Store) -> None:
    saved = hanako(store).create(PLAN, now=NOW)
    links = [hanako(store).make_link(saved.id, may_edit=True, now=NOW) for _ in range(20)]
    assert len({link.token for link in links}) == 20
    assert all(len(link.token) == 32 and link.token != saved.id for link in links)
    with pytest.raises(Problem) as caught:
        taro(store, links[0].token).revoke(links[0])
    assert caught.value.id == "plan_not_yours"
    assert len(hanako(store).links(saved.id)) == 20
    assert store.link("") is None and store.link("' OR 1=1 --") is None


def with_file(digest: str) -> Plan:
    return PLAN.put("inputs.data.file", {"name": "a.csv", "sha256": digest})


def test_naming_a_file_in_ones_own_plan_does_not_open_it(store: Store) -> None:
    digest = hanako(store).keep_upload("a.csv", b"Hanako's rows", now=NOW)
    theirs = taro(store).create(with_file(digest), now=NOW)
    assert taro(store).upload(digest) is None
    assert taro(store).upload(digest, plan=theirs.id) is None
    assert hanako(store).upload(digest) == ("a.csv", b"Hanako's rows")
    taro(store).keep_upload("same.csv", b"Hanako's rows", now=NOW)
    assert taro(store).upload(digest) is not None


def test_a_shared_plan_brings_its_files_both_ways(store: Store) -> None:
    digest = hanako(store).keep_upload("a.csv", b"rows", now=NOW)
    unused = hanako(store).keep_upload("b.csv", b"other rows", now=NOW)
    saved = hanako(store).create(with_file(digest), now=NOW)
    read = taro(store, hanako(store).make_link(saved.id, may_edit=False, now=NOW).token)
    assert read.upload(digest, plan=saved.id) == ("a.csv", b"rows")
    assert read.upload(unused, plan=saved.id) is None
    added = read.keep_upload("by a reader.csv", b"for nobody else", now=NOW, plan=saved.id)
    assert hanako(store).upload(added) is None

    edit = taro(store, hanako(store).make_link(saved.id, may_edit=True, now=NOW).token)
    added = edit.keep_upload("c.csv", b"new rows", now=NOW, plan=saved.id)
    assert hanako(store).upload(added) == ("c.csv", b"new rows")


def test_without_sign_in_everything_is_everybodys(store: Store) -> None:
    saved = hanako(store).create(PLAN, now=NOW)
    digest = hanako(store).keep_upload("a.csv", b"rows", now=NOW)
    assert reached(Access(store), store, saved) == set(WAYS)
    assert Access(store).upload(digest) is not None


def test_a_plan_from_before_sign_in_becomes_theirs_who_has_its_address_and_saves_first(store: Store) -> None:
    digest = Access(store).keep_upload("a.csv", b"rows", now=NOW)
    saved = Access(store).create(with_file(digest), now=NOW)
    assert taro(store).plans() == []
    assert taro(store).load(saved.id).plan == saved.plan
    with pytest.raises(Problem) as caught:
        taro(store).delete(saved.id, NO_JOBS)
    assert caught.value.id == "plan_not_yours"
    taro(store).save(saved.id, saved.plan, based_on=1, now=NOW, what="x")
    assert [entry.id for entry in taro(store).plans()] == [saved.id]
    assert taro(store).upload(digest) is not None
    assert reached(hanako(store), store, saved) == set()


def test_deleting_a_plan_takes_its_links_along(store: Store) -> None:
    saved = hanako(store).create(PLAN, now=NOW)
    link = hanako(store).make_link(saved.id, may_edit=True, now=NOW)
    hanako(store).delete(saved.id, NO_JOBS)
    assert store.link(link.token) is None


FIRST_LAYOUT = """
CREATE TABLE plan (id VARCHAR(32) NOT NULL PRIMARY KEY, version INTEGER NOT NULL, title_ja VARCHAR NOT NULL,
  title_en VARCHAR NOT NULL, saved_at VARCHAR(32) NOT NULL);
CREATE TABLE plan_version (plan_id VARCHAR(32) NOT NULL REFERENCES plan (id), version INTEGER NOT NULL,
  body JSON NOT NULL, saved_at VARCHAR(32) NOT NULL, what VARCHAR NOT NULL,
  author VARCHAR DEFAULT '' NOT NULL, PRIMARY KEY (plan_id, version));
CREATE TABLE upload (sha256 VARCHAR(64) NOT NULL PRIMARY KEY, name VARCHAR NOT NULL, body BLOB NOT NULL,
  saved_at VARCHAR(32) NOT NULL);
PRAGMA user_version = 1;
"""


def test_a_database_of_the_first_layout_is_brought_to_the_present_one_and_loses_nothing(
    tmp_path: Path,
) -> None:
    file = tmp_path / "old.db"
    body, at, digest = Store("sqlite://").create(PLAN, now=NOW).plan.to_json(), NOW.isoformat(), "a" * 64
    with sqlite3.connect(file) as old:
        old.executescript(FIRST_LAYOUT)

        old.execute("INSERT INTO plan VALUES ('p', 1, 'あ', 'a', ?)", (at,))
        old.execute(
            "INSERT INTO plan_version VALUES ('p', 1, ?, ?, 'created', '花子')", (json.dumps(body), at)
        )
        old.execute("INSERT INTO upload VALUES (?, 'a.csv', ?, ?)", (digest, b"rows", at))
    old.close()
    for _ in range(2):
        store = Store(f"sqlite:///{file}")
        assert (store.load("p").plan, store.load("p").author, store.owner_of("p")) == (PLAN, "花子", "")
        assert store.upload(digest) == ("a.csv", b"rows")
        assert store.links("p") == []
        store.close()
    with sqlite3.connect(file) as new:
        assert new.execute("PRAGMA user_version").fetchone() == (2,)
    new.close()
    assert Access(Store(f"sqlite:///{file}"), "taro").plans() == []
