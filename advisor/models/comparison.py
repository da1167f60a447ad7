"""Several models against what the plan needs: use, language, length of text and the card at hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from advisor.memory import Setup, estimate, usual_setup
from advisor.memory.cards import Card, Verdict
from advisor.models import ModelFacts, ModelReport, TextLengths
from advisor.models.shapes import shape
from pricing import Problem

if TYPE_CHECKING:
    from advisor.answers.dataset import Dataset

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
    """Whether the card takes QLoRA, the lightest way to train, or all of an encoder; None for an unknown anatomy."""
    if facts.config is None:
        return None
    try:
        anatomy = shape(facts.config).with_published_total(facts.parameters)
        lightest = replace(usual_setup(anatomy), batch=1) if anatomy.encoder else Setup(method="qlora")
        return on_card.verdict(estimate(anatomy, lightest))
    except Problem:
        return None


def text_lengths(dataset: Dataset | None, output: int | None = None) -> TextLengths | None:
    """The team's own texts in tokens, as far as they were counted; `output` wins over the measured answers."""
    inputs = dataset and (dataset.input_tokens or dataset.tokens)
    if not dataset or not inputs or inputs.p99 is None or inputs.max is None:
        return None
    measured = dataset.output_tokens.max if dataset.output_tokens else None
    return TextLengths(round(inputs.p99), inputs.max, output if output is not None else measured or 0)
