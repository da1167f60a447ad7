"""The overview of an older plan says what changed since, and brings the plan up to date on request."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from advisor.language import LANGUAGES, Language, phrase
from advisor.plan import example
from advisor.plan.drift import oldest_day
from tests.conftest import TODAY
from tests.test_drift import MARCH_2024, WHY_BOT_2024, priced
from tests.test_page_overview import opened, words


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_plan_of_march_2024_is_told_that_its_service_is_gone(language: Language) -> None:
    app = opened("overview", language, WHY_BOT_2024)
    assert not app.exception and not app.error
    said = words(app)
    assert {"ja": "2026年5月7日から申し込めません", "en": "closed since 7 May 2026"}[language] in said
    other = {"ja": "先に「提供の続くモデルを選ぶ」", "en": "First choose a model that is still served"}
    assert any(one.value.startswith(other[language]) for one in app.header)
    app.button(key="renew").click().run()
    assert not app.exception and not app.error
    plan = app.session_state["open_plan"].plan
    kept = plan.evidence["advise"].as_json()
    assert (plan.on, kept["decision"], kept["recommended"]) == (TODAY, "unlock", "fine_tuning_hosted")
    assert "renew" not in {button.key for button in app.button}


def test_a_plan_of_today_is_left_alone() -> None:
    app = opened("overview", "en", replace(example("why_bot"), on=TODAY))
    assert "renew" not in {button.key for button in app.button}


def test_an_older_plan_that_still_stands_says_so_in_one_line() -> None:
    app = opened("overview", "en", replace(example("why_bot"), on=TODAY - timedelta(days=3)))
    assert "nothing has changed since" in words(app)
    assert "renew" not in {button.key for button in app.button}


def test_figures_older_than_the_plan_count_from_their_own_day() -> None:
    assert oldest_day(example("why_bot").put("evidence.cost", priced("classic", MARCH_2024))) == MARCH_2024
    assert oldest_day(example("why_bot").put("evidence.cost", {"on": "soon"})) == example("why_bot").on


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plan_with_a_broken_scenario_names_the_field_and_the_page_lives(language: Language) -> None:
    broken = priced("today", date(2026, 11, 22))
    broken["scenario"]["months"] = "soon"
    plan = replace(example("why_bot"), on=MARCH_2024).put("evidence.cost", broken)
    app = opened("overview", language, plan)
    assert not app.exception
    assert "months" in app.error[0].value
    assert phrase("overview.figures", language) in words(app)
