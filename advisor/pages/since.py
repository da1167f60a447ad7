"""What changed since the plan was made, told where the plan is summed up."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from advisor.answers.advise import Advise
from advisor.pages import blocks, on_screen
from advisor.pages.frame import View, md_safe
from advisor.plan import Plan
from advisor.plan.drift import Drift, drift, headline, listing, oldest_day
from pricing.book import price_book


def what_changed(view: View) -> None:
    """Nothing for a plan of today; else whether its decision still stands, what changed, and a way to renew it."""
    then = oldest_day(view.plan)
    if then >= view.on:
        return
    found = drift(view.plan, view.on, price_book(view.settings.prices))
    summary = md_safe(headline(replace(found, then_on=then), view.language))
    if not found.changes:
        st.caption(summary)
        return
    with st.container(border=True):
        st.caption(view.say("drift.title", then=view.day(then)))
        (st.warning if found.affects_decision else st.info)(summary)
        blocks.draw_items(listing(found, view.voice, bearing=True))
        others = listing(found, view.voice, bearing=False)
        if others.items:
            with st.expander(others.caption):
                blocks.draw_items(others)
        label, tip = view.say("drift.renew"), view.say("drift.renew_help")
        adopted = (renewed(view.plan, found), "renewed")
        st.button(label, key="renew", help=tip, on_click=on_screen.adopt, args=adopted)


def renewed(plan: Plan, found: Drift) -> Plan:
    """The plan as of today, with today's facts and the decision that they lead to."""
    return replace(
        plan,
        on=found.on,
        evidence={**found.evidence, "advise": Advise.model_validate(found.advice)},
    )
