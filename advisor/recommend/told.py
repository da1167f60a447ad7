"""The path as it is kept and shown: steps with their money, what stands aside, and how every approach stands."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from advisor.answers.advise import (
    Aside,
    Assessment,
    Basis,
    LifeCost,
    PathStep,
    Standing,
    TrialCost,
    Unlocks,
    Why,
)
from advisor.recommend.options import ZERO, Option, Terms, Unlock
from advisor.recommend.path import Path, Step
from advisor.recommend.rules import RuleBook
from advisor.recommend.weighing import Weighing
from advisor.shapes import Told

CENT = Decimal("0.01")


def path_steps(path: Path, weighing: Weighing, assessments: tuple[Assessment, ...]) -> tuple[PathStep, ...]:
    """Every step of a path with its figures."""
    favoured = {one.approach: one.favoured_by for one in assessments}
    return tuple(_step(step, weighing, favoured) for step in path.steps)


def _step(step: Step, weighing: Weighing, favoured: Mapping[str, tuple[str, ...]]) -> PathStep:
    option, terms, chance = step.option, weighing.terms, step.option.chance
    came = weighing.came.get(option.approach)
    return PathStep(
        approach=option.approach,
        option=option.bill.buys,
        action=step.action,
        chance=1.0 if option.result == "yes" else chance.value,
        chance_basis=_basis(step),
        trial=_trial(option, terms),
        life=_life(option, terms),
        index_usd=step.index.quantize(CENT),
        stop_when=_stop(step, weighing),
        because=favoured.get(option.approach, ()),
        unlock=_unlocks(option.unlock, terms),
        assumed=option.bill.assumed,
        old=bool(came and came.old),
    )


def _basis(step: Step) -> Basis:
    if step.option.result == "yes":
        return Basis(kind="measured")
    chance = step.option.chance
    same = {name: getattr(chance, name) for name in ("kind", "reached", "tried", "alike", "adjusted")}
    return Basis(**same, sources=chance.cases)


def _trial(option: Option, terms: Terms) -> TrialCost:
    if option.result == "yes":
        days = option.unlock.days if option.unlock else ZERO
        return TrialCost(days=days, usd=ZERO, total_usd=(terms.day_rate * days).quantize(CENT))
    return TrialCost(
        days=option.trial_days,
        usd=option.trial_usd.quantize(CENT),
        total_usd=option.trial(terms).quantize(CENT),
    )


def _life(option: Option, terms: Terms) -> LifeCost:
    month = option.bill.month(terms.requests)
    total = option.life(terms)
    return LifeCost(
        build_days=max(ZERO, (option.days.build or ZERO) - (option.days.trial or ZERO)),
        upkeep_days_month=option.days.upkeep or ZERO,
        running_usd_month=month.quantize(Decimal("0.0001")),
        people_usd=(total - month * terms.months).quantize(CENT),
        total_usd=total.quantize(CENT),
        months=terms.months,
    )


def _unlocks(unlock: Unlock | None, terms: Terms) -> Unlocks | None:
    if unlock is None:
        return None
    usd = (terms.day_rate * unlock.days).quantize(CENT)
    return Unlocks(rules=unlock.rules, days=unlock.days, rows=unlock.rows, usd=usd)


def _stop(step: Step, weighing: Weighing) -> Told:
    """When a step is done: its range against the target, or people's word where there is no target."""
    if step.option.result == "yes":
        return Told(id="works")
    if weighing.aim is None:
        return Told(id="would_this_do")
    return Told.model_validate(
        {"id": "low_end_reaches", "target": weighing.aim.value, "metric": weighing.aim.metric}
    )


def aside_of(path: Path, weighing: Weighing) -> tuple[Aside, ...]:
    """Every approach that is no step of the path, in the order of commitment."""
    steps = {step.option.approach for step in path.steps}
    dear = {option.approach: option for option in path.too_dear}
    dominated = {option.approach: option for option in path.dominated}
    known = {option.approach: option for option in weighing.options}
    found = []
    for approach in weighing.book.commitment:
        if approach not in steps:
            option = dear.get(approach) or dominated.get(approach) or known.get(approach)
            found.append(_aside(approach, option, weighing, path))
    return tuple(found)


def _aside(approach: str, option: Option | None, weighing: Weighing, found: Path) -> Aside:
    rules = tuple(sorted(weighing.excluded[approach], key=weighing.book.strength))
    if option is None:
        came = weighing.results.get(approach)
        failed = came is not None and came.reaches == "no"
        return Aside(approach=approach, why="ruled_out", because="failed" if failed else None, rules=rules)
    why, because = _why(option, found)
    index = None if option.result == "no" else option.index(weighing.terms).quantize(CENT)
    return Aside(
        approach=approach,
        why=why,
        because=because,
        rules=rules,
        unlock=_unlocks(option.unlock, weighing.terms),
        index_usd=index,
    )


def _why(option: Option, found: Path) -> tuple[Why, Literal["failed", "waits"] | None]:
    if option.result == "no":
        return "ruled_out", "failed"
    if option.approach in {dear.approach for dear in found.too_dear}:
        return "too_dear", None
    if option.approach not in {beaten.approach for beaten in found.dominated}:
        return "for_now", "waits"
    return ("for_now" if option.unlock else "dominated"), None


def assess(weighing: Weighing, path: Path, held: frozenset[str]) -> tuple[Assessment, ...]:
    """How every approach stands: those of the path in its order, then the rest."""
    book = weighing.book
    order = sorted(held.union(*weighing.excluded.values()), key=book.strength)
    steps = [step.option.approach for step in path.steps]
    rest = [approach for approach in book.commitment if approach not in steps]
    possible = {option.approach: option for option in weighing.options}
    found = [_assessment(book, weighing, approach, order, steps[:1], possible) for approach in steps + rest]
    return tuple(
        sorted(found, key=lambda one: ("recommended", "possible", "not_yet", "ruled_out").index(one.standing))
    )


def _assessment(
    book: RuleBook,
    weighing: Weighing,
    approach: str,
    order: list[str],
    first: list[str],
    possible: Mapping[str, Option],
) -> Assessment:
    option, against = possible.get(approach), weighing.excluded[approach]
    standing: Standing = "possible"
    if [approach] == first:
        standing = "recommended"
    elif option is None or option.result == "no":
        standing = "ruled_out"
    elif option.unlock:
        standing = "not_yet"
    favoured = tuple(id for id in order if approach in book.by_id[id].favours)
    grounds = {book.by_id[id].ground for id in favoured}
    overruled = tuple(id for id in order if id in against) if option and option.result == "yes" else ()
    return Assessment(
        approach=approach,
        standing=standing,
        favoured_by=favoured,
        ruled_out_by=()
        if overruled
        else tuple(sorted(against, key=lambda id: (book.by_id[id].for_now, order.index(id)))),
        cautions=(*overruled, *(id for id in order if approach in book.by_id[id].cautions)),
        grounds=tuple(ground.id for ground in book.grounds if ground.id in grounds),
    )
