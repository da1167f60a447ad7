"""What changed since a plan was made, and whether the decision still stands.

The plan is asked again on another day's facts; what was answered and measured stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from advisor.plan import Plan
from advisor.plan.recomputed import LookUp, Shape, from_snapshot, recomputed
from advisor.recommend import Recommendation, recommend
from pricing import Problem
from pricing import typed as read
from pricing.book import PriceBook

CLOSED = frozenset({"ended", "training_closed", "closed_to_new", "deprecated"})
# The kinds of arm that each approach is bought as; the first arm of a kind is the one the advice rests on.
BOUGHT_AS: Mapping[str, frozenset[str]] = {
    "zero_shot": frozenset({"prompt"}),
    "few_shot": frozenset({"prompt"}),
    "rag": frozenset({"rag"}),
    "fine_tuning_hosted": frozenset({"fine_tuned"}),
    "rag_and_fine_tuning": frozenset({"fine_tuned", "rag"}),
    "fine_tuning_open": frozenset({"self_hosted"}),
    "classical_ml": frozenset({"small_model"}),
    "cascade": frozenset({"cascade"}),
}
DATED = ("advise", "cost")
MODEL_FACTS = ("licence", "commercial", "context_length")


@dataclass(frozen=True)
class Changed:
    """One thing that was `then` and is `now` something else; `since` is the day it came about, where known.

    `kind` says what sort of thing it is, `subject` which one: an approach, a rule, an offer, an arm and its rate.
    """

    kind: str
    subject: tuple[str, ...]
    then: Any
    now: Any
    affects_decision: bool = False
    since: str | None = None

    @property
    def what(self) -> str:
        """Kind and subject in one word, such as `training.openai/gpt-3.5-turbo-0125`."""
        return ".".join((self.kind, *self.subject))

    def as_json(self) -> dict[str, Any]:
        """The entry of `changes` in the answer of the command `check`."""
        return {
            "what": self.what,
            "then": self.then,
            "now": self.now,
            "since": self.since,
            "affects_decision": self.affects_decision,
        }


@dataclass(frozen=True)
class Drift:
    """Everything that changed between `then_on` and `on`, what bears on the decision first.

    `advice` rests on `evidence`, which is the plan's own as of `on`; `before` on the plan as it was kept.
    """

    then_on: date
    on: date
    changes: tuple[Changed, ...]
    evidence: Mapping[str, Shape] = field(repr=False)
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
    evidence = recomputed(plan.evidence, on, book, look_up or from_snapshot)
    advice = recommend(plan.answers, evidence, on)
    before = recommend(plan.answers, plan.evidence, plan.on)
    kept = plan.evidence.get("advise")
    then = _Said.of(kept or before.as_json())
    now = _Said.of(advice.as_json())
    found = [
        *_verdicts(then, now),
        *_costs(plan.evidence.get("cost") or {}, evidence.get("cost") or {}, then.recommended, on, book),
        *_model(plan.evidence.get("model") or {}, evidence.get("model") or {}),
        *_memory(plan.evidence.get("memory") or {}, evidence.get("memory") or {}),
        *_rules(then, now, advice),
    ]
    then_on = read.day(kept["on"], "evidence.advise.on") if kept and kept.get("on") else plan.on
    first = tuple(sorted(found, key=lambda one: not one.affects_decision))
    return Drift(then_on, on, first, evidence, before, advice)


def oldest_day(plan: Plan) -> date:
    """The day of the plan, or of an older figure in it."""
    days = [plan.on]
    for part in DATED:
        with suppress(ValueError):
            days.append(date.fromisoformat(str((plan.evidence.get(part) or {}).get("on"))))
    return min(days)


@dataclass(frozen=True)
class _Said:
    """What an answer of `advise` comes to: the first place, each approach's standing, the rules that held."""

    recommended: str | None
    standings: Mapping[str, str]
    rules: frozenset[str]

    @classmethod
    def of(cls, answer: Shape) -> _Said:
        stands = [one for one in answer.get("assessments") or () if isinstance(one, Mapping)]
        said = ("favoured_by", "ruled_out_by", "cautions")
        return cls(
            answer.get("recommended"),
            {str(one.get("approach")): str(one.get("standing")) for one in stands},
            frozenset(str(rule) for one in stands for part in said for rule in one.get(part) or ()),
        )


