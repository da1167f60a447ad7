"""The plan on this visitor's screen: how it gets there, is saved, settled and deleted.

The address names it (`?plan=…`, or `?share=…` for a link somebody gave), and it names the address.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import streamlit as st

from advisor import language as words
from advisor.access import Access
from advisor.language import Language, Text
from advisor.pages import sign_in
from advisor.plan import Plan, example, from_yaml, new_plan, start
from advisor.settings import Settings
from advisor.store import Entry, Saved, Store
from pricing import Problem

FIRST_EXAMPLE = "why_bot"
AUTHOR = "author"
_OPEN = "open_plan"
_ADDRESSED = ("share", "plan")
_TOKENS = "share_tokens"
# Where the jobs that no other entry names any more stay named.
RAN = "inputs.jobs.done"


@dataclass
class OnScreen:
    """The plan on this visitor's screen: as last saved (None while it is only a draft) and as it stands.

    `token` is of the share link that it was opened by, `missing` what the address named in vain, `changed` the
    day on which this visitor last made a version of it.
    """

    plan: Plan
    saved: Saved | None = None
    token: str | None = None
    epoch: int = 0
    theirs: Saved | None = None
    trouble: Problem | None = None
    missing: str | None = None
    changed: date | None = None


def today() -> date:
    """The reader's own day; every page asks here."""
    return date.today()  # noqa: DTZ011 - as on the reader's calendar


def now_open() -> OnScreen:
    """What this visitor has open; the first example as a draft where nothing is yet."""
    state: OnScreen | None = st.session_state.get(_OPEN)
    if state is None:
        state = st.session_state[_OPEN] = _first_plan()
    return state


def widget_key(state: OnScreen, path: str) -> str:
    """The session key of the widget kept under `path`; it changes when another plan is opened."""
    return f"{state.epoch}/{path}"


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """What the surroundings decide, read once for the server."""
    return Settings.from_environment(os.environ)


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept.close())
def _store(url: str, upload_days: int) -> Store:
    kept = Store(url)
    with suppress(Problem):
        kept.sweep_uploads(now=datetime.now(UTC), days=upload_days)
    return kept


def store(settings: Settings) -> Access:
    """The one store of this server, as this visitor may see it."""
    who = sign_in.visitor(required=settings.sign_in)
    try:
        kept = _store(settings.database_url, settings.upload_days)
    except OSError as error:
        raise Problem("store_unavailable", reason=type(error).__name__) from error
    return Access(kept, who.id if who else None, frozenset(st.session_state.get(_TOKENS, ())))


def follow_address() -> None:
    """Open the plan that the page's address names, and let the address name the plan that is open."""
    state: OnScreen | None = st.session_state.get(_OPEN)
    wanted = _named()
    if wanted and wanted != st.session_state.get("followed") and (state is None or wanted != _address(state)):
        state = _opened(*wanted, epoch=(state.epoch + 1 if state else 0))
        st.session_state[_OPEN] = state
    if state is None:
        return
    address = _address(state)
    st.session_state["followed"] = address or wanted
    if address and wanted != address:
        _name(address)


def open_plan(plan: Plan, saved: Saved | None = None, token: str | None = None) -> None:
    """Show another plan on every page; a draft until the first change."""
    state: OnScreen = st.session_state[_OPEN]
    st.session_state[_OPEN] = OnScreen(plan, saved, token, epoch=state.epoch + 1)
    address = _address(st.session_state[_OPEN])
    st.session_state["followed"] = address
    _name(address)


def open_saved(id: str) -> None:
    """Open a plan of the store."""
    state: OnScreen = st.session_state[_OPEN]
    opened = _opened("plan", id, state.epoch + 1)
    open_plan(opened.plan, opened.saved) if opened.saved else st.session_state.update({_OPEN: opened})


def open_start(kind: str, name: str) -> None:
    """Open a fresh draft of a worked example, or from a template."""
    open_plan(start(kind, name, today()))


def open_new() -> None:
    """Open an empty plan, dated today."""
    open_plan(new_plan(today(), language()))


def open_file(body: bytes) -> None:
    """Open a plan from a file somebody downloaded before."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem("plan_not_a_mapping", found="binary") from error
    open_plan(from_yaml(text))


def rename(title: str) -> None:
    """Give the open plan another title, in both languages, as the team typed it."""
    state: OnScreen = st.session_state[_OPEN]
    name = title.strip()[:200]
    if name:
        for side in words.LANGUAGES:
            st.session_state[widget_key(state, f"title.{side}")] = name
        save(state, state.plan.retitled(Text(ja=name, en=name)), what="title")


def settle(choice: str) -> None:
    """End a conflict: keep `mine` as the newest version, take `theirs`, or keep mine as a `copy`."""
    state: OnScreen = st.session_state[_OPEN]
    theirs = state.theirs
    if theirs is None:
        return
    if choice == "theirs":
        open_plan(theirs.plan, theirs, state.token)
    elif choice == "copy":
        copy_open()
    else:
        state.saved, state.theirs = theirs, None
        save(state, state.plan, what="settled")


def copy_open() -> None:
    """Keep what is on the screen as a plan of the visitor's own, beside the one it came from."""
    state: OnScreen = st.session_state[_OPEN]
    open_plan(state.plan)
    save(st.session_state[_OPEN], state.plan, what="copied")


