"""Several models against what the plan needs: use, language, length of text and the card at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from advisor.memory import Setup, estimate
from advisor.memory.cards import Card, Verdict
from advisor.memory.report import with_published_total
from advisor.models import ModelFacts, ModelReport, TextLengths
from advisor.models.shapes import shape
from pricing import Problem

Need = Literal["commercial", "language", "context", "card"]
Standing = Literal["met", "not_met", "unknown"]


@dataclass(frozen=True)
class Needs:
    """Hard conditions of a plan; a field that is False or None asks for nothing."""

    commercial: bool = True
    language: str | None = None
    lengths: TextLengths | None = None
    card: Card | None = None


def standings(report: ModelReport, needs: Needs) -> dict[Need, Standing]:
    """How a model stands on each need that is asked; what is not known is not met and not missed.

    A conditional licence meets the need: the conditions are for the team to weigh. Length and card are nothing to ask of
    a data set.
    """
    is_model = report.facts.kind == "model"
    found: dict[Need, Standing] = {}
    if needs.commercial:
        allowed = report.permissions.use
        found["commercial"] = "unknown" if allowed == "unknown" else "not_met" if allowed == "no" else "met"
    if needs.language:
        languages = report.facts.languages
        found["language"] = (
            "unknown" if not languages else "met" if needs.language in languages else "not_met"
        )
    if needs.lengths and is_model:
        fit = report.fit
        found["context"] = "unknown" if fit == "unknown" else "not_met" if fit == "no" else "met"
    if needs.card and is_model:
        verdict = lightest_verdict(report.facts, needs.card)
        found["card"] = "unknown" if verdict is None else "not_met" if verdict == "no" else "met"
    return found


def meets_all(report: ModelReport, needs: Needs) -> bool:
    """Whether every need that is asked is known to be met."""
    return all(standing == "met" for standing in standings(report, needs).values())


def lightest_verdict(facts: ModelFacts, on_card: Card) -> Verdict | None:
    """Whether the card takes QLoRA, the lightest way to train; None where the anatomy is not known."""
    if facts.config is None:
        return None
    try:
        anatomy = with_published_total(shape(facts.config), facts.parameters)
        return on_card.verdict(estimate(anatomy, Setup(method="qlora")))
    except Problem:
        return None


def text_lengths(dataset: Mapping[str, Any], output: int | None = None) -> TextLengths | None:
    """The plan's own texts in tokens, from its evidence `dataset`; `output` wins over the measured answers.

    >>> text_lengths({"input_tokens": {"p99": 900, "max": 1500}, "output_tokens": {"max": 80}})
    TextLengths(p99=900, longest=1500, output=80)
    """
    inputs = dataset.get("input_tokens") or dataset.get("tokens")
    if not isinstance(inputs, Mapping):
        return None
    p99, longest = _whole(inputs.get("p99")), _whole(inputs.get("max"))
    if p99 is None or longest is None:
        return None
    outputs = dataset.get("output_tokens")
    measured = _whole(outputs.get("max")) if isinstance(outputs, Mapping) else None
    return TextLengths(p99, longest, output if output is not None else measured or 0)


def training_tokens(dataset: Mapping[str, Any]) -> int | None:
    """Tokens of one epoch over the plan's own data; None when it was not counted."""
    counted = dataset.get("tokens")
    return _whole(counted.get("total")) if isinstance(counted, Mapping) else _whole(counted)


def _whole(value: Any) -> int | None:
    return round(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