def _verdicts(then: _Said, now: _Said) -> Iterator[Changed]:
    if then.recommended != now.recommended:
        yield Changed("recommended", (), then.recommended, now.recommended, affects_decision=True)
    for approach, standing in now.standings.items():
        before = then.standings.get(approach)
        if before != standing:
            yield Changed("approach", (approach,), before, standing, affects_decision=True)


def _rules(then: _Said, now: _Said, advice: Recommendation) -> Iterator[Changed]:
    """Rules that began or ceased to hold; they bear on the decision where they move an approach that moved."""
    moved = {id for id, standing in now.standings.items() if then.standings.get(id) != standing}
    for id in sorted(then.rules ^ now.rules):
        rule = advice.book.by_id.get(id)
        moves = rule is not None and not moved.isdisjoint(rule.favours + rule.rules_out)
        yield Changed("rule", (id,), _held(id, then), _held(id, now), affects_decision=moves)


def _held(rule: str, said: _Said) -> str:
    return "holds" if rule in said.rules else "silent"


def _costs(then: Shape, now: Shape, recommended: str | None, on: date, book: PriceBook) -> Iterator[Changed]:
    before, after = _arms(then), _arms(now)
    relied_on = _relied_on(before.values(), recommended)
    customer = str(then.get("customer") or "new")
    for id, problem in (now.get("not_priced") or {}).items():
        yield Changed("not_priced", (id,), "priced", problem, affects_decision=id in relied_on)
    both = [(before[id], after[id]) for id in before if id in after]
    yield from _once_each(
        change
        for old, new in both
        for change in _standing(old, new, str(old["id"]) in relied_on, customer, on, book)
    )
    yield from _once_each(change for old, new in both for change in _prices(old, new))
    for old, new in both:
        if _differ(old.get("per_month"), new.get("per_month")):
            yield Changed("per_month", (str(old["id"]),), old["per_month"], new["per_month"])
    yield from _break_even(then, now)
    if "cheapest" in then and then["cheapest"] != now.get("cheapest"):
        yield Changed("cheapest", (), then["cheapest"], now.get("cheapest"))


def _arms(answer: Shape) -> dict[str, Shape]:
    arms = answer.get("arms")
    return {str(arm["id"]): arm for arm in arms or () if isinstance(arm, Mapping) and "id" in arm}


def _relied_on(arms: Iterable[Shape], recommended: str | None) -> frozenset[str]:
    """The arms that buy what the first one of the recommended approach's kinds buys."""
    kinds = BOUGHT_AS.get(recommended or "", frozenset())
    listed = [arm for arm in arms if arm.get("kind") in kinds]
    first = {str(arm["kind"]): arm.get("asked") for arm in reversed(listed)}
    return frozenset(str(arm["id"]) for arm in listed if arm.get("asked") == first[str(arm["kind"])])


def _standing(
    old: Shape, new: Shape, relied_on: bool, customer: str, on: date, book: PriceBook
) -> Iterator[Changed]:
    """Whether what an arm buys can still be trained, and whether it still answers."""
    bought = str(old.get("asked") or old["id"])
    if old.get("kind") == "fine_tuned":
        trains = (_training(old), _training(new))
        if trains[0] != trains[1]:
            since = _training_closed_on(bought, customer, on, book) if trains[1] == "closed" else None
            yield Changed("training", (bought,), *trains, affects_decision=relied_on, since=since)
    serves = (_serving(old), _serving(new))
    if serves[0] != serves[1]:
        kind = "serving" if old.get("kind") == "fine_tuned" else "model"
        ends = new.get("ends") or _status(new).get("since")
        yield Changed(kind, (bought,), *serves, affects_decision=relied_on, since=ends)


