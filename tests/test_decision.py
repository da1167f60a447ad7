"""The decision: what must hold of the path whatever a team answers, measured, states and tried."""

from __future__ import annotations

import pytest

from tests.random_plans import HOW_MANY, RandomPlan, random_plan


@pytest.fixture(params=range(HOW_MANY))
def plan(request: pytest.FixtureRequest) -> RandomPlan:
    return random_plan(request.param)


def test_what_no_budget_allows_stands_aside_with_the_rule_that_says_so() -> None:
    poor = RandomPlan({"task": "summarisation", "requests_per_month": "4000000", "budget_per_month": "5"})
    assert "over_budget" in poor.advice.of("rag").ruled_out_by
    assert "over_budget" in next(one for one in poor.advice.set_aside if one.approach == "rag").rules
