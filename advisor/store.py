"""Where plans are kept: SQL tables for plans, every version of them, and uploaded files.

SQLite by default, any SQLAlchemy URL by setting. A save names the version it was made from; when somebody
saved in between, it is refused with `plan_conflict` and nothing is overwritten.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Engine,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from advisor.plan import Plan, from_json
from pricing import Problem

_tables = MetaData()

_plans = Table(
    "plan",
    _tables,
    Column("id", String(32), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("title_ja", String, nullable=False),
    Column("title_en", String, nullable=False),
    Column("saved_at", String(32), nullable=False, index=True),
)
_versions = Table(
    "plan_version",
    _tables,
    Column("plan_id", String(32), ForeignKey("plan.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", JSON, nullable=False),
    Column("saved_at", String(32), nullable=False),
    Column("what", String, nullable=False),
)
_uploads = Table(
    "upload",
    _tables,
    Column("sha256", String(64), primary_key=True),
    Column("name", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("saved_at", String(32), nullable=False),
)


@dataclass(frozen=True)
class Saved:
    """A plan as it stands in the store, with the version a next save must name."""

    id: str
    version: int
    plan: Plan
    saved_at: datetime


@dataclass(frozen=True)
class Entry:
    """One line of the list of plans."""

    id: str
    title_ja: str
    title_en: str
    version: int
    saved_at: datetime


@dataclass(frozen=True)
class Version:
    """One line of a plan's history: what was changed, and when."""

    number: int
    what: str
    saved_at: datetime


class Store:
    """Plans, versions and uploads behind one database URL.

    >>> store = Store("sqlite://")
    >>> from advisor.plan import new_plan
    >>> from datetime import date
    >>> saved = store.create(new_plan(date(2026, 11, 22)), now=datetime(2026, 11, 22, tzinfo=UTC))
    >>> store.load(saved.id).version
    1
    """

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        with self._speaking():
            _tables.create_all(self._engine)

    def create(self, plan: Plan, *, now: datetime, what: str = "created") -> Saved:
        """Keep a new plan under an id that cannot be guessed, so that its link is its key."""
        id = secrets.token_hex(12)
        with self._writing() as connection:
            connection.execute(insert(_plans).values(id=id, version=1, **_heading(plan, now)))
            _add_version(connection, id, 1, plan, now, what)
        return Saved(id, 1, plan, now)

    def save(self, id: str, plan: Plan, *, based_on: int, now: datetime, what: str) -> Saved:
        """Keep `plan` as the version after `based_on`; a Problem `plan_conflict` if that is no longer the newest."""
        with self._writing() as connection:
            step = (
                update(_plans)
                .where(_plans.c.id == id, _plans.c.version == based_on)
                .values(version=based_on + 1, **_heading(plan, now))
            )
            if connection.execute(step).rowcount != 1:
                newest = self.load(id)
                raise Problem("plan_conflict", at=f"{newest.saved_at:%H:%M:%S}", version=newest.version)
            _add_version(connection, id, based_on + 1, plan, now, what)
        return Saved(id, based_on + 1, plan, now)

    def load(self, id: str, version: int | None = None) -> Saved:
        """The newest version of a plan, or the one numbered `version`; a Problem `plan_not_found` otherwise."""
        wanted = select(_versions).where(_versions.c.plan_id == id)
        if version is not None:
            wanted = wanted.where(_versions.c.version == version)
        with self._reading() as connection:
            row = connection.execute(wanted.order_by(_versions.c.version.desc()).limit(1)).first()
        if row is None:
            raise Problem("plan_not_found", plan=id[:40])
        return Saved(id, row.version, from_json(row.body), datetime.fromisoformat(row.saved_at))

    def plans(self, most: int = 200) -> list[Entry]:
        """The plans in the store, the last saved first."""
        newest_first = select(_plans).order_by(_plans.c.saved_at.desc()).limit(most)
        with self._reading() as connection:
            return [
                Entry(row.id, row.title_ja, row.title_en, row.version, datetime.fromisoformat(row.saved_at))
                for row in connection.execute(newest_first)
            ]

    def history(self, id: str) -> list[Version]:
        """Every version of a plan, the newest first."""
        asked = select(_versions.c.version, _versions.c.what, _versions.c.saved_at).where(
            _versions.c.plan_id == id
        )
        with self._reading() as connection:
            return [
                Version(row.version, row.what, datetime.fromisoformat(row.saved_at))
                for row in connection.execute(asked.order_by(_versions.c.version.desc()))
            ]

    def keep_upload(self, name: str, body: bytes, *, now: datetime) -> str:
        """Keep a file once, under the SHA-256 of its content, which is returned."""
        digest = hashlib.sha256(body).hexdigest()
        with self._writing() as connection:
            if (
                connection.execute(select(_uploads.c.sha256).where(_uploads.c.sha256 == digest)).first()
                is None
            ):
                row = {"sha256": digest, "name": name[:255], "body": body, "saved_at": now.isoformat()}
                connection.execute(insert(_uploads).values(row))
        return digest

    def upload(self, digest: str) -> tuple[str, bytes] | None:
        """A kept file's name and content, or None."""
        with self._reading() as connection:
            row = connection.execute(select(_uploads).where(_uploads.c.sha256 == digest)).first()
        return None if row is None else (row.name, row.body)

    def close(self) -> None:
        """Give the database connections back."""
        self._engine.dispose()

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            reason = type(getattr(error, "orig", None) or error).__name__
            raise Problem("store_unavailable", reason=reason) from error

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._speaking(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._speaking(), self._engine.connect() as connection:
            yield connection


def _heading(plan: Plan, now: datetime) -> dict[str, Any]:
    return {"title_ja": plan.title.ja, "title_en": plan.title.en, "saved_at": now.astimezone(UTC).isoformat()}


def _add_version(connection: Connection, id: str, version: int, plan: Plan, now: datetime, what: str) -> None:
    body = json.loads(json.dumps(plan.to_json(), allow_nan=False))
    row = {"plan_id": id, "version": version, "body": body, "what": what}
    connection.execute(insert(_versions).values(row | {"saved_at": now.astimezone(UTC).isoformat()}))


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    path = url.removeprefix("sqlite:///")
    if path != url and path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _careful(connection: Any, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "busy_timeout=10000", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine
