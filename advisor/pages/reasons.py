"""How a reason is drawn: its ground, its sentence, the plan's facts behind it, and its sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

import streamlit as st

from advisor.answers.advise import Assessment
from advisor.models.snapshot import from_snapshot
from advisor.pages import blocks
from advisor.pages.frame import View, md_safe
from advisor.plan.drift import asked_again, oldest_day
from advisor.recommend import Recommendation, recommend, words
from advisor.recommend.conditions import UNKNOWN, IsOneOf
from advisor.recommend.reasons import because, name, with_unit
from advisor.recommend.rules import Rule, Side
from advisor.references import references
from advisor.shapes import Answer, Day
from advisor.show.blocks import Paragraph
from pricing import Problem
from pricing.book import price_book

ADVICE = "advice"
COLOURS = {"recommended": "green", "possible": "blue", "not_yet": "orange", "ruled_out": "gray"}


def advice(view: View) -> Recommendation:
    """The advice on the open plan on today's facts: what can no longer be bought is not recommended.

    Kept for the session while the plan stays as it is. A scenario that cannot be read is told where it stands; here
    the plan's own figures do.
    """
    asked = (view.on, view.settings.prices)
    plan, asked_before, kept = st.session_state.get(ADVICE, (None, None, None))
    if plan is view.plan and asked_before == asked and isinstance(kept, Recommendation):
        return kept
    found = _advice(view)
    st.session_state[ADVICE] = (view.plan, asked, found)
    return found


def _advice(view: View) -> Recommendation:
    evidence: Mapping[str, Answer] = view.plan.evidence
    book = price_book(view.settings.prices)
    if oldest_day(view.plan) < view.on:
        with suppress(Problem):
            evidence = asked_again(view.plan, Day(view.on, book, from_snapshot))
    return recommend(view.plan.answers, evidence, view.on, stated=view.plan.stated, prices=book)


def approach_name(view: View, found: Recommendation, approach: str) -> str:
    """An approach's name in the reader's language."""
    return view.text(found.book.approach(approach).name)


def standing_badge(view: View, assessment: Assessment) -> str:
    """Where an approach stands, as a badge in Markdown."""
    said = view.say(f"recommendation.standings.{assessment.standing}")
    return f":{COLOURS[assessment.standing]}-badge[{said}]"


def draw_path(view: View, found: Recommendation, most: int | None = None) -> None:
    """The first step as one sentence with its chance, its stop and its cost, and what follows if it falls short."""
    st.caption(view.say("path.first"))
    voice = view.voice
    lead, *rest = words.lead(found, voice)
    if isinstance(lead, Paragraph):
        st.header(md_safe(lead.line.text), anchor=False)
    blocks.draw(rest)
    if following := words.following(found, voice, most):
        blocks.draw_items(following, captioned=True)


def draw_reasons(
    view: View,
    found: Recommendation,
    rules: Iterable[str],
    side: Side | None = None,
    *,
    open_facts: bool = False,
) -> None:
    """One line a rule: ground and the sentence for that side; with `open_facts`, facts and sources under each."""
    for id in rules:
        rule = found.rule(id)
        ground = view.text(found.book.ground(rule.ground).name)
        sentence = md_safe(because(found, id, view.language, side))
        colour = "green" if rule.is_measured else "blue"
        st.markdown(f":{colour}-badge[{ground}] {sentence}")
        if open_facts:
            st.caption("  \n".join([*_facts(view, found, rule), *_cited(view, rule.sources)]))


def draw_sources(view: View, sources: Iterable[str]) -> None:
    """References by their ids, one line each."""
    st.caption("  \n".join(_cited(view, sources)))


def _facts(view: View, found: Recommendation, rule: Rule) -> Iterator[str]:
    """What the rule read in this plan, and whether it was answered or measured."""
    facts = [(fact, found.facts.get(fact)) for fact in sorted(rule.condition.facts - {"on"})]
    silent = {
        test.fact for test in rule.condition.tests if isinstance(test, IsOneOf) and UNKNOWN in test.words
    }
    told = [
        view.say(
            "recommendation.fact",
            fact=md_safe(name(fact, view.language)),
            value=md_safe(with_unit(fact, value, view.language)),
            origin=view.say(f"recommendation.origins.{_origin(found, fact)}"),
        )
        for fact, value in facts
        if value is not None or fact in silent
    ]
    yield view.say("recommendation.rests_on") + " " + " / ".join(told)


def _origin(found: Recommendation, fact: str) -> str:
    if fact in found.answers.measured or fact in found.findings:
        return "measured"
    return "answered" if fact in found.answers.values else "open"


def _cited(view: View, sources: Iterable[str]) -> Iterator[str]:
    for id in sources:
        reference = references()[id]
        yield f"{md_safe(reference.named(view.language))} — {view.source(reference)}"
