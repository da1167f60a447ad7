"""What an LLM reaches on the team's own rows: the result that the command `trial` made, read and kept."""

from __future__ import annotations

import json

import streamlit as st

from advisor.answers import read_answer
from advisor.answers.trial import LlmTrial
from advisor.pages import blocks, frame
from advisor.pages.frame import View
from pricing import Problem


def take(view: View) -> None:
    """A result just uploaded becomes the plan's."""
    file = st.file_uploader(view.say("trial.page.upload"), type="json", key="trial_result")
    if file is None or st.session_state.get("trial_taken") == file.file_id:
        return
    try:
        found = read_answer(LlmTrial.NAME, json.loads(file.getvalue()))
    except (ValueError, RecursionError):
        raise Problem("trial_not_a_result") from None
    if not isinstance(found, LlmTrial) or not found.arms:
        raise Problem("trial_not_a_result")
    st.session_state["trial_taken"] = file.file_id
    view.found({"evidence.trial": found})


view = frame.current()
view.heading("trial")
st.caption(view.say("trial.page.how"))
with view.problems_shown():
    take(view)
view.warn_of_unread("trial")
kept = view.plan.answer(LlmTrial)
if kept is not None:
    blocks.draw(kept.judged(view.plan.aim).blocks(view.voice))
view.next_step("cost", ready=kept is not None)
