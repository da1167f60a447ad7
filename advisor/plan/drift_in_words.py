"""What changed since a plan was made, put into sentences."""

from __future__ import annotations

from advisor.language import Language, day, phrase
from advisor.plan.drift import Drift
from advisor.quantities import say
from advisor.recommend import Recommendation
from advisor.recommend.reasons import because
from advisor.shapes import Changed

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
    values = {"then": change.then, "now": change.now, "since": change.since, **change.names}
    said = {name: say(value, language) for name, value in values.items()}
    return phrase(f"drift.{change.kind}.{change.variant}", language, **said)


def _rule(change: Changed, advice: Recommendation, language: Language) -> str:
    rule = change.subject[0]
    if rule not in advice.book.by_id:
        return phrase("drift.rule.gone", language, rule=rule)
    return phrase(f"drift.rule.{change.now}", language, because=because(advice, rule, language))
