"""What was measured or looked up, as the rules read it: one named finding each, absent where nothing is known.

Built from the JSON that the commands print (`dataset` or `tokens`, `baseline`, `cost`, `model`, `memory`,
`evaluation`). Whatever part is missing, older or half-filled leaves its findings unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from advisor import loose_json
from advisor.cost_findings import BREAK_EVEN, OFFER, cost_findings

Value = str | Decimal | date
Shape = Mapping[str, Any]

PRECISION_OF_INTEREST = Decimal("0.95")
FLOORS = ("majority", "mean", "dummy")

_ALLOWED = ("yes", "conditional", "no")

# The words a finding may say; the rules and the search for what would change the answer know no others.
WORDS: Mapping[str, tuple[str, ...]] = {
    "baseline_verdict": (
        "small_model_enough",
        "enough_with_more_rows",
        "undecided",
        "llm_trial",
        "fix_data_first",
        "cannot_be_judged",
    ),
    "hosted_break_even": BREAK_EVEN,
    "open_break_even": BREAK_EVEN,
    "prompt_offer": OFFER,
    "hosted_offer": OFFER,
    "model_use": _ALLOWED,
    "model_fine_tune": _ALLOWED,
    "model_outputs_for_training": _ALLOWED,
    "memory_fit": ("fits", "tight", "no"),
    "evaluation_verdict": ("shown", "not_shown", "refuted"),
}


@dataclass(frozen=True)
class Evidence:
    """Findings by name. Tokens and rows are counts, `_per_month` is USD, shares and scores lie between 0 and 1."""

    # dataset
    rows: Decimal | None = None
    data_tokens: Decimal | None = None
    longest_tokens: Decimal | None = None
    duplicate_rows: Decimal | None = None
    conflicting_rows: Decimal | None = None
    largest_class_share: Decimal | None = None
    # baseline
    baseline_verdict: str | None = None
    baseline_name: str | None = None
    baseline_metric: str | None = None
    baseline_score: Decimal | None = None
    baseline_low: Decimal | None = None
    baseline_high: Decimal | None = None
    baseline_floor: Decimal | None = None
    baseline_target: Decimal | None = None
    cascade_share: Decimal | None = None
    # cost
    scenario_requests_per_month: Decimal | None = None
    zero_shot_per_month: Decimal | None = None
    few_shot_per_month: Decimal | None = None
    hosted_per_month: Decimal | None = None
    open_per_month: Decimal | None = None
    prompt_offer: str | None = None
    prompt_model_id: str | None = None
    prompt_model_ends: date | None = None
    hosted_break_even: str | None = None
    hosted_pays_from: Decimal | None = None
    hosted_worth_from: Decimal | None = None
    hosted_serves_months: Decimal | None = None
    hosted_offer: str | None = None
    hosted_offer_id: str | None = None
    hosted_closed_to_new_since: date | None = None
    hosted_training_closed_since: date | None = None
    hosted_service_ends: date | None = None
    open_break_even: str | None = None
    open_pays_from: Decimal | None = None
    open_worth_from: Decimal | None = None
    # model
    model_id: str | None = None
    model_licence: str | None = None
    model_use: str | None = None
    model_fine_tune: str | None = None
    model_outputs_for_training: str | None = None
    context_tokens: Decimal | None = None
    # memory
    memory_gib: Decimal | None = None
    memory_fit: str | None = None
    # evaluation
    evaluation_verdict: str | None = None
    evaluation_items: Decimal | None = None
    parts: frozenset[str] = field(default=frozenset(), repr=False)

    @cached_property
    def facts(self) -> Mapping[str, Value]:
        """The findings that are known, by name."""
        known = {name: getattr(self, name) for name in FINDINGS}
        return {name: value for name, value in known.items() if value is not None}


FINDINGS = tuple(name.name for name in fields(Evidence) if name.name != "parts")


def read_evidence(shapes: Mapping[str, Shape]) -> Evidence:
    """The findings in a plan's evidence: command name -> the JSON it printed.

    >>> read_evidence({"baseline": {"verdict": "llm_trial"}, "cost": {}}).facts
    {'baseline_verdict': 'llm_trial'}
    """
    given = {name: shape for name, shape in shapes.items() if isinstance(shape, Mapping) and shape}
    found: dict[str, Any] = {}
    for name, read in READERS.items():
        if name in given:
            found |= read(given[name])
    return Evidence(**found, parts=frozenset(given))


def _dataset(shape: Shape) -> dict[str, Any]:
    """From the data page, or from `tokens` on a chat file."""
    tokens = shape.get("tokens")
    lengths: Shape = tokens if isinstance(tokens, Mapping) else shape
    counts = _label_counts(shape.get("labels"))
    return {
        "rows": loose_json.number(shape.get("rows", shape.get("examples"))),
        "data_tokens": loose_json.number(lengths.get("total", tokens)),
        "longest_tokens": loose_json.number(lengths.get("max")),
        "duplicate_rows": loose_json.count(shape.get("duplicates")),
        "conflicting_rows": loose_json.count(shape.get("conflicts")),
        "largest_class_share": max(counts) / sum(counts) if sum(counts) else None,
    }


def _label_counts(labels: Any) -> list[Decimal]:
    """Rows of each label, from {label: count} or [{…, count}] or [[label, count]]."""
    if isinstance(labels, Mapping):
        counts: Iterable[Any] = labels.values()
    elif isinstance(labels, list):
        counts = [_label_count(item) for item in labels]
    else:
        return []
    return [count for count in map(loose_json.number, counts) if count is not None and count >= 0]


def _label_count(item: Any) -> Any:
    if isinstance(item, Mapping):
        return item.get("count", item.get("rows"))
    return item[1] if isinstance(item, list | tuple) and len(item) == 2 else None


def _baseline(shape: Shape) -> dict[str, Any]:
    scores = [
        score
        for score in loose_json.items(shape.get("test_scores") or shape.get("scores"))
        if _is_score(score)
    ]
    best = _best(scores, shape.get("best"), shape.get("metric"))
    metric = best.get("metric")
    floor: Shape = next((s for s in scores if s["baseline"] in FLOORS and s["metric"] == metric), {})
    return {
        "baseline_verdict": _word("baseline_verdict", shape.get("verdict")),
        "baseline_name": loose_json.text(best.get("baseline")),
        "baseline_metric": loose_json.text(metric),
        "baseline_score": loose_json.number(best.get("mean")),
        "baseline_low": loose_json.number(best.get("low")),
        "baseline_high": loose_json.number(best.get("high")),
        "baseline_floor": loose_json.number(floor.get("mean")),
        "baseline_target": loose_json.number(shape.get("target")),
        "cascade_share": _cascade_share(shape.get("cascade")),
    }


def _is_score(score: Any) -> bool:
    return isinstance(score, Mapping) and "baseline" in score and "metric" in score


def _best(scores: list[Shape], best: Any, metric: Any) -> Shape:
    """The row of scores that `best` names, by the target metric or else the task's usual one."""
    named = [score for score in scores if score["baseline"] == best]
    order = (metric, "macro_f1", "spearman", "accuracy")
    return min(
        named,
        key=lambda score: order.index(score["metric"]) if score["metric"] in order else len(order),
        default={},
    )


