"""Where plans are kept: SQL tables for plans, every version of them, and uploaded files.

SQLite by default, any SQLAlchemy URL by setting. A save names the version it was made from; when somebody
saved in between, it is refused with `plan_conflict` and nothing is overwritten. A plan that is deleted is gone
with every version, and with the uploads that no other plan mentions.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
    cast,
    create_engine,
    delete,
    event,
    insert,
    inspect,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from advisor.plan import Plan, from_json
from pricing import Problem

POSTGRES = re.compile(r"postgres(ql)?://")
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
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
    Column("author", String, nullable=False, server_default=""),
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
    author: str = ""


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
    """One line of a plan's history: what was changed, when, and by whom if they gave a name."""

    number: int
    what: str
    saved_at: datetime
    author: str = ""


# The layout of the tables, kept in the SQLite file itself; a newer app's file is not touched.
LAYOUT = 1
BUSY_SECONDS = 10


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
            _prepare(self._engine)

    def create(self, plan: Plan, *, now: datetime, what: str = "created", author: str = "") -> Saved:
        """Keep a new plan under an id that cannot be guessed, so that its link is its key."""
        id = secrets.token_hex(12)
        with self._writing() as connection:
            connection.execute(insert(_plans).values(id=id, version=1, **_heading(plan, now)))
            _add_version(connection, Saved(id, 1, plan, now, author), what)
        return Saved(id, 1, plan, now, author)

    def save(
        self, id: str, plan: Plan, *, based_on: int, now: datetime, what: str, author: str = ""
    ) -> Saved:
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
            saved = Saved(id, based_on + 1, plan, now, author)
            _add_version(connection, saved, what)
        return saved

    def delete(self, id: str) -> None:
        """Delete a plan with every version for good, and the uploads that no other plan mentions."""
        with self._writing() as connection:
            own = _mentioned(connection, id)
            connection.execute(delete(_versions).where(_versions.c.plan_id == id))
            if connection.execute(delete(_plans).where(_plans.c.id == id)).rowcount != 1:
                raise Problem("plan_not_found", plan=id[:40])
            left_over = [digest for digest in own if not _is_mentioned(connection, digest)]
            connection.execute(delete(_uploads).where(_uploads.c.sha256.in_(left_over)))
        if self._engine.dialect.name == "sqlite":
            with self._reading() as connection:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    def load(self, id: str, version: int | None = None) -> Saved:
        """The newest version of a plan, or the one numbered `version`; a Problem `plan_not_found` otherwise."""
        wanted = select(_versions).where(_versions.c.plan_id == id)
        if version is not None:
            wanted = wanted.where(_versions.c.version == version)
        with self._reading() as connection:
            row = connection.execute(wanted.order_by(_versions.c.version.desc()).limit(1)).first()
        if row is None:
            raise Problem("plan_not_found", plan=id[:40])
        saved_at = datetime.fromisoformat(row.saved_at)
        return Saved(id, row.version, from_json(row.body), saved_at, row.author)

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
        columns = (_versions.c.version, _versions.c.what, _versions.c.saved_at, _versions.c.author)
        asked = select(*columns).where(_versions.c.plan_id == id)
        with self._reading() as connection:
            return [
                Version(row.version, row.what, datetime.fromisoformat(row.saved_at), row.author)
                for row in connection.execute(asked.order_by(_versions.c.version.desc()))
            ]

    def keep_upload(self, name: str, body: bytes, *, now: datetime) -> str:
        """Keep a file once, under the SHA-256 of its content, which is returned."""
        digest = hashlib.sha256(body).hexdigest()
        row = {"sha256": digest, "name": name[:255], "body": body, "saved_at": now.isoformat()}
        with contextlib.suppress(IntegrityError), self._writing(IntegrityError) as connection:
            connection.execute(insert(_uploads).values(row))
        return digest

    def sweep_uploads(self, *, now: datetime, days: int) -> int:
        """Delete the files of over `days` days ago that no plan needs; how many there were.

        A plan needs what its newest version mentions, and what an older one does while it is worked on.
        """
        oldest = (now - timedelta(days=days)).astimezone(UTC).isoformat()
        with self._writing() as connection:
            old = connection.execute(select(_uploads.c.sha256).where(_uploads.c.saved_at < oldest)).scalars()
            idle = [digest for digest in old if not _is_needed(connection, digest, oldest)]
            connection.execute(delete(_uploads).where(_uploads.c.sha256.in_(idle)))
        return len(idle)

    def upload(self, digest: str) -> tuple[str, bytes] | None:
        """A kept file's name and content, or None."""
        with self._reading() as connection:
            row = connection.execute(select(_uploads).where(_uploads.c.sha256 == digest)).first()
        return None if row is None else (row.name, row.body)

    def close(self) -> None:
        """Give the database connections back."""
        self._engine.dispose()

    @contextmanager
    def _speaking(self, *passed_on: type[Exception]) -> Iterator[None]:
        try:
            yield
        except passed_on:
            raise
        except (SQLAlchemyError, json.JSONDecodeError) as error:
            cause = getattr(error, "orig", None) or error
            reason = getattr(cause, "sqlite_errorname", type(cause).__name__)
            raise Problem("store_unavailable", reason=reason) from error

    @contextmanager
    def _writing(self, *passed_on: type[Exception]) -> Iterator[Connection]:
        with self._speaking(*passed_on), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._speaking(), self._engine.connect() as connection:
            yield connection