def _status(arm: Shape) -> Shape:
    status = arm.get("status")
    return status if isinstance(status, Mapping) else {}


def _training(arm: Shape) -> str:
    return "closed" if _status(arm).get("id") in CLOSED else "open"


def _serving(arm: Shape) -> str:
    if _status(arm).get("id") == "ended":
        return "ended"
    return "ends_during_service" if arm.get("not_recommended_because") == "service_ends" else "open"


def _training_closed_on(offer: str, customer: str, on: date, book: PriceBook) -> str | None:
    """The first day on which `customer` could no longer train there."""
    try:
        life = book.offer(offer).lifecycle
    except Problem:
        return None
    ends = [life.training_until, life.inference_until]
    if customer == "new":
        ends.append(life.new_customers_until)
    return min((day.isoformat() for day in ends if day and day <= on), default=None)


def _prices(old: Shape, new: Shape) -> Iterator[Changed]:
    before, after = _rates(old), _rates(new)
    for name in before.keys() & after.keys():
        if _differ(before[name], after[name]):
            yield Changed("price", (str(old.get("asked") or old["id"]), name), before[name], after[name])


def _rates(arm: Shape) -> dict[str, Any]:
    parts = [part for part in arm.get("parts") or () if isinstance(part, Mapping)]
    return {str(part["rate_name"]): part.get("rate") for part in parts if part.get("rate_name")}


def _break_even(then: Shape, now: Shape) -> Iterator[Changed]:
    before, after, arms = _pairs(then), _pairs(now), _arms(now)
    for pair in before:
        if any(_serving(arms[arm]) == "ended" for arm in pair if arm in arms):
            continue
        if pair in after and before[pair] != after[pair]:
            yield Changed("break_even", pair, before[pair], after[pair])


def _pairs(answer: Shape) -> dict[tuple[str, str], int | str | None]:
    """From how many requests `b` pays, or the reason why it never does, by pair."""
    pairs = [pair for pair in answer.get("break_even") or () if isinstance(pair, Mapping)]
    return {
        (str(pair.get("a")), str(pair.get("b"))): pair.get("reason")
        if pair.get("requests") is None
        else pair["requests"]
        for pair in pairs
    }


def _model(then: Shape, now: Shape) -> Iterator[Changed]:
    for fact in MODEL_FACTS:
        if then.get(fact) != now.get(fact):
            checked = now.get("checked")
            yield Changed(fact, (str(then.get("id")),), then.get(fact), now.get(fact), since=checked)


def _memory(then: Shape, now: Shape) -> Iterator[Changed]:
    """What training needs, whether that fits, and what renting the card for it costs."""
    model = str(then.get("model"))
    if _differ(then.get("total_gib"), now.get("total_gib")):
        yield Changed("memory", (model,), then["total_gib"], now["total_gib"])
    before, after = then.get("fits"), now.get("fits")
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for card, verdict in before.items():
            if verdict != after.get(card):
                yield Changed("fit", (model, str(card)), verdict, after.get(card))
    old_rent, new_rent = ((side.get("cost") or {}).get("typical") for side in (then, now))
    if _differ(old_rent, new_rent):
        yield Changed("rent", (model, str(now.get("card"))), old_rent, new_rent)


def _differ(old: Any, new: Any) -> bool:
    return old is not None and new is not None and Decimal(str(old)) != Decimal(str(new))


def _once_each(found: Iterable[Changed]) -> Iterator[Changed]:
    """Each thing once, though several arms may buy it; a change that bears on the decision wins."""
    kept: dict[str, Changed] = {}
    for change in found:
        if change.what not in kept or change.affects_decision:
            kept[change.what] = change
    yield from kept.values()
