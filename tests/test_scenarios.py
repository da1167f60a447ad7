"""Teams' plans in plain words, and what the advice must say to each. A new belief about advice starts here."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from advisor.plan import Plan, from_json
from advisor.recommend import Recommendation, recommend
from advisor.recommend.rules import rule_book
from pricing.sources import read_yaml

SCENARIOS = {path.stem: path for path in sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))}
STATED = {"target", "value", "effort", "trials"}
PARTS = {"title", "story", "on", "answers", "evidence", "expect"} | STATED
# `because`: rules that speak for the first step. `ruled_out`: by approach, rules against it. `set_aside`: why it is no
# step. `path`: all steps in their order. `would_change`: variables that would change the first step.
EXPECTATIONS = {
    "decision",
    "recommended",
    "path",
    "set_aside",
    "because",
    "ruled_out",
    "cautions",
    "would_change",
    "settled_by_evidence",
}


@cache
def scenario(name: str) -> dict[str, Any]:
    found: dict[str, Any] = read_yaml(SCENARIOS[name])
    return found


@cache
def scenario_plan(name: str) -> Plan:
    """A scenario as the plan of that team."""
    told = scenario(name)
    parts = {part: told[part] for part in PARTS - {"story", "expect"} if part in told}
    return from_json({"schema_version": 2, "language": "ja", **parts})


@cache
def advice(name: str) -> Recommendation:
    plan = scenario_plan(name)
    return recommend(plan.answers, plan.evidence, plan.on, stated=plan.stated)


@pytest.fixture(params=SCENARIOS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def expected(name: str, what: str) -> Any:
    return scenario(name)["expect"].get(what, {})


def test_there_are_at_least_twenty() -> None:
    assert len(SCENARIOS) >= 20


def test_a_scenario_says_only_what_is_understood(name: str) -> None:
    assert set(scenario(name)) <= PARTS
    assert {"decision", "recommended"} <= set(scenario(name)["expect"]) <= EXPECTATIONS
    assert set(scenario(name)["story"]) == set(scenario(name)["title"]) == {"ja", "en"}


def test_the_right_step_comes_first(name: str) -> None:
    found, wanted = advice(name), scenario(name)["expect"]
    assert (found.decision, found.recommended) == (wanted["decision"], wanted["recommended"])


def test_the_other_steps_follow_in_order(name: str) -> None:
    if wanted := expected(name, "path"):
        assert [step.approach for step in advice(name).path] == wanted


def test_it_comes_first_for_the_right_reasons(name: str) -> None:
    because = advice(name).path[0].because if advice(name).path else ()
    assert set(expected(name, "because")) <= set(because)


def test_the_others_stand_aside_for_the_right_reason(name: str) -> None:
    why = {one.approach: one.because or one.why for one in advice(name).set_aside}
    assert {**why, **expected(name, "set_aside")} == why


def test_why_not_is_answered(name: str) -> None:
    for approach, rules in expected(name, "ruled_out").items():
        assert set(rules) <= set(advice(name).of(approach).ruled_out_by), approach


def test_cautions_are_given(name: str) -> None:
    for approach, rules in expected(name, "cautions").items():
        assert set(rules) <= set(advice(name).of(approach).cautions), approach


def test_it_says_what_would_change_its_mind(name: str) -> None:
    assert set(expected(name, "would_change")) <= {one.variable for one in advice(name).would_change}


def test_evidence_answers_its_questions(name: str) -> None:
    assert set(expected(name, "settled_by_evidence")) <= advice(name).answers.measured


def test_every_rule_is_fired_by_some_scenario() -> None:
    fired = {
        rule
        for name in SCENARIOS
        for found in advice(name).assessments
        for rule in (*found.favoured_by, *found.ruled_out_by, *found.cautions)
    }
    assert set(rule_book().by_id) - fired == set()


def test_every_approach_comes_first_somewhere() -> None:
    first = {advice(name).recommended for name in SCENARIOS}
    assert first == {None, *(approach.id for approach in rule_book().approaches)}


def test_every_decision_is_taken_somewhere() -> None:
    assert {advice(name).decision for name in SCENARIOS} == {"adopt", "try", "unlock", "give_up"}


def test_an_approach_stands_aside_for_every_reason_somewhere() -> None:
    why = {one.because or one.why for name in SCENARIOS for one in advice(name).set_aside}
    assert why == {"ruled_out", "for_now", "too_dear", "dominated", "failed", "waits"}
