"""A plan's evidence on the facts of another day: prices, lifecycles, licences; what was measured stays measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

from advisor.memory import Setup
from advisor.memory.cards import card
from advisor.memory.report import report_memory
from advisor.models import ModelReport, assess
from advisor.models.snapshot import relative, shipped
from pricing import Problem
from pricing import typed as read
from pricing.arms import Cascade
from pricing.book import PriceBook
from pricing.kept import compared
from pricing.scenario import Scenario, compare_costs

Shape = Mapping[str, Any]
LookUp = Callable[[str], ModelReport | None]
# What an arm needs to be billed at all, where only its standing is asked for.
_NO_RATES = dict.fromkeys(("input_mtok", "output_mtok", "train_mtok", "train_hour", "hosting_hour"), 0)
_STANDING = ("status", "ends", "months_served", "recommendable", "not_recommended_because")
_BOUGHT_AS = {"prompt": "model", "rag": "model", "fine_tuned": "offer"}


def from_snapshot(model: str) -> ModelReport | None:
    """What the shipped set of models says of one, None where it is not in it."""
    facts = shipped(model)
    return None if facts is None else assess(facts, relative)


def recomputed(
    evidence: Mapping[str, Shape], on: date, book: PriceBook, look_up: LookUp = from_snapshot
) -> dict[str, Shape]:
    """The evidence with its costs priced on `on`, its model as `look_up` knows it, if that is more recent, and the
    memory that it takes estimated anew.

    Raises a Problem where the scenario that the costs came from cannot be read.
    """
    found = dict(evidence)
    if found.get("cost"):
        found["cost"] = cost_on(found["cost"], on, book)
    if found.get("model"):
        found["model"] = model_as_known(found["model"], look_up)
    if found.get("memory"):
        found["memory"] = memory_on(found["memory"], on, book, look_up)
    return found


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
    return replace(scenario, arms=arms, compare=tuple(p for p in scenario.compare if not ids & set(p)))


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


def model_as_known(kept: Shape, look_up: LookUp) -> Shape:
    """A model answer as it is known now; facts typed by hand, and facts at least as recent, stay as they are."""
    if kept.get("source") == "manual" or not kept.get("id"):
        return kept
    report = look_up(str(kept["id"]))
    if report is None or not _more_recent(report.facts.source.checked, kept.get("checked")):
        return kept
    return {**kept, **report.as_json(), "fit": kept.get("fit")}


def memory_on(kept: Shape, on: date, book: PriceBook, look_up: LookUp = from_snapshot) -> Shape:
    """A memory answer estimated again, with rents of `on`; of a model whose shape is not known it stays as it is."""
    report = look_up(str(kept["model"])) if kept.get("model") else None
    setup = kept.get("setup")
    if report is None or not report.facts.config or not isinstance(setup, Mapping):
        return kept
    known = {field.name for field in fields(Setup)}
    try:
        answer = report_memory(
            report.facts.config,
            Setup(**{name: value for name, value in setup.items() if name in known}),
            model=report.facts.id,
            parameters=report.facts.parameters,
            card=card(str(kept["card"])) if kept.get("card") else None,
            tokens=kept.get("tokens"),
            epochs=kept.get("epochs") or 1,
            gpus=book.gpus,
            on=on,
        ).as_json()
    except Problem:
        return kept
    fits = kept.get("fits")
    asked = {name: answer["fits"].get(name) for name in fits} if isinstance(fits, Mapping) else answer["fits"]
    return {name: answer.get(name) if before is not None else None for name, before in kept.items()} | {
        "fits": asked
    }


def _more_recent(checked: date, before: object) -> bool:
    try:
        return before is None or checked > read.day(before, "checked")
    except Problem:
        return True
