"""What to settle, step by step: each question with why it matters, what happened to others, and its note."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import streamlit as st

from advisor.checklist import UNSETTLED, Answers, Question, checklist, read_answers
from advisor.pages import frame
from advisor.pages.frame import View, md_safe
from advisor.recommend.reasons import with_unit
from advisor.recommend.rules import rule_book
from advisor.references import references

SECTION = "checklist_section"
DECIDING_ONLY = "checklist_deciding_only"


def progress(view: View, answers: Answers) -> None:
    """How far the whole list is."""
    done = answers.progress(checklist().questions)
    text = view.say("checklist.progress", done=view.number(done.settled), of=view.number(done.asked))
    st.progress(done.share, text=text)


def choose_section(view: View, answers: Answers) -> str:
    """The step to work on; each shows how many of its questions are settled."""
    sections = {section.id: section for section in checklist().sections}

    def shown(id: str) -> str:
        done = answers.progress(checklist().of(id))
        mark = "✓ " if done.settled == done.asked else ""
        return f"{mark}{view.text(sections[id].name)} {done.settled}/{done.asked}"

    st.session_state.setdefault(SECTION, next(iter(sections)))
    chosen = st.segmented_control(
        view.say("checklist.section"),
        list(sections),
        format_func=shown,
        key=SECTION,
        required=True,
        persist_state="session",
        label_visibility="collapsed",
        wrap=True,
    )
    section = sections[str(chosen)]
    st.markdown(view.text(section.goal))
    return section.id


def ask(view: View, question: Question, answers: Answers) -> None:
    """One question: its state, why it matters, the answer, and what is kept beside it."""
    with st.container(border=True, key=f"question_{question.id}"):
        st.markdown(f"**{view.text(question.ask)}** {_state(view, question, answers)}")
        st.caption(view.text(question.why))
        with view.problems_shown():
            _answer(view, question, answers)
        _remarks(view, question, answers)
        with st.container(horizontal=True, vertical_alignment="center"):
            _more(view, question)
            _note(view, question)
            if question.kind != "choice":
                _waive(view, question)


def _remarks(view: View, question: Question, answers: Answers) -> None:
    """What to know about the answer as it stands."""
    if question.id in answers.measured:
        value = with_unit(question.id, answers.values[question.id], view.language)
        st.caption(view.say("checklist.measured", value=md_safe(value)))
    if question.id in answers.against:
        value = with_unit(question.id, answers.against[question.id], view.language)
        st.warning(view.say("checklist.against", value=md_safe(value)))
    waived = view.plan.answers.get(question.id) == "not_applicable"
    if waived and not view.plan.notes.get(question.id, {}).get("text"):
        st.caption(view.say("checklist.say_why"))


def _waive(view: View, question: Question) -> None:
    """The way to say that a number, a day or a text does not apply."""
    path = f"answers.{question.id}"
    key = frame.widget_key(view.state, f"{path}/waived")
    st.session_state[key] = view.plan.get(path) == "not_applicable"

    def waive() -> None:
        st.session_state.pop(frame.widget_key(view.state, path), None)
        view.put(path, "not_applicable" if st.session_state[key] else None)

    st.checkbox(view.text(checklist().unsettled[1].text), key=key, on_change=waive)


def _state(view: View, question: Question, answers: Answers) -> str:
    if question.id in answers.measured:
        return f":green-badge[{view.say('checklist.states.measured')}]"
    if answers.settled(question.id):
        return f":blue-badge[{view.say('checklist.states.answered')}]"
    if question.id in rule_book().deciding:
        return f":orange-badge[{view.say('checklist.states.open_deciding')}]"
    return f":gray-badge[{view.say('checklist.states.open')}]"


def _answer(view: View, question: Question, answers: Answers) -> None:
    path = f"answers.{question.id}"
    key = frame.widget_key(view.state, path)
    given = view.plan.answers.get(question.id)
    if question.id in answers.measured and given is None:
        st.session_state[key] = _for_widget(question, answers.values[question.id])
    elif key not in st.session_state:
        read = None if given in UNSETTLED or given is None else question.read(given)
        st.session_state[key] = given if question.kind == "choice" else _for_widget(question, read)
    label, shared = view.text(question.ask), {"label_visibility": "collapsed", **view.keep(path, None)}
    match question.kind:
        case "choice":
            texts = {choice.id: view.text(choice.text) for choice in question.choices + checklist().unsettled}
            st.pills(label, list(texts), format_func=texts.__getitem__, **shared)
        case "number":
            _count(view, question, shared)
        case "date":
            first, last = date(2020, 1, 1), date(2040, 12, 31)
            st.date_input(label, value=None, min_value=first, max_value=last, width=260, **shared)
        case "text":
            st.text_area(label, height=80, max_chars=2000, **shared)


def _for_widget(question: Question, value: Any) -> Any:
    """A value as the question's widget holds it."""
    if not isinstance(value, Decimal):
        return value
    return float(value) if question.most == 1 or value % 1 else int(value)


