"""The few figures that a decision is taken on, one line each, for its first page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from advisor.evidence import Evidence
from advisor.plan import Plan
from advisor.recommend.reasons import said
from advisor.report.costs import break_even, named
from advisor.report.model import Line
from advisor.report.voice import Voice

Answer = Mapping[str, Any]
ARMS = 4


def key_figures(plan: Plan, found: Evidence, voice: Voice) -> Iterable[Line]:
    """What a small model reaches, what a month costs, from where on another arm pays, and what the model needs."""
    if found.baseline_score is not None:
        yield _baseline(found, voice)
    cost = plan.evidence.get("cost") or {}
    if cost.get("arms"):
        yield from _costs(named(cost, voice), voice)
    if found.model_id is not None:
        use = said("model_use", found.model_use, voice.language)
        yield voice.line("report.figures.model", model=found.model_id, use=use)
    if found.memory_gib is not None:
        yield voice.line("report.figures.memory", gib=voice.number(found.memory_gib, 1))


def _baseline(found: Evidence, voice: Voice) -> Line:
    metric = voice.name("baseline.metric", found.baseline_metric)
    verdict = said("baseline_verdict", found.baseline_verdict, voice.language)
    score, low, high = (
        voice.number(value, 2) for value in (found.baseline_score, found.baseline_low, found.baseline_high)
    )
    return voice.line(
        "report.figures.baseline", metric=metric, score=score, low=low, high=high, verdict=verdict
    )


def _costs(cost: Answer, voice: Voice) -> Iterable[Line]:
    """Months of what is still served, the cheapest first, and the first comparison of two such arms."""
    served = [arm for arm in cost["arms"] if Decimal(str(arm["months_served"]))]
    if not served:
        return
    cheapest = sorted(served, key=lambda arm: Decimal(str(arm["per_month"])))[:ARMS]
    months = [f"{arm['id']} {voice.money(arm['per_month'])}" for arm in cheapest]
    yield voice.line(
        "report.figures.cost",
        requests=voice.number(cost["requests_per_month"]),
        months=voice.listing(months),
    )
    ids = {arm["id"] for arm in served}
    pairs = [pair for pair in cost.get("break_even") or () if {pair["a"], pair["b"]} <= ids]
    yield from (Line(break_even(pair, voice)) for pair in pairs[:1])
