"""What is chosen on the Training page: the way, the offer, the model, the method and the numbers a team may set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from advisor import hub
from advisor.language import listing
from advisor.pages.frame import View
from advisor.training import standings
from advisor.training.choice import FIRST_ROUTE, METHODS, Choice, OpenModel, model_entry, model_of
from advisor.training.routes import Route, Standing, standing
from pricing import Problem
from pricing.book import price_book
from pricing.offers import Customer

FIRST_MODEL = "Qwen/Qwen3-8B"
AUTOMATIC = 0


@dataclass(frozen=True)
class Asked:
    """A choice, for which customer, and what is known of the open model in it."""

    choice: Choice
    customer: Customer
    model: OpenModel | None


def ask(view: View) -> Asked | None:
    """The form; what is typed belongs to the plan. None where the way is closed, and the page says why."""
    left, right = st.columns(2)
    with left:
        route = _route(view)
        customer = _customer(view, route)
    found = standing(route, price_book(view.settings.prices), view.on, customer)
    offer = model = None
    with right, view.problems_shown():
        offer = _offer(view, found)
        model = _model(view, route) if route.asks_model else None
    numbers = _numbers(view, route) if found.is_open else {}
    every_way(view)
    if not found.is_open:
        return None
    choice = Choice(route=route.id, offer=offer, model=model, **numbers)
    return Asked(choice.checked(), customer, _known(view, model))


def _route(view: View) -> Route:
    """Every way may be chosen; those closed for this team are named below with the day."""
    found = standings(price_book(view.settings.prices), view.on, view.plan.customer)
    names = {one.route.id: view.text(one.route.name) for one in found}
    kept = view.keep("inputs.training.route", FIRST_ROUTE, options=list(names))
    id = st.selectbox(view.say("training.route"), list(names), format_func=names.__getitem__, **kept)
    closed = [_closed(view, one) for one in found if not one.is_open]
    if closed:
        st.caption(view.say("training.closed_ways", ways=listing(closed, view.language)))
    return next(one.route for one in found if one.route.id == id)


def _closed(view: View, found: Standing) -> str:
    """The way with what closed its offers and since when."""
    status = next(status for offer, status in found.closed if offer.id in found.route.offers)
    since = view.day(status.since) if status.since else "—"
    name, state = view.text(found.route.name), view.say(f"training.standing.{status.id}")
    return view.say("training.closed_way", name=name, state=state, since=since)


def _customer(view: View, route: Route) -> Customer:
    """Asked only where an offer treats new and existing customers differently."""
    if not route.is_hosted or not _differs(view, route):
        return "new"
    names = {kind: view.say(f"training.customer_{kind}") for kind in ("new", "existing")}
    said = st.radio(
        view.say("training.customer", provider=view.text(route.name)),
        list(names),
        format_func=names.__getitem__,
        horizontal=True,
        **view.keep(f"customer.{route.provider}", "new", options=list(names)),
    )
    if route.id == "openai":
        st.caption(view.say("training.standing.existing_means"))
    return "existing" if said == "existing" else "new"


def _differs(view: View, route: Route) -> bool:
    book = price_book(view.settings.prices)
    new, existing = (standing(route, book, view.on, customer) for customer in ("new", "existing"))
    return new.open != existing.open


def _offer(view: View, found: Standing) -> str | None:
    """The offer among those that can be bought; a Problem where there is none."""
    if not found.route.is_hosted:
        return None
    if not found.open:
        found.offer(None)
    names = {offer.id: offer.name for offer in found.open}
    kept = view.keep(f"inputs.training.offer_{found.route.id}", next(iter(names)), options=list(names))
    if st.session_state[kept["key"]] not in names:
        st.session_state[kept["key"]] = next(iter(names))
    return str(st.selectbox(view.say("training.offer"), list(names), format_func=names.__getitem__, **kept))


def _model(view: View, route: Route) -> str:
    label, tip = view.say("training.model"), view.say("training.model_help")
    usual = view.text(route.first_model) if route.first_model else model_of(view.plan) or FIRST_MODEL
    kept = view.keep(f"inputs.training.{model_entry(route.id)}", usual)
    return str(st.text_input(label, help=tip, **kept)).strip()


def _numbers(view: View, route: Route) -> dict[str, Any]:
    """Numbers the team may set; 0 leaves them to the rule or the guide."""
    first, second, third, fourth = st.columns(4, vertical_alignment="bottom")

    def number(name: str, most: int) -> int | None:
        kept = view.keep(f"inputs.training.{name}", AUTOMATIC)
        return int(st.number_input(view.say(f"training.{name}"), 0, most, step=1, **kept)) or None

    with first:
        epochs = number("epochs", 50)
    if route.guide or not route.asks_model:
        return {"epochs": epochs}
    with second:
        rank = number("rank", 512)
    if route.is_hosted:
        return {"epochs": epochs, "rank": rank}
    with third:
        micro_batch = number("micro_batch", 256)
    names = {method: view.say(f"training.method_names.{method}") for method in METHODS}
    kept = view.keep("inputs.training.method", METHODS[0], options=list(names))
    method = fourth.selectbox(view.say("training.method"), list(names), format_func=names.__getitem__, **kept)
    return {"epochs": epochs, "rank": rank, "micro_batch": micro_batch, "method": method}


def _known(view: View, model: str | None) -> OpenModel | None:
    """What was looked up before or ships with the product; the Hub is asked on the Models page, not here."""
    if not model:
        return None
    try:
        found = hub.look_up(model, on=view.on, cache=view.settings.hub_cache, offline=True)
    except Problem:
        return OpenModel(model)
    return OpenModel(model, found.config, found.parameters)


def every_way(view: View) -> None:
    """How every offer of every way stands, with the source of its dates."""
    import pandas as pd

    def say(name: str) -> str:
        return view.say(f"training.standing.{name}")

    rows = []
    for found in standings(price_book(view.settings.prices), view.on, view.plan.customer):
        way = view.text(found.route.name)
        if not found.route.is_hosted:
            rows.append((way, "—", say("own"), "—", ""))
        shown = [(offer, offer.lifecycle.status(view.on, found.customer)) for offer in found.open]
        for offer, status in (*shown, *found.closed):
            since = view.day(status.since) if status.since else "—"
            rows.append((way, offer.name, say(status.id), since, offer.lifecycle.source.url))
    heads = [say(name) for name in ("way", "offer", "state", "since")] + [view.say("training.column.source")]
    with st.expander(say("table")):
        table = pd.DataFrame(rows, columns=heads)
        link = st.column_config.LinkColumn(heads[-1])
        st.dataframe(
            table, hide_index=True, width="stretch", column_config={heads[-1]: link}, alt=say("table")
        )
        st.caption(say("note"))
