"""What every page shares: the open plan, the reader's language, saving, and words.

A page starts with `view = frame.current()`. Widgets made with `**view.keep("inputs.cost.months", 12)` belong to
the plan: what is typed survives a page or language switch, a reload and a restart, and every change is a version.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from advisor import jobs
from advisor import language as words
from advisor.access import Access, Right
from advisor.language import Language, Text
from advisor.masking import guard_logs
from advisor.pages import sign_in
from advisor.pages.literal import host, is_link
from advisor.pages.literal import md_safe as md_safe
from advisor.plan import Plan, example, from_yaml, new_plan, template
from advisor.settings import Settings
from advisor.store import Saved, Store
from pricing import Problem
from pricing.sources import Source

FIRST_EXAMPLE = "why_bot"
AUTHOR = "author"
_OPEN = "open_plan"
_ADDRESSED = ("share", "plan")
_TOKENS = "share_tokens"
log = logging.getLogger("advisor.pages")
guard_logs()


@dataclass
class _Open:
    """The plan on this visitor's screen: as last saved (None while it is only a draft) and as it stands.

    `token` is of the share link that it was opened by, `missing` what the address named in vain.
    """

    plan: Plan
    saved: Saved | None = None
    token: str | None = None
    epoch: int = 0
    theirs: Saved | None = None
    trouble: Problem | None = None
    missing: str | None = None


@dataclass(frozen=True)
class View:
    """What a page needs to draw itself: the language, today, and the plan, with the ways to change it."""

    language: Language
    on: date
    settings: Settings = field(repr=False)
    state: _Open = field(repr=False)

    @property
    def plan(self) -> Plan:
        """The plan as it stands now."""
        return self.state.plan

    @property
    def is_draft(self) -> bool:
        """Whether nothing of this plan has been saved yet."""
        return self.state.saved is None

    @property
    def visitor(self) -> sign_in.Visitor | None:
        """Who has signed in, or None on a server without sign-in."""
        return sign_in.visitor(required=self.settings.sign_in)

    @property
    def owner(self) -> str:
        """For whom jobs are begun, so that nobody finds or cancels another one's; "" without sign-in."""
        return self.visitor.id if self.visitor else ""

    @property
    def right(self) -> Right:
        """What the visitor may do with the open plan."""
        if self.state.saved is None or self.visitor is None:
            return "own"
        return store(self.settings).right(self.state.saved.id)

    def say(self, key: str, **values: object) -> str:
        """The phrase `area.key` in the reader's language."""
        return words.phrase(key, self.language, **values)

    def text(self, text: Text, **values: object) -> str:
        """A bilingual text in the reader's language."""
        return text.say(self.language, **values)

    def number(self, value: words.Scalar, digits: int | None = None) -> str:
        """A number in the reader's locale."""
        return words.number(value, self.language, digits)

    def money(self, amount: Any, currency: str = "USD", digits: int | None = None) -> str:
        """An amount of money (a Decimal, or its exact string) in the reader's locale."""
        return words.money(Decimal(str(amount)), self.language, currency, digits)

    def percent(self, share: words.Scalar, digits: int = 0) -> str:
        """A share of one as a percentage."""
        return words.percent(share, self.language, digits)

    def day(self, on: date | str) -> str:
        """A day (or its ISO form) in the reader's locale."""
        return words.day(date.fromisoformat(on) if isinstance(on, str) else on, self.language)

    def keep(self, path: str, default: Any, options: Sequence[Any] | None = None) -> dict[str, Any]:
        """Arguments that tie a widget to `answers.…` or `inputs.…` of the plan.

        `default` stands until something is typed, and its type says how the kept value is read back. A kept
        value that is not among `options` falls back to the default.
        """
        key = widget_key(self.state, path)
        if key not in st.session_state:
            kept = self.plan.get(path)
            value = default if kept is None else _read_back(kept, default)
            st.session_state[key] = value if options is None or value in options else default
        return {"key": key, "persist_state": "session", "on_change": _remember, "args": (path, key)}

    def put(self, path: str, value: Any) -> None:
        """Set one entry of the plan and save it as a new version; nothing happens if it already stands so."""
        if self.plan.get(path) != value:
            _save(self.state, self.plan.put(path, value), what=path)

    def conclude(self, command: str, answer: Mapping[str, Any]) -> None:
        """Keep what a command answered as the plan's evidence; a draft stays a draft until something is typed."""
        if self.is_draft or self.right == "read":
            self.state.plan = self.plan.put(f"evidence.{command}", answer)
        else:
            self.put(f"evidence.{command}", answer)

    def put_typed(self, path: str, value: Any) -> None:
        """`put`, and the widget kept under `path` shows the value; call it before that widget is drawn."""
        st.session_state[widget_key(self.state, path)] = value
        self.put(path, _written(value))

    def keep_upload(self, name: str, body: bytes) -> str | None:
        """Keep an uploaded file with the plans; its SHA-256, or None when it cannot be kept now."""
        try:
            return store(self.settings).keep_upload(name, body, now=datetime.now(UTC), plan=self._id)
        except Problem as problem:
            self.state.trouble = problem
            return None

    def upload(self, digest: str) -> tuple[str, bytes] | None:
        """Name and content of a kept file."""
        try:
            return store(self.settings).upload(digest, plan=self._id)
        except Problem as problem:
            self.state.trouble = problem
            return None

    def may_open(self, digest: str) -> bool:
        """Whether this visitor may see what was read from a kept file before, for another one perhaps."""
        return store(self.settings).may_open(digest, plan=self._id)

    @property
    def _id(self) -> str | None:
        return self.state.saved.id if self.state.saved else None

    @contextmanager
    def problems_shown(self) -> Iterator[None]:
        """Show what goes wrong inside as one sentence here, and let the rest of the page live on."""
        try:
            yield
        except Exception as error:
            if not hasattr(error, "fields"):
                log.warning("a page met %s", type(error).__name__, exc_info=True)
            st.error(self.sorry(error), icon=":material/error:")

    def sorry(self, error: Exception) -> str:
        """What went wrong as one sentence of Markdown, with all that it quotes shown literally."""
        return words.problem(error, self.language, quote=md_safe)

    def heading(self, area: str) -> None:
        """The page's title and, under it, the one sentence that says what the page is for."""
        st.title(self.say(f"{area}.title"), anchor=False)
        st.markdown(self.say(f"{area}.purpose"))

    def next_step(self, page: str, *, ready: bool = True) -> None:
        """The one obvious next step, at the foot of a page; quiet until the page's own work is `ready`."""
        label = self.say("common.next_step", page=self.say(f"common.pages.{page}"))
        kind: Literal["primary", "secondary"] = "primary" if ready else "secondary"
        if st.button(label, type=kind, icon=":material/arrow_forward:", key=f"next_{page}"):
            st.switch_page(f"advisor/pages/{page}.py")

    def link(self, page: str, label: str | None = None) -> None:
        """A link to another page by its name."""
        said = label or self.say(f"common.pages.{page}")
        st.page_link(f"advisor/pages/{page}.py", label=said, icon=":material/arrow_forward:")

    def source(self, source: Source) -> str:
        """Where a number comes from, as one line of Markdown: place, kind, day, and whether it is stale."""
        kind = self.say(f"common.kinds.{source.kind}")
        place = f"[{md_safe(host(source.url))}]({source.url})" if is_link(source.url) else md_safe(source.url)
        line = self.say("common.source", place=place, kind=kind, day=self.day(source.checked))
        return line + (self.say("common.stale_mark") if source.is_stale(self.on) else "")