def adopt(plan: Plan, what: str) -> None:
    """Make `plan` the newest version of what is open; every widget reads its value anew."""
    state: OnScreen = st.session_state[_OPEN]
    state.epoch += 1
    save(state, plan, what=what)


def delete_open() -> None:
    """Delete the open plan for good with the jobs it began, and open the first example as a draft."""
    state: OnScreen = st.session_state[_OPEN]
    if state.saved is None:
        return
    try:
        store(settings()).delete(state.saved.id, settings().jobs)
    except Problem as problem:
        state.trouble = problem
        return
    open_plan(_first_plan().plan)


def language() -> Language:
    chosen = st.session_state.get("lang")
    return chosen if chosen in words.LANGUAGES else words.language_of(st.context.locale)


def title(entry: Entry) -> str:
    """What a plan of the store is called in the reader's language."""
    return entry.title_ja if language() == "ja" else entry.title_en


def _first_plan() -> OnScreen:
    return OnScreen(example(FIRST_EXAMPLE))


def _opened(by: str, key: str, epoch: int) -> OnScreen:
    """The plan of an id (`plan`) or of a share link (`share`), or the first example with what went wrong."""
    try:
        kept = store(settings())
        if by == "plan":
            saved = kept.load(key)
            return OnScreen(saved.plan, saved, epoch=epoch)
        kept = kept.with_token(key)
        saved = kept.load(kept.behind(key))
        st.session_state[_TOKENS] = kept.tokens
        return OnScreen(saved.plan, saved, token=None if kept.right(saved.id) == "own" else key, epoch=epoch)
    except Problem as problem:
        missing = key if problem.id == "plan_not_found" else None
        return replace(_first_plan(), epoch=epoch, missing=missing, trouble=None if missing else problem)


def _named() -> tuple[str, str] | None:
    """What the address names: a share link, or a plan."""
    return next(((by, st.query_params[by]) for by in _ADDRESSED if st.query_params.get(by)), None)


def _name(address: tuple[str, str] | None) -> None:
    for by in _ADDRESSED:
        if address and address[0] == by:
            st.query_params[by] = address[1]
        elif by in st.query_params:
            del st.query_params[by]


def _address(state: OnScreen) -> tuple[str, str] | None:
    if state.saved is None:
        return None
    return ("share", state.token) if state.token else ("plan", state.saved.id)


def save(state: OnScreen, plan: Plan, *, what: str) -> None:
    """Keep `plan` on the screen whatever happens, and in the store if it can be; conflicts wait to be settled."""
    state.plan, base, now = plan, state.saved, datetime.now(UTC)
    if state.theirs is not None:
        return
    with _storing(state) as kept:
        if base is None:
            state.saved = kept.create(plan, now=now, what=what, author=author())
        else:
            state.saved = kept.save(base.id, plan, based_on=base.version, now=now, what=what, author=author())
        state.changed = today()


def note(state: OnScreen, entries: Mapping[str, Any]) -> None:
    """Keep what nobody typed in the newest version itself, without a new one; a draft becomes a plan.

    The rest of that version stays as it was saved. Deleting a plan deletes the jobs that it names, so one that
    no entry names any more is noted among those that ran.
    """
    if state.saved is None:
        save(state, state.plan.having(entries), what="created")
        return
    before = state.saved.plan
    changed = (before.get(path) for path, value in entries.items() if before.get(path) != value)
    if ran := {name for name in changed if isinstance(name, str)}:
        entries = {**entries, RAN: sorted({*before.get(RAN, ()), *ran})}
    state.plan, after = state.plan.having(entries), before.having(entries)
    if after is not before and state.theirs is None:
        with _storing(state) as kept:
            state.saved = kept.amend(state.saved, after)


@contextmanager
def _storing(state: OnScreen) -> Iterator[Access]:
    """The store; what goes wrong with it is said on the screen."""
    try:
        kept = store(settings())
        yield kept
        state.trouble = None
    except Problem as problem:
        if problem.id == "plan_conflict" and state.saved is not None:
            state.theirs = kept.load(state.saved.id)
        else:
            state.trouble = problem


def author() -> str:
    """Who has signed in, or the name that somebody gave on a server without sign-in."""
    who = sign_in.visitor(required=settings().sign_in)
    return who.name if who else str(st.session_state.get(AUTHOR) or "").strip()[:100]
