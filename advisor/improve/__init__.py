"""From an evaluation that falls short to what to try next: remedies in order, each with its evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

from advisor.answers.preparation import Finding
from advisor.evaluation.sample_size import items_to_show
from advisor.improve.error_groups import ErrorGroup
from advisor.improve.loss_log import Diagnosis
from advisor.language import Language, Text, number, percent, phrase
from advisor.quantities import Value
from advisor.recommend.conditions import Conditional
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
    evidence: Mapping[str, Mapping[str, Any]],
    *,
    groups: Sequence[ErrorGroup] = (),
    losses: Diagnosis | None = None,
    findings: Sequence[Finding] = (),
) -> dict[str, Value]:
    """What the remedies read: the answers, the plan's evidence, where errors gather, losses and data findings.

    Counts are Decimals, shares lie between 0 and 1; what is not known is absent.
    """
    facts: dict[str, Value] = dict(answers)
    facts |= _evaluation(evidence.get("evaluation") or {})
    facts |= _curve(evidence.get("baseline") or {})
    facts |= _data(findings)
    facts |= _worst_group(groups)
    if losses is not None and losses.shape != "too_short":
        facts |= {"training": losses.shape}
        for name in ("best_step", "best_loss", "last_step", "last_loss"):
            facts[name] = Decimal(str(getattr(losses, name)))
    return facts


def _evaluation(shape: Mapping[str, Any]) -> dict[str, Value]:
    judged = {name: row for name, row in (shape.get("criteria") or {}).items() if row.get("verdict")}
    if not judged:
        return {}
    order = ("refuted", "not_shown", "shown")
    facts: dict[str, Value] = {
        "test_verdict": next(word for word in order if any(row["verdict"] == word for row in judged.values()))
    }
    if shape.get("system"):
        facts["system"] = str(shape["system"])
    rated = {name: row for name, row in judged.items() if row.get("rate") is not None}
    if rated:
        name, worst = min(rated.items(), key=lambda pair: (pair[1]["rate"], pair[0]))
        facts |= {
            "worst_criterion": name,
            "worst_rate": _decimal(worst["rate"]),
            "items": _decimal(worst["n"]),
        }
        needed = [_needed(row) for row in rated.values() if row["verdict"] == "not_shown"]
        if needed and all(needed):
            facts["items_needed"] = Decimal(max(count for count in needed if count))
    return facts | _agreement(shape) | _others(shape)


def _needed(row: Mapping[str, Any]) -> int | None:
    """Items that would show this criterion's target at the rate found; a perfect rate is taken a little lower."""
    rate = min(float(row["rate"]), 1 - 1 / (2 * float(row["n"])))
    return items_to_show(float(row["target"]), rate) if row.get("target") is not None else None


def _agreement(shape: Mapping[str, Any]) -> dict[str, Value]:
    alphas = {
        name: row["krippendorff_alpha"]
        for name, row in (shape.get("agreement") or {}).items()
        if row.get("krippendorff_alpha") is not None
    }
    if not alphas:
        return {}
    name = min(alphas, key=lambda criterion: (alphas[criterion], criterion))
    return {"lowest_alpha": _decimal(round(alphas[name], 2)), "alpha_criterion": name}


def _others(shape: Mapping[str, Any]) -> dict[str, Value]:
    """How the judged system does against the best of the others: `better` on any criterion and `worse` on none."""
    system = shape.get("system")
    outcomes: dict[str, set[str]] = {}
    turned = {"better": "worse", "worse": "better", "cannot_tell": "cannot_tell"}
    for row in shape.get("comparisons") or []:
        if system in (row["a"], row["b"]):
            other, outcome = (
                (row["b"], row["outcome"]) if row["a"] == system else (row["a"], turned[row["outcome"]])
            )
            outcomes.setdefault(str(other), set()).add(outcome)
    standing = {
        other: "worse" if "worse" in seen else "better" if "better" in seen else "cannot_tell"
        for other, seen in outcomes.items()
    }
    for word in ("worse", "cannot_tell", "better"):
        for other, stands in standing.items():
            if stands == word:
                return {"against_others": word, "other": other}
    return {}


def _curve(shape: Mapping[str, Any]) -> dict[str, Value]:
    """What doubling the rows would buy, by the baseline's learning curve."""
    curve = shape.get("curve")
    if not curve or not curve.get("predicted") or not curve.get("means"):
        return {}
    now, doubled = curve["means"][-1], curve["predicted"][0]
    return {
        "curve_gain": _decimal(round(doubled - now, 4)),
        "curve_metric": str(curve.get("metric", "")),
        "rows_now": _decimal(curve["sizes"][-1]),
        "rows_doubled": _decimal(curve["predicted_sizes"][0]),
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


def training_cost(evidence: Mapping[str, Mapping[str, Any]]) -> Decimal | None:
    """What training once more costs in USD, by the cost evidence's cheapest arm that is trained."""
    arms = (evidence.get("cost") or {}).get("arms") or []
    once = [
        Decimal(str(part["amount"]))
        for arm in arms
        for part in arm.get("parts") or []
        if part.get("id") == "training" and part.get("per") == "once"
    ]
    return min(once, default=None)


def _decimal(value: Any) -> Decimal:
    return Decimal(str(value))


@dataclass(frozen=True)
class Iteration:
    """One round of the work: what was changed, what the test then said, what it cost."""

    on: date
    changed: str
    criterion: str
    rate: float
    low: float
    high: float
    n: int
    cost: Decimal | None = None

    @classmethod
    def of(
        cls, evaluation: Mapping[str, Any], on: date, changed: str, cost: Decimal | None = None
    ) -> Iteration:
        """From the `evaluation` evidence: items that pass everything, else its only 0/1 criterion or the worst."""
        rated = {
            name: row
            for name, row in (evaluation.get("criteria") or {}).items()
            if row.get("rate") is not None
        }
        if not rated:
            raise Problem("iteration_without_rate")
        overall = evaluation.get("overall")
        name = "" if overall else min(rated, key=lambda criterion: (rated[criterion]["rate"], criterion))
        row = overall or rated[name]
        return cls(on, changed.strip(), name, row["rate"], row["low"], row["high"], row["n"], cost)

    def as_json(self) -> dict[str, Any]:
        shape = {name: getattr(self, name) for name in ("changed", "criterion", "rate", "low", "high", "n")}
        return {"on": self.on.isoformat(), **shape, "cost": None if self.cost is None else f"{self.cost:f}"}

    @classmethod
    def from_json(cls, shape: Mapping[str, Any]) -> Iteration:
        cost = shape.get("cost")
        return cls(
            date.fromisoformat(str(shape["on"])),
            str(shape["changed"]),
            str(shape["criterion"]),
            float(shape["rate"]),
            float(shape["low"]),
            float(shape["high"]),
            int(shape["n"]),
            None if cost is None else Decimal(str(cost)),
        )
