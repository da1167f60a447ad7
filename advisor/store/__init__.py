"""Where plans are kept: SQL tables for plans, every version of them, and uploaded files.

SQLite by default, any SQLAlchemy URL by setting. A save names the version it was made from; when somebody
saved in between, it is refused with `plan_conflict` and nothing is overwritten. A plan that is deleted is gone
with every version, and with the uploads that no other plan mentions. Who may see which of them is said in
`advisor.access`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import String, cast, delete, insert, or_, select, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from advisor.plan import Plan, from_json
from advisor.store.tables import HOLDERS, LINKS, PLANS, UPLOADS, VERSIONS, engine_of, prepare
from pricing import Problem

_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
_JOB = re.compile(r"\b[a-z_]+-[0-9a-f]{32}\b")


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


@dataclass(frozen=True)
class Link:
    """A link to one plan that its owner has handed out; whoever holds the token may read, or also edit."""

    token: str
    plan_id: str
    may_edit: bool
    made_at: datetime


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
        self._engine = engine_of(url)
        with self._speaking():
            prepare(self._engine)

    def create(
        self, plan: Plan, *, now: datetime, what: str = "created", author: str = "", owner: str = ""
    ) -> Saved:
        """Keep a new plan under an id that cannot be guessed, so that its link is its key."""
        id = secrets.token_hex(12)
        with self._writing() as connection:
            connection.execute(insert(PLANS).values(id=id, version=1, owner=owner, **_heading(plan, now)))
            _add_version(connection, Saved(id, 1, plan, now, author), what)
        return Saved(id, 1, plan, now, author)

    def save(
        self, id: str, plan: Plan, *, based_on: int, now: datetime, what: str, author: str = ""
    ) -> Saved:
        """Keep `plan` as the version after `based_on`; a Problem `plan_conflict` if that is no longer the newest."""
        with self._writing() as connection:
            step = (
                update(PLANS)
                .where(PLANS.c.id == id, PLANS.c.version == based_on)
                .values(version=based_on + 1, **_heading(plan, now))
            )
            if connection.execute(step).rowcount != 1:
                raise self._conflict(id)
            saved = Saved(id, based_on + 1, plan, now, author)
            _add_version(connection, saved, what)
        return saved

    def amend(self, seen: Saved, plan: Plan) -> Saved:
        """Keep `plan` in place of the newest version, `seen`: no new version, and nothing in the history.

        A Problem `plan_conflict` if another version, or another content of this one, is kept by now.
        """
        of_seen = (VERSIONS.c.plan_id == seen.id) & (VERSIONS.c.version == seen.version)
        still = update(PLANS).where(PLANS.c.id == seen.id, PLANS.c.version == seen.version)
        with self._writing() as connection:
            # The first statement takes the lock, so that nobody writes between reading and writing.
            is_newest = connection.execute(still.values(version=seen.version)).rowcount == 1
            body = connection.execute(select(VERSIONS.c.body).where(of_seen)).scalar_one_or_none()
            if not is_newest or body != _body(seen.plan):
                raise self._conflict(seen.id)
            connection.execute(update(VERSIONS).where(of_seen).values(body=_body(plan)))
        return replace(seen, plan=plan)

    def _conflict(self, id: str) -> Problem:
        newest = self.load(id)
        return Problem("plan_conflict", at=f"{newest.saved_at:%H:%M:%S}", version=newest.version)

    def delete(self, id: str) -> None:
        """Delete a plan with every version for good, and the uploads that no other plan mentions."""
        with self._writing() as connection:
            own = _mentioned(connection, id)
            connection.execute(delete(LINKS).where(LINKS.c.plan_id == id))
            connection.execute(delete(VERSIONS).where(VERSIONS.c.plan_id == id))
            if connection.execute(delete(PLANS).where(PLANS.c.id == id)).rowcount != 1:
                raise Problem("plan_not_found", plan=id[:40])
            left_over = [digest for digest in own if not _is_mentioned(connection, digest)]
            _delete_uploads(connection, left_over)
        if self._engine.dialect.name == "sqlite":
            with self._reading() as connection:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    def load(self, id: str, version: int | None = None) -> Saved:
        """The newest version of a plan, or the one numbered `version`; a Problem `plan_not_found` otherwise."""
        wanted = select(VERSIONS).where(VERSIONS.c.plan_id == id)
        if version is not None:
            wanted = wanted.where(VERSIONS.c.version == version)
        with self._reading() as connection:
            row = connection.execute(wanted.order_by(VERSIONS.c.version.desc()).limit(1)).first()
        if row is None:
            raise Problem("plan_not_found", plan=id[:40])
        saved_at = datetime.fromisoformat(row.saved_at)
        return Saved(id, row.version, from_json(row.body), saved_at, row.author)

    def plans(self, most: int = 200, *, owner: str | None = None) -> list[Entry]:
        """The plans in the store, or those of one `owner`, the last saved first."""
        newest_first = select(PLANS).order_by(PLANS.c.saved_at.desc()).limit(most)
        if owner is not None:
            newest_first = newest_first.where(PLANS.c.owner == owner)
        with self._reading() as connection:
            return [
                Entry(row.id, row.title_ja, row.title_en, row.version, datetime.fromisoformat(row.saved_at))
                for row in connection.execute(newest_first)
            ]

    def history(self, id: str) -> list[Version]:
        """Every version of a plan, the newest first."""
        columns = (VERSIONS.c.version, VERSIONS.c.what, VERSIONS.c.saved_at, VERSIONS.c.author)
        asked = select(*columns).where(VERSIONS.c.plan_id == id)
        with self._reading() as connection:
            return [
                Version(row.version, row.what, datetime.fromisoformat(row.saved_at), row.author)
                for row in connection.execute(asked.order_by(VERSIONS.c.version.desc()))
            ]

    def owner_of(self, id: str) -> str:
        """Whose plan this is, "" for nobody's; a Problem `plan_not_found` where there is none."""
        with self._reading() as connection:
            owner = connection.execute(select(PLANS.c.owner).where(PLANS.c.id == id)).scalar_one_or_none()
        if owner is None:
            raise Problem("plan_not_found", plan=id[:40])
        return str(owner)

    def claim(self, id: str, owner: str) -> None:
        """Give a plan that is nobody's, with the uploads it mentions, to `owner`; another one's stays as it is."""
        with self._writing() as connection:
            step = update(PLANS).where(PLANS.c.id == id, PLANS.c.owner == "").values(owner=owner)
            if connection.execute(step).rowcount == 1:
                for digest in _mentioned(connection, id):
                    if owner not in _holders(connection, digest):
                        connection.execute(insert(HOLDERS).values(sha256=digest, owner=owner))

    def make_link(self, id: str, *, may_edit: bool, now: datetime) -> Link:
        """A new link to a plan, with a token of 192 random bits."""
        link = Link(secrets.token_urlsafe(24), id, may_edit, now)
        row = {"token": link.token, "plan_id": id, "may_edit": may_edit, "made_at": now.isoformat()}
        with self._writing() as connection:
            connection.execute(insert(LINKS).values(row))
        return link

    def links(self, id: str) -> list[Link]:
        """The links to a plan that hold now, the newest first."""
        asked = select(LINKS).where(LINKS.c.plan_id == id).order_by(LINKS.c.made_at.desc())
        with self._reading() as connection:
            return [_link(row) for row in connection.execute(asked)]

    def link(self, token: str) -> Link | None:
        """What a token opens, or None if it was never given out or is revoked."""
        with self._reading() as connection:
            row = connection.execute(select(LINKS).where(LINKS.c.token == token)).first()
        return None if row is None else _link(row)

    def revoke(self, token: str) -> None:
        """From now on the link opens nothing; nothing happens to one that is gone already."""
        with self._writing() as connection:
            connection.execute(delete(LINKS).where(LINKS.c.token == token))

    def uploads_of(self, id: str) -> list[str]:
        """The digests of the kept files that any version of the plan names."""
        with self._reading() as connection:
            named = _mentioned(connection, id)
            kept = select(UPLOADS.c.sha256).where(UPLOADS.c.sha256.in_(named)).order_by(UPLOADS.c.sha256)
            return list(connection.execute(kept).scalars())

    def jobs(self, id: str) -> set[str]:
        """The names of the jobs that any version of the plan has begun."""
        with self._reading() as connection:
            return _named(connection, id, _JOB)

    def keep_upload(self, name: str, body: bytes, *, now: datetime, holders: Iterable[str] = ()) -> str:
        """Keep a file once, under the SHA-256 of its content, which is returned; `holders` may ask for it again."""
        digest = hashlib.sha256(body).hexdigest()
        row = {"sha256": digest, "name": name[:255], "body": body, "saved_at": now.isoformat()}
        with contextlib.suppress(IntegrityError), self._writing(IntegrityError) as connection:
            connection.execute(insert(UPLOADS).values(row))
        for owner in holders:
            with contextlib.suppress(IntegrityError), self._writing(IntegrityError) as connection:
                connection.execute(insert(HOLDERS).values(sha256=digest, owner=owner))
        return digest

    def holds(self, owner: str, digest: str) -> bool:
        """Whether `owner` has shown this file's content; "" holds what nobody does."""
        with self._reading() as connection:
            holders = _holders(connection, digest)
        return owner in holders if holders else owner == ""

    def mentions(self, id: str, digest: str) -> bool:
        """Whether any version of the plan names this file."""
        with self._reading() as connection:
            return _is_mentioned(connection, digest, id)

    def sweep_uploads(self, *, now: datetime, days: int) -> int:
        """Delete the files of over `days` days ago that no plan needs; how many there were.

        A plan needs what its newest version mentions, and what an older one does while it is worked on.
        """
        oldest = (now - timedelta(days=days)).astimezone(UTC).isoformat()
        with self._writing() as connection:
            old = connection.execute(select(UPLOADS.c.sha256).where(UPLOADS.c.saved_at < oldest)).scalars()
            idle = [digest for digest in old if not _is_needed(connection, digest, oldest)]
            _delete_uploads(connection, idle)
        return len(idle)

    def upload(self, digest: str) -> tuple[str, bytes] | None:
        """A kept file's name and content, or None."""
        with self._reading() as connection:
            row = connection.execute(select(UPLOADS).where(UPLOADS.c.sha256 == digest)).first()
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
    row = {"plan_id": saved.id, "version": saved.version, "what": what, "author": saved.author}
    at = saved.saved_at.astimezone(UTC).isoformat()
    connection.execute(insert(VERSIONS).values(row | {"body": _body(saved.plan), "saved_at": at}))


