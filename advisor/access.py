"""What one visitor may see and do: every way of a page to the store goes through here.

Without sign-in everybody is everybody, and every plan is open to all. With it a plan belongs to who made it;
others come in by a share link only, to read or to edit. What a visitor may not see is not there for them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from advisor import jobs
from advisor.plan import Plan
from advisor.store import Entry, Link, Saved, Store, Version
from pricing import Problem

Right = Literal["own", "edit", "read"]


@dataclass(frozen=True)
class Access:
    """The store as one visitor sees it: `visitor` is None without sign-in, `tokens` are of links they opened.

    >>> from datetime import UTC, date
    >>> from advisor.plan import new_plan
    >>> store, now = Store("sqlite://"), datetime(2026, 11, 22, tzinfo=UTC)
    >>> saved = Access(store, "hanako").create(new_plan(date(2026, 11, 22)), now=now)
    >>> len(Access(store, "hanako").plans()), len(Access(store, "taro").plans()), len(Access(store).plans())
    (1, 0, 1)
    """

    store: Store
    visitor: str | None = None
    tokens: frozenset[str] = frozenset()

    def right(self, id: str) -> Right:
        """What the visitor may do with a plan; a Problem `plan_not_found` if it is nothing."""
        owner = self.store.owner_of(id)
        if self.visitor is None or owner == self.visitor:
            return "own"
        links = [link for token in self.tokens if (link := self.store.link(token)) and link.plan_id == id]
        # A plan from before sign-in was switched on is nobody's: its address is its key, as it was then.
        if not owner or any(link.may_edit for link in links):
            return "edit"
        if links:
            return "read"
        raise Problem("plan_not_found", plan=id[:40])

    def with_token(self, token: str) -> Access:
        """The same visitor, who now holds the token of one more link."""
        return replace(self, tokens=self.tokens | {token})

    def behind(self, token: str) -> str:
        """The id of the plan that a link opens; a Problem `plan_not_found` if it opens none, or no longer."""
        link = self.store.link(token)
        if link is None:
            raise Problem("plan_not_found", plan=token[:40])
        return link.plan_id

    def jobs(self, id: str) -> set[str]:
        """The jobs that any version of a plan the visitor may read has begun."""
        self.right(id)
        return self.store.jobs(id)

    def uploads_of(self, id: str) -> list[str]:
        """The digests of the kept files that any version of a plan the visitor may read names."""
        self.right(id)
        return self.store.uploads_of(id)

    def plans(self) -> list[Entry]:
        """The visitor's plans, the last saved first."""
        return self.store.plans(owner=self.visitor)

    def load(self, id: str, version: int | None = None) -> Saved:
        """A plan that the visitor may read."""
        self.right(id)
        return self.store.load(id, version)

    def history(self, id: str) -> list[Version]:
        """Every version of a plan that the visitor may read, the newest first."""
        self.right(id)
        return self.store.history(id)

    def create(self, plan: Plan, *, now: datetime, what: str = "created", author: str = "") -> Saved:
        """Keep a new plan of the visitor's own."""
        return self.store.create(plan, now=now, what=what, author=author, owner=self.visitor or "")

    def save(
        self, id: str, plan: Plan, *, based_on: int, now: datetime, what: str, author: str = ""
    ) -> Saved:
        """Keep a version; a Problem `plan_read_only` if the visitor may only read the plan.

        A plan that was nobody's becomes the visitor's.
        """
        if self.right(id) == "read":
            raise Problem("plan_read_only")
        saved = self.store.save(id, plan, based_on=based_on, now=now, what=what, author=author)
        if self.visitor is not None:
            self.store.claim(id, self.visitor)
        return saved

    def amend(self, seen: Saved, plan: Plan) -> Saved:
        """Keep `plan` in place of the newest version; a Problem `plan_read_only` where it may only be read."""
        if self.right(seen.id) == "read":
            raise Problem("plan_read_only")
        return self.store.amend(seen, plan)

    def delete(self, id: str, jobs_in: Path) -> None:
        """Delete a plan of the visitor's own for good, with what the jobs it began have left in their folder."""
        self._expect_own(id)
        begun = self.store.jobs(id)
        self.store.delete(id)
        for name in begun:
            if folder := jobs.folder_of(name, jobs_in):
                jobs.discard(folder)

    def make_link(self, id: str, *, may_edit: bool, now: datetime) -> Link:
        """A new link to a plan of the visitor's own."""
        self._expect_own(id)
        return self.store.make_link(id, may_edit=may_edit, now=now)

    def links(self, id: str) -> list[Link]:
        """The links to a plan of the visitor's own."""
        self._expect_own(id)
        return self.store.links(id)

    def revoke(self, link: Link) -> None:
        """Take back a link to a plan of the visitor's own."""
        self._expect_own(link.plan_id)
        self.store.revoke(link.token)

    def keep_upload(self, name: str, body: bytes, *, now: datetime, plan: str | None = None) -> str:
        """Keep a file, for the visitor and for the owner of the `plan` that it is meant for."""
        if self.visitor is None:
            return self.store.keep_upload(name, body, now=now)
        may_write = plan is not None and self.right(plan) != "read"
        owner = self.store.owner_of(plan) if plan is not None and may_write else ""
        holders = {self.visitor, owner} - {""}
        return self.store.keep_upload(name, body, now=now, holders=sorted(holders))

    def upload(self, digest: str, *, plan: str | None = None) -> tuple[str, bytes] | None:
        """A kept file that the visitor holds, or that the owner of a `plan` they may read holds and put into it.

        Naming a file's digest in a plan of one's own opens nothing.
        """
        return self.store.upload(digest) if self.may_open(digest, plan=plan) else None

    def may_open(self, digest: str, *, plan: str | None = None) -> bool:
        """Whether `upload` would give the file, if it is still kept."""
        return self.visitor is None or self.store.holds(self.visitor, digest) or self._is_shared(digest, plan)

    def _is_shared(self, digest: str, plan: str | None) -> bool:
        if plan is None or not self.store.mentions(plan, digest):
            return False
        self.right(plan)
        return self.store.holds(self.store.owner_of(plan), digest)

    def _expect_own(self, id: str) -> None:
        if self.right(id) != "own":
            raise Problem("plan_not_yours")
