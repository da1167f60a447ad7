"""A comparison of costs asked again on another day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pricing import Problem
from pricing.arms import Cascade
from pricing.book import PriceBook
from pricing.kept import compared
from pricing.scenario import Scenario, compare_costs

Shape = Mapping[str, Any]
# What an arm needs to be billed at all, where only its standing is asked for.
_NO_RATES = dict.fromkeys(("input_mtok", "output_mtok", "train_mtok", "train_hour", "hosting_hour"), 0)
_STANDING = ("status", "ends", "months_served", "recommendable", "not_recommended_because")
_BOUGHT_AS = {"prompt": "model", "rag": "model", "fine_tuned": "offer"}


def cost_on(kept: Shape, on: date, book: PriceBook) -> Shape:
    """A cost answer asked again on another day; arms that cannot be priced then are in `not_priced`.

    An answer that does not hold its scenario keeps its amounts; only the standing of what it buys is renewed.
    """
    if not kept.get("scenario"):
        return _renewed_standings(kept, on, book)
    try:
        return compared(kept["scenario"], book, on).as_json()
    except Problem:
        scenario = Scenario.parse(kept["scenario"])
        left_out = _not_priced(scenario, on, book)
        answer = compare_costs(_without(scenario, set(left_out)), book, on).as_json()
        return {**answer, "scenario": kept["scenario"], "not_priced": left_out}


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


def _renewed_standings(kept: Shape, on: date, book: PriceBook) -> Shape:
    arms = kept.get("arms")
    if not isinstance(arms, list):
        return kept
    months, customer = kept.get("months") or 12, kept.get("customer") or "new"
    renewed = [_renewed(arm, months, customer, on, book) if isinstance(arm, Mapping) else arm for arm in arms]
    return {**kept, "arms": renewed}


def _renewed(arm: Shape, months: Any, customer: Any, on: date, book: PriceBook) -> Shape:
    kind, bought = str(arm.get("kind")), arm.get("asked")
    if kind not in _BOUGHT_AS or not bought:
        return arm
    bare = {"id": "arm", "kind": kind, _BOUGHT_AS[kind]: bought, "prices": _NO_RATES}
    trained = {"training_tokens": 0} if kind == "fine_tuned" else {}
    values = {"months": months, "customer": customer, "requests_per_month": 0, "arms": [bare | trained]}
    try:
        answer = compare_costs(Scenario.parse(values), book, on).as_json()["arms"][0]
    except Problem:
        return arm
    return {**arm, **{name: answer[name] for name in _STANDING}}
