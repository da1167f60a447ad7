"""Facts, reasons and changes put into words, the same on the screen, in the report and in the shell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from advisor.answers import FINDINGS, WORDS
from advisor.checklist import UNSETTLED, Checklist, checklist
from advisor.language import Language, Text, day, number, percent, phrase
from advisor.quantities import FarCount, Gib, Money, Share, Value
from advisor.recommend import Recommendation
from advisor.recommend.change import Change
from advisor.recommend.conditions import Facts
from advisor.recommend.rules import Side
from advisor.shapes import Kind
from advisor.show.blocks import Item, Items, Line
from advisor.show.voice import Voice

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


def would_change(advice: Recommendation, voice: Voice, most: int | None = None) -> Items:
    """The smallest single changes that would put another approach first, by that approach; `most` facts of them.

    Numbers that would have to become many times another are counted, not listed: `far_changes` lists them.
    """
    found = _by_fact(change for change in advice.what_would_change if not change.is_far)
    kept = found if most is None else found[:most]
    items = _items(kept, advice, voice)
    far = sum(change.is_far for change in advice.what_would_change)
    if not advice.what_would_change:
        items.append(Item(voice.line("report.change.none")))
    if len(found) > len(kept):
        items.append(Item(voice.line("report.change.more", more=len(found) - len(kept))))
    if far and most is None:
        items.append(Item(voice.line("recommendation.far_changes", count=voice.number(far))))
    return Items(tuple(items), voice.say("report.change.caption"))


def far_changes(advice: Recommendation, voice: Voice) -> Items:
    """The changes of numbers that would have to become over ten times what they are, or under a tenth."""
    far = [change for change in advice.what_would_change if change.is_far]
    caption = voice.say("recommendation.far_changes", count=voice.number(len(far)))
    return Items(tuple(_items(_by_fact(far), advice, voice)), caption)


def _by_fact(found: Iterable[Change]) -> list[list[Change]]:
    """The changes of one fact that put the same approach first, together and in their order."""
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in found:
        groups.setdefault((str(change.recommended), change.fact), []).append(change)
    return list(groups.values())


def _items(found: Iterable[list[Change]], advice: Recommendation, voice: Voice) -> list[Item]:
    """One point an approach that would come first, in their present order, with the facts that would bring it there."""
    order = [stand.approach for stand in advice.assessments]
    by_outcome: dict[str, list[Line]] = {}
    for same in sorted(found, key=lambda same: order.index(str(same[0].recommended))):
        by_outcome.setdefault(str(same[0].recommended), []).append(_change(same, voice))
    return [
        Item(
            voice.line("report.change.first", approach=voice.text(advice.book.approach(id).name)),
            tuple(lines),
        )
        for id, lines in by_outcome.items()
    ]


def _change(same: Sequence[Change], voice: Voice) -> Line:
    """One fact, what it is now, and every value of it that would do."""
    fact, now = same[0].fact, same[0].now
    values = (voice.say("report.change.value", value=with_unit(fact, one.to, voice.language)) for one in same)
    said = {"fact": name(fact, voice.language), "to": voice.say("report.change.or").join(values)}
    if now is None:
        return Line(voice.say("report.change.settled", **said))
    return Line(voice.say("report.change.one", now=with_unit(fact, now, voice.language), **said))
