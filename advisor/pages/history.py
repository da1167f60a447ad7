"""History: the versions of this plan, what differs between them, going back, and another plan beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from advisor.access import Access
from advisor.answers.advise import Advise
from advisor.pages import frame, on_screen
from advisor.pages.frame import View, md_safe
from advisor.pages.reasons import advice
from advisor.plan import Plan, starts
from advisor.plan.history import Difference, called, differences, event, key_figures, shown
from advisor.recommend import recommend
from advisor.recommend.rules import rule_book
from advisor.store import Saved, Version

MOST_LISTED = 500
OWN_WORDS = "history.columns.entry"


def author(view: View) -> None:
    """Whose name the versions saved from now on carry; who has signed in has one."""
    if view.visitor is not None:
        return
    st.session_state.setdefault(on_screen.AUTHOR, "")
    st.text_input(
        view.say("history.author"),
        key=on_screen.AUTHOR,
        persist_state="session",
        max_chars=100,
        width=320,
        help=view.say("history.author_help"),
    )


def moment(view: View, at: datetime) -> str:
    """A time of the server as the reader writes it."""
    local = at.astimezone()
    return f"{view.day(local.date())} {local:%H:%M}"


def versions(view: View, listed: Sequence[Version]) -> None:
    """Every version, the newest first: when, what was changed, and by whom."""
    st.header(view.say("history.versions"), anchor=False)
    columns = {name: view.say(f"history.columns.{name}") for name in ("number", "at", "what", "author")}
    rows = [
        {
            columns["number"]: one.number,
            columns["at"]: moment(view, one.saved_at),
            columns["what"]: event(one.what, view.language),
            columns["author"]: one.author or "—",
        }
        for one in listed[:MOST_LISTED]
    ]
    st.dataframe(rows, hide_index=True, width="stretch", alt=view.say("history.versions"))


def two_versions(view: View, saved: Saved, listed: Sequence[Version], kept: Access) -> None:
    """What differs between two versions, and the way back to the earlier one."""
    st.header(view.say("history.changes"), anchor=False)
    said = {
        one.number: view.say("history.version", number=view.number(one.number), at=moment(view, one.saved_at))
        for one in listed
    }
    left, right = st.columns(2)
    # The newest version is part of the key, so that after a save the two newest are offered again.
    newer = right.selectbox(
        view.say("history.newer"), list(said), format_func=said.__getitem__, key=f"newer_{saved.version}"
    )
    older = left.selectbox(
        view.say("history.older"),
        list(said),
        index=min(1, len(said) - 1),
        format_func=said.__getitem__,
        key=f"older_{saved.version}",
    )
    then, now = kept.load(saved.id, older).plan, kept.load(saved.id, newer).plan
    table(view, differences(then, now), (said[older], said[newer]))
    ways_back(view, saved, listed[0], older, kept)


def ways_back(view: View, saved: Saved, newest: Version, older: int, kept: Access) -> None:
    """Go back to the earlier version, or undo that."""
    offered = {"restore": older} if older != saved.version else {}
    if newest.what.startswith("restored:"):
        offered["undo"] = saved.version - 1
    with st.container(horizontal=True, vertical_alignment="center"):
        for name, number in offered.items():
            plan = kept.load(saved.id, number).plan
            label = view.say(f"history.{name}", number=view.number(number))
            st.button(label, key=name, on_click=on_screen.adopt, args=(plan, f"restored:{number}"))
    st.caption(view.say("history.restore_note"))


def table(view: View, found: Iterable[Difference], sides: tuple[str, str]) -> None:
    """What differs, one line an entry: what it is called, and both values."""
    rows = [
        {
            view.say(OWN_WORDS): called(one.path, view.language),
            sides[0]: shown(one.path, one.then, view.language),
            sides[1]: shown(one.path, one.now, view.language),
        }
        for one in found
    ]
    if not rows:
        st.markdown(view.say("history.no_difference"))
        return
    st.dataframe(rows, hide_index=True, width="stretch", alt=view.say("history.changes"))


def decision(view: View) -> None:
    """What was decided and recorded, to be held against later facts; and the button that records it."""
    st.header(view.say("history.decision"), anchor=False)
    kept = view.plan.answer(Advise)
    if kept is not None and kept.on is not None:
        known = kept.recommended in rule_book().commitment
        chosen = view.text(rule_book().approach(str(kept.recommended)).name) if known else ""
        said = "decided" if known else "decided_none"
        st.markdown(view.say(f"history.{said}", day=view.day(kept.on), approach=chosen))
    else:
        st.caption(view.say("history.not_decided"))
    found = advice(view)
    decided = view.plan.put("evidence.advise", Advise.model_validate(found))
    st.button(view.say("drift.decide"), key="decide", on_click=on_screen.adopt, args=(decided, "decided"))


def other_plan(view: View, kept: Access) -> None:
    """Another plan beside this one: the recommendation, key figures, and every answer that differs."""
    st.header(view.say("history.compare"), anchor=False)
    known = _known(view, kept)
    chosen = st.selectbox(
        view.say("history.compare_with"),
        list(known),
        index=None,
        format_func=known.__getitem__,
        placeholder=view.say("common.choose"),
        key="compare_with",
    )
    if chosen is None:
        return
    other = _read(chosen, kept)
    only_differing = st.toggle(view.say("history.only_differing"), value=True, key="only_differing")
    own, theirs = view.text(view.plan.title), view.text(other.title)
    rows = [
        (view.say("history.recommendation"), _recommended(view, view.plan), _recommended(view, other)),
        *_lines(view, "finding", key_figures(view.plan), key_figures(other), only_differing),
        *_lines(view, "answers", view.plan.answers, other.answers, only_differing),
    ]
    columns = (view.say(OWN_WORDS), own, theirs if theirs != own else f"{theirs} (2)")
    st.dataframe(
        [dict(zip(columns, row, strict=True)) for row in rows],
        hide_index=True,
        width="stretch",
        alt=view.say("history.compare"),
    )


def _known(view: View, kept: Access) -> dict[str, str]:
    """The plans that this one can be compared with, by an id that says where each is."""
    open_id = view.state.saved.id if view.state.saved else None
    stored = {
        f"stored/{entry.id}": view.say(
            "history.side.stored",
            title=on_screen.title(entry),
            day=view.day(entry.saved_at.astimezone().date()),
        )
        for entry in kept.plans()
        if entry.id != open_id
    }
    shipped = {
        f"{kind}/{name}": view.say(f"history.side.{kind}", title=view.text(plan.title))
        for (kind, name), plan in starts().items()
    }
    return stored | shipped


def _read(chosen: str, kept: Access) -> Plan:
    kind, _, id = chosen.partition("/")
    return kept.load(id).plan if kind == "stored" else starts()[kind, id]


def _recommended(view: View, plan: Plan) -> str:
    found = recommend(plan.answers, plan.evidence, view.on, stated=plan.stated)
    if found.recommended is None:
        return view.say("recommendation.none_yet")
    return view.text(found.book.approach(found.recommended).name)


def _lines(view: View, part: str, own: Any, theirs: Any, only_differing: bool) -> list[tuple[str, str, str]]:
    return [
        (
            called(f"{part}.{name}", view.language),
            shown(f"{part}.{name}", own.get(name), view.language),
            shown(f"{part}.{name}", theirs.get(name), view.language),
        )
        for name in dict.fromkeys([*own, *theirs])
        if not only_differing or own.get(name) != theirs.get(name)
    ]


view = frame.current()
view.heading("history")
with view.problems_shown():
    kept = on_screen.store(view.settings)
    author(view)
    saved = view.state.saved
    if saved is None:
        st.markdown(view.say("history.draft"))
    else:
        st.caption(md_safe(view.text(view.plan.title)))
        listed = kept.history(saved.id)
        versions(view, listed)
        two_versions(view, saved, listed, kept)
    decision(view)
    other_plan(view, kept)
    view.link("privacy")
view.next_step("recommendation")
