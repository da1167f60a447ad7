"""From an evaluation that falls short to what to try next: remedies in order, each with its evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

from advisor.answers import read_answer
from advisor.answers.baseline import Baseline
from advisor.answers.cost import Cost
from advisor.answers.evaluation import Evaluation
from advisor.answers.preparation import Finding
from advisor.evaluation.sample_size import items_to_show
from advisor.improve.error_groups import ErrorGroup
from advisor.improve.loss_log import Diagnosis
from advisor.language import Language, Text, number, percent, phrase
from advisor.quantities import Value
from advisor.recommend.conditions import Conditional
from advisor.shapes import Answer, Exact, Shape
from pricing import Problem
from pricing.sources import read_records

FILE = Path(__file__).parent.parent / "data" / "remedies.yaml"
Effort = Literal["items", "rows", "training", "time", "none"]
SHARES = {"worst_rate", "worst_group_rate", "rest_rate"}
_COARSE = 4


class Remedy(Conditional):
    """Something to try, when it is called for, and how one would see that it worked; `avoid`: better not."""

    id: str
    effort: Effort
    avoid: bool = False
    name: Text
    do: Text
    because: Text
    sign: Text
    sources: tuple[str, ...]

    def action(self, facts: Mapping[str, Value], language: Language) -> str:
        """What to do, with the facts it names."""
        return _filled(self.do, facts, language)

    def reason(self, facts: Mapping[str, Value], language: Language) -> str:
        """Why, with the facts it names."""
        return _filled(self.because, facts, language)


def _filled(text: Text, facts: Mapping[str, Value], language: Language) -> str:
    """The sentence with facts in the reader's way; what is unknown is a dash."""
    return text.say(language, **{name: _said(name, facts.get(name), language) for name in text.places})


def _said(name: str, value: Value | None, language: Language) -> str:
    if value is None:
        return "—"
    if name == "curve_metric":
        return phrase(f"baseline.metric.{value}", language)
    if isinstance(value, Decimal):
        return percent(value, language) if name in SHARES else number(round(value, _COARSE), language)
    return str(value)


@cache
def remedies() -> tuple[Remedy, ...]:
    """All remedies, the cheapest and surest first."""
    return tuple(read_records(FILE, Remedy))


def next_steps(facts: Mapping[str, Value]) -> tuple[Remedy, ...]:
    """The remedies that the facts call for, in the order to try them.

    >>> [remedy.id for remedy in next_steps({"prompting_tried": "falls_short"})]
    ['measure_first']
    """
    return tuple(remedy for remedy in remedies() if remedy.condition.holds(facts))


def improvement_facts(
    answers: Mapping[str, str],
    evidence: Mapping[str, Any],
    *,
    groups: Sequence[ErrorGroup] = (),
    losses: Diagnosis | None = None,
    findings: Sequence[Finding] = (),
) -> dict[str, Value]:
    """What the remedies read: the answers, the plan's evidence, where errors gather, losses and data findings.

    Counts are Decimals, shares lie between 0 and 1; what is not known is absent.
    """
    facts: dict[str, Value] = dict(answers)
    found = evidence.get(Evaluation.NAME)
    facts |= _evaluation(found) if isinstance(found, Evaluation) else {}
    facts |= _curve(read_answer("baseline", evidence.get("baseline") or {}))
    facts |= _data(findings)
    facts |= _worst_group(groups)
    if losses is not None and losses.shape != "too_short":
        facts |= {"training": losses.shape}
        for name in ("best_step", "best_loss", "last_step", "last_loss"):
            facts[name] = Decimal(str(getattr(losses, name)))
    return facts


def _evaluation(found: Evaluation) -> dict[str, Value]:
    judged = {name: row for name, row in found.criteria.items() if row.verdict}
    worst_word = found.findings(None)["evaluation_verdict"]
    if not worst_word:
        return {}
    facts: dict[str, Value] = {"test_verdict": worst_word}
    if found.system:
        facts["system"] = found.system
    rated = {name: (row.rate, row.n, row) for name, row in judged.items() if row.rate is not None and row.n}
    if rated:
        name, (rate, n, _) = min(rated.items(), key=lambda pair: (pair[1][0], pair[0]))
        facts |= {"worst_criterion": name, "worst_rate": _decimal(rate), "items": _decimal(n)}
        needed = [
            _needed(rate, n, row.target) for rate, n, row in rated.values() if row.verdict == "not_shown"
        ]
        if needed and all(needed):
            facts["items_needed"] = Decimal(max(count for count in needed if count))
    return facts | _agreement(found) | _others(found)


