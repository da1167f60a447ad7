"""Where each approach stands, why, and what would change it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from advisor.answers.advise import Assessment
from advisor.pages import blocks, frame
from advisor.pages.frame import View
from advisor.pages.reasons import (
    advice,
    approach_name,
    draw_first_place,
    draw_reasons,
    draw_sources,
    standing_badge,
)
from advisor.recommend import Recommendation
from advisor.recommend.reasons import far_changes, would_change
from advisor.recommend.rules import Side

WORD_JOINER = "\u2060"
# On a narrow screen the table would rather break names into single signs than be scrolled.
ROOM_FOR_NAMES = '<style>[data-testid="stTable"] :is(th, td):first-child { min-width: 9em; }</style>'


def matrix(view: View, found: Recommendation) -> None:
    """Every approach against every ground, in one table that can be read at a glance."""
    st.header(view.say("recommendation.matrix"), anchor=False)
    grounds = [ground for ground in found.book.grounds if _spoken(found, ground.id)]
    marks = {
        _unbroken(view.text(ground.name)): [_mark(found, stand, ground.id) for stand in found.assessments]
        for ground in grounds
    }
    names = [_row_name(view, found, stand) for stand in found.assessments]
    table = pd.DataFrame({view.say("recommendation.approach"): names} | marks)
    st.html(ROOM_FOR_NAMES)
    st.table(table, border="horizontal", hide_index=True, alt=view.say("recommendation.matrix"))
    st.caption(view.say("recommendation.legend"))
    st.caption(view.say("recommendation.principle"))


def _unbroken(name: str) -> str:
    """A short heading that stays on one line: Japanese would otherwise break between any two signs."""
    return WORD_JOINER.join(name) if name and not name.isascii() else name


def _spoken(found: Recommendation, ground: str) -> bool:
    told = {rule for stand in found.assessments for rule in (*stand.favoured_by, *stand.ruled_out_by)}
    return any(found.rule(rule).ground == ground for rule in told)


def _row_name(view: View, found: Recommendation, stand: Assessment) -> str:
    name = approach_name(view, found, stand.approach)
    return f"**{name}**" if stand.standing == "recommended" else name


def _mark(found: Recommendation, stand: Assessment, ground: str) -> str:
    against = [found.rule(rule) for rule in stand.ruled_out_by if found.rule(rule).ground == ground]
    if against:
        return ":orange[▲]" if all(rule.for_now for rule in against) else ":red[✕]"
    return ":green[●]" if ground in stand.grounds else ""


def standings(view: View, found: Recommendation) -> None:
    """Each approach on its own: for, against, cautions, each opened down to its source by one click."""
    st.header(view.say("recommendation.each"), anchor=False)
    for stand in found.assessments:
        key = "recommendation.why" if stand.standing == "recommended" else "recommendation.why_not"
        label = view.say(key, approach=approach_name(view, found, stand.approach))
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


def changes(view: View, found: Recommendation) -> None:
    """What would put another approach first, by the approach that would."""
    st.header(view.say("recommendation.would_change_title"), anchor=False)
    voice = view.voice
    blocks.draw_items(would_change(found, voice))
    if any(change.is_far for change in found.what_would_change):
        far = far_changes(found, voice)
        with st.expander(far.caption):
            blocks.draw_items(far)
    if found.what_would_change:
        st.caption(view.say("recommendation.verified"))


def cautions(view: View, found: Recommendation) -> None:
    """What to watch when going the recommended way."""
    told = found.of(found.recommended).cautions if found.recommended else ()
    if told:
        st.header(view.say("recommendation.groups.caution"), anchor=False)
        draw_reasons(view, found, told, "caution")


def sources(view: View, found: Recommendation) -> None:
    """Everything the reasons rest on, once each."""
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
        draw_first_place(view, found)
    cautions(view, found)
    matrix(view, found)
    changes(view, found)
    standings(view, found)
    sources(view, found)
view.next_step("report")
