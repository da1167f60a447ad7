"""Facts, reasons and changes put into words, the same on the screen, in the report and in the shell."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from advisor.answers import WORDS
from advisor.checklist import UNSETTLED, Checklist, checklist
from advisor.language import Language, Text, about, day, money, number, percent, phrase
from advisor.quantities import Value
from advisor.recommend import Recommendation
from advisor.recommend.change import Change
from advisor.recommend.conditions import Facts
from advisor.recommend.rules import Side

MONEY = frozenset(
    {"zero_shot_per_month", "few_shot_per_month", "hosted_per_month", "open_per_month", "budget_per_month"}
)
COUNTS_FAR_AHEAD = frozenset({"hosted_pays_from", "hosted_worth_from", "open_pays_from", "open_worth_from"})
SHARES = frozenset({"cascade_share", "largest_class_share", "target_score"})


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
    if fact in MONEY:
        return money(value, language)
    if fact in SHARES:
        return percent(value, language)
    if fact in COUNTS_FAR_AHEAD:
        return about(value, language)
    return number(value, language, 1 if fact == "memory_gib" else None)


def with_unit(fact: str, value: Value | None, language: Language) -> str:
    """`said`, with the question's unit behind a number."""
    question = checklist().by_id.get(fact)
    text = said(fact, value, language)
    if not isinstance(value, Decimal) or question is None or question.unit is None or fact in MONEY | SHARES:
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


def change_in_words(advice: Recommendation, change: Change, language: Language) -> str:
    """One change of mind as a sentence: what would have to be so, what is so now, and what would come first."""
    approach = advice.book.approach(str(change.recommended)).name.say(language)
    key = "recommendation.would_change_open" if change.now is None else "recommendation.would_change"
    return phrase(
        key,
        language,
        fact=name(change.fact, language),
        now=with_unit(change.fact, change.now, language),
        to=with_unit(change.fact, change.to, language),
        approach=approach,
    )