def _needed(rate: float, n: int, target: float | None) -> int | None:
    """Items that would show this criterion's target at the rate found; a perfect rate is taken a little lower."""
    return None if target is None else items_to_show(target, min(rate, 1 - 1 / (2 * n)))


def _agreement(found: Evaluation) -> dict[str, Value]:
    alphas = {
        name: row.krippendorff_alpha
        for name, row in found.agreement.items()
        if row.krippendorff_alpha is not None
    }
    if not alphas:
        return {}
    name = min(alphas, key=lambda criterion: (alphas[criterion], criterion))
    return {"lowest_alpha": _decimal(round(alphas[name], 2)), "alpha_criterion": name}


def _others(found: Evaluation) -> dict[str, Value]:
    """How the judged system does against the best of the others: `better` on any criterion and `worse` on none."""
    outcomes: dict[str, set[str]] = {}
    turned = {"better": "worse", "worse": "better", "cannot_tell": "cannot_tell"}
    for row in found.comparisons:
        if found.system in (row.a, row.b):
            first = row.a == found.system
            other, outcome = (row.b, row.outcome) if first else (row.a, turned[row.outcome])
            outcomes.setdefault(other, set()).add(outcome)
    standing = {
        other: "worse" if "worse" in seen else "better" if "better" in seen else "cannot_tell"
        for other, seen in outcomes.items()
    }
    if not standing:
        return {}
    other = min(standing, key=lambda name: ("worse", "cannot_tell", "better").index(standing[name]))
    return {"against_others": standing[other], "other": other}


def _curve(measured: Answer) -> dict[str, Value]:
    """What doubling the rows would buy, by the baseline's learning curve."""
    curve = measured.curve if isinstance(measured, Baseline) else None
    if curve is None or not curve.predicted or not curve.means:
        return {}
    return {
        "curve_gain": _decimal(round(curve.predicted[0] - curve.means[-1], 4)),
        "curve_metric": curve.metric,
        "rows_now": _decimal(curve.sizes[-1]),
        "rows_doubled": _decimal(curve.predicted_sizes[0]),
    }


def _data(findings: Sequence[Finding]) -> dict[str, Value]:
    if not findings:
        return {}
    conflicting = sum(one.count or 0 for one in findings if one.id == "conflicting_answers")
    errors = sum(one.count or 0 for one in findings if one.weight == "error")
    return {"data_errors": Decimal(errors), "conflicting_rows": Decimal(conflicting)}


def _worst_group(groups: Sequence[ErrorGroup]) -> dict[str, Value]:
    worst = next((group for group in groups if group.stands_out), None)
    if worst is None:
        return {}
    return {
        "worst_group": f"{worst.column}: {worst.value}",
        "worst_group_criterion": worst.criterion,
        "worst_group_rate": _decimal(worst.rate),
        "rest_rate": _decimal(worst.rest_rate),
    }


def training_cost(found: Cost | None) -> Decimal | None:
    """What training once more costs in USD, by the cheapest arm that is trained."""
    parts = [part for arm in found.arms for part in arm.parts] if found else []
    once = [part.amount for part in parts if (part.id, part.per) == ("training", "once")]
    return min((amount for amount in once if amount is not None), default=None)


def _decimal(value: Any) -> Decimal:
    return Decimal(str(value))


class Iteration(Shape):
    """One round of the work: what was changed, what the test then said, what it cost."""

    on: date
    changed: str
    criterion: str
    rate: float
    low: float
    high: float
    n: int
    cost: Exact | None = None

    @classmethod
    def of(
        cls, evaluation: Evaluation | None, on: date, changed: str, cost: Decimal | None = None
    ) -> Iteration:
        """Items that pass everything, else the evaluation's only 0/1 criterion or the worst."""
        rows = evaluation.criteria if evaluation else {}
        rated = {name: row.rate for name, row in rows.items() if row.rate is not None}
        if evaluation is None or not rated:
            raise Problem("iteration_without_rate")
        name = "" if evaluation.overall else min(rated, key=lambda criterion: (rated[criterion], criterion))
        row = evaluation.overall or rows[name]
        return cls.model_validate(
            {"on": on, "changed": changed.strip(), "criterion": name, "cost": cost}
            | {figure: getattr(row, figure) for figure in ("rate", "low", "high", "n")}
        )