def _heading(plan: Plan, now: datetime) -> dict[str, Any]:
    return {"title_ja": plan.title.ja, "title_en": plan.title.en, "saved_at": now.astimezone(UTC).isoformat()}


def _add_version(connection: Connection, saved: Saved, what: str) -> None:
    body = json.loads(json.dumps(saved.plan.to_json(), allow_nan=False))
    row = {"plan_id": saved.id, "version": saved.version, "body": body, "what": what, "author": saved.author}
    at = saved.saved_at.astimezone(UTC).isoformat()
    connection.execute(insert(_versions).values(row | {"saved_at": at}))


def _mentioned(connection: Connection, id: str) -> set[str]:
    """The digests that any version of a plan mentions."""
    bodies = connection.execute(select(cast(_versions.c.body, String)).where(_versions.c.plan_id == id))
    return {digest for (body,) in bodies for digest in _DIGEST.findall(body)}


def _is_mentioned(connection: Connection, digest: str) -> bool:
    wanted = select(_versions.c.plan_id).where(cast(_versions.c.body, String).contains(digest)).limit(1)
    return connection.execute(wanted).first() is not None


def _is_needed(connection: Connection, digest: str, oldest: str) -> bool:
    newest_or_worked_on = or_(_versions.c.version == _plans.c.version, _plans.c.saved_at >= oldest)
    mentions = cast(_versions.c.body, String).contains(digest)
    wanted = select(_plans.c.id).join(_versions).where(mentions, newest_or_worked_on).limit(1)
    return connection.execute(wanted).first() is not None


def _check_layout(engine: Engine) -> None:
    """Mark a SQLite file with our layout; a Problem `store_newer` for one that a newer app has marked."""
    if engine.dialect.name != "sqlite":
        return
    with engine.begin() as connection:
        found = connection.execute(text("PRAGMA user_version")).scalar_one()
        if found > LAYOUT:
            raise Problem("store_newer", found=found, known=LAYOUT)
        if found < LAYOUT:
            connection.execute(text(f"PRAGMA user_version = {LAYOUT}"))


def _prepare(engine: Engine) -> None:
    """Make the tables, and the columns that came later; tried again, since another process may do it right now."""
    for attempt in (1, 2):
        try:
            _check_layout(engine)
            _tables.create_all(engine)
            if "author" not in {column["name"] for column in inspect(engine).get_columns(_versions.name)}:
                with engine.begin() as connection:
                    later = "ALTER TABLE plan_version ADD COLUMN author VARCHAR DEFAULT '' NOT NULL"
                    connection.execute(text(later))
            return
        except SQLAlchemyError:
            if attempt == 2:
                raise


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return _server(POSTGRES.sub("postgresql+psycopg://", url, count=1))
    path = url.removeprefix("sqlite:///")
    if path != url and path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _careful(connection: Any, _record: object) -> None:
        for pragma in (
            "journal_mode=WAL",
            f"busy_timeout={BUSY_SECONDS * 1000}",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _server(url: str) -> Engine:
    try:
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    except ModuleNotFoundError as error:
        raise Problem("store_driver_missing", module=str(error.name)) from error
    except SQLAlchemyError as error:
        raise Problem("store_unavailable", reason=type(error).__name__) from error