def current() -> View:
    """The view of this run; a page calls it first."""
    state = st.session_state.get(_OPEN)
    if state is None:
        state = st.session_state[_OPEN] = _first_plan()
    return View(language=_language(), on=date.today(), settings=settings(), state=state)  # noqa: DTZ011 - the reader's own day


def widget_key(state: _Open, path: str) -> str:
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
    state: _Open | None = st.session_state.get(_OPEN)
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
    state: _Open = st.session_state[_OPEN]
    st.session_state[_OPEN] = _Open(plan, saved, token, epoch=state.epoch + 1)
    address = _address(st.session_state[_OPEN])
    st.session_state["followed"] = address
    _name(address)


def open_saved(id: str) -> None:
    """Open a plan of the store."""
    state: _Open = st.session_state[_OPEN]
    opened = _opened("plan", id, state.epoch + 1)
    open_plan(opened.plan, opened.saved) if opened.saved else st.session_state.update({_OPEN: opened})


def open_example(name: str) -> None:
    """Open a fresh draft of a worked example."""
    open_plan(example(name))


def open_template(name: str) -> None:
    """Open a fresh draft from a template, dated today."""
    open_plan(replace(template(name), on=date.today()))  # noqa: DTZ011 - the reader's own day


def open_new() -> None:
    """Open an empty plan, dated today."""
    open_plan(new_plan(date.today(), _language()))  # noqa: DTZ011 - the reader's own day


