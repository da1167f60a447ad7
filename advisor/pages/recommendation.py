"""The decision path: what to try first and next, what stands aside, what would change it, and what it rests on."""

from __future__ import annotations

import streamlit as st

from advisor.answers.advise import Assessment
from advisor.pages import blocks, frame, path_charts, path_forms
from advisor.pages.frame import View, md_safe
from advisor.pages.reasons import advice, approach_name, draw_path, draw_reasons, draw_sources, standing_badge
from advisor.recommend import Recommendation, words
from advisor.recommend.rules import Side


def money(view: View, found: Recommendation) -> None:
    """What each step costs, people's time beside fees, and how the order follows from it."""
    table = words.bill(found, view.voice)
    if table is None:
        return
    st.header(view.say("path.bill.caption"), anchor=False)
    path_charts.costs(view, found)
    blocks.draw_table(table)
    st.caption(view.say("path.bill.note"))
    if assumed := words.provisional(found, view.voice):
        with st.expander(f"{assumed.caption} ({view.number(len(assumed.items))})"):
            st.caption(view.say("path.provisional_note"))
            blocks.draw_items(assumed)


def changes(view: View, found: Recommendation) -> None:
    """What would make another step the first, beside what stands aside."""
    left, right = st.columns(2)
    for place, items in (
        (left, words.would_change(found, view.voice)),
        (right, words.set_aside(found, view.voice)),
    ):
        if items is not None:
            with place.container(border=True, height="stretch"):
                blocks.draw_items(items, captioned=True)


def standings(view: View, found: Recommendation) -> None:
    """Each approach on its own: for, against, cautions, each opened down to its source by one click."""
    st.header(view.say("recommendation.each"), anchor=False)
    for stand in found.assessments:
        kind = {"recommended": "why", "possible": "about"}.get(stand.standing, "why_not")
        label = view.say(f"recommendation.{kind}", approach=approach_name(view, found, stand.approach))
        box = st.expander(label, key=f"stand_{stand.approach}", on_change="rerun")
        if box.open:
            with box:
                _standing(view, found, stand)


def _standing(view: View, found: Recommendation, stand: Assessment) -> None:
    approach = found.book.approach(stand.approach)
    st.markdown(f"{standing_badge(view, stand)} {view.text(approach.means)}")
    st.caption(view.say("recommendation.commits", what=view.text(approach.commits)))
    groups: dict[Side, tuple[str, ...]] = {
        "against": stand.ruled_out_by,
        "for": stand.favoured_by,
        "caution": stand.cautions,
    }
    for side, rules in groups.items():
        if rules:
            st.markdown(f"**{view.say(f'recommendation.groups.{side}')}**")
            draw_reasons(view, found, rules, side, open_facts=True)
    if not any(groups.values()):
        st.markdown(view.say("recommendation.nothing_said"))


def cautions(view: View, found: Recommendation) -> None:
    """What to watch when going the recommended way."""
    told = found.of(found.recommended).cautions if found.recommended else ()
    if told:
        st.header(view.say("recommendation.groups.caution"), anchor=False)
        draw_reasons(view, found, told, "caution")


def sources(view: View, found: Recommendation) -> None:
    """Everything the reasons rest on, once each, and the published cases behind the chances."""
    cases = list(words.cases_told(found, view.voice))
    if cases:
        with st.expander(view.say("path.cases", count=view.number(len(cases)))):
            for case, line in cases:
                st.markdown(f"{md_safe(line.text)}  \n{md_safe(view.text(case.lesson))}")
                st.caption(view.source(case.source))
    cited = dict.fromkeys(source for rule in found.held for source in found.rule(rule).sources)
    with st.expander(view.say("recommendation.sources", count=view.number(len(cited)))):
        draw_sources(view, cited)


view = frame.current()
view.heading("recommendation")
with view.problems_shown():
    found = advice(view)
    for alert in found.alerts:
        draw_reasons(view, found, (alert,))
    with st.container(border=True):
        draw_path(view, found)
    path_forms.draw(view, found)
    changes(view, found)
    money(view, found)
    cautions(view, found)
    standings(view, found)
    sources(view, found)
view.next_step("report")
