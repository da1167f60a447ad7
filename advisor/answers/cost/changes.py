"""What became of a comparison of costs: prices, ends of models and offers, bills, break-even points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from advisor.quantities import Count, Money, Named, Saying
from advisor.shapes import Changed, Day
from pricing import Problem

Shape = Mapping[str, Any]
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


def cost_changes(then: Shape, now: Shape, recommended: str | None, day: Day) -> Iterator[Changed]:
    before, after = _arms(then), _arms(now)
    relied_on = _relied_on(before.values(), recommended)
    customer = str(then.get("customer") or "new")
    for id, problem in (now.get("not_priced") or {}).items():
        yield Changed("not_priced", (id,), "priced", problem, id in relied_on, names={"arm": _called(id)})
    both = [(before[id], after[id]) for id in before if id in after]
    yield from _once_each(
        change
        for old, new in both
        for change in _standing(old, new, str(old["id"]) in relied_on, customer, day)
    )
    yield from _once_each(change for old, new in both for change in _prices(old, new))
    for old, new in both:
        if _differ(old.get("per_month"), new.get("per_month")):
            id, amounts = str(old["id"]), [Money(side["per_month"]) for side in (old, new)]
            yield Changed("per_month", (id,), amounts[0], amounts[1], names={"arm": _called(id)})
    yield from _break_even(then, now)
    if "cheapest" in then and then["cheapest"] != now.get("cheapest"):
        sides = {"then": then["cheapest"], "now": now.get("cheapest")}
        none = Saying("drift.cheapest.none")
        names = {side: none if arm is None else _called(arm) for side, arm in sides.items()}
        yield Changed("cheapest", (), then["cheapest"], now.get("cheapest"), names=names)


def _called(id: str) -> Named:
    """An arm as people call it; a second one of its kind, such as `fine_tuned_2`, keeps its number."""
    return Named("report.costs.arms", id)


def _arms(answer: Shape) -> dict[str, Shape]:
    arms = answer.get("arms")
    return {str(arm["id"]): arm for arm in arms or () if isinstance(arm, Mapping) and "id" in arm}


def _relied_on(arms: Iterable[Shape], recommended: str | None) -> frozenset[str]:
    """The arms that buy what the first one of the recommended approach's kinds buys."""
    kinds = BOUGHT_AS.get(recommended or "", frozenset())
    listed = [arm for arm in arms if arm.get("kind") in kinds]
    first = {str(arm["kind"]): arm.get("asked") for arm in reversed(listed)}
    return frozenset(str(arm["id"]) for arm in listed if arm.get("asked") == first[str(arm["kind"])])


def _standing(old: Shape, new: Shape, relied_on: bool, customer: str, day: Day) -> Iterator[Changed]:
    """Whether what an arm buys can still be trained, and whether it still answers."""
    bought = str(old.get("asked") or old["id"])
    if old.get("kind") == "fine_tuned":
        trains = (_training(old), _training(new))
        if trains[0] != trains[1]:
            since = _training_closed_on(bought, customer, day) if trains[1] == "closed" else None
            yield _ended("training", bought, *trains, relied_on, since)
    serves = (_serving(old), _serving(new))
    if serves[0] != serves[1]:
        kind = "serving" if old.get("kind") == "fine_tuned" else "model"
        ends = new.get("ends") or _status(new).get("since")
        yield _ended(kind, bought, *serves, relied_on, date.fromisoformat(str(ends)) if ends else None)


def _ended(kind: str, bought: str, then: str, now: str, relied_on: bool, since: date | None) -> Changed:
    """What it came to, with its day where that is known."""
    variant = f"{now}_since" if since is not None and now != "open" else now
    return Changed(kind, (bought,), then, now, relied_on, since, {"offer": bought}, variant)


def _status(arm: Shape) -> Shape:
    status = arm.get("status")
    return status if isinstance(status, Mapping) else {}


def _training(arm: Shape) -> str:
    return "closed" if _status(arm).get("id") in CLOSED else "open"


def _serving(arm: Shape) -> str:
    if _status(arm).get("id") == "ended":
        return "ended"
    return "ends_during_service" if arm.get("not_recommended_because") == "service_ends" else "open"


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


def _prices(old: Shape, new: Shape) -> Iterator[Changed]:
    before, after = _rates(old), _rates(new)
    for name in before.keys() & after.keys():
        if _differ(before[name], after[name]):
            offer = str(old.get("asked") or old["id"])
            names = {"offer": offer, "rate": Named("cost.rate", name)}
            yield Changed("price", (offer, name), Money(before[name]), Money(after[name]), names=names)


def _rates(arm: Shape) -> dict[str, Any]:
    parts = [part for part in arm.get("parts") or () if isinstance(part, Mapping)]
    return {str(part["rate_name"]): part.get("rate") for part in parts if part.get("rate_name")}


def _break_even(then: Shape, now: Shape) -> Iterator[Changed]:
    before, after, arms = _pairs(then), _pairs(now), _arms(now)
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


def _pairs(answer: Shape) -> dict[tuple[str, str], int | str | None]:
    """From how many requests `b` pays, or the reason why it never does, by pair."""
    pairs = [pair for pair in answer.get("break_even") or () if isinstance(pair, Mapping)]
    return {
        (str(pair.get("a")), str(pair.get("b"))): pair.get("reason")
        if pair.get("requests") is None
        else pair["requests"]
        for pair in pairs
    }


def _differ(old: Any, new: Any) -> bool:
    return old is not None and new is not None and Decimal(str(old)) != Decimal(str(new))


def _once_each(found: Iterable[Changed]) -> Iterator[Changed]:
    """Each thing once, though several arms may buy it; a change that bears on the decision wins."""
    kept: dict[str, Changed] = {}
    for change in found:
        if change.what not in kept or change.affects_decision:
            kept[change.what] = change
    yield from kept.values()
