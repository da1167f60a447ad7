"""Evaluation: how many items prove anything, who judges by what, and what a filled-in sheet of scores shows."""

from __future__ import annotations

import streamlit as st

from advisor.pages import (
    evaluation_judges,
    evaluation_results,
    evaluation_sheets,
    evaluation_size,
    evaluation_texts,
    frame,
)

VIEWS = {
    "size": evaluation_size.draw,
    "judges": evaluation_judges.draw,
    "texts": evaluation_texts.draw,
    "sheets": evaluation_sheets.draw,
    "results": evaluation_results.draw,
}

view = frame.current()
view.heading("evaluation")
names = {name: view.say(f"evaluation.view.{name}") for name in VIEWS}
wanted = st.segmented_control(
    view.say("evaluation.view.label"),
    list(VIEWS),
    format_func=names.__getitem__,
    default="results" if view.plan.evidence.get("evaluation") else "size",
    required=True,
    key="evaluation_view",
    persist_state="session",
    label_visibility="collapsed",
)
VIEWS[wanted](view)
view.next_step("recommendation", ready=wanted != "sheets")
