"""From the team's table to training files, and from a wish for more labels to people, hours and money."""

from __future__ import annotations

import streamlit as st

from advisor.pages import frame, preparation_annotation, preparation_files

VIEWS = {"files": preparation_files.draw, "annotation": preparation_annotation.draw}

view = frame.current()
view.heading("preparation")
names = {name: view.say(f"preparation.view.{name}") for name in VIEWS}
wanted = st.segmented_control(
    view.say("preparation.view.label"),
    list(VIEWS),
    format_func=names.__getitem__,
    default="files",
    required=True,
    key="preparation_view",
    persist_state="session",
    label_visibility="collapsed",
)
VIEWS[wanted](view)
view.next_step("training", ready=bool(view.plan.get("evidence.preparation")))
