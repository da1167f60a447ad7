"""A comparison of costs asked again on another day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from advisor.answers.cost.shape import Arm
from pricing import Problem
from pricing.arms import Cascade
from pricing.book import PriceBook
from pricing.kept import compared
from pricing.scenario import Scenario, compare_costs

if TYPE_CHECKING:
    from advisor.answers.cost import Cost

# What an arm needs to be billed at all, where only its standing is asked for.
_NO_RATES = dict.fromkeys(("input_mtok", "output_mtok", "train_mtok", "train_hour", "hosting_hour"), 0)
_STANDING = ("status", "ends", "months_served", "recommendable", "not_recommended_because")
_BOUGHT_AS = {"prompt": "model", "rag": "model", "fine_tuned": "offer"}


def cost_on(kept: Cost, on: date, book: PriceBook) -> Cost:
    """A cost answer asked again on another day; arms that cannot be priced then are in `not_priced`.

    An answer that does not hold its scenario keeps its amounts; only the standing of what it buys is renewed.
    """
    if not kept.scenario:
        arms = tuple(_renewed(arm, kept, on, book) for arm in kept.arms)
        return kept.model_copy(update={"arms": arms}) if arms else kept
    try:
        return kept.of(compared(kept.scenario, book, on))
    except Problem:
        scenario = Scenario.parse(kept.scenario)
        left_out = _not_priced(scenario, on, book)
        answer = kept.of(compare_costs(_without(scenario, set(left_out)), book, on))
        return answer.model_copy(update={"scenario": kept.scenario, "not_priced": left_out})


def _not_priced(scenario: Scenario, on: date, book: PriceBook) -> dict[str, str]:
    """Each arm that cannot be priced, with the id of the Problem that says why."""
    found = {}
    for arm in scenario.arms:
        needed = {arm.id} | ({arm.first, arm.rest} if isinstance(arm, Cascade) else set())
        try:
            compare_costs(_without(scenario, {other.id for other in scenario.arms} - needed), book, on)
        except Problem as problem:
            found[arm.id] = problem.id
    return found


def _without(scenario: Scenario, ids: set[str]) -> Scenario:
    arms = tuple(arm for arm in scenario.arms if arm.id not in ids)
    compare = tuple(pair for pair in scenario.compare if not ids & set(pair))
    return scenario.model_copy(update={"arms": arms, "compare": compare})


def _renewed(arm: Arm, kept: Cost, on: date, book: PriceBook) -> Arm:
    if arm.kind not in _BOUGHT_AS or not arm.asked:
        return arm
    bare = {"id": "arm", "kind": arm.kind, _BOUGHT_AS[arm.kind]: arm.asked, "prices": _NO_RATES}
    trained = {"training_tokens": 0} if arm.kind == "fine_tuned" else {}
    asked = {"months": kept.months or 12, "customer": kept.customer, "requests_per_month": 0}
    try:
        fresh = Arm.of(compare_costs(Scenario.parse(asked | {"arms": [bare | trained]}), book, on).costs[0])
    except Problem:
        return arm
    return arm.model_copy(update={name: getattr(fresh, name) for name in _STANDING})
