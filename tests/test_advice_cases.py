"""The advice walked through the published cases, each without the cases of its own cluster."""

from __future__ import annotations

from statistics import mean

import pytest

from advisor.language import LANGUAGES
from advisor.recommend.cases import cases
from advisor.recommend.rules import rule_book
from tests.benchmarks.advice_cases import advised, cheapest_life, walks


def test_it_reaches_the_target_begins_sensibly_and_wastes_little() -> None:
    found = list(walks(advised))
    assert sum(one.reached for one in found) >= 37
    assert sum(one.sensible for one in found) >= 35
    assert mean(one.regret for one in found) <= 1100


def test_it_is_no_worse_than_the_cheapest_life_first() -> None:
    mine, rival = list(walks(advised)), list(walks(cheapest_life))
    assert sum(one.reached for one in mine) >= sum(one.reached for one in rival)
    assert mean(one.regret for one in mine) <= mean(one.regret for one in rival)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_a_case_tells_what_came_of_known_approaches_in_both_languages(case) -> None:  # type: ignore[no-untyped-def]
    known = set(rule_book().commitment)
    assert {one.approach for one in case.outcomes} <= known and set(case.sensible_first) <= known
    assert all(text.say(language) for text in (case.task, case.lesson) for language in LANGUAGES)
    assert any(one.reached is not None for one in case.outcomes)
