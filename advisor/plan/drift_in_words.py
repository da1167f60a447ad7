"""What changed since a plan was made, put into sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from advisor.language import Language, day, money, number, phrase, phrase_keys
from advisor.plan.drift import Changed, Drift
from advisor.recommend import Recommendation
from advisor.recommend.reasons import because
from advisor.recommend.rules import rule_book

# A rule's alert on one of these days says what a change of one of these kinds says.
ENDING = frozenset({"training", "serving", "model"})
ENDS = frozenset(
    {
        "hosted_closed_to_new_since",
        "hosted_training_closed_since",
        "hosted_service_ends",
        "prompt_model_ends",
        "offer_lifecycle",
    }
)


def headline(found: Drift, language: Language) -> str:
    """Whether the decision still stands."""
    said = "nothing" if not found.changes else "affected" if found.affects_decision else "unaffected"
    return phrase(f"drift.{said}", language, on=day(found.on, language), then=day(found.then_on, language))


def told(found: Drift, language: Language, *, bearing: bool) -> list[str]:
    """The changes that bear on the decision, or all others, each thing said once."""
    ended = any(change.kind in ENDING for change in found.changes)
    return [
        in_words(change, found, language)
        for change in found.changes
        if change.affects_decision is bearing and not _said_better(change, found, ended)
    ]


def _said_better(change: Changed, found: Drift, ended: bool) -> bool:
    """Whether another change says the same: the new recommendation, or the end that a rule's alert repeats."""
    if change.kind == "approach":
        return bool(change.now == "recommended")
    rule = found.advice.book.by_id.get(change.subject[0]) if change.kind == "rule" else None
    return ended and rule is not None and rule.alert and not rule.condition.facts.isdisjoint(ENDS)


def in_words(change: Changed, found: Drift, language: Language) -> str:
    """One change as a sentence; a reason is told with the figures of the day on which it held."""
    if change.kind == "rule":
        return _rule(change, found.advice if change.now == "holds" else found.before, language)
    values = _VALUES[change.kind](change, language)
    return phrase(f"drift.{change.kind}.{_variant(change)}", language, **values)


def _variant(change: Changed) -> str:
    """Which of a kind's sentences says it: what it came to, with its day where that is known."""
    if change.kind in ("training", "serving", "model"):
        dated = change.since is not None and change.now != "open"
        return f"{change.now}_since" if dated else str(change.now)
    if change.kind == "recommended":
        return "lost" if change.now is None else "found" if change.then is None else "changed"
    return "changed"


def _rule(change: Changed, advice: Recommendation, language: Language) -> str:
    rule = change.subject[0]
    if rule not in advice.book.by_id:
        return phrase("drift.rule.gone", language, rule=rule)
    return phrase(f"drift.rule.{change.now}", language, because=because(advice, rule, language))


def _approach(id: Any, language: Language) -> str:
    known = rule_book().commitment
    return rule_book().approach(id).name.say(language) if id in known else str(id)


def _recommended(change: Changed, language: Language) -> dict[str, str]:
    return {"then": _approach(change.then, language), "now": _approach(change.now, language)}


def _standing(change: Changed, language: Language) -> dict[str, str]:
    said = {
        name: _named("recommendation.standings", value, language)
        for name, value in (("then", change.then), ("now", change.now))
    }
    return {"approach": _approach(change.subject[0], language), **said}


def _named(area: str, id: Any, language: Language) -> str:
    """What an id is called, the id itself when nothing names it, unknown when there is none."""
    if id is None:
        return phrase("recommendation.unknown", language)
    key = f"{area}.{id}"
    return phrase(key, language) if key in phrase_keys() else str(id)


def _bought(change: Changed, language: Language) -> dict[str, str]:
    since = day(date.fromisoformat(change.since), language) if change.since else ""
    return {"offer": change.subject[0], "since": since}


def _arm(change: Changed, language: Language) -> dict[str, str]:
    return {"arm": _arm_called(change.subject[0], language)}


def _arm_called(id: str, language: Language) -> str:
    """An arm as people call it; a second one of its kind, such as `fine_tuned_2`, keeps its number."""
    kind, _, number = id.rpartition("_")
    if number.isdigit():
        return f"{_named('report.costs.arms', kind, language)} {number}"
    return _named("report.costs.arms", id, language)


def _amounts(change: Changed, language: Language) -> dict[str, str]:
    return {
        name: money(Decimal(str(value)), language)
        for name, value in (("then", change.then), ("now", change.now))
    }


def _price(change: Changed, language: Language) -> dict[str, str]:
    offer, rate = change.subject
    return {"offer": offer, "rate": _named("cost.rate", rate, language), **_amounts(change, language)}


def _break_even(change: Changed, language: Language) -> dict[str, str]:
    def said(value: Any) -> str:
        if isinstance(value, int):
            return phrase("drift.break_even.requests", language, requests=number(value, language))
        return phrase("drift.break_even.never", language, reason=_named("cost.reason", value, language))

    a, b = change.subject
    return {
        "a": _arm_called(a, language),
        "b": _arm_called(b, language),
        "then": said(change.then),
        "now": said(change.now),
    }


def _cheapest(change: Changed, language: Language) -> dict[str, str]:
    none = phrase("drift.cheapest.none", language)
    sides = (("then", change.then), ("now", change.now))
    return {side: _arm_called(arm, language) if arm else none for side, arm in sides}


def _model_fact(change: Changed, language: Language) -> dict[str, str]:
    def said(value: Any) -> str:
        return (
            number(value, language)
            if isinstance(value, int)
            else _named("recommendation.words", value, language)
        )

    return {"model": change.subject[0], "then": said(change.then), "now": said(change.now)}


def _memory(change: Changed, language: Language) -> dict[str, str]:
    sizes = {name: number(value, language, 1) for name, value in (("then", change.then), ("now", change.now))}
    return {"model": change.subject[0], **sizes}


def _fit(change: Changed, language: Language) -> dict[str, str]:
    said = {
        name: _named("models.verdict", value, language)
        for name, value in (("then", change.then), ("now", change.now))
    }
    return {"model": change.subject[0], "card": change.subject[1], **said}


_VALUES: Mapping[str, Callable[[Changed, Language], dict[str, str]]] = {
    "recommended": _recommended,
    "approach": _standing,
    "training": _bought,
    "serving": _bought,
    "model": _bought,
    "not_priced": _arm,
    "price": _price,
    "per_month": lambda change, language: _arm(change, language) | _amounts(change, language),
    "break_even": _break_even,
    "cheapest": _cheapest,
    "licence": _model_fact,
    "commercial": _model_fact,
    "context_length": _model_fact,
    "memory": _memory,
    "fit": _fit,
    "rent": lambda change, language: {"model": change.subject[0]} | _amounts(change, language),
}