def _cascade_share(cascade: Any) -> Decimal | None:
    """The share of requests that the small model answers alone at 95% precision."""
    for row in loose_json.items(cascade):
        if isinstance(row, Mapping) and loose_json.number(row.get("precision")) == PRECISION_OF_INTEREST:
            return loose_json.number(row.get("share"))
    return None


def _model(shape: Shape) -> dict[str, Any]:
    allowed = shape.get("permissions")
    permissions = allowed if isinstance(allowed, Mapping) else {}
    return {
        "model_id": loose_json.text(shape.get("id", shape.get("model"))),
        "model_licence": loose_json.text(shape.get("licence")),
        "model_use": _word("model_use", shape.get("commercial", permissions.get("use"))),
        "model_fine_tune": _word("model_fine_tune", permissions.get("fine_tune")),
        "model_outputs_for_training": _word(
            "model_outputs_for_training", permissions.get("train_on_outputs")
        ),
        "context_tokens": loose_json.number(shape.get("context_length")),
    }


def _memory(shape: Shape) -> dict[str, Any]:
    fits = shape.get("fits")
    said = [str(word) for word in fits.values()] if isinstance(fits, Mapping) else [str(fits)]
    best = next((word for word in WORDS["memory_fit"] if word in said), None)
    return {
        "memory_gib": loose_json.number(shape.get("upper_gib", shape.get("total_gib"))),
        "memory_fit": best,
    }


def _evaluation(shape: Shape) -> dict[str, Any]:
    """One refuted criterion refutes; only all shown is shown."""
    criteria = shape.get("criteria")
    rows = (
        [row for row in criteria.values() if isinstance(row, Mapping)]
        if isinstance(criteria, Mapping)
        else []
    )
    verdicts = [_word("evaluation_verdict", row.get("verdict")) for row in rows]
    judged = [verdict for verdict in verdicts if verdict]
    items = [count for count in (loose_json.number(row.get("n")) for row in rows) if count is not None]
    worst = next((word for word in ("refuted", "not_shown", "shown") if word in judged), None)
    return {"evaluation_verdict": worst, "evaluation_items": max(items, default=None)}


READERS = {
    "tokens": _dataset,
    "dataset": _dataset,
    "baseline": _baseline,
    "cost": cost_findings,
    "model": _model,
    "memory": _memory,
    "evaluation": _evaluation,
}


def _word(finding: str, value: Any) -> str | None:
    return str(value) if str(value) in WORDS[finding] else None
