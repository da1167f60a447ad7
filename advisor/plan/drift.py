"""What changed since a plan was made, and whether the decision still stands.

The plan is asked again on another day's facts; what was answered and measured stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from advisor.answers import KINDS
from advisor.answers.advise import Advise
from advisor.language import Language, Text, day, phrase
from advisor.models.snapshot import from_snapshot
from advisor.plan import Plan
from advisor.quantities import Named, Saying, say
from advisor.recommend import Recommendation, recommend
from advisor.recommend.reasons import because
from advisor.recommend.rules import rule_book
from advisor.shapes import Answer, Changed, Day, LookUp
from advisor.show.blocks import Block, Item, Items, Line, Paragraph
from advisor.show.voice import Voice
from pricing.book import PriceBook

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


@dataclass(frozen=True)
class Drift:
    """Everything that changed between `then_on` and `on`, what bears on the decision first.

    `advice` rests on `evidence`, which is the plan's own as of `on`; `before` on the plan as it was kept.
    """

    then_on: date
    on: date
    changes: tuple[Changed, ...]
    evidence: Mapping[str, Answer] = field(repr=False)
    before: Recommendation = field(repr=False)
    advice: Recommendation = field(repr=False)

    @property
    def affects_decision(self) -> bool:
        """Whether the decision has to be taken again."""
        return any(change.affects_decision for change in self.changes)

    def as_json(self) -> dict[str, Any]:
        """What `check --json` prints."""
        return {
            "on": self.on.isoformat(),
            "then_on": self.then_on.isoformat(),
            "affects_decision": self.affects_decision,
            "recommended": self.advice.recommended,
            "changes": [change.as_json() for change in self.changes],
        }


def drift(plan: Plan, on: date, book: PriceBook, look_up: LookUp | None = None) -> Drift:
    """`plan` on the facts of `on` against the plan as it was kept.

    Then: what `advise` said if the plan kept that, else today's rules on the plan's own day and evidence.
    `look_up` gives a model's facts; without it the set that ships is asked.

    >>> from advisor.plan import example
    >>> from pricing.book import price_book
    >>> plan = example("why_bot")
    >>> drift(plan, plan.on, price_book()).changes
    ()
    """
    facts = Day(on, book, look_up or from_snapshot)
    evidence = asked_again(plan, facts)
    advice = recommend(plan.answers, evidence, on, stated=plan.stated)
    before = recommend(plan.answers, plan.evidence, plan.on, stated=plan.stated)
    kept = plan.answer(Advise)
    then, now = _Said.of(kept or before), _Said.of(advice)
    found = [
        *_verdicts(then, now),
        *(
            change
            for kind in KINDS
            if kind in evidence
            for change in plan.evidence[kind].changes(evidence[kind], then.recommended, facts)
        ),
        *_rules(then, now, advice),
    ]
    then_on = (kept and kept.on) or plan.on
    first = tuple(sorted(found, key=lambda one: not one.affects_decision))
    return Drift(then_on, on, first, evidence, before, advice)


def asked_again(plan: Plan, day: Day) -> dict[str, Answer]:
    """The plan's answers on the facts of another day."""
    return {kind: answer.asked_again(day) for kind, answer in plan.evidence.items()}


def oldest_day(plan: Plan) -> date:
    """The day of the plan, or of an older figure in it."""
    days = (getattr(answer, "on", None) for answer in plan.evidence.values())
    return min([plan.on, *(day for day in days if isinstance(day, date))])


@dataclass(frozen=True)
class _Said:
    """What an answer of `advise` comes to: the first step, each approach's standing, the rules that held."""

    recommended: str | None
    decision: str | None
    standings: Mapping[str, str]
    rules: frozenset[str]

    @classmethod
    def of(cls, answer: Advise | Recommendation) -> _Said:
        stands = answer.assessments
        rules = (rule for one in stands for rule in (*one.favoured_by, *one.ruled_out_by, *one.cautions))
        return cls(
            answer.recommended,
            answer.decision,
            {one.approach: one.standing for one in stands},
            frozenset(rules),
        )


def _verdicts(then: _Said, now: _Said) -> Iterator[Changed]:
    if then.recommended != now.recommended:
        sides = (then.recommended, now.recommended)
        variant = "lost" if sides[1] is None else "found" if sides[0] is None else "changed"
        names: dict[str, Any] = {"then": _approach(sides[0]), "now": _approach(sides[1])}
        yield Changed("recommended", (), *sides, True, names=names, variant=variant)
    elif then.decision != now.decision and None not in (then.decision, now.decision):
        names = {
            "approach": _approach(now.recommended),
            "then": _action(then.decision),
            "now": _action(now.decision),
        }
        yield Changed("decision", (), then.decision, now.decision, True, names=names)
    for approach, standing in now.standings.items():
        before = then.standings.get(approach)
        if before != standing:
            names = {"approach": _approach(approach), "then": _standing(before), "now": _standing(standing)}
            yield Changed("approach", (approach,), before, standing, True, names=names)


def _approach(id: str | None) -> Text | str:
    return rule_book().approach(str(id)).name if id in rule_book().commitment else str(id)


def _action(id: str | None) -> Saying:
    return Saying(f"recommendation.actions.{id}")


def _standing(id: str | None) -> Named | Saying:
    return Saying("recommendation.unknown") if id is None else Named("recommendation.standings", id)


def _rules(then: _Said, now: _Said, advice: Recommendation) -> Iterator[Changed]:
    """Rules that began or ceased to hold; they bear on the decision where they move an approach that moved."""
    moved = {id for id, standing in now.standings.items() if then.standings.get(id) != standing}
    for id in sorted(then.rules ^ now.rules):
        rule = advice.book.by_id.get(id)
        moves = rule is not None and not moved.isdisjoint(rule.favours + rule.rules_out)
        yield Changed("rule", (id,), _held(id, then), _held(id, now), affects_decision=moves)


def _held(rule: str, said: _Said) -> str:
    return "holds" if rule in said.rules else "silent"


def blocks(found: Drift, voice: Voice) -> Iterator[Block]:
    """Whether the decision still stands, what bears on it, and what else changed."""
    yield Paragraph(Line(headline(found, voice.language)), "lead" if found.affects_decision else "plain")
    for bearing in (True, False):
        listed = listing(found, voice, bearing=bearing)
        if listed.items:
            yield listed


def listing(found: Drift, voice: Voice, *, bearing: bool) -> Items:
    """The changes that bear on the decision, or all others, as a list."""
    sentences = told(found, voice.language, bearing=bearing)
    caption = voice.say("drift.bears" if bearing else "drift.besides")
    return Items(tuple(Item(Line(sentence)) for sentence in sentences), caption)


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
