"""Cost: the same work done in several ways, from which request on one overtakes another, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import streamlit as st

from advisor.answers.cost import Cost
from advisor.answers.cost.findings import WORTH_THE_WORK, saves_too_little
from advisor.answers.cost.shape import SERVICE_ENDS, Arm
from advisor.answers.cost.words import break_even, notes
from advisor.language import listing
from advisor.pages import blocks, cost_form, frame
from advisor.pages import cost_charts as draw
from advisor.pages.cost_form import Form
from advisor.pages.frame import View, md_safe
from advisor.pages.reasons import advice
from advisor.recommend import words
from advisor.show.voice import Voice
from pricing import Problem
from pricing.kept import compared
from pricing.scenario import CostComparison, Scenario, compare_costs

# Streamlit wraps text in rows of over 64 pixels; a long name would be cut otherwise.
TWO_LINES = 65
VIEWS = ("break_even", "months", "band", "grid", "bill")


def in_both(view: View, form: Form, amount: Decimal) -> str:
    """An amount in US dollars and, where a rate was typed, in the reader's currency."""
    rate, currency = form.top["rate"], form.top["currency"]
    return view.money(amount) + (f" / {view.money(amount * rate, currency)}" if rate else "")


def conclusion(view: View, form: Form, found: CostComparison, kept: Cost) -> None:
    """The cheapest arm that can be had, the break-even of each pair, and what must not be recommended."""
    voice = Voice(view.language, form.on)
    best = found.cheapest
    if best is None:
        st.warning(view.say("cost.result.no_cheapest"))
    else:
        total, arm = md_safe(in_both(view, form, best.total)), md_safe(form.names[best.arm])
        said = view.say(
            "cost.result.cheapest", arm=arm, day=view.day(form.on), months=best.months_served, total=total
        )
        little = saves_too_little(found)
        if little is None:
            st.success(said)
        else:
            plain, saved = little
            but = view.say(
                "cost.result.saves_too_little",
                arm=md_safe(form.names[plain.arm]),
                months=plain.months_served,
                saved=md_safe(in_both(view, form, saved)),
                worth=md_safe(view.money(WORTH_THE_WORK, digits=0)),
            )
            st.info(said + but)
    for pair in kept.break_even:
        st.markdown("- " + md_safe(break_even(pair, voice, form.names)))
    for closed in kept.closed:
        because = view.say(f"cost.closed.{closed.because}")
        if closed.since:
            tense = "closed_from" if closed.because == SERVICE_ENDS else "closed_since"
            because = view.say(f"cost.result.{tense}", because=because, day=view.day(closed.since))
        st.warning(view.say("cost.result.closed", arm=md_safe(form.names[closed.id]), because=because))


def added_prices(view: View) -> None:
    """What the administrator's own price file has changed, so that nobody takes it for the shipped book."""
    added = cost_form.book(view).added
    if added and view.settings.prices:
        file, ids = view.settings.prices.name, listing(list(added), view.language)
        st.info(view.say("cost.arms.from_file", file=md_safe(file), ids=md_safe(ids)))


def bill(view: View, form: Form, arms: Sequence[Arm]) -> None:
    """Every line of these bills with its source, and what the reader should know about the figures."""
    part = st.column_config.TextColumn(width=160)
    link = st.column_config.LinkColumn(display_text=r"https?://(?:www\.)?([^/]+)")
    st.dataframe(
        draw.bill_rows(view, form, arms),
        hide_index=True,
        width="stretch",
        column_config={view.say("cost.table.source"): link, view.say("cost.table.part"): part},
        alt=view.say("cost.view.bill"),
    )
    voice = Voice(view.language, form.on)
    for arm in arms:
        for note in notes(arm, voice, form.names):
            st.caption(md_safe(note))


