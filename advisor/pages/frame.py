"""What every page shares: the open plan, the reader's language, saving, and words.

A page starts with `view = frame.current()`. Widgets made with `**view.keep("inputs.cost.months", 12)` belong to
the plan: what is typed survives a page or language switch, a reload and a restart, and every change is a version.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

import streamlit as st

from advisor import language as words
from advisor.access import Right
from advisor.masking import guard_logs
from advisor.pages import on_screen, sign_in
from advisor.pages.heaps import share_heaps
from advisor.pages.literal import host, is_link
from advisor.pages.literal import md_safe as md_safe
from advisor.pages.on_screen import OnScreen
from advisor.pages.on_screen import widget_key as widget_key
from advisor.plan import Plan
from advisor.plan.inputs import is_noted, read_input
from advisor.settings import Settings
from advisor.shapes import Answer, Unread
from advisor.show.voice import NOTHING, Speech
from pricing import Problem
from pricing.sources import Source

HEAD_START_SECONDS = 0.15  # less and a browser busy with the rest still draws both at once
_HEADED = "headed"
log = logging.getLogger("advisor.pages")
guard_logs()
share_heaps()


@dataclass(frozen=True)
class View(Speech):
    """What a page needs to draw itself: the language, today, and the plan, with the ways to change it."""

    settings: Settings = field(repr=False)
    state: OnScreen = field(repr=False)

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
        return on_screen.store(self.settings).right(self.state.saved.id)

    def keep(self, path: str, default: Any, options: Sequence[Any] | None = None) -> dict[str, Any]:
        """Arguments that tie a widget to `answers.…` or `inputs.…` of the plan.

        `default` stands until something is typed, and its type says how the kept value is read back. A kept
        value that is not among `options` falls back to the default.
        """
        key = widget_key(self.state, path)
        if key not in st.session_state:
            kept = self.plan.get(path)
            value = default if kept is None else _read_back(path, kept, default)
            st.session_state[key] = value if options is None or value in options else default
        return {"key": key, "persist_state": "session", "on_change": _remember, "args": (path, key)}

    def put(self, path: str, value: Any) -> None:
        """Set one entry of the plan and save it as a new version; nothing happens if it already stands so."""
        if (plan := self.plan.put(path, value)) != self.plan:
            on_screen.save(self.state, plan, what=path)

    def conclude(self, command: str, answer: Answer | Mapping[str, Any]) -> None:
        """Keep what follows from the plan as its evidence: it belongs to the version that was just made here.

        In a plan that is only looked at it stays on the screen until something is changed.
        """
        entry = {f"evidence.{command}": answer}
        if self.state.changed == self.on:
            self.note(entry)
        else:
            self.state.plan = self.plan.having(entry)

    def found(self, entries: Mapping[str, Any]) -> None:
        """Keep what was measured, as one version; a draft stays a draft until something is typed.

        Where it was known already, what the pages note for themselves makes no version.
        """
        new = {path: value for path, value in entries.items() if self.plan.put(path, value) != self.plan}
        told = [path for path in new if not (path.startswith("inputs.") and is_noted(path[len("inputs.") :]))]
        if self.is_draft or self.right == "read":
            self.state.plan = self.plan.having(new)
        elif told:
            on_screen.save(self.state, self.plan.having(new), what=told[0])
        elif new:
            self.note(new)

    def note(self, entries: Mapping[str, Any]) -> None:
        """Keep what nobody typed, such as which job runs, without a version and without a line in the history."""
        on_screen.note(self.state, entries)

    def put_typed(self, path: str, value: Any) -> None:
        """`put`, and the widget kept under `path` shows the value; call it before that widget is drawn."""
        st.session_state[widget_key(self.state, path)] = value
        self.put(path, _written(path, value))

    def keep_upload(self, name: str, body: bytes) -> str | None:
        """Keep an uploaded file with the plans; its SHA-256, or None when it cannot be kept now."""
        try:
            return on_screen.store(self.settings).keep_upload(
                name, body, now=datetime.now(UTC), plan=self._id
            )
        except Problem as problem:
            self.state.trouble = problem
            return None

    def upload(self, digest: str) -> tuple[str, bytes] | None:
        """Name and content of a kept file."""
        try:
            return on_screen.store(self.settings).upload(digest, plan=self._id)
        except Problem as problem:
            self.state.trouble = problem
            return None

    def may_open(self, digest: str) -> bool:
        """Whether this visitor may see what was read from a kept file before, for another one perhaps."""
        return on_screen.store(self.settings).may_open(digest, plan=self._id)

    @property
    def _id(self) -> str | None:
        return self.state.saved.id if self.state.saved else None

    def warn_of_unread(self, *kinds: str) -> None:
        """Say of each answer of the plan that cannot be read where it is wrong, as a report does."""
        for answer in (self.plan.evidence.get(kind) for kind in kinds):
            if isinstance(answer, Unread):
                field, found = answer.field or NOTHING, answer.found or NOTHING
                st.warning(md_safe(self.say("report.unreadable", field=field, found=found)))

    @contextmanager
    def problems_shown(self) -> Iterator[None]:
        """Show what goes wrong inside as one sentence here, and let the rest of the page live on."""
        try:
            yield
        except Exception as error:
            if not isinstance(error, Problem):
                log.exception("a page met %s", type(error).__name__)
            st.error(self.sorry(error), icon=":material/error:")

    def sorry(self, error: Exception) -> str:
        """What went wrong as one sentence of Markdown, with all that it quotes shown literally."""
        return words.problem(error, self.language, quote=md_safe)

    def heading(self, area: str) -> None:
        """The page's title and, under it, the one sentence that says what the page is for.

        On a page just opened they are on their way to the browser before the rest is drawn: together with a
        hundred other elements they would show only when all of these are ready.
        """
        st.title(self.say(f"{area}.title"), anchor=False)
        st.markdown(self.say(f"{area}.purpose"))
        if st.session_state.get(_HEADED) != area:
            st.session_state[_HEADED] = area
            time.sleep(HEAD_START_SECONDS)

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

    def source(self, source: Source, of: str | None = None) -> str:
        """Where a number comes from, as one line of Markdown: place, kind, day, and whether it is stale.

        `of` names what was read there, where a place has several sources.
        """
        kind = self.say(f"common.kinds.{source.kind}")
        place = f"[{md_safe(host(source.url))}]({source.url})" if is_link(source.url) else md_safe(source.url)
        said = {"place": place, "kind": kind, "day": self.day(source.checked)}
        line = self.say("common.source_of", of=of, **said) if of else self.say("common.source", **said)
        return line + (self.say("common.stale_mark") if source.is_stale(self.on) else "")


def current() -> View:
    """The view of this run; a page calls it first."""
    return View(
        language=on_screen.language(),
        on=on_screen.today(),
        settings=on_screen.settings(),
        state=on_screen.now_open(),
    )


def _remember(path: str, key: str) -> None:
    state = on_screen.now_open()
    value = _written(path, st.session_state[key])
    if state.plan.get(path) != value:
        on_screen.save(state, state.plan.put(path, value), what=path)


def _written(path: str, value: Any) -> Any:
    """A widget's value as JSON: days as ISO text, sets of choices as lists, answers as text whatever they are."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | set):
        return list(value)
    return value if value is None or not path.startswith("answers.") else str(value)


def _read_back(path: str, kept: Any, default: Any) -> Any:
    """A kept JSON value as its page declares it; the default where it does not fit."""
    part, _, entry = path.partition(".")
    return read_input(entry, kept, default) if part == "inputs" else kept
