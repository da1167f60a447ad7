"""A judge's pairwise choices read back: who wins, by how much, and whether the position decided."""

from __future__ import annotations

import streamlit as st

from advisor.evaluation.pairwise import OFTEN_SWAYED, PairVerdict, read_pairwise
from advisor.language import p_value
from advisor.pages import kept_file
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
        for pair in found:
            conclusion(view, pair)
        show(view, found)


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


def conclusion(view: View, pair: PairVerdict) -> None:
    """Which system is better, and a warning where the position decided too often."""
    names = {"a": md_safe(pair.first), "b": md_safe(pair.second)}
    box = st.info if pair.outcome == "cannot_tell" else st.success
    box(
        view.say(
            f"evaluation.pairwise.{pair.outcome}",
            **names,
            wins_a=view.number(pair.wins.first),
            wins_b=view.number(pair.wins.second),
            ties=view.number(pair.wins.ties),
            items=view.number(pair.items),
        )
    )
    if pair.swayed_share >= OFTEN_SWAYED:
        share = view.percent(pair.swayed_share)
        st.warning(view.say("evaluation.pairwise.swayed", share=share, items=view.number(pair.wins.swayed)))
    if pair.one_order_only:
        st.caption(view.say("evaluation.pairwise.one_order", items=view.number(pair.one_order_only)))


def show(view: View, found: tuple[PairVerdict, ...]) -> None:
    st.dataframe(
        {
            view.say("evaluation.table.pair"): [f"{pair.first} / {pair.second}" for pair in found],
            view.say("evaluation.pairwise.column.wins"): [
                f"{pair.wins.first} / {pair.wins.second}" for pair in found
            ],
            view.say("evaluation.pairwise.column.ties"): [pair.wins.ties for pair in found],
            view.say("evaluation.pairwise.column.swayed"): [pair.wins.swayed for pair in found],
            view.say("evaluation.pairwise.column.rate"): [
                view.span(view.percent(pair.win_rate.low), view.percent(pair.win_rate.high)) for pair in found
            ],
            view.say("evaluation.pairwise.column.p"): [p_value(pair.wins.p, view.language) for pair in found],
        },
        hide_index=True,
        width="stretch",
        alt=view.say("evaluation.pairwise.title"),
    )
    st.caption(view.say("evaluation.pairwise.note"))
