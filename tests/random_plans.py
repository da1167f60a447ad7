"""Random plans that a team could have: answers, evidence and statements that do not contradict each other."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

from advisor.checklist import Question, checklist
from advisor.recommend import Recommendation, recommend
from advisor.recommend.rules import rule_book
from advisor.shapes import Aim
from advisor.stated import Days, Effort, Stated, Trial, Worth

ON = date(2026, 11, 22)
HOW_MANY = 200
LABELS = ("text_classification", "natural_language_inference", "topic_analysis", "named_entity_recognition")
# Numbers as such teams give them; every other number is drawn from here too, within what its question allows.
USUAL: Mapping[str, tuple[int, ...]] = {
    "requests_per_month": (200, 3_000, 40_000, 300_000, 4_000_000),
    "months_of_service": (3, 12, 24, 60),
    "rows_available": (5, 30, 60, 150, 400, 3_000, 20_000),
    "domain_text_tokens": (1_000_000, 300_000_000),
    "budget_per_month": (5, 50, 400, 5_000),
    "longest_text_tokens": (200, 9_000, 200_000),
    "test_rows": (30, 300),
    "gpu_memory_gib": (0, 24, 80),
}
PRICES = {"prompt": ("0.5", "20", "900", "50000"), "trained": ("3", "60", "2000")}


@dataclass(frozen=True)
class RandomPlan:
    """What `recommend` is asked with."""

    answers: Mapping[str, str]
    evidence: Mapping[str, Any] = field(default_factory=dict)
    stated: Stated = field(default_factory=Stated)

    @cached_property
    def advice(self) -> Recommendation:
        """The advice on it."""
        return recommend(self.answers, self.evidence, ON, stated=self.stated)

    def answering(self, **said: str) -> RandomPlan:
        """With other answers."""
        return replace(self, answers={**self.answers, **said})

    def stating(self, **said: Any) -> RandomPlan:
        """With other statements."""
        return replace(self, stated=replace(self.stated, **said))

    def trying(self, approach: str, reaches: str, **more: Any) -> RandomPlan:
        """Once `approach` was tried, under the rows and the target of now."""
        weighing = self.advice.weighing
        now = {"rows": weighing.rows, "target": weighing.aim and Decimal(str(weighing.aim.value))}
        trial = Trial(approach=approach, reaches=reaches, on=ON, source="measured", **(now | more))
        return self.stating(trials=(*self.stated.trials, trial))


@cache
def random_plan(seed: int) -> RandomPlan:
    """The plan of one seed."""
    draw = random.Random(seed)  # noqa: S311 - a plan, not a secret
    answers = _answers(draw)
    aim = Aim(draw.choice([0.6, 0.8, 0.85, 0.95])) if draw.random() < 0.7 else None
    if aim:
        answers["target_score"] = str(aim.value)
    evidence = {**_baseline(draw, answers, aim), **_cost(draw, answers)}
    stated = Stated(aim=aim, value=_worth(draw), effort=_effort(draw), trials=_trials(draw, answers, aim))
    return RandomPlan(answers, evidence, stated)


def plans() -> list[RandomPlan]:
    """All of them."""
    return [random_plan(seed) for seed in range(HOW_MANY)]


def _answers(draw: random.Random) -> dict[str, str]:
    share = draw.choice([0.2, 0.4, 0.7])
    asked = [question for question in checklist().questions if draw.random() < share]
    drawn = {question.id: _answer(draw, question) for question in asked}
    found = {id: said for id, said in drawn.items() if said is not None and id != "target_score"}
    if found.get("data_exists") in ("none", "raw_text"):
        found.pop("rows_available", None)
    if found.get("data_exists") == "labelled":
        found["task"] = draw.choice(LABELS)
    return found


def _answer(draw: random.Random, question: Question) -> str | None:
    if question.kind == "choice":
        return draw.choice(question.choices).id
    if question.kind == "date":
        return (ON + timedelta(days=draw.choice([20, 90, 400]))).isoformat()
    return str(draw.choice(USUAL[question.id])) if question.id in USUAL else None


def _baseline(draw: random.Random, answers: Mapping[str, str], aim: Aim | None) -> dict[str, Any]:
    """A small model measured on labelled rows, judged as it would be."""
    if answers.get("data_exists") != "labelled" or draw.random() < 0.4:
        return {}
    mean, half = draw.choice([0.35, 0.62, 0.79, 0.84, 0.9, 0.97]), draw.choice([0.01, 0.03])
    score = {"baseline": "linear_svm", "metric": "macro_f1", "mean": mean}
    ends = {"low": round(mean - half, 4), "high": round(mean + half, 4)}
    target = aim.value if aim else draw.choice([0.7, 0.85])
    above, below = ends["low"] >= target, ends["high"] < target
    verdict = "small_model_enough" if above else "llm_trial" if below else "undecided"
    cascade = [{"precision": 0.95, "share": draw.choice([0.1, 0.4, 0.7])}]
    told = {"rows": int(answers.get("rows_available", 400)), "metric": "macro_f1", "best": "linear_svm"}
    return {
        "baseline": told
        | {"target": target, "verdict": verdict, "scores": [score | ends], "cascade": cascade}
    }


def _cost(draw: random.Random, answers: Mapping[str, str]) -> dict[str, Any]:
    """A comparison of costs as the team made it."""
    if draw.random() < 0.6:
        return {}
    kinds = {"zero_shot": "prompt", "few_shot": "prompt", "rag": "prompt", "fine_tuned": "trained"}
    arms = [
        {
            "id": kind,
            "kind": kind,
            "asked": f"ours/{kind.replace('_', '-')}",
            "per_month": draw.choice(PRICES[price]),
        }
        for kind, price in {**kinds, "self_hosted": "trained"}.items()
        if draw.random() < 0.7
    ]
    requests = answers.get("requests_per_month", "10000")
    return {"cost": {"on": ON.isoformat(), "requests_per_month": requests, "arms": arms}}


def _worth(draw: random.Random) -> Worth | None:
    if draw.random() < 0.6:
        return None
    return Worth(wrong_answer=Decimal(draw.choice(["0.001", "0.2", "5", "80"])))


def _effort(draw: random.Random) -> Effort | None:
    if draw.random() < 0.6:
        return None
    days = {approach: _days(draw) for approach in rule_book().commitment if draw.random() < 0.3}
    return Effort(day_rate=Decimal(draw.choice(["150", "600", "1500"])), **days)


def _days(draw: random.Random) -> Days:
    trial = Decimal(draw.choice(["0.2", "1", "5"]))
    return Days(
        trial=trial, build=trial * draw.choice([1, 3]), upkeep=Decimal(draw.choice(["0", "0.2", "2"]))
    )


def _trials(draw: random.Random, answers: Mapping[str, str], aim: Aim | None) -> tuple[Trial, ...]:
    """What was tried of late, with or without scores."""
    rows = answers.get("rows_available")
    now = {"rows": rows and int(rows), "target": aim and Decimal(str(aim.value))}
    found = []
    for approach in rule_book().commitment:
        if draw.random() < 0.1:
            came = {"reaches": draw.choice(["yes", "no", "unclear"])}
            if draw.random() < 0.5:
                mean = Decimal(draw.choice(["0.4", "0.78", "0.84", "0.96"]))
                came = {"mean": mean, "low": mean - Decimal("0.03"), "high": mean + Decimal("0.03")}
                came |= {} if aim else {"reaches": "unclear"}
            found.append(Trial(approach=approach, on=ON, source="measured", **(now | came)))
    return tuple(found)