def _body(plan: Plan) -> Any:
    return json.loads(json.dumps(plan.to_json(), allow_nan=False))


def _mentioned(connection: Connection, id: str) -> set[str]:
    """The digests that any version of a plan mentions."""
    return _named(connection, id, _DIGEST)


def _named(connection: Connection, id: str, form: re.Pattern[str]) -> set[str]:
    bodies = connection.execute(select(cast(VERSIONS.c.body, String)).where(VERSIONS.c.plan_id == id))
    return {name for (body,) in bodies for name in form.findall(body)}


def _holders(connection: Connection, digest: str) -> set[str]:
    return set(connection.execute(select(HOLDERS.c.owner).where(HOLDERS.c.sha256 == digest)).scalars())


def _delete_uploads(connection: Connection, digests: list[str]) -> None:
    for table in (UPLOADS, HOLDERS):
        connection.execute(delete(table).where(table.c.sha256.in_(digests)))


def _link(row: Any) -> Link:
    return Link(row.token, row.plan_id, bool(row.may_edit), datetime.fromisoformat(row.made_at))


def _is_mentioned(connection: Connection, digest: str, id: str | None = None) -> bool:
    wanted = select(VERSIONS.c.plan_id).where(cast(VERSIONS.c.body, String).contains(digest)).limit(1)
    if id is not None:
        wanted = wanted.where(VERSIONS.c.plan_id == id)
    return connection.execute(wanted).first() is not None


def _is_needed(connection: Connection, digest: str, oldest: str) -> bool:
    newest_or_worked_on = or_(VERSIONS.c.version == PLANS.c.version, PLANS.c.saved_at >= oldest)
    mentions = cast(VERSIONS.c.body, String).contains(digest)
    wanted = select(PLANS.c.id).join(VERSIONS).where(mentions, newest_or_worked_on).limit(1)
    return connection.execute(wanted).first() is not None
