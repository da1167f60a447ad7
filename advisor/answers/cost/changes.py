"""What became of a comparison of costs: prices, ends of models and offers, bills, break-even points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from advisor.answers.cost.findings import CLOSED
from advisor.answers.cost.shape import SERVICE_ENDS, Arm
from advisor.quantities import Count, Money, Named, Saying
from advisor.shapes import Changed, Day
from pricing import Problem

if TYPE_CHECKING:
    from advisor.answers.cost import Cost

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


def cost_changes(then: Cost, now: Cost, recommended: str | None, day: Day) -> Iterator[Changed]:
    relied_on = _relied_on(then.arms, recommended)
    for id, problem in now.not_priced.items():
        yield Changed("not_priced", (id,), "priced", problem, id in relied_on, names={"arm": _called(id)})
    after = {arm.id: arm for arm in now.arms}
    both = [(arm, after[arm.id]) for arm in then.arms if arm.id in after]
    yield from _once_each(
        change for old, new in both for change in _standing(old, new, old.id in relied_on, then.customer, day)
    )
    yield from _once_each(change for old, new in both for change in _prices(old, new))
    for old, new in both:
        if old.per_month is not None and new.per_month is not None and old.per_month != new.per_month:
            amounts = Money(old.per_month), Money(new.per_month)
            yield Changed("per_month", (old.id,), *amounts, names={"arm": _called(old.id)})
    yield from _break_even(then, now)
    if "cheapest" in then.model_fields_set and then.cheapest != now.cheapest:
        sides = {"then": then.cheapest, "now": now.cheapest}
        none = Saying("drift.cheapest.none")
        names = {side: none if arm is None else _called(arm) for side, arm in sides.items()}
        yield Changed("cheapest", (), then.cheapest, now.cheapest, names=names)


def _called(id: str) -> Named:
    """An arm as people call it; a second one of its kind, such as `fine_tuned_2`, keeps its number."""
    return Named("report.costs.arms", id)


def _relied_on(arms: Iterable[Arm], recommended: str | None) -> frozenset[str]:
    """The arms that buy what the first one of the recommended approach's kinds buys."""
    kinds = BOUGHT_AS.get(recommended or "", frozenset())
    listed = [arm for arm in arms if arm.kind in kinds]
    first = {arm.kind: arm.asked for arm in reversed(listed)}
    return frozenset(arm.id for arm in listed if arm.asked == first[arm.kind])


def _standing(old: Arm, new: Arm, relied_on: bool, customer: str, day: Day) -> Iterator[Changed]:
    """Whether what an arm buys can still be trained, and whether it still answers."""
    if old.kind == "fine_tuned":
        trains = (_training(old), _training(new))
        if trains[0] != trains[1]:
            since = _training_closed_on(old.bought, customer, day) if trains[1] == "closed" else None
            yield _ended("training", old.bought, *trains, relied_on, since)
    serves = (_serving(old), _serving(new))
    if serves[0] != serves[1]:
        kind = "serving" if old.kind == "fine_tuned" else "model"
        yield _ended(kind, old.bought, *serves, relied_on, new.ends or new.status.since)


def _ended(kind: str, bought: str, then: str, now: str, relied_on: bool, since: date | None) -> Changed:
    """What it came to, with its day where that is known."""
    variant = f"{now}_since" if since is not None and now != "open" else now
    return Changed(kind, (bought,), then, now, relied_on, since, {"offer": bought}, variant)


def _training(arm: Arm) -> str:
    return "closed" if arm.status.id in CLOSED else "open"


def _serving(arm: Arm) -> str:
    if arm.status.id == "ended":
        return "ended"
    return "ends_during_service" if arm.not_recommended_because == SERVICE_ENDS else "open"


def _training_closed_on(offer: str, customer: str, day: Day) -> date | None:
    """The first day on which `customer` could no longer train there."""
    try:
        life = day.book.offer(offer).lifecycle
    except Problem:
        return None
    ends = [life.training_until, life.inference_until]
    if customer == "new":
        ends.append(life.new_customers_until)
    return min((end for end in ends if end and end <= day.on), default=None)


def _prices(old: Arm, new: Arm) -> Iterator[Changed]:
    before, after = _rates(old), _rates(new)
    for name in before:
        if name in after and before[name] != after[name]:
            names = {"offer": old.bought, "rate": Named("cost.rate", name)}
            yield Changed("price", (old.bought, name), Money(before[name]), Money(after[name]), names=names)


def _rates(arm: Arm) -> dict[str, Decimal]:
    return {part.rate_name: part.rate for part in arm.parts if part.rate_name and part.rate is not None}


def _break_even(then: Cost, now: Cost) -> Iterator[Changed]:
    before, after, arms = _pairs(then), _pairs(now), {arm.id: arm for arm in now.arms}
    for pair in before:
        if any(_serving(arms[arm]) == "ended" for arm in pair if arm in arms):
            continue
        if pair in after and before[pair] != after[pair]:
            a, b = map(_called, pair)
            names = {"a": a, "b": b, "then": _point(before[pair]), "now": _point(after[pair])}
            yield Changed("break_even", pair, before[pair], after[pair], names=names)


def _point(found: int | str | None) -> Saying:
    """From how many requests on, or why never."""
    if isinstance(found, int):
        return Saying("drift.break_even.requests", {"requests": Count(found)})
    return Saying("drift.break_even.never", {"reason": Named("cost.reason", str(found))})


def _pairs(answer: Cost) -> dict[tuple[str, str], int | str | None]:
    """From how many requests `b` pays, or the reason why it never does, by pair."""
    return {
        (pair.a, pair.b): pair.reason if pair.requests is None else pair.requests
        for pair in answer.break_even
    }


def _once_each(found: Iterable[Changed]) -> Iterator[Changed]:
    """Each thing once, though several arms may buy it; a change that bears on the decision wins."""
    kept: dict[str, Changed] = {}
    for change in found:
        if change.what not in kept or change.affects_decision:
            kept[change.what] = change
    yield from kept.values()