def _count(view: View, question: Question, shared: dict[str, Any]) -> None:
    share = question.most == 1
    kind: Any = float if share or isinstance(st.session_state[shared["key"]], float) else int
    unit = view.text(question.unit, n="") if question.unit else ""
    st.number_input(
        f"{view.text(question.ask)} ({unit})",
        min_value=kind(question.least),
        max_value=kind(min(question.most, Decimal(10) ** 15)),
        value=None,
        step=kind(1) if not share else 0.01,
        placeholder=unit,
        width=260,
        **shared,
    )


def _more(view: View, question: Question) -> None:
    """What happened to others, and which judgements use the answer."""
    box = st.popover(
        view.say("checklist.example"), key=f"more_{question.id}", type="tertiary", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        reference = references()[question.source]
        st.markdown(md_safe(view.text(question.example)))
        st.caption(f"{md_safe(reference.named(view.language))}  \n{view.source(reference)}")
        st.markdown(f"**{view.say('checklist.used_by')}**")
        for rule in rule_book().reading[question.id]:
            ground = view.text(rule_book().ground(rule.ground).name)
            sentence = view.text(rule.because, **dict.fromkeys(rule.condition.facts, "…"))
            st.markdown(f":blue-badge[{ground}] {md_safe(sentence)}")


def _note(view: View, question: Question) -> None:
    """A note with its owner and due day, kept with who wrote it when."""
    note = dict(view.plan.notes.get(question.id, {}))
    label = view.say("checklist.note_kept" if note else "checklist.note")
    box = st.popover(label, key=f"note_{question.id}", type="tertiary", on_change="rerun")
    if not box.open:
        return
    with box, st.form(f"note_form_{question.id}", border=False):
        text = st.text_area(view.say("checklist.note_text"), value=note.get("text", ""), max_chars=2000)
        by = st.text_input(view.say("checklist.note_by"), value=note.get("by", ""), max_chars=100)
        owner = st.text_input(view.say("checklist.note_owner"), value=note.get("owner", ""), max_chars=100)
        due = st.date_input(view.say("checklist.note_due"), value=_day(note.get("due")))
        if st.form_submit_button(view.say("checklist.note_save")):
            fields = {"text": text, "by": by, "owner": owner, "due": due.isoformat() if due else ""}
            kept = {name: value for name, value in fields.items() if value}
            at = {"at": datetime.now(UTC).isoformat(timespec="seconds")}
            view.put(f"notes.{question.id}", kept | at if kept else None)
            st.rerun()


def _day(kept: Any) -> date | None:
    try:
        return date.fromisoformat(str(kept))
    except ValueError:
        return None


view = frame.current()
view.heading("checklist")
with view.problems_shown():
    answers = read_answers(view.plan.answers, view.plan.findings)
    progress(view, answers)
    section = choose_section(view, answers)
    st.session_state.setdefault(DECIDING_ONLY, False)
    deciding_only = st.toggle(view.say("checklist.deciding_only"), key=DECIDING_ONLY, persist_state="session")
    for question in checklist().of(section):
        if not deciding_only or question.id in rule_book().deciding:
            ask(view, question, answers)
view.next_step("data")
