"""The rounds of the work so far: what was changed, what the test then said, what it cost."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

import streamlit as st

from advisor.answers.evaluation import Evaluation
from advisor.improve import Iteration
from advisor.pages import charts
from advisor.pages.frame import View
from pricing import Problem

PATH = "inputs.improve.rounds"


def draw(view: View) -> None:
    st.header(view.say("improve.rounds_title"), anchor=False)
    rounds = [Iteration.model_validate(shape) for shape in view.plan.get(PATH) or []]
    form(view, rounds)
    if not rounds:
        st.caption(view.say("improve.rounds_none"))
        return
    show(view, rounds)
    st.button(view.say("improve.rounds_clear"), key="improve_undo", on_click=_keep, args=(view, rounds[:-1]))


def form(view: View, rounds: Sequence[Iteration]) -> None:
    """A line on what was changed; what was typed stays until it is recorded."""
    with st.form("improve_round", border=True):
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        left.text_input(view.say("improve.rounds_changed"), key="improve_changed", max_chars=200)
        right.text_input(view.say("improve.rounds_cost"), key="improve_cost")
        label = view.say("improve.rounds_record")
        st.form_submit_button(label, on_click=_record, args=(view, rounds))
    if said := st.session_state.pop("improve_said", None):
        st.error(said)


def _record(view: View, rounds: Sequence[Iteration]) -> None:
    """Put the round into the plan, with the plan's evaluation as the score it led to; else say what is wrong."""
    changed, amount = st.session_state["improve_changed"], _amount(st.session_state["improve_cost"])
    try:
        if not changed.strip():
            said = view.say("improve.rounds_empty")
        elif amount is not None and amount < 0:
            said = view.say("improve.rounds_bad_cost")
        else:
            evaluation = view.plan.answer(Evaluation)
            _keep(view, [*rounds, Iteration.of(evaluation, view.on, changed, amount)])
            st.session_state["improve_changed"] = st.session_state["improve_cost"] = said = ""
    except Problem as problem:
        said = view.sorry(problem)
    st.session_state["improve_said"] = said


def _amount(text: str) -> Decimal | None:
    """The amount typed, None where nothing was; what is no amount is less than nothing."""
    if not text.strip():
        return None
    try:
        amount = Decimal(unicodedata.normalize("NFKC", text).replace(",", "").strip())
    except InvalidOperation:
        return Decimal(-1)
    return amount if amount.is_finite() else Decimal(-1)


def _keep(view: View, rounds: Sequence[Iteration]) -> None:
    view.put(PATH, [one.as_json() for one in rounds])


def show(view: View, rounds: Sequence[Iteration]) -> None:
    """The score after every round with its range, and the rounds as a table."""
    import pandas as pd
    from plotly.graph_objects import Scatter

    rates = [one.rate for one in rounds]
    scores = Scatter(
        x=[f"{place}. {one.changed[:24]}" for place, one in enumerate(rounds, start=1)],
        y=rates,
        mode="lines+markers",
        line={"color": charts.PALETTE[0]},
        error_y={
            "symmetric": False,
            "array": [one.high - one.rate for one in rounds],
            "arrayminus": [one.rate - one.low for one in rounds],
        },
    )
    table = pd.DataFrame(
        {
            view.say("improve.round.on"): [view.day(one.on) for one in rounds],
            view.say("improve.round.changed"): [one.changed for one in rounds],
            view.say("improve.round.score"): [
                f"{view.percent(one.rate, 1)} ({view.span(view.percent(one.low), view.percent(one.high))})"
                for one in rounds
            ],
            view.say("improve.round.of"): [
                one.criterion or view.say("improve.round.every") for one in rounds
            ],
            view.say("improve.round.n"): [one.n for one in rounds],
            view.say("improve.round.cost"): [
                "—" if one.cost is None else view.money(one.cost) for one in rounds
            ],
        }
    )
    if len(rounds) > 1:
        across = {"title": view.say("improve.round.changed")}
        up = {"title": view.say("improve.rounds_axis"), "tickformat": ".0%", "range": [0, 1.05]}
        alt = view.say("improve.rounds_alt")
        charts.show(view, "improve_rounds_chart", [scores], alt, x=across, y=up, height=300)
    st.dataframe(table, hide_index=True, width="stretch", alt=view.say("improve.rounds_title"))
