"""Facts, reasons and changes put into words, the same on the screen, in the report and in the shell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from advisor.answers import FINDINGS, WORDS
from advisor.checklist import UNSETTLED, Checklist, checklist
from advisor.language import Language, Text, day, number, percent, phrase
from advisor.quantities import FarCount, Gib, Money, Share, Value
from advisor.recommend import Recommendation
from advisor.recommend.conditions import Facts
from advisor.recommend.rules import Side
from advisor.shapes import Kind

# Every finding as what it is, and the answers that are more than a count.
KIND_OF: Mapping[str, Kind] = {**FINDINGS, "budget_per_month": Money, "target_score": Share}


def because(advice: Recommendation, rule: str, language: Language, side: Side | None = None) -> str:
    """The reason a rule gives, with the plan's own figures in it; with a `side`, the half that concerns it."""
    return filled(advice.rule(rule).reason(side), advice.facts, language)


def filled(text: Text, facts: Facts, language: Language) -> str:
    """`text` with each `{fact}` as the reader writes it; a dash where nothing is known.

    >>> filled(Text(ja="手本は{rows_available}件です。", en="{rows_available} rows"), {"rows_available": Decimal(1300)}, "ja")
    '手本は1,300件です。'
    """
    return text.say(language, **{name: said(name, facts.get(name), language) for name in text.places})


def said(fact: str, value: Value | None, language: Language, asked: Checklist | None = None) -> str:
    """A fact's value as the reader says it: a choice by its text, money, shares and days in their own form."""
    if value is None:
        return phrase("recommendation.unknown", language)
    if isinstance(value, date):
        return day(value, language)
    if isinstance(value, Decimal):
        return _figure(fact, value, language)
    if fact in WORDS:
        return phrase(f"recommendation.words.{value}", language)
    question = (asked or checklist()).by_id.get(fact)
    if question is None or question.kind == "text":
        return value
    unsettled = {choice.id: choice for choice in (asked or checklist()).unsettled}
    return (unsettled[value] if value in UNSETTLED else question.choice(value)).text.say(language)


def _figure(fact: str, value: Decimal, language: Language) -> str:
    kind = KIND_OF.get(fact)
    if kind is Share:
        return percent(value, language)
    return kind(value).say(language) if kind in (Money, FarCount, Gib) else number(value, language)


def with_unit(fact: str, value: Value | None, language: Language) -> str:
    """`said`, with the question's unit behind a number."""
    question = checklist().by_id.get(fact)
    text = said(fact, value, language)
    if (
        not isinstance(value, Decimal)
        or question is None
        or question.unit is None
        or KIND_OF.get(fact) in (Money, Share)
    ):
        return text
    return text + (" " if language == "en" else "") + question.unit.say(language, n=text)


def name(fact: str, language: Language) -> str:
    """What a fact is called: the question that asks for it, or the finding's own name."""
    question = checklist().by_id.get(fact)
    return (
        question.ask.say(language).removesuffix("。")
        if question
        else phrase(f"recommendation.findings.{fact}", language)
    )
