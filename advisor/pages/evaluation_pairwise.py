"""A judge's pairwise choices read back: who wins, by how much, and whether the position decided."""

from __future__ import annotations

import streamlit as st

from advisor.answers.pairwise import Pair
from advisor.evaluation.pairwise import read_pairwise
from advisor.pages import kept_file
from advisor.pages.blocks import draw_table
from advisor.pages.frame import View, md_safe
from baselines.table import Table

EXAMPLE = "pairwise_choices.csv"
KEPT = "inputs.evaluation.pairwise"


def draw(view: View) -> None:
    st.header(view.say("evaluation.pairwise.title"), anchor=False)
    st.markdown(view.say("evaluation.pairwise.purpose"))
    with view.problems_shown():
        table = choices(view)
        if table is None:
            return
        found = read_pairwise(table)
        for pair in found.pairs:
            conclusion(view, pair)
        draw_table(found.table(view.voice))
        st.caption(view.say("evaluation.pairwise.note"))


def choices(view: View) -> Table | None:
    """The choices just uploaded, kept with the plan, or the example."""
    return kept_file.chosen(
        view,
        KEPT,
        words="evaluation.pairwise",
        key="evaluation_pairwise",
        example=EXAMPLE,
        read=kept_file.table,
    )


def conclusion(view: View, pair: Pair) -> None:
    """Which system is better, and a warning where the position decided too often."""
    box = st.info if pair.outcome == "cannot_tell" else st.success
    safe = pair.model_copy(update={"a": md_safe(pair.a), "b": md_safe(pair.b)})
    box(safe.conclusion(view.voice))
    for doubt in pair.doubts(view.voice):
        (st.warning if doubt.tone == "warning" else st.caption)(doubt.line.text)
