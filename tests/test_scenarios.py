"""Teams' plans in plain words, and what the advice must say to each. A new belief about advice starts here."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from advisor.answers.advise import WouldChange
from advisor.recommend import Recommendation, recommend
from advisor.recommend.rules import rule_book
from pricing.sources import read_yaml

SCENARIOS = {path.stem: path for path in sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))}
PARTS = {"title", "story", "on", "answers", "evidence", "expect"}
EXPECTATIONS = {
    "recommended",
    "because",
    "ruled_out",
    "not_yet",
    "against",
    "cautions",
    "would_change",
    "settled_by_evidence",
}


@cache
def scenario(name: str) -> dict[str, Any]:
    found: dict[str, Any] = read_yaml(SCENARIOS[name])
    return found


@cache
def advice(name: str) -> Recommendation:
    told = scenario(name)
    return recommend(told["answers"], told.get("evidence", {}), date.fromisoformat(told["on"]))


@pytest.fixture(params=SCENARIOS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_there_are_at_least_twenty() -> None:
    assert len(SCENARIOS) >= 20


def test_a_scenario_says_only_what_is_understood(name: str) -> None:
    assert set(scenario(name)) <= PARTS
    assert set(scenario(name)["expect"]) <= EXPECTATIONS
    assert set(scenario(name)["story"]) == set(scenario(name)["title"]) == {"ja", "en"}


def test_the_right_approach_comes_first(name: str) -> None:
    assert advice(name).recommended == scenario(name)["expect"]["recommended"]


def test_it_comes_first_for_the_right_reasons(name: str) -> None:
    first = advice(name).recommended
    expected = set(scenario(name)["expect"].get("because", []))
    assert first or not expected
    assert not first or expected <= set(advice(name).of(first).favoured_by)


@pytest.mark.parametrize("standing", ["ruled_out", "not_yet"])
def test_the_others_stand_where_they_should(name: str, standing: str) -> None:
    for approach in scenario(name)["expect"].get(standing, []):
        found = advice(name).of(approach)
        assert found.standing == standing, f"{approach}: {found.ruled_out_by}"


def test_why_not_is_answered(name: str) -> None:
    for approach, rules in scenario(name)["expect"].get("against", {}).items():
        assert set(rules) <= set(advice(name).of(approach).ruled_out_by), approach


def test_cautions_are_given(name: str) -> None:
    for approach, rules in scenario(name)["expect"].get("cautions", {}).items():
        assert set(rules) <= set(advice(name).of(approach).cautions), approach


def test_it_says_what_would_change_its_mind(name: str) -> None:
    found = {
        (c.fact, str(WouldChange.model_validate(c).to)): c.recommended for c in advice(name).what_would_change
    }
    for change in scenario(name)["expect"].get("would_change", []):
        assert found.get((change["fact"], change["to"])) == change["recommended"], change


def test_evidence_answers_its_questions(name: str) -> None:
    assert set(scenario(name)["expect"].get("settled_by_evidence", [])) <= advice(name).answers.measured


def test_every_rule_is_fired_by_some_scenario() -> None:
    fired = {
        rule
        for name in SCENARIOS
        for found in advice(name).assessments
        for rule in (*found.favoured_by, *found.ruled_out_by, *found.cautions)
    }
    assert set(rule_book().by_id) - fired == set()


def test_every_approach_wins_somewhere() -> None:
    won = {advice(name).recommended for name in SCENARIOS}
    assert won >= {approach.id for approach in rule_book().approaches}
