"""Where each approach stands, why, and what would change it."""

from __future__ import annotations

from itertools import groupby

import pandas as pd
import streamlit as st

from advisor.pages import frame
from advisor.pages.frame import View, md_safe
from advisor.pages.reasons import advice, approach_name, draw_reasons, draw_sources, standing_badge
from advisor.recommend import Assessment, Recommendation
from advisor.recommend.change import Change
from advisor.recommend.reasons import name, with_unit
from advisor.recommend.rules import Side

WORD_JOINER = "\u2060"
# On a narrow screen the table would rather break names into single signs than be scrolled.
ROOM_FOR_NAMES = '<style>[data-testid="stTable"] :is(th, td):first-child { min-width: 9em; }</style>'


def verdict(view: View, found: Recommendation) -> None:
    """The approach that comes first, with its reasons; or that none does yet."""
    with st.container(border=True):
        st.caption(view.say("recommendation.first_place"))
        if found.recommended is None:
            st.header(view.say("recommendation.none_yet"), anchor=False)
            st.markdown(view.say("recommendation.none_yet_because"))
            return
        approach = found.book.approach(found.recommended)
        st.header(view.text(approach.name), anchor=False)
        st.markdown(view.text(approach.means))
        st.caption(view.say("recommendation.commits", what=view.text(approach.commits)))
        draw_reasons(view, found, found.of(found.recommended).favoured_by, "for")


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


def would_change(view: View, found: Recommendation) -> None:
    """What would put another approach first, by the approach that would."""
    st.header(view.say("recommendation.would_change_title"), anchor=False)
    if not found.what_would_change:
        st.markdown(view.say("recommendation.nothing_would_change"))
        return
    near = [change for change in found.what_would_change if not change.is_far]
    far = [change for change in found.what_would_change if change.is_far]
    _say_changes(view, found, near)
    if far:
        with st.expander(view.say("recommendation.far_changes", count=view.number(len(far)))):
            _say_changes(view, found, far)
    st.caption(view.say("recommendation.verified"))


def _say_changes(view: View, found: Recommendation, changes: list[Change]) -> None:
    by_outcome = _by_outcome(found, changes)
    for approach, of_facts in groupby(by_outcome, key=lambda same: str(same[0].recommended)):
        first = approach_name(view, found, approach)
        lines = [f"- {_change(view, same)}" for same in of_facts]
        st.markdown(view.say("recommendation.would_come_first", approach=first) + "\n" + "\n".join(lines))


def _by_outcome(found: Recommendation, changes: list[Change]) -> list[list[Change]]:
    """The changes of one fact that lead to one approach, together; approaches in their present order."""
    order = [stand.approach for stand in found.assessments]
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        groups.setdefault((str(change.recommended), change.fact), []).append(change)
    return [groups[key] for key in sorted(groups, key=lambda key: order.index(key[0]))]


def _change(view: View, changes: list[Change]) -> str:
    """One fact, what it is now, and every value of it that would do."""
    first = changes[0]
    becomes = [f"**{md_safe(with_unit(change.fact, change.to, view.language))}**" for change in changes]
    return view.say(
        "recommendation.one_change",
        fact=md_safe(name(first.fact, view.language)),
        now=md_safe(with_unit(first.fact, first.now, view.language)),
        to=view.say("recommendation.or").join(becomes),
    )


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
    verdict(view, found)
    cautions(view, found)
    matrix(view, found)
    would_change(view, found)
    standings(view, found)
    sources(view, found)
view.next_step("report")
