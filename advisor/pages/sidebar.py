"""The sidebar and the notices above every page: language, the open plan, other plans, conflicts."""

from __future__ import annotations

import streamlit as st

from advisor.language import LANGUAGES, listing
from advisor.pages import frame, on_screen, sign_in
from advisor.pages.frame import View
from advisor.plan import starts
from advisor.plan.history import called, differences
from advisor.store import Saved
from pricing import Problem

# Streamlit fades captions so far that links in them have 2.9:1 on white; this leaves them 5:1.
CAPTIONS = '[data-testid="stCaptionContainer"] { opacity: 0.85; }'
# Streamlit cuts the label of a button that is too narrow for it; a second line is easier to read than dots.
WHOLE_LABELS = 'button:is([kind="primary"], [kind="secondary"]) p { white-space: normal; }'
# Streamlit tints the menu's entry that has the keyboard's focus, too faintly to be found.
FOCUS = '[data-testid="stSidebarNavLink"]:focus-visible { outline: 2px solid; outline-offset: -2px; }'
# Streamlit writes white on primary buttons and chosen options; on the dark theme's bright ones that is 2.5:1, this
# is 7.2:1.
DARK_LETTERS = 'button[kind^="primary"], [data-tag], [data-tag] * { color: #0B1719; }'
NAMES = {"ja": "日本語", "en": "English"}
FEW = 5


def readable() -> None:
    """Letters whole and dark enough for what they are written on, and the focus seen, where Streamlit's are not."""
    dark = DARK_LETTERS if st.context.theme.type == "dark" else ""
    st.html(f"<style>{CAPTIONS} {WHOLE_LABELS} {FOCUS} {dark}</style>")


def language_switch() -> None:
    """The switch between the two languages; it starts in the browser's and lives in the page's address."""
    asked = st.query_params.get("lang")
    st.session_state.setdefault("lang", asked if asked in LANGUAGES else frame.current().language)
    with st.sidebar:
        chosen = st.segmented_control(
            "言語 / Language",
            LANGUAGES,
            format_func=NAMES.__getitem__,
            key="lang",
            persist_state="session",
            required=True,
            label_visibility="collapsed",
        )
    # Not by bind="query-params": st.switch_page clears the address, and refuses to where a widget is bound to it.
    if chosen and asked != chosen:
        st.query_params["lang"] = chosen


def plan_menu(view: View) -> None:
    """Which plan is open, since when it is saved, and the ways to another one."""
    with st.sidebar:
        st.caption(view.say("common.open_plan"))
        st.markdown(f"**{frame.md_safe(view.text(view.plan.title))}**")
        st.caption(_saved_line(view))
        with st.popover(view.say("common.plans_menu"), width="stretch"):
            _rename(view)
            _other_plans(view)
            _new_plans(view)
            _from_file(view)
        sign_in.sign_out(view)


def notices(view: View) -> None:
    """What stands between the reader and their work: a conflict, a plan not found, a store that is down."""
    state = view.state
    if _may_only_read(view):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(view.say("common.read_only"), width="stretch")
            st.button(view.say("common.own_copy"), key="own_copy", on_click=on_screen.copy_open)
    if state.missing is not None:
        st.warning(view.sorry(Problem("plan_not_found", plan=state.missing)))
        state.missing = None
    if state.trouble is not None:
        st.warning(view.sorry(state.trouble))
    if state.theirs is not None:
        with st.container(border=True):
            st.warning(view.say("common.conflict", time=f"{state.theirs.saved_at.astimezone():%H:%M:%S}"))
            st.caption(_their_changes(view, state.theirs))
            with st.container(horizontal=True):
                for choice in ("mine", "theirs", "copy"):
                    label = view.say(f"common.settle.{choice}")
                    st.button(label, key=f"settle_{choice}", on_click=on_screen.settle, args=(choice,))


def _may_only_read(view: View) -> bool:
    try:
        return view.right == "read"
    except Problem as problem:
        view.state.trouble = problem
        return False


def _their_changes(view: View, theirs: Saved) -> str:
    """Who saved in between, where they gave a name, and what became different by it."""
    mine_before = view.state.saved
    try:
        before = (
            on_screen.store(view.settings).load(theirs.id, mine_before.version).plan if mine_before else None
        )
    except Problem:
        before = None
    paths = [one.path for one in differences(before, theirs.plan)] if before else []
    names = dict.fromkeys(called(path, view.language) for path in paths)
    said = listing(list(names)[:FEW], view.language) or "—"
    who = theirs.author or view.say("common.somebody")
    return view.say("common.their_changes", who=frame.md_safe(who), changes=frame.md_safe(said))


def _saved_line(view: View) -> str:
    saved = view.state.saved
    if saved is None:
        return view.say("common.draft")
    at = saved.saved_at.astimezone()
    return view.say(
        "common.saved", version=view.number(saved.version), day=view.day(at.date()), time=f"{at:%H:%M}"
    )


def _rename(view: View) -> None:
    key = frame.widget_key(view.state, f"title.{view.language}")
    st.session_state.setdefault(key, view.text(view.plan.title))
    st.text_input(
        view.say("common.title_label"),
        key=key,
        max_chars=200,
        persist_state="session",
        on_change=lambda: on_screen.rename(st.session_state[key]),
    )


def _other_plans(view: View) -> None:
    try:
        entries = on_screen.store(view.settings).plans()
    except Problem as trouble:
        st.caption(view.sorry(trouble))
        return
    if not entries:
        st.caption(view.say("common.no_plans"))
        return
    names = {
        entry.id: f"{on_screen.title(entry)} ({view.day(entry.saved_at.astimezone().date())})"
        for entry in entries
    }
    st.selectbox(
        view.say("common.open_another"),
        list(names),
        index=None,
        format_func=names.__getitem__,
        placeholder=view.say("common.choose"),
        key="other_plan",
        on_change=_open_chosen,
    )


def _open_chosen() -> None:
    chosen = st.session_state.get("other_plan")
    if chosen:
        st.session_state["other_plan"] = None
        on_screen.open_saved(chosen)


def _new_plans(view: View) -> None:
    st.caption(view.say("common.start_from"))
    st.button(view.say("common.new_plan"), on_click=on_screen.open_new, width="stretch")
    for (kind, name), plan in starts().items():
        label = view.say(f"common.{kind}", title=view.text(plan.title))
        key, start = f"{kind}_{name}", (kind, name)
        st.button(label, key=key, on_click=on_screen.open_start, args=start, width="stretch")


def _from_file(view: View) -> None:
    file = st.file_uploader(view.say("common.open_file"), type=["yaml", "yml", "json"], key="plan_file")
    if file is not None and st.session_state.get("opened_file") != file.file_id:
        with view.problems_shown():
            on_screen.open_file(file.getvalue())
            st.session_state["opened_file"] = file.file_id
            st.rerun()