def open_file(body: bytes) -> None:
    """Open a plan from a file somebody downloaded before."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem("plan_not_a_mapping", found="binary") from error
    open_plan(from_yaml(text))


def rename(title: str) -> None:
    """Give the open plan another title, in both languages, as the team typed it."""
    state: _Open = st.session_state[_OPEN]
    name = title.strip()[:200]
    if name:
        for side in words.LANGUAGES:
            st.session_state[widget_key(state, f"title.{side}")] = name
        _save(state, state.plan.retitled(Text(ja=name, en=name)), what="title")


def settle(choice: str) -> None:
    """End a conflict: keep `mine` as the newest version, take `theirs`, or keep mine as a `copy`."""
    state: _Open = st.session_state[_OPEN]
    theirs = state.theirs
    if theirs is None:
        return
    if choice == "theirs":
        open_plan(theirs.plan, theirs, state.token)
    elif choice == "copy":
        copy_open()
    else:
        state.saved, state.theirs = theirs, None
        _save(state, state.plan, what="settled")


def copy_open() -> None:
    """Keep what is on the screen as a plan of the visitor's own, beside the one it came from."""
    state: _Open = st.session_state[_OPEN]
    open_plan(state.plan)
    _save(st.session_state[_OPEN], state.plan, what="copied")


def adopt(plan: Plan, what: str) -> None:
    """Make `plan` the newest version of what is open; every widget reads its value anew."""
    state: _Open = st.session_state[_OPEN]
    state.epoch += 1
    _save(state, plan, what=what)


def delete_open() -> None:
    """Delete the open plan for good with the jobs it began, and open the first example as a draft."""
    state: _Open = st.session_state[_OPEN]
    if state.saved is None:
        return
    try:
        kept = store(settings())
        begun = kept.jobs(state.saved.id)
        kept.delete(state.saved.id)
    except Problem as problem:
        state.trouble = problem
        return
    for id in begun:
        if folder := jobs.folder_of(id, settings().jobs):
            jobs.discard(folder)
    open_plan(_first_plan().plan)


def _language() -> Language:
    chosen = st.session_state.get("lang")
    return chosen if chosen in words.LANGUAGES else words.language_of(st.context.locale)


def _first_plan() -> _Open:
    return _Open(example(FIRST_EXAMPLE))


def _opened(by: str, key: str, epoch: int) -> _Open:
    """The plan of an id (`plan`) or of a share link (`share`), or the first example with what went wrong."""
    try:
        kept = store(settings())
        if by == "plan":
            saved = kept.load(key)
            return _Open(saved.plan, saved, epoch=epoch)
        kept = kept.with_token(key)
        saved = kept.load(kept.behind(key))
        st.session_state[_TOKENS] = kept.tokens
        return _Open(saved.plan, saved, token=None if kept.right(saved.id) == "own" else key, epoch=epoch)
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


def _address(state: _Open) -> tuple[str, str] | None:
    if state.saved is None:
        return None
    return ("share", state.token) if state.token else ("plan", state.saved.id)


def _remember(path: str, key: str) -> None:
    state: _Open = st.session_state[_OPEN]
    value = _written(st.session_state[key])
    if state.plan.get(path) != value:
        _save(state, state.plan.put(path, value), what=path)


def _save(state: _Open, plan: Plan, *, what: str) -> None:
    """Keep `plan` on the screen whatever happens, and in the store if it can be; conflicts wait to be settled."""
    state.plan = plan
    if state.theirs is not None:
        return
    now = datetime.now(UTC)
    try:
        keep, author = store(settings()), _author()
        if state.saved is None:
            state.saved = keep.create(plan, now=now, what=what, author=author)
        else:
            base = state.saved
            state.saved = keep.save(base.id, plan, based_on=base.version, now=now, what=what, author=author)
        state.trouble = None
    except Problem as problem:
        if problem.id == "plan_conflict" and state.saved is not None:
            state.theirs = keep.load(state.saved.id)
        else:
            state.trouble = problem


def _author() -> str:
    """Who has signed in, or the name that somebody gave on a server without sign-in."""
    who = sign_in.visitor(required=settings().sign_in)
    return who.name if who else str(st.session_state.get(AUTHOR) or "").strip()[:100]


def _written(value: Any) -> Any:
    """A widget's value as JSON: days as ISO text, sets of choices as lists."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | set):
        return list(value)
    return value


def _read_back(kept: Any, default: Any) -> Any:
    """A kept JSON value as the type the widget's default has; the default where it does not fit."""
    reads: dict[type, Callable[[Any], Any]] = {date: date.fromisoformat, Path: Path}
    try:
        if default is None or isinstance(kept, type(default)):
            return kept
        return reads.get(type(default), type(default))(kept)
    except (TypeError, ValueError):
        return default
