"""What was tried on the team's own task: trials, the small model's measurement, an evaluation, and what people say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from advisor.answers.baseline import FLOORS, Baseline
from advisor.quantities import Value
from advisor.recommend.cases import PROMPTS
from advisor.recommend.options import OWN_MACHINES, Bill
from advisor.shapes import Aim
from advisor.stated import Reaches, Trial

# What the checklist's answer about prompting says of each approach, in the order of trying.
SAID: Mapping[str, Mapping[str, Reaches]] = {
    "zero_shot_reaches": {"zero_shot": "yes"},
    "few_shot_reaches": {"zero_shot": "no", "few_shot": "yes"},
    "falls_short": {"zero_shot": "no", "few_shot": "no"},
    "rag_reaches": {"zero_shot": "no", "few_shot": "no", "rag": "yes"},
    "rag_falls_short": {"zero_shot": "no", "few_shot": "no", "rag": "no"},
}
DATED = re.compile(r"-20\d\d-?\d\d-?\d\d\Z")
# What is bought for the others is a machine, whatever model was tried on it.
BUY_A_MODEL = (*PROMPTS, "fine_tuning_hosted")
OF_VERDICT: Mapping[str, Reaches] = {
    "small_model_enough": "yes",
    "undecided": "unclear",
    "llm_trial": "no",
    "enough_with_more_rows": "no",
}
OF_EVALUATION: Mapping[str, Reaches] = {"shown": "yes", "refuted": "no", "not_shown": "unclear"}


@dataclass(frozen=True)
class Tried:
    """What came of one approach; `old`: under other rows, another model or another target, so that it counts no more."""

    reaches: Reaches
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    old: bool = False
    trial: Trial | None = None

    @property
    def interval(self) -> tuple[float, float, float] | None:
        """Mean, low and high end, where all are known."""
        if self.mean is None or self.low is None or self.high is None:
            return None
        return self.mean, self.low, self.high


def reported(prompting: Value | None, on: date) -> tuple[Trial, ...]:
    """The trials that an answer about prompting stands for.

    >>> [(one.approach, one.reaches) for one in reported("few_shot_reaches", date(2026, 11, 22))]
    [('zero_shot', 'no'), ('few_shot', 'yes')]
    """
    said = SAID.get(str(prompting), {})
    return tuple(
        Trial(approach=approach, reaches=reaches, on=on, source="reported")
        for approach, reaches in said.items()
    )


def prompting_of(found: Mapping[str, Tried]) -> str | None:
    """The answer about prompting that trials give; None where none of them is about it."""
    came = {
        approach: found[approach].reaches
        for approach in PROMPTS
        if approach in found and not found[approach].old
    }
    for approach in PROMPTS:
        if came.get(approach) == "yes":
            return f"{approach}_reaches"
    if came.get("rag") == "no":
        return "rag_falls_short"
    return "falls_short" if came.get("few_shot") == "no" and came.get("zero_shot") != "unclear" else None


def tried(
    trials: tuple[Trial, ...], aim: Aim | None, rows: int | None, bills: Mapping[str, Bill]
) -> dict[str, Tried]:
    """The newest result of each approach, judged against the target of today."""
    return {trial.approach: _judged(trial, aim, rows, bills.get(trial.approach, Bill())) for trial in trials}


def _judged(trial: Trial, aim: Aim | None, rows: int | None, bill: Bill) -> Tried:
    scores = (trial.mean, trial.low, trial.high)
    mean, low, high = (None if score is None else float(score) for score in scores)
    same = aim is not None and (not trial.metric or not aim.metric or trial.metric == aim.metric)
    reaches: Reaches = trial.reaches or "unclear"
    is_judged = False
    if same and aim is not None and low is not None and high is not None:
        is_judged, reaches = True, "yes" if low >= aim.value else "no" if high < aim.value else "unclear"
    return Tried(reaches, mean, low, high, _is_old(trial, reaches, is_judged, aim, rows, bill), trial)


def _is_old(
    trial: Trial, reaches: Reaches, judged: bool, aim: Aim | None, rows: int | None, bill: Bill
) -> bool:
    """Whether rows, model or target have changed since so that the result may no longer hold.

    More rows help what learns from them; a lower target may be reached after all, a higher one no longer.
    """
    known = trial.approach in BUY_A_MODEL and trial.option and bill.buys and not bill.assumed
    other_model = bool(known) and OWN_MACHINES not in (trial.option, bill.buys)
    other_model = other_model and not same_model(str(trial.option), str(bill.buys))
    learned = reaches != "yes" and trial.approach not in PROMPTS
    more_rows = learned and trial.rows is not None and rows is not None and rows > trial.rows
    if judged or trial.target is None or aim is None:
        return other_model or more_rows
    now, then = Decimal(str(aim.value)), trial.target
    moved = now > then if reaches == "yes" else now < then if reaches == "no" else now != then
    return other_model or more_rows or moved


def same_model(one: str, other: str) -> bool:
    """Whether two names may mean one model: an endpoint names no provider, and either may leave the date out.

    >>> same_model("gpt-4o", "openai/gpt-4o-2024-08-06")
    True
    """
    names = {name.rpartition("/")[2] for name in (one, other)}
    undated = {DATED.sub("", name) for name in names}
    return len(names) == 1 or (len(undated) == 1 and undated <= names)


def of_baseline(found: Baseline | None) -> Tried | None:
    """What the small models' measurement came to; the simplest guess never counts as near the target."""
    if found is None or found.verdict is None or found.verdict not in OF_VERDICT:
        return None
    line = found.rests_on or found.line(found.best, found.metric)
    reaches = OF_VERDICT[found.verdict]
    if found.best in FLOORS:
        return Tried("yes" if reaches == "yes" else "no")
    scores = (line.mean, line.low, line.high) if line else (None, None, None)
    return Tried(reaches, *scores)