def priced(view: View, form: Form) -> Form:
    """The form without the arms that cannot be priced on that day; each of those is said, with what would do."""
    kept = []
    for choice in form.choices:
        with view.problems_shown():
            parts = {choice["id"], choice.get("first"), choice.get("rest")}
            alone = replace(form, choices=tuple(other for other in form.choices if other["id"] in parts))
            price_alone(view, alone, choice["id"])
            kept.append(choice)
    return replace(form, choices=tuple(kept))


def price_alone(view: View, alone: Form, arm: str) -> None:
    """Price one arm; what is wrong with it is said of the arm by its name, not of a field of a file."""
    try:
        compare_costs(Scenario.parse(alone.scenario), cost_form.book(view), alone.on)
    except Problem as problem:
        raise Problem(problem.id, **{**problem.fields, "field": alone.names[arm]}) from problem


def answer(view: View, form: Form, found: CostComparison, kept: Cost) -> None:
    """The comparison as sentences and a table."""
    conclusion(view, form, found, kept)
    narrow = {view.say("cost.table.arm"): st.column_config.TextColumn(width=200)}
    picked = st.dataframe(
        draw.cost_rows(view, form, found), hide_index=True, width="stretch", column_config=narrow, key="cost_table",
        row_height=TWO_LINES,
        on_select="rerun", selection_mode="single-row", alt=view.say("cost.table.alt"),
    )  # fmt: skip
    opened = [kept.arms[row] for row in picked.selection.rows if row < len(kept.arms)]
    if opened:
        st.markdown(view.say("cost.result.opened", arm=md_safe(form.names[opened[0].id])))
        bill(view, form, opened)
    else:
        st.caption(view.say("cost.result.open"))


def drawing(view: View, form: Form, found: CostComparison, kept: Cost) -> None:
    """The chart that was asked for."""
    listed = cost_form.book(view)
    names = {name: view.say(f"cost.view.{name}") for name in VIEWS}
    wanted = st.segmented_control(
        view.say("cost.view.label"), VIEWS, format_func=names.__getitem__, default="break_even", required=True, key="cost_view",
        persist_state="session", wrap=True,
    )  # fmt: skip
    drawings: dict[str, Any] = {
        "break_even": lambda: draw.break_even(view, form, found),
        "months": lambda: draw.months(view, form, found),
        "band": lambda: draw.uncertainty(view, form, found),
        "grid": lambda: draw.grid(view, form, listed),
        "bill": lambda: bill(view, form, kept.arms),
    }
    drawings[wanted]()
    st.caption(view.say("cost.result.saved" if is_theirs(view) else "cost.result.not_theirs"))


def with_people(view: View) -> None:
    """The same work with people's time on the bill, as the recommendation weighs it."""
    table = words.bill(advice(view), view.voice)
    if table is not None:
        st.header(view.say("cost.people.heading"), anchor=False)
        st.markdown(view.say("cost.people.about"))
        blocks.draw_table(table)
        view.link("recommendation", view.say("cost.people.edit"))


def is_theirs(view: View) -> bool:
    """Whether somebody typed anything here or answered how many requests there are; else the figures are an example."""
    typed = any(name.startswith("cost.") for name in view.plan.inputs)
    return typed or "requests_per_month" in view.plan.answers


view = frame.current()
view.heading("cost")
with view.problems_shown():
    added_prices(view)
form: Form | None = None
preset = cost_form.ask_preset(view)
answered = st.container()
assumptions, arms = st.tabs([view.say("cost.form.conditions"), view.say("cost.arms.heading")])
with assumptions:
    assumed = cost_form.ask_assumptions(view, preset)
with view.problems_shown(), arms:
    form = cost_form.ask_arms(view, assumed)
with view.problems_shown():
    if form is not None:
        with answered:
            form = priced(view, form)
        if form.choices:
            found = compared(form.scenario, cost_form.book(view), form.on)
            kept = Cost.of(found)
            if is_theirs(view):
                view.conclude("cost", kept)
            with answered:
                answer(view, form, found, kept)
            drawing(view, form, found, kept)
with view.problems_shown():
    if form is not None and is_theirs(view):
        with_people(view)
view.next_step("recommendation", ready=form is not None and bool(form.choices))
