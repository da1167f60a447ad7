"""The tables that plans are kept in, and how a database of any earlier layout is brought to the present one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
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
    inspect,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from pricing import Problem

# The layout of the tables, kept in the SQLite file itself; a newer app's file is not touched.
# 1: plans, versions, uploads. 2: plans have owners, uploads have holders, and there are share links.
LAYOUT = 2
BUSY_SECONDS = 10
POSTGRES = re.compile(r"postgres(ql)?://")
TABLES = MetaData()

PLANS = Table(
    "plan",
    TABLES,
    Column("id", String(32), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("title_ja", String, nullable=False),
    Column("title_en", String, nullable=False),
    Column("saved_at", String(32), nullable=False, index=True),
    Column("owner", String(64), nullable=False, server_default=""),
)
VERSIONS = Table(
    "plan_version",
    TABLES,
    Column("plan_id", String(32), ForeignKey("plan.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", JSON, nullable=False),
    Column("saved_at", String(32), nullable=False),
    Column("what", String, nullable=False),
    Column("author", String, nullable=False, server_default=""),
)
UPLOADS = Table(
    "upload",
    TABLES,
    Column("sha256", String(64), primary_key=True),
    Column("name", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("saved_at", String(32), nullable=False),
)
# Who has shown that they hold a file's content; a file that nobody holds came before sign-in was switched on.
HOLDERS = Table(
    "upload_holder",
    TABLES,
    Column("sha256", String(64), primary_key=True),
    Column("owner", String(64), primary_key=True),
)
LINKS = Table(
    "share_link",
    TABLES,
    Column("token", String(64), primary_key=True),
    Column("plan_id", String(32), ForeignKey("plan.id"), nullable=False, index=True),
    Column("may_edit", Boolean, nullable=False),
    Column("made_at", String(32), nullable=False),
)
_LATER_COLUMNS = ((VERSIONS, "author"), (PLANS, "owner"))


def engine_of(url: str) -> Engine:
    """An engine for any SQLAlchemy URL; `postgres://` means psycopg."""
    if not url.startswith("sqlite"):
        return _server(POSTGRES.sub("postgresql+psycopg://", url, count=1))
    path = url.removeprefix("sqlite:///")
    if path != url and path and not path.startswith("file:"):
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
            "cache_size=-256",  # KB a connection; a visitor's file would fill the usual 2 MB and stay
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def prepare(engine: Engine) -> None:
    """Make what is missing; tried again, since another process may be doing it right now."""
    for attempt in (1, 2):
        try:
            _refuse_newer(engine)
            TABLES.create_all(engine)
            _add_later_columns(engine)
            _mark(engine)
            return
        except SQLAlchemyError:
            if attempt == 2:
                raise


def _refuse_newer(engine: Engine) -> None:
    found = _layout(engine)
    if found > LAYOUT:
        raise Problem("store_newer", found=found, known=LAYOUT)


def _add_later_columns(engine: Engine) -> None:
    for table, name in _LATER_COLUMNS:
        if name not in {column["name"] for column in inspect(engine).get_columns(table.name)}:
            kind = table.c[name].type.compile(engine.dialect)
            with engine.begin() as connection:
                later = f"ALTER TABLE {table.name} ADD COLUMN {name} {kind} DEFAULT '' NOT NULL"
                connection.execute(text(later))


def _mark(engine: Engine) -> None:
    if engine.dialect.name == "sqlite" and _layout(engine) < LAYOUT:
        with engine.begin() as connection:
            connection.execute(text(f"PRAGMA user_version = {LAYOUT}"))


def _layout(engine: Engine) -> int:
    if engine.dialect.name != "sqlite":
        return 0
    with engine.connect() as connection:
        return int(connection.execute(text("PRAGMA user_version")).scalar_one())


def _server(url: str) -> Engine:
    try:
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    except ModuleNotFoundError as error:
        raise Problem("store_driver_missing", module=str(error.name)) from error
    except SQLAlchemyError as error:
        raise Problem("store_unavailable", reason=type(error).__name__) from error
