"""Training: the plan's launch kit, from the way to train to the archive that a team runs itself."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from advisor.language import Language
from advisor.pages import frame, team_data, training_form, training_views
from advisor.pages.frame import View, md_safe
from advisor.plan import Plan
from advisor.preparation import Preparation
from advisor.training import Kit, build_kit
from advisor.training.choice import Choice, OpenModel
from advisor.training.source_data import criteria_of, prepared_for
from baselines.table import Table
from pricing.book import price_book
from pricing.offers import Customer

# Beyond these the work would be felt on other visitors' screens.
ROWS_HERE = 20_000
NEAR_ROWS_HERE = 5_000
# What decides how the table is split.
DECIDING = ("preparation.", "data.")


@st.cache_resource(max_entries=8, show_spinner=False)
def prepared(digest: str, how: str, _plan: Plan, _table: Table) -> Preparation:
    """The plan's table split; `how` is all of the plan that decides it."""
    return prepared_for(_plan, _table, near=_table.rows <= NEAR_ROWS_HERE)


@st.cache_resource(max_entries=16, show_spinner=False)
def kit_of(
    digest: str,
    how: str,
    choice: Choice,
    customer: Customer,
    title: str,
    language: Language,
    on: date,
    criteria: tuple[str, ...],
    prices: Any,
    _prepared: Preparation,
    _model: OpenModel | None,
) -> Kit:
    return build_kit(
        choice,
        _prepared,
        title=title,
        language=language,
        on=on,
        book=price_book(prices),
        customer=customer,
        model=_model,
        criteria=criteria,
    )


def made(view: View, table: Table, data: team_data.TeamData) -> Kit | None:
    """The kit of what is chosen; None where the way is closed, a Problem where something is wrong."""
    asked = training_form.ask(view)
    if asked is None:
        return None
    how = repr(sorted((name, one) for name, one in view.plan.inputs.items() if name.startswith(DECIDING)))
    digest = f"{team_data.digest(data, view)} {team_data.reading(view)}"
    split = prepared(digest, how, view.plan, table)
    return kit_of(
        digest,
        how,
        asked.choice,
        asked.customer,
        view.text(view.plan.title),
        view.language,
        view.on,
        criteria_of(view.plan, view.language),
        view.settings.prices,
        split,
        asked.model,
    )


def whole(view: View) -> None:
    """From the plan's table to its kit."""
    data = team_data.chosen(view)
    if data is None:
        team_data.offer_example(view, "training")
        return
    table = data.table(view)
    st.markdown(view.say("training.from_file", name=md_safe(data.name), rows=view.number(table.rows)))
    if table.rows > ROWS_HERE:
        values = {"rows": view.number(table.rows), "limit": view.number(ROWS_HERE)}
        st.info(view.say("training.too_large", **values))
        return
    st.header(view.say("training.route_title"), anchor=False)
    with view.problems_shown():
        kit = made(view, table, data)
        if kit is not None:
            training_views.expected(view, kit)
            training_views.settings(view, kit)
            training_views.take(view, kit)


view = frame.current()
view.heading("training")
with view.problems_shown():
    whole(view)
view.next_step("improve", ready=False)
