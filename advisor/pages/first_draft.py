"""The guided start: the questions that come before any measuring, answered at once into a first draft."""

from __future__ import annotations

import streamlit as st

from advisor.checklist import Question, checklist
from advisor.pages import frame, on_screen
from advisor.pages.frame import View
from advisor.recommend import FIRST_QUESTIONS


def guided_start(view: View) -> None:
    """Offer the first questions in one form; what is answered becomes one new version."""
    with st.form("first_draft"):
        st.markdown(f"**{view.say('start.title')}**")
        st.caption(view.say("start.purpose"))
        for question in FIRST_QUESTIONS:
            _ask(view, checklist().question(question))
        st.form_submit_button(view.say("start.make"), type="primary", on_click=_answer)


def _ask(view: View, question: Question) -> None:
    texts = {choice.id: view.text(choice.text) for choice in question.choices}
    st.selectbox(
        view.text(question.ask),
        list(texts),
        index=None,
        format_func=texts.__getitem__,
        placeholder=view.say("common.choose"),
        help=view.text(question.why),
        key=_key(question.id),
    )


def _key(question: str) -> str:
    return f"first/{question}"


def _answer() -> None:
    plan = frame.current().plan
    given = {question: st.session_state.get(_key(question)) for question in FIRST_QUESTIONS}
    for question, choice in given.items():
        if choice:
            plan = plan.put(f"answers.{question}", choice)
    if any(given.values()):
        on_screen.adopt(plan, "started")
