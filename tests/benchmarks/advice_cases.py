"""How the advice does on published cases: walked to the end, each told only what was known before trying.

python -m tests.benchmarks.advice_cases

A walk tries the advised step, tells the published outcome, and asks again, until the advice adopts something. The
published cases of the same cluster are left out while a case is walked. An approach without a published outcome is
told as undecided. Regret: what was spent on trials and the life of what was adopted, over trying and running the
cheapest approach that reached the target; where none was adopted that reached it, all trials and the life of the
dearest one that did.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from statistics import mean
from typing import Any

from advisor.answers.cost import Cost
from advisor.plan import Plan, from_json
from advisor.recommend import Recommendation, recommend
from advisor.recommend.cases import Case, cases
from advisor.recommend.options import Option
from advisor.recommend.rules import rule_book
from advisor.stated import Trial
from pricing.book import price_book
from pricing.scenario import Scenario, compare_costs

ON = date(2026, 11, 30)
MOST_TRIALS = 12
LADDER = ("zero_shot", "few_shot", "rag", "fine_tuning_hosted", "fine_tuning_open")
Pick = Callable[[Recommendation], tuple[str, str | None]]


@dataclass(frozen=True)
class Walk:
    """One case as one engine walked it."""

    case: str
    first: str | None
    sensible: bool
    reached: bool
    trials: int
    regret: Decimal


def plan_of(case: Case) -> Plan:
    """What the team of a case could have put into a plan before trying anything."""
    evidence: dict[str, Any] = {"cost": _cost(case)}
    if case.baseline:
        evidence["baseline"] = case.baseline
    shape = {
        "schema_version": 1,
        "title": case.id,
        "on": ON.isoformat(),
        "answers": case.answers,
        "evidence": evidence,
    }
    return from_json(shape)


def _cost(case: Case) -> dict[str, Any]:
    asked = case.requests
    arms = [
        {"id": id, "kind": kind, "model": "openai/gpt-6-luna", "input_tokens": tokens, "output_tokens": asked.output, **more}
        for id, kind, tokens, more in (
            ("zero_shot", "prompt", asked.zero_shot_input, {}),
            ("few_shot", "prompt", asked.few_shot_input, {}),
            ("rag", "rag", asked.rag_input, {"retrieved_tokens": 0}),
        )
    ]  # fmt: skip
    values = {"requests_per_month": asked.per_month, "arms": arms, "compare": []}
    return Cost.of(compare_costs(Scenario.parse(values), price_book(), ON)).as_json()


def advised(found: Recommendation) -> tuple[str, str | None]:
    """The product's own advice."""
    return found.decision, found.recommended


def ladder(found: Recommendation) -> tuple[str, str | None]:
    """Prompt, then examples, then retrieval, then training; stop at the first success."""
    return _first(found, lambda option: LADDER.index(option.approach) if option.approach in LADDER else 99)


def cheapest_life(found: Recommendation) -> tuple[str, str | None]:
    """The cheapest life first, stop at the first success."""
    return _first(found, lambda option: option.life(found.weighing.terms))


def even_chances(found: Recommendation) -> tuple[str, str | None]:
    """The product's order without anything published: every chance is a half."""
    terms = found.weighing.terms
    return _first(found, lambda option: option.life(terms) + 2 * option.trial(terms))


def most_grounds(found: Recommendation) -> tuple[str, str | None]:
    """As this product decided before: what no rule excludes, by the number of grounds that speak for it."""
    order = {
        one.approach: (-len(one.grounds), rule_book().commitment[one.approach]) for one in found.assessments
    }
    return _first(found, lambda option: order[option.approach])


def _first(found: Recommendation, key: Callable[[Option], Any]) -> tuple[str, str | None]:
    options = found.weighing.options
    works = [option.approach for option in options if option.result == "yes"]
    if works:
        return "adopt", works[0]
    left = [one for one in options if one.result is None and one.is_possible(found.weighing.tried)]
    best = min(left, key=key, default=None)
    return ("try", best.approach) if best else ("give_up", None)


ENGINES: dict[str, Pick] = {
    "decision path": advised,
    "cheapest life first": cheapest_life,
    "even chances": even_chances,
    "ladder": ladder,
    "most grounds": most_grounds,
}


def walk(case: Case, pick: Pick, unpublished: str = "unclear") -> Walk:
    """One case from its first step to what is adopted."""
    plan, spent, first, trials = plan_of(case), Decimal(0), None, 0
    outcomes = {one.approach: one.reached for one in case.outcomes}
    start = options_of(_ask(plan, case))
    adopted: str | None = None
    for _ in range(MOST_TRIALS):
        decision, approach = pick(_ask(plan, case))
        first = first or approach
        if decision in ("adopt", "give_up") or approach is None:
            adopted = approach if decision == "adopt" else None
            break
        trials += 1
        spent += start[approach].trial(TERMS[case.id]) if approach in start else Decimal(0)
        reached = outcomes.get(approach)
        said = unpublished if reached is None else "yes" if reached else "no"
        trial = Trial.model_validate({"approach": approach, "reaches": said, "on": ON, "source": "reported"})
        plan = replace(plan, trials=(*plan.trials, trial))
    good = adopted is not None and outcomes.get(adopted) is True
    return Walk(
        case.id, first, first in case.sensible_first, good, trials, _regret(case, start, spent, adopted, good)
    )


TERMS: dict[str, Any] = {}


def options_of(found: Recommendation) -> dict[str, Option]:
    return {option.approach: option for option in found.weighing.options}


def _ask(plan: Plan, case: Case) -> Recommendation:
    found = recommend(plan.answers, plan.evidence, ON, stated=plan.stated, without=case.cluster)
    TERMS[case.id] = found.weighing.terms
    return found


def _regret(
    case: Case, options: dict[str, Option], spent: Decimal, adopted: str | None, good: bool
) -> Decimal:
    terms = TERMS[case.id]
    lives = [
        options[one.approach].life(terms) + options[one.approach].trial(terms)
        for one in case.outcomes
        if one.reached and one.approach in options
    ]
    if not lives:
        return spent
    life = options[adopted].life(terms) if good and adopted in options else max(lives)
    return spent + life - min(lives)


def walks(pick: Pick, unpublished: str = "unclear") -> Iterator[Walk]:
    """Every case walked by one engine."""
    return (walk(case, pick, unpublished) for case in cases())


def main() -> None:
    print(f"{'engine':<22}{'reached':>9}{'sensible':>10}{'regret':>10}{'trials':>8}")
    for name, pick in ENGINES.items():
        found = list(walks(pick))
        print(
            f"{name:<22}{sum(one.reached for one in found):>6}/{len(found)}{sum(one.sensible for one in found):>10}"
            f"{mean(one.regret for one in found):>10.0f}{mean(one.trials for one in found):>8.1f}"
        )
        if "-v" in sys.argv and pick is advised:
            for one in found:
                if not (one.reached and one.sensible):
                    print("   ", one)


if __name__ == "__main__":
    main()
